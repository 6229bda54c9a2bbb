//! Who may do what, in Kafka's terms: one rule, and a filter over rules. The numbers are the protocol's.

use girok_wire::protocol::{AclCreation, AclFilter, code};
use serde::{Deserialize, Serialize};

use crate::fault::Refusal;

/// In a filter: whatever it is.
const ANY: i8 = 1;

/// Kinds of resources: topic, group, cluster, transactional id, delegation token, user.
const RESOURCES: std::ops::RangeInclusive<i8> = 2..=7;
const CLUSTER: i8 = 4;
/// The one name of a cluster.
const CLUSTER_NAME: &str = "kafka-cluster";

/// In a filter: all rules that apply to a name.
const MATCH: i8 = 2;
const LITERAL: i8 = 3;
const PREFIXED: i8 = 4;
/// The name that stands for all.
const WILDCARD: &str = "*";

/// From all operations to the two-phase commit.
const OPERATIONS: std::ops::RangeInclusive<i8> = 2..=15;
/// Deny, allow.
const PERMISSIONS: std::ops::RangeInclusive<i8> = 2..=3;

/// One rule. Sorted by what it is about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Acl {
    pub(crate) resource_type: i8,
    pub(crate) resource_name: String,
    pub(crate) pattern_type: i8,
    pub(crate) principal: String,
    pub(crate) host: String,
    pub(crate) operation: i8,
    pub(crate) permission: i8,
}

fn refuse<T>(message: impl Into<String>) -> Result<T, Refusal> {
    Err(Refusal::new(code::INVALID_REQUEST, message))
}

impl Acl {
    /// The rule that a client wants, if it makes sense.
    pub(crate) fn from_creation(asked: AclCreation) -> Result<Self, Refusal> {
        let acl = Acl {
            resource_type: asked.resource_type,
            resource_name: asked.resource_name,
            pattern_type: asked.resource_pattern_type,
            principal: asked.principal,
            host: asked.host,
            operation: asked.operation,
            permission: asked.permission_type,
        };
        acl.check().map(|()| acl)
    }

    fn check(&self) -> Result<(), Refusal> {
        let is_known = RESOURCES.contains(&self.resource_type)
            && (LITERAL..=PREFIXED).contains(&self.pattern_type)
            && OPERATIONS.contains(&self.operation)
            && PERMISSIONS.contains(&self.permission);
        if !is_known {
            return refuse("a rule needs a known resource type, pattern type, operation and permission");
        }
        if self.resource_name.is_empty() {
            return refuse("the name of a rule's resource is empty");
        }
        if self.resource_type == CLUSTER && self.resource_name != CLUSTER_NAME {
            return refuse(format!(
                "got the cluster `{}`, the only one is `{CLUSTER_NAME}`",
                self.resource_name
            ));
        }
        let principal = self.principal.split_once(':');
        if principal.is_none_or(|(kind, name)| kind.is_empty() || name.is_empty()) {
            return refuse(format!("got the principal `{}`, expected `User:name`", self.principal));
        }
        Ok(())
    }
}

/// Which rules are meant.
pub(crate) struct Filter(AclFilter);

impl Filter {
    /// A filter, if all it names is known.
    pub(crate) fn new(filter: AclFilter) -> Result<Self, Refusal> {
        let is_known = (ANY..=*RESOURCES.end()).contains(&filter.resource_type_filter)
            && (ANY..=PREFIXED).contains(&filter.pattern_type_filter)
            && (ANY..=*OPERATIONS.end()).contains(&filter.operation)
            && (ANY..=*PERMISSIONS.end()).contains(&filter.permission_type);
        if is_known { Ok(Filter(filter)) } else { refuse("the filter names something unknown") }
    }

    /// Whether the rule is meant.
    pub(crate) fn fits(&self, acl: &Acl) -> bool {
        let number = |wanted: i8, is: i8| wanted == ANY || wanted == is;
        let text = |wanted: &Option<String>, is: &str| wanted.as_deref().is_none_or(|wanted| wanted == is);
        number(self.0.resource_type_filter, acl.resource_type)
            && self.fits_name(acl)
            && text(&self.0.principal_filter, &acl.principal)
            && text(&self.0.host_filter, &acl.host)
            && number(self.0.operation, acl.operation)
            && number(self.0.permission_type, acl.permission)
    }

    fn fits_name(&self, acl: &Acl) -> bool {
        let wanted = self.0.pattern_type_filter;
        if wanted != ANY && wanted != MATCH && wanted != acl.pattern_type {
            return false;
        }
        let Some(name) = &self.0.resource_name_filter else { return true };
        if wanted != MATCH {
            return *name == acl.resource_name;
        }
        match acl.pattern_type {
            PREFIXED => name.starts_with(&acl.resource_name),
            _ => *name == acl.resource_name || acl.resource_name == WILDCARD,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn acl(resource_name: &str, pattern_type: i8) -> Acl {
        Acl {
            resource_type: 2,
            resource_name: resource_name.to_owned(),
            pattern_type,
            principal: "User:a".to_owned(),
            host: "*".to_owned(),
            operation: 3,
            permission: 3,
        }
    }

    fn filter(name: Option<&str>, pattern_type_filter: i8) -> Filter {
        Filter::new(AclFilter {
            resource_type_filter: ANY,
            resource_name_filter: name.map(str::to_owned),
            pattern_type_filter,
            principal_filter: None,
            host_filter: None,
            operation: ANY,
            permission_type: ANY,
        })
        .unwrap()
    }

    #[test]
    fn filters_find_rules_as_kafkas_do() {
        let (web, prefix, all) = (acl("web", LITERAL), acl("we", PREFIXED), acl("*", LITERAL));
        let fit = |filter: Filter| [&web, &prefix, &all].map(|acl| filter.fits(acl));
        assert_eq!(fit(filter(None, ANY)), [true, true, true]);
        assert_eq!(fit(filter(Some("web"), LITERAL)), [true, false, false]);
        assert_eq!(fit(filter(Some("web"), MATCH)), [true, true, true]);
        assert_eq!(fit(filter(Some("auth"), MATCH)), [false, false, true]);
        assert_eq!(fit(filter(Some("we"), PREFIXED)), [false, true, false]);
        assert_eq!(fit(filter(None, PREFIXED)), [false, true, false]);
    }

    #[test]
    fn rules_that_make_no_sense_are_refused() {
        assert!(acl("web", LITERAL).check().is_ok());
        for bad in [
            acl("", LITERAL),
            acl("web", MATCH),
            Acl { operation: ANY, ..acl("web", LITERAL) },
            Acl { permission: 0, ..acl("web", LITERAL) },
            Acl { principal: "a".to_owned(), ..acl("web", LITERAL) },
            Acl { resource_type: CLUSTER, ..acl("web", LITERAL) },
        ] {
            assert_eq!(bad.check().unwrap_err().error_code, code::INVALID_REQUEST, "{bad:?}");
        }
    }
}
