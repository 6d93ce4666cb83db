//! Everything is dealt out anew: connectors first, then tasks, one after the other around the members (Java's `EagerAssignor`).

use std::collections::BTreeMap;

use super::load::Resource;
use super::{Placement, configured};
use crate::herder::protocol::ConnectorsAndTasks;
use crate::storage::config_store::ClusterConfigState;

/// What each member is to run.
pub fn assign(
    config: &ClusterConfigState,
    mut members: Vec<String>,
    placement: &Placement,
) -> BTreeMap<String, ConnectorsAndTasks> {
    members.sort();
    let mut around = Around { members: &members, next: 0, placement };
    let mut assigned: BTreeMap<_, _> =
        members.iter().map(|member| (member.clone(), ConnectorsAndTasks::default())).collect();
    let configured = configured(config);
    around.deal(configured.connectors, &mut assigned);
    around.deal(configured.tasks, &mut assigned);
    assigned
}

struct Around<'a> {
    members: &'a [String],
    next: usize,
    placement: &'a Placement,
}

impl Around<'_> {
    fn deal<R: Resource>(
        &mut self,
        items: impl IntoIterator<Item = R>,
        assigned: &mut BTreeMap<String, ConnectorsAndTasks>,
    ) {
        for item in items {
            let member = self.next_for(item.connector());
            if let Some(held) = member.and_then(|member| assigned.get_mut(member)) {
                R::of_mut(held).insert(item);
            }
        }
    }

    /// The next member that can run the connector.
    fn next_for(&mut self, connector: &str) -> Option<&str> {
        let mut turns = (self.next..self.members.len()).chain(0..self.next);
        let at = turns.find(|at| self.placement.allows(connector, &self.members[*at]))?;
        self.next = (at + 1) % self.members.len();
        Some(&self.members[at])
    }
}
