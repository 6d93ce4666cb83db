//! Kafka's group coordinator, as far as workers see it.

use std::collections::{BTreeMap, BTreeSet};

use crate::kafka::ports::{GroupEvent, JoinProtocol, MemberMetadata};

/// Members are workers by number; whoever is told something is told by an event.
#[derive(Default)]
pub(super) struct Coordinator {
    pub(super) generation: i32,
    members: BTreeMap<usize, String>,
    names: usize,
    /// A rebalance is under way; by member what it offered, once it has joined.
    joined: Option<BTreeMap<usize, Vec<JoinProtocol>>>,
    /// Who was told to join.
    told: BTreeSet<usize>,
    leading: Option<(usize, String)>,
}

pub(super) type Told = Vec<(usize, GroupEvent)>;

impl Coordinator {
    pub(super) fn is_member(&self, worker: usize) -> bool {
        self.members.contains_key(&worker)
    }

    pub(super) fn is_rebalancing(&self) -> bool {
        self.joined.is_some()
    }

    /// A worker comes, or comes back: everybody joins anew.
    pub(super) fn enter(&mut self, worker: usize) -> Told {
        self.names += 1;
        self.members.insert(worker, format!("member-{}-{worker}", self.names));
        self.rebalance()
    }

    pub(super) fn leave(&mut self, worker: usize) -> Told {
        match self.members.remove(&worker) {
            Some(_) => self.rebalance(),
            None => Told::new(),
        }
    }

    /// All members are told to join; those that have joined already need not.
    pub(super) fn rebalance(&mut self) -> Told {
        let interrupted = self.leading.take().is_some();
        if self.joined.is_none() || interrupted {
            self.joined = Some(BTreeMap::new());
            self.told.clear();
        }
        let members = &self.members;
        self.told.retain(|worker| members.contains_key(worker));
        if let Some(joined) = &mut self.joined {
            joined.retain(|worker, _| members.contains_key(worker));
        }
        let new: Vec<_> = members.keys().filter(|worker| !self.told.contains(worker)).copied().collect();
        self.told.extend(&new);
        let mut told: Told = new.into_iter().map(|worker| (worker, GroupEvent::Joining)).collect();
        told.extend(self.lead_if_complete());
        told
    }

    pub(super) fn join(&mut self, worker: usize, offered: Vec<JoinProtocol>) -> Told {
        if let Some(joined) = &mut self.joined
            && self.members.contains_key(&worker)
        {
            joined.insert(worker, offered);
        }
        self.lead_if_complete()
    }

    fn lead_if_complete(&mut self) -> Told {
        let Some(joined) = &self.joined else { return Told::new() };
        let Some(leader) = self.members.keys().next().copied() else { return Told::new() };
        if self.leading.is_some() || joined.len() < self.members.len() {
            return Told::new();
        }
        let known_to_all =
            |name: &str| joined.values().all(|offered| offered.iter().any(|protocol| protocol.name == name));
        let protocol = joined[&leader].iter().find(|protocol| known_to_all(&protocol.name)).unwrap().name.clone();
        let metadata = |offered: &[JoinProtocol]| offered.iter().find(|o| o.name == protocol).unwrap().metadata.clone();
        let members = joined.iter().map(|(worker, offered)| MemberMetadata {
            member_id: self.members[worker].clone(),
            metadata: metadata(offered),
        });
        let event = GroupEvent::Leading {
            member_id: self.members[&leader].clone(),
            generation: self.generation + 1,
            protocol: protocol.clone(),
            members: members.collect(),
        };
        self.leading = Some((leader, protocol));
        self.generation += 1;
        vec![(leader, event)]
    }

    pub(super) fn sync(&mut self, worker: usize, assignments: Vec<(String, Vec<u8>)>) -> Told {
        let Some((_, protocol)) = self.leading.take_if(|(leader, _)| *leader == worker) else { return Told::new() };
        self.joined = None;
        self.told.clear();
        let assigned: BTreeMap<String, Vec<u8>> = assignments.into_iter().collect();
        let told = self.members.iter().map(|(worker, member_id)| {
            let event = GroupEvent::Joined {
                member_id: member_id.clone(),
                generation: self.generation,
                protocol: protocol.clone(),
                assignment: assigned[member_id].clone(),
            };
            (*worker, event)
        });
        told.collect()
    }
}
