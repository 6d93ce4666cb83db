//! Which members of the group can run which connectors: a worker without the plugin of a connector can only fail it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Connectors that some members can run and others cannot. A connector that nobody can run goes anywhere and fails there with the
/// reason.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    able: BTreeMap<Arc<str>, BTreeSet<String>>,
}

// === impl Placement ===

impl Placement {
    /// Every member can run everything, as Java's assignors suppose.
    pub fn anywhere() -> Self {
        Self::default()
    }

    /// Each connector with the members that can run it; one that is not named can be run by all.
    pub fn new(members: &BTreeSet<String>, able: impl IntoIterator<Item = (Arc<str>, BTreeSet<String>)>) -> Self {
        let some_but_not_all = |able: &BTreeSet<String>| !able.is_empty() && !able.is_superset(members);
        let able = able.into_iter().map(|(connector, able)| (connector, &able & members));
        Self { able: able.filter(|(_, able)| some_but_not_all(able)).collect() }
    }

    pub fn is_anywhere(&self) -> bool {
        self.able.is_empty()
    }

    /// Whether the member is one of those that should run the connector.
    pub fn allows(&self, connector: &str, member: &str) -> bool {
        self.able.get(connector).is_none_or(|able| able.contains(member))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_divides_the_members_counts() {
        let members: BTreeSet<String> = ["a".to_owned(), "b".to_owned()].into();
        let able = |able: &[&str]| able.iter().map(|member| (*member).to_owned()).collect();
        let placement = Placement::new(
            &members,
            [("all".into(), able(&["a", "b", "gone"])), ("none".into(), able(&["gone"])), ("one".into(), able(&["b"]))],
        );
        for member in ["a", "b"] {
            assert!(placement.allows("all", member) && placement.allows("none", member));
            assert!(placement.allows("unknown", member));
        }
        assert!(placement.allows("one", "b") && !placement.allows("one", "a"));
        assert!(!placement.is_anywhere());
        assert!(Placement::new(&members, [("all".into(), members.clone())]).is_anywhere());
    }
}
