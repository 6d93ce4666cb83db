//! What the leader of a group knows more than others: who runs what, and who can.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::connect::ConnectorTaskId;
use crate::herder::assignor::{
    ClusterAssignment, IncrementalCooperativeAssignor, MemberAssignment, Placement, Rebalance, eager,
};
use crate::herder::protocol::{Assignment, AssignmentError, ConnectProtocol, ConnectorsAndTasks, WorkerState};
use crate::kafka::ports::MemberMetadata;
use crate::storage::config_store::ClusterConfigState;

/// How often the leader looks for what a member has read before it believes that the member reads another topic.
const MISSING_READS: u32 = 3;

/// Kept from one generation to the next; worth nothing on workers that do not lead.
#[derive(Debug)]
pub(super) struct Leadership {
    assignor: IncrementalCooperativeAssignor,
    /// The classes that members have, by member id: a worker that was started anew is another member. None: it did not say.
    plugins: HashMap<String, Option<BTreeSet<String>>>,
    owners: Owners,
    missing: Missing,
    /// The generation that waits for members' plugins.
    pub(super) pending: Option<Generation>,
}

/// What a member has read and the config topic has not, though it was read to its end.
#[derive(Debug, Default)]
struct Missing {
    offset: i64,
    /// How often in a row.
    reads: u32,
}

/// Where what runs, by URL.
#[derive(Debug, Default)]
struct Owners {
    connectors: HashMap<Arc<str>, Arc<str>>,
    tasks: HashMap<ConnectorTaskId, Arc<str>>,
}

/// A generation that this worker is to lead.
#[derive(Debug)]
pub(super) struct Generation {
    pub(super) leader: String,
    pub(super) generation: i32,
    pub(super) protocol: ConnectProtocol,
    members: Vec<(String, WorkerState)>,
    /// Members whose bytes nobody understands, or who read another topic; they get nothing to do.
    foreign: Vec<String>,
}

/// The moment of an assignment.
pub(super) struct Circumstances<'a> {
    pub(super) now_ms: i64,
    pub(super) last_completed_generation: i32,
    /// The configuration that the leader joined with, and all that is in the topic by now.
    pub(super) joined_with: &'a ClusterConfigState,
    pub(super) latest: &'a ClusterConfigState,
}

// === impl Generation ===

impl Generation {
    pub(super) fn new(
        leader: String,
        generation: i32,
        protocol: ConnectProtocol,
        members: Vec<MemberMetadata>,
    ) -> Self {
        let (mut known, mut foreign) = (Vec::new(), Vec::new());
        for MemberMetadata { member_id, metadata } in members {
            match WorkerState::decode(&metadata) {
                Ok(state) => known.push((member_id, state)),
                Err(error) => {
                    tracing::error!("Member {member_id} of the group is no worker that is understood here: {error}");
                    foreign.push(member_id);
                }
            }
        }
        Self { leader, generation, protocol, members: known, foreign }
    }

    fn url(&self, member: &str) -> &str {
        self.members.iter().find(|(id, _)| id == member).map_or("", |(_, state)| &state.url)
    }
}

// === impl Leadership ===

impl Leadership {
    pub(super) fn new(assignor: IncrementalCooperativeAssignor) -> Self {
        let (owners, missing) = (Owners::default(), Missing::default());
        Self { assignor, plugins: HashMap::new(), owners, missing, pending: None }
    }

    /// A rebalance begins: nobody knows who will run what.
    pub(super) fn rebalance_begins(&mut self) {
        self.owners = Owners::default();
        self.pending = None;
    }

    /// The URLs of members to be asked which plugins they have: those that never said, and those that lacked one of what is configured,
    /// who may have got it meanwhile.
    pub(super) fn to_be_asked(&self, generation: &Generation, config: &ClusterConfigState) -> Vec<String> {
        let classes: BTreeSet<&str> = config
            .connectors()
            .filter_map(|connector| Some(config.connector_config(connector)?.get("connector.class")?.trim()))
            .collect();
        let lacks =
            |known: &BTreeSet<String>| classes.iter().any(|class| !known.iter().any(|known| is_called(known, class)));
        let unsure = |(member, _): &&(String, WorkerState)| match self.plugins.get(member) {
            Some(Some(known)) => lacks(known),
            // It did not answer once, which takes as long as the rebalance can bear.
            Some(None) => false,
            None => true,
        };
        generation.members.iter().filter(unsure).map(|(_, state)| state.url.clone()).collect()
    }

    pub(super) fn note_plugins(
        &mut self,
        generation: &Generation,
        mut classes: BTreeMap<String, Option<BTreeSet<String>>>,
    ) {
        let present: BTreeSet<&str> = generation.members.iter().map(|(member, _)| member.as_str()).collect();
        self.plugins.retain(|member, _| present.contains(member.as_str()));
        for (member, state) in &generation.members {
            if let Some(classes) = classes.remove(&state.url) {
                self.plugins.insert(member.clone(), classes);
            }
        }
    }

    /// The config topic ends before this offset, up to which a member says that it has read.
    pub(super) fn note_missing(&mut self, offset: i64) {
        let reads = if self.missing.offset == offset { self.missing.reads + 1 } else { 1 };
        self.missing = Missing { offset, reads };
    }

    /// Members that have read what is not in the config topic would keep all others from working. `end`: of the topic.
    pub(super) fn set_strangers_aside(&self, generation: &mut Generation, end: i64) {
        if self.missing.reads < MISSING_READS {
            return;
        }
        let is_stranger = |state: &WorkerState| state.offset > end && state.offset >= self.missing.offset;
        for (member, state) in generation.members.extract_if(.., |(_, state)| is_stranger(state)) {
            tracing::error!(
                "Worker {} gets nothing to do: it has read its config.storage.topic up to offset {}, and the topic of the others ends at \
                 {end}; workers with the same group.id need the same config, offset and status topics",
                state.url,
                state.offset
            );
            generation.foreign.push(member);
        }
    }

    /// Where a connector or a task runs, if this worker leads.
    pub(super) fn owner_of_connector(&self, connector: &str) -> Option<&str> {
        self.owners.connectors.get(connector).map(|url| &**url)
    }

    pub(super) fn owner_of_task(&self, id: &ConnectorTaskId) -> Option<&str> {
        self.owners.tasks.get(id).map(|url| &**url)
    }

    /// Everybody's assignment, by member id (Java's `performAssignment`).
    pub(super) fn assign(&mut self, generation: &Generation, at: Circumstances<'_>) -> Vec<(String, Vec<u8>)> {
        let members = || generation.members.iter();
        let furthest = members().map(|(_, state)| state.offset).max().unwrap_or(-1);
        // All work with the configuration of one offset; who has read less must catch up first.
        let (config, offset) = match at.joined_with.offset() >= furthest {
            true => (at.joined_with, furthest),
            false => (at.latest, at.latest.offset()),
        };
        let mut assignment = Assignment {
            error: None,
            leader: generation.leader.clone(),
            leader_url: generation.url(&generation.leader).to_owned(),
            offset,
            assigned: ConnectorsAndTasks::default(),
            revoked: ConnectorsAndTasks::default(),
            delay_ms: 0,
        };
        let encode = |assignment: &Assignment| assignment.encode(generation.protocol);
        if config.offset() < furthest {
            tracing::info!(
                "Was selected to perform assignments, but do not have latest config found in sync request. Returning an empty \
                 configuration to trigger re-sync."
            );
            assignment.error = Some(AssignmentError::ConfigMismatch);
            assignment.offset = furthest;
            let bytes = encode(&assignment);
            let everybody = members().map(|(member, _)| member).chain(&generation.foreign);
            return everybody.map(|member| (member.clone(), bytes.clone())).collect();
        }
        let foreign: Vec<_> = generation.foreign.iter().map(|member| (member.clone(), encode(&assignment))).collect();
        let ClusterAssignment { members: assigned, delay_ms } = self.divide(generation, config, &at);
        self.note_owners(generation, &assigned);
        assignment.delay_ms = i32::try_from(delay_ms).unwrap_or(i32::MAX);
        let all = assigned.into_iter().map(|(member, given)| {
            assignment.assigned = given.assigned;
            assignment.revoked = given.revoked;
            (member, encode(&assignment))
        });
        all.chain(foreign).collect()
    }

    fn divide(
        &mut self,
        generation: &Generation,
        config: &ClusterConfigState,
        at: &Circumstances<'_>,
    ) -> ClusterAssignment {
        let placement = self.placement(generation, config);
        if generation.protocol == ConnectProtocol::Eager {
            let members = generation.members.iter().map(|(member, _)| member.clone()).collect();
            let assigned = eager::assign(config, members, &placement).into_iter().map(|(member, assigned)| {
                let all = assigned.clone();
                (member, MemberAssignment { assigned, all, revoked: ConnectorsAndTasks::default() })
            });
            return ClusterAssignment { members: assigned.collect(), delay_ms: 0 };
        }
        let held = |state: &WorkerState| state.assignment.clone().map(|held| held.assigned).unwrap_or_default();
        self.assignor.assign(Rebalance {
            config,
            now_ms: at.now_ms,
            last_completed_generation: at.last_completed_generation,
            generation: generation.generation,
            members: generation.members.iter().map(|(member, state)| (member.clone(), held(state))).collect(),
            placement: &placement,
        })
    }

    /// Who has the class of each connector.
    fn placement(&self, generation: &Generation, config: &ClusterConfigState) -> Placement {
        let members: BTreeSet<String> = generation.members.iter().map(|(member, _)| member.clone()).collect();
        let able = |class: &str| {
            let has = |member: &&String| match self.plugins.get(*member) {
                Some(Some(classes)) => classes.iter().any(|known| is_called(known, class)),
                _ => true,
            };
            members.iter().filter(has).cloned().collect::<BTreeSet<_>>()
        };
        let connectors = config.connectors().filter_map(|connector| {
            let class = config.connector_config(connector)?.get("connector.class")?;
            Some((connector.clone(), able(class.trim())))
        });
        Placement::new(&members, connectors)
    }

    fn note_owners(&mut self, generation: &Generation, assigned: &BTreeMap<String, MemberAssignment>) {
        self.owners = Owners::default();
        for (member, given) in assigned {
            let url: Arc<str> = generation.url(member).into();
            self.owners
                .connectors
                .extend(given.all.connectors.iter().map(|connector| (connector.clone(), url.clone())));
            self.owners.tasks.extend(given.all.tasks.iter().map(|task| (task.clone(), url.clone())));
        }
    }
}

/// Whether a configuration that says `name` means this class: all of its name, its last part, or that without `Connector`.
pub(super) fn is_called(class: &str, name: &str) -> bool {
    let simple = class.rsplit(['.', '$']).next().unwrap_or(class);
    let pruned = simple.strip_suffix("Connector").unwrap_or(simple);
    [class, simple, pruned].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_meant_by_all_of_its_names() {
        let class = "org.apache.kafka.connect.file.FileStreamSourceConnector";
        for name in [class, "FileStreamSourceConnector", "FileStreamSource"] {
            assert!(is_called(class, name), "{name}");
        }
        assert!(!is_called(class, "FileStreamSink") && !is_called(class, "Source"));
    }
}
