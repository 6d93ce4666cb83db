//! Both assignors through whole histories of clusters, compared with what Java's answered.

use std::collections::{BTreeSet, HashMap};

use serde::Deserialize;

use super::*;
use crate::connect::{Config, ConnectorTaskId};
use crate::storage::config_store::{ConfigRecord, ConfigReplay};

/// By `tests/golden/Assignments.java`.
const GOLDEN: &str = include_str!("golden.jsonl");

/// `c` is a connector and `c-0.` a task.
pub(in crate::herder) fn connectors_and_tasks(text: &str) -> ConnectorsAndTasks {
    let mut read = ConnectorsAndTasks::default();
    for item in text.split_whitespace() {
        match item.strip_suffix('.').and_then(|task| task.rsplit_once('-')) {
            Some((connector, task)) => drop(read.tasks.insert(ConnectorTaskId::new(connector, task.parse().unwrap()))),
            None => drop(read.connectors.insert(item.into())),
        }
    }
    read
}

/// A topic with these connectors and so many tasks each.
pub(in crate::herder) fn snapshot<'a>(connectors: impl IntoIterator<Item = (&'a str, u32)>) -> Arc<ClusterConfigState> {
    let mut replay = ConfigReplay::default();
    let mut read = |record: ConfigRecord| {
        let (key, value) = record.encode();
        replay.read(0, Some(key.as_bytes()), value.as_deref()).unwrap();
    };
    for (name, tasks) in connectors {
        let (connector, config) = (name.to_owned(), Config::new());
        read(ConfigRecord::Connector { connector: connector.clone(), config: Some(config.clone()) });
        for task in 0..tasks {
            read(ConfigRecord::Task { id: ConnectorTaskId::new(name, task), config: config.clone() });
        }
        read(ConfigRecord::Commit { connector, tasks });
    }
    replay.snapshot()
}

/// One line of the golden file.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    History { max_delay: i64 },
    Rebalance(Box<Golden>),
}

#[derive(Deserialize)]
struct Golden {
    now: i64,
    last: i32,
    generation: i32,
    config: HashMap<String, u32>,
    members: indexmap::IndexMap<String, String>,
    delay: i64,
    assigned: HashMap<String, String>,
    revoked: HashMap<String, String>,
}

#[test]
fn the_cooperative_assignor_answers_as_java_does() {
    let mut assignor = IncrementalCooperativeAssignor::new(0);
    let mut count = 0;
    for (number, line) in GOLDEN.lines().enumerate() {
        match serde_json::from_str(line).unwrap() {
            Line::History { max_delay } => assignor = IncrementalCooperativeAssignor::new(max_delay),
            Line::Rebalance(golden) => {
                let Golden { now, last, generation, config, members, delay, assigned, revoked } = *golden;
                let config = snapshot(config.iter().map(|(name, tasks)| (name.as_str(), *tasks)));
                let answer = assignor.assign(Rebalance {
                    config: &config,
                    now_ms: now,
                    last_completed_generation: last,
                    generation,
                    members: members.iter().map(|(id, held)| (id.clone(), connectors_and_tasks(held))).collect(),
                    placement: &Placement::anywhere(),
                });
                let number = number + 1;
                assert_eq!(answer.delay_ms, delay, "line {number}");
                for (member, answer) in answer.members {
                    let of = |all: &HashMap<String, String>| all.get(&member).map(|text| connectors_and_tasks(text));
                    assert_eq!(answer.assigned, of(&assigned).unwrap_or_default(), "line {number}, {member}");
                    assert_eq!(answer.revoked, of(&revoked).unwrap_or_default(), "line {number}, {member}");
                }
                count += 1;
            }
        }
    }
    assert!(count > 500);
}

/// A cluster whose workers do what they are told.
struct Cluster {
    assignor: IncrementalCooperativeAssignor,
    members: HashMap<String, ConnectorsAndTasks>,
    generation: i32,
    now_ms: i64,
}

impl Cluster {
    fn of(members: &[&str]) -> Self {
        let members = members.iter().map(|member| ((*member).to_owned(), ConnectorsAndTasks::default())).collect();
        Self { assignor: IncrementalCooperativeAssignor::new(60_000), members, generation: 0, now_ms: 1 }
    }

    /// Rebalances until nobody has to join again at once, and waits out delays; answers how many it took.
    fn settle(&mut self, config: &ClusterConfigState, placement: &Placement) -> usize {
        for round in 1..100 {
            let answer = self.assignor.assign(Rebalance {
                config,
                now_ms: self.now_ms,
                last_completed_generation: self.generation,
                generation: self.generation + 1,
                members: self.members.clone().into_iter().collect(),
                placement,
            });
            self.generation += 1;
            self.now_ms += answer.delay_ms;
            let moves = answer.members.values().any(|member| !member.revoked.is_empty());
            self.members = answer.members.into_iter().map(|(member, given)| (member, given.all)).collect();
            self.check_nothing_runs_twice();
            if !moves && answer.delay_ms == 0 {
                return round;
            }
        }
        panic!("no end of rebalances");
    }

    fn check_nothing_runs_twice(&self) {
        let mut connectors = BTreeSet::new();
        let mut tasks = BTreeSet::new();
        for held in self.members.values() {
            assert!(held.connectors.iter().all(|connector| connectors.insert(connector)));
            assert!(held.tasks.iter().all(|task| tasks.insert(task)));
        }
    }

    fn total(&self) -> usize {
        self.members.values().map(|held| held.connectors.len() + held.tasks.len()).sum()
    }
}

fn placement(members: &[&str], able: &[(&str, &[&str])]) -> Placement {
    let set = |members: &[&str]| members.iter().map(|member| (*member).to_owned()).collect();
    Placement::new(&set(members), able.iter().map(|(connector, able)| ((*connector).into(), set(able))))
}

#[test]
fn a_connector_goes_only_to_members_that_can_run_it() {
    let members = ["a", "b", "c"];
    let config = snapshot([("free", 6), ("only-a", 4), ("not-c", 5), ("nobody", 2)]);
    let placement = placement(&members, &[("only-a", &["a"]), ("not-c", &["a", "b"]), ("nobody", &[])]);
    let mut cluster = Cluster::of(&members);
    cluster.settle(&config, &placement);
    assert_eq!(cluster.total(), 4 + 6 + 4 + 5 + 2);
    for (member, held) in &cluster.members {
        assert!(held.connectors.iter().all(|connector| placement.allows(connector, member)));
        assert!(held.tasks.iter().all(|task| placement.allows(&task.connector, member)));
    }
    let tasks: Vec<_> = members.iter().map(|member| cluster.members[*member].tasks.len()).collect();
    assert!(tasks.iter().all(|count| (5..=6).contains(count)), "{tasks:?}");

    for (member, held) in eager::assign(&config, members.map(str::to_owned).to_vec(), &placement) {
        assert!(held.connectors.iter().all(|connector| placement.allows(connector, &member)));
        assert!(held.tasks.iter().all(|task| placement.allows(&task.connector, &member)));
    }
}

#[test]
fn what_another_leader_put_on_a_member_that_cannot_run_it_leaves_it() {
    let members = ["a", "b"];
    let config = snapshot([("only-a", 3), ("free", 3)]);
    let mut cluster = Cluster::of(&members);
    cluster.settle(&config, &Placement::anywhere());
    assert!(cluster.members["b"].tasks.iter().any(|task| &*task.connector == "only-a"));
    cluster.assignor = IncrementalCooperativeAssignor::new(60_000);
    let placement = placement(&members, &[("only-a", &["a"])]);
    let rounds = cluster.settle(&config, &placement);
    assert_eq!(cluster.total(), 8);
    assert!(cluster.members["b"].tasks.iter().all(|task| &*task.connector == "free"));
    assert_eq!((cluster.members["a"].tasks.len(), cluster.members["b"].tasks.len()), (3, 3));
    assert!(rounds <= 4, "{rounds}");
}

#[test]
fn members_that_can_run_less_than_their_share_do_not_make_rebalances_without_end() {
    let mut random = 1u64;
    let mut below = |bound: u64| {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % bound
    };
    for _ in 0..200 {
        let members: Vec<String> = (0..1 + below(5)).map(|member| format!("m{member}")).collect();
        let names: Vec<String> = (0..below(9)).map(|connector| format!("c{connector}")).collect();
        let config = snapshot(names.iter().map(|name| (name.as_str(), below(6) as u32)).collect::<Vec<_>>());
        let set: BTreeSet<String> = members.iter().cloned().collect();
        let able: Vec<_> = names
            .iter()
            .map(|name| (name.as_str().into(), members.iter().filter(|_| below(2) == 0).cloned().collect()))
            .collect();
        let placement = Placement::new(&set, able);
        let mut cluster = Cluster::of(&members.iter().map(String::as_str).collect::<Vec<_>>());
        // First all on some of them.
        cluster.members.retain(|member, _| member == "m0");
        cluster.settle(&config, &Placement::anywhere());
        for member in members {
            cluster.members.entry(member).or_default();
        }
        cluster.settle(&config, &placement);
        let configured = configured(&config);
        assert_eq!(cluster.total(), configured.connectors.len() + configured.tasks.len());
        for (member, held) in &cluster.members {
            assert!(held.tasks.iter().all(|task| placement.allows(&task.connector, member)));
        }
    }
}
