//! Rules added, listed and removed by clients.

use girok_wire::protocol::{
    AclCreated, AclEntry, AclFilter, AclFilterResult, AclResource, CreateAclsRequest, CreateAclsResponse,
    DeleteAclsRequest, DeleteAclsResponse, DescribeAclsRequest, DescribeAclsResponse, MatchingAcl,
    ProtocolError, code,
};

use crate::acl::{Acl, Filter};
use crate::fault::Refusal;
use crate::session::{Answer, Request};

/// `CreateAcls`.
pub(crate) fn create_acls(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: CreateAclsRequest = request.take()?;
    let checked: Vec<Result<Acl, Refusal>> = asked.creations.into_iter().map(Acl::from_creation).collect();
    let wanted = checked.iter().flatten().cloned().collect();
    let stored = tokio::task::block_in_place(|| request.session.admin.add_acls(request.log(), wanted));
    let results = checked.into_iter().map(|checked| {
        let refusal = checked.and(stored.clone()).err().unwrap_or_default();
        AclCreated { error_code: refusal.error_code, error_message: refusal.message }
    });
    let results = results.collect();
    Ok(request.now(&CreateAclsResponse { throttle_time_ms: 0, results }))
}

/// `DescribeAcls`.
pub(crate) fn describe_acls(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: DescribeAclsRequest = request.take()?;
    let filter = Filter::new(AclFilter {
        resource_type_filter: asked.resource_type_filter,
        resource_name_filter: asked.resource_name_filter,
        pattern_type_filter: asked.pattern_type_filter,
        principal_filter: asked.principal_filter,
        host_filter: asked.host_filter,
        operation: asked.operation,
        permission_type: asked.permission_type,
    });
    let response = match filter {
        Ok(filter) => DescribeAclsResponse {
            resources: by_resource(request.session.admin.acls(&filter)),
            ..DescribeAclsResponse::default()
        },
        Err(refusal) => DescribeAclsResponse {
            error_code: refusal.error_code,
            error_message: refusal.message,
            ..DescribeAclsResponse::default()
        },
    };
    Ok(request.now(&response))
}

/// Rules are sorted by what they are about.
fn by_resource(acls: Vec<Acl>) -> Vec<AclResource> {
    let mut resources: Vec<AclResource> = Vec::new();
    for acl in acls {
        let entry = AclEntry {
            principal: acl.principal,
            host: acl.host,
            operation: acl.operation,
            permission_type: acl.permission,
        };
        match resources.last_mut() {
            Some(last)
                if (last.resource_type, last.pattern_type) == (acl.resource_type, acl.pattern_type)
                    && last.resource_name == acl.resource_name =>
            {
                last.acls.push(entry);
            }
            _ => resources.push(AclResource {
                resource_type: acl.resource_type,
                resource_name: acl.resource_name,
                pattern_type: acl.pattern_type,
                acls: vec![entry],
            }),
        }
    }
    resources
}

/// `DeleteAcls`.
pub(crate) fn delete_acls(mut request: Request) -> Result<Answer, ProtocolError> {
    let asked: DeleteAclsRequest = request.take()?;
    let filter_results = tokio::task::block_in_place(|| {
        let delete = |filter: AclFilter| {
            let removed = Filter::new(filter)
                .and_then(|filter| request.session.admin.remove_acls(request.log(), &filter));
            match removed {
                Ok(removed) => AclFilterResult {
                    matching_acls: removed.into_iter().map(matching).collect(),
                    ..AclFilterResult::default()
                },
                Err(refusal) => AclFilterResult {
                    error_code: refusal.error_code,
                    error_message: refusal.message,
                    matching_acls: Vec::new(),
                },
            }
        };
        asked.filters.into_iter().map(delete).collect()
    });
    Ok(request.now(&DeleteAclsResponse { throttle_time_ms: 0, filter_results }))
}

fn matching(acl: Acl) -> MatchingAcl {
    MatchingAcl {
        error_code: code::NONE,
        error_message: None,
        resource_type: acl.resource_type,
        resource_name: acl.resource_name,
        pattern_type: acl.pattern_type,
        principal: acl.principal,
        host: acl.host,
        operation: acl.operation,
        permission_type: acl.permission,
    }
}
