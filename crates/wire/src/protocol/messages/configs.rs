//! Settings asked for and changed.

use super::super::message::messages;

messages! {
    /// Asks for the settings of resources.
    DescribeConfigsRequest {
        resources: Vec<DescribeConfigsResource>,
        include_synonyms: bool [1..],
        include_documentation: bool [3..],
    }

    /// One resource, and which of its settings; none for all.
    DescribeConfigsResource {
        resource_type: i8,
        resource_name: String,
        configuration_keys: Option<Vec<String>>,
    }

    /// Gives the settings of resources.
    DescribeConfigsResponse { throttle_time_ms: i32, results: Vec<DescribedConfigs> }

    /// One resource.
    DescribedConfigs {
        error_code: i16,
        error_message: Option<String>,
        resource_type: i8,
        resource_name: String,
        configs: Vec<DescribedConfig>,
    }

    /// One setting.
    DescribedConfig {
        name: String,
        value: Option<String>,
        read_only: bool,
        config_source: i8 [1..] = -1,
        is_sensitive: bool,
        synonyms: Vec<ConfigSynonym> [1..],
        config_type: i8 [3..],
        documentation: Option<String> [3..],
    }

    /// Where a setting may come from, the first is in force.
    ConfigSynonym { name: String, value: Option<String>, source: i8 }

    /// Sets all that resources set for themselves.
    AlterConfigsRequest { resources: Vec<AlterConfigsResource>, validate_only: bool }

    /// One resource.
    AlterConfigsResource { resource_type: i8, resource_name: String, configs: Vec<AlteredConfig> }

    /// One setting.
    AlteredConfig { name: String, value: Option<String> }

    /// Says which resources were changed.
    AlterConfigsResponse { throttle_time_ms: i32, responses: Vec<AlteredResource> }

    /// One resource that was to be changed.
    AlteredResource {
        error_code: i16,
        error_message: Option<String>,
        resource_type: i8,
        resource_name: String,
    }

    /// Changes some of what resources set for themselves.
    IncrementalAlterConfigsRequest {
        resources: Vec<IncrementalAlterConfigsResource>,
        validate_only: bool,
    }

    /// One resource.
    IncrementalAlterConfigsResource {
        resource_type: i8,
        resource_name: String,
        configs: Vec<IncrementalConfig>,
    }

    /// One change: 0 sets, 1 takes back, 2 adds to a list, 3 takes out of a list.
    IncrementalConfig { name: String, config_operation: i8, value: Option<String> }

    /// Asks which resources set something for themselves.
    ListConfigResourcesRequest { resource_types: Vec<i8> [1..] }

    /// Lists resources.
    ListConfigResourcesResponse {
        throttle_time_ms: i32,
        error_code: i16,
        config_resources: Vec<ConfigResource>,
    }

    /// One resource.
    ConfigResource { resource_name: String, resource_type: i8 [1..] = 16 }
}
