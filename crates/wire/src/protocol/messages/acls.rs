//! Who may do what.

use super::super::message::messages;

messages! {
    /// Asks which rules fit a filter.
    DescribeAclsRequest {
        resource_type_filter: i8,
        resource_name_filter: Option<String>,
        pattern_type_filter: i8 [1..] = 3,
        principal_filter: Option<String>,
        host_filter: Option<String>,
        operation: i8,
        permission_type: i8,
    }

    /// Lists rules by what they are about.
    DescribeAclsResponse {
        throttle_time_ms: i32,
        error_code: i16,
        error_message: Option<String>,
        resources: Vec<AclResource>,
    }

    /// What some rules are about.
    AclResource {
        resource_type: i8,
        resource_name: String,
        pattern_type: i8 [1..] = 3,
        acls: Vec<AclEntry>,
    }

    /// One rule.
    AclEntry { principal: String, host: String, operation: i8, permission_type: i8 }

    /// Adds rules.
    CreateAclsRequest { creations: Vec<AclCreation> }

    /// One rule to add.
    AclCreation {
        resource_type: i8,
        resource_name: String,
        resource_pattern_type: i8 [1..] = 3,
        principal: String,
        host: String,
        operation: i8,
        permission_type: i8,
    }

    /// Says which rules were added.
    CreateAclsResponse { throttle_time_ms: i32, results: Vec<AclCreated> }

    /// One rule that was to be added.
    AclCreated { error_code: i16, error_message: Option<String> }

    /// Removes the rules that fit filters.
    DeleteAclsRequest { filters: Vec<AclFilter> }

    /// One filter.
    AclFilter {
        resource_type_filter: i8,
        resource_name_filter: Option<String>,
        pattern_type_filter: i8 [1..] = 3,
        principal_filter: Option<String>,
        host_filter: Option<String>,
        operation: i8,
        permission_type: i8,
    }

    /// Says which rules were removed.
    DeleteAclsResponse { throttle_time_ms: i32, filter_results: Vec<AclFilterResult> }

    /// What one filter removed.
    AclFilterResult {
        error_code: i16,
        error_message: Option<String>,
        matching_acls: Vec<MatchingAcl>,
    }

    /// One rule that was removed.
    MatchingAcl {
        error_code: i16,
        error_message: Option<String>,
        resource_type: i8,
        resource_name: String,
        pattern_type: i8 [1..] = 3,
        principal: String,
        host: String,
        operation: i8,
        permission_type: i8,
    }
}
