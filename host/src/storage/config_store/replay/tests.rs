//! What a config topic adds up to, record by record.

use super::*;

/// A topic that is read record by record.
#[derive(Default)]
struct Topic {
    replay: ConfigReplay,
    next: i64,
}

impl Topic {
    fn read(&mut self, record: ConfigRecord) -> Option<ConfigUpdate> {
        let (key, value) = record.encode();
        self.read_bytes(&key, value.as_deref()).unwrap()
    }

    fn read_bytes(&mut self, key: &str, value: Option<&[u8]>) -> Result<Option<ConfigUpdate>, UnreadableRecord> {
        self.next += 1;
        self.replay.read(self.next - 1, Some(key.as_bytes()), value)
    }

    fn connector(&mut self, name: &str, value: &str) -> Option<ConfigUpdate> {
        self.read(ConfigRecord::Connector { connector: name.into(), config: Some(config(value)) })
    }

    fn tombstone(&mut self, name: &str) -> Option<ConfigUpdate> {
        self.read(ConfigRecord::Connector { connector: name.into(), config: None })
    }

    fn task(&mut self, name: &str, task: u32, value: &str) {
        let id = ConnectorTaskId::new(name, task);
        assert_eq!(self.read(ConfigRecord::Task { id, config: config(value) }), None);
    }

    fn commit(&mut self, name: &str, tasks: u32) -> Option<ConfigUpdate> {
        self.read(ConfigRecord::Commit { connector: name.into(), tasks })
    }

    fn target(&mut self, name: &str, target: Option<TargetState>) -> Option<ConfigUpdate> {
        self.read(ConfigRecord::TargetState { connector: name.into(), target })
    }

    /// The configurations of the tasks that the connector has.
    fn tasks(&self, name: &str) -> Vec<String> {
        let state = self.replay.snapshot();
        state.tasks(name).map(|id| state.task_config(&id).unwrap()["v"].clone()).collect()
    }
}

fn config(value: &str) -> Config {
    Config::from([("v".to_owned(), value.to_owned())])
}

#[test]
fn task_configs_take_effect_at_their_commit() {
    let mut topic = Topic::default();
    topic.connector("c", "1");
    topic.task("c", 0, "a");
    topic.task("c", 1, "b");
    assert!(topic.tasks("c").is_empty());
    topic.commit("c", 2);
    assert_eq!(topic.tasks("c"), ["a", "b"]);
    topic.task("c", 0, "A");
    assert_eq!(topic.tasks("c"), ["a", "b"]);
    topic.commit("c", 1);
    assert_eq!(topic.tasks("c"), ["A"]);
    assert_eq!(topic.replay.snapshot().task_config_generation("c"), Some(1));
}

#[test]
fn an_incomplete_set_makes_the_connector_inconsistent_until_a_complete_one_comes() {
    let mut topic = Topic::default();
    topic.connector("c", "1");
    topic.task("c", 1, "b");
    topic.commit("c", 2);
    let state = topic.replay.snapshot();
    assert!(topic.tasks("c").is_empty());
    assert_eq!(state.task_count("c"), 2);
    assert_eq!(state.inconsistent_connectors().map(|name| &**name).collect::<Vec<_>>(), ["c"]);
    assert!(state.applied_connector_config("c").is_none());
    // What was deferred is gone, although it would complete the set.
    topic.task("c", 0, "a");
    topic.commit("c", 2);
    assert!(topic.tasks("c").is_empty());
    topic.task("c", 0, "A");
    topic.task("c", 1, "B");
    topic.commit("c", 2);
    assert_eq!(topic.tasks("c"), ["A", "B"]);
    assert_eq!(topic.replay.snapshot().inconsistent_connectors().count(), 0);
}

#[test]
fn more_task_configs_than_the_commit_counts_are_no_mistake() {
    let mut topic = Topic::default();
    topic.connector("c", "1");
    topic.task("c", 1, "left over");
    topic.task("c", 0, "a");
    topic.commit("c", 1);
    assert_eq!(topic.tasks("c"), ["a"]);
}

#[test]
fn a_commit_of_an_unknown_connector_is_ignored() {
    let mut topic = Topic::default();
    topic.replay.started();
    topic.task("c", 0, "a");
    assert_eq!(topic.commit("c", 1), None);
    topic.connector("c", "1");
    assert!(topic.tasks("c").is_empty());
    topic.commit("c", 1);
    assert!(topic.tasks("c").is_empty());
}

#[test]
fn a_tombstone_removes_the_connector_and_its_tasks() {
    let mut topic = Topic::default();
    topic.connector("c", "1");
    topic.task("c", 0, "a");
    topic.commit("c", 1);
    topic.target("c", Some(TargetState::Paused));
    topic.tombstone("c");
    let state = topic.replay.snapshot();
    assert!(!state.contains("c") && state.connectors().next().is_none());
    assert_eq!((state.task_count("c"), state.target_state("c")), (0, Some(TargetState::Paused)));
    topic.target("c", None);
    assert_eq!(topic.replay.snapshot().target_state("c"), None);
    assert!(topic.replay.snapshot().connectors.is_empty());
}

#[test]
fn a_target_state_may_come_before_its_connector() {
    let mut topic = Topic::default();
    topic.replay.started();
    assert_eq!(topic.target("c", Some(TargetState::Stopped)), None);
    assert_eq!(topic.connector("c", "1"), Some(ConfigUpdate::ConnectorConfig("c".into())));
    assert_eq!(topic.replay.snapshot().target_state("c"), Some(TargetState::Stopped));
    assert_eq!(topic.target("c", Some(TargetState::Stopped)), None);
    assert_eq!(topic.target("c", Some(TargetState::Started)), Some(ConfigUpdate::TargetState("c".into())));
    // Without its target state a connector is started.
    topic.target("c", Some(TargetState::Paused));
    assert_eq!(topic.target("c", None), None);
    assert_eq!(topic.replay.snapshot().target_state("c"), Some(TargetState::Started));
}

#[test]
fn nothing_is_told_before_the_start() {
    let restart = || ConfigRecord::Restart { connector: "c".into(), request: RestartRequest::default() };
    let level = || ConfigRecord::LoggerLevel { namespace: "a".into(), level: "DEBUG".into() };
    let mut topic = Topic::default();
    assert_eq!(topic.connector("c", "1"), None);
    assert_eq!(topic.read(restart()), None);
    assert_eq!(topic.read(level()), None);
    topic.replay.started();
    assert!(matches!(topic.read(restart()), Some(ConfigUpdate::Restart { .. })));
    assert!(matches!(topic.read(level()), Some(ConfigUpdate::LoggerLevel { .. })));
    topic.task("c", 0, "a");
    let tasks = vec![ConnectorTaskId::new("c", 0)];
    assert_eq!(topic.commit("c", 1), Some(ConfigUpdate::TaskConfigs { connector: "c".into(), tasks }));
    assert_eq!(topic.tombstone("c"), Some(ConfigUpdate::ConnectorRemoved("c".into())));
}

#[test]
fn the_offset_is_that_of_the_next_record_and_passes_over_what_is_left_out() {
    let mut topic = Topic::default();
    assert_eq!(topic.replay.snapshot().offset(), -1);
    topic.connector("c", "1");
    assert_eq!(topic.replay.snapshot().offset(), 1);
    assert!(topic.read_bytes("foreign", None).is_err());
    assert_eq!(topic.replay.snapshot().offset(), 2);
    // As in Java.
    assert!(topic.read_bytes("connector-c", Some(b"{")).is_err());
    assert_eq!(topic.replay.snapshot().offset(), 2);
    topic.target("c", None);
    assert_eq!(topic.replay.snapshot().offset(), 4);
}

#[test]
fn a_snapshot_does_not_change_any_more() {
    let mut topic = Topic::default();
    topic.connector("c", "1");
    let before = topic.replay.snapshot();
    topic.connector("c", "2");
    assert_eq!(before.connector_config("c").unwrap()["v"], "1");
    assert_eq!(topic.replay.snapshot().connector_config("c").unwrap()["v"], "2");
}

#[test]
fn what_compaction_leaves_never_mixes_old_and_new_task_configs() {
    // All ways in which compaction can have removed records: those that a later one of the same key has replaced, oldest first.
    let records: &[(ConfigRecord, &str)] = &{
        let task = |task, value| ConfigRecord::Task { id: ConnectorTaskId::new("c", task), config: config(value) };
        let commit = |tasks| ConfigRecord::Commit { connector: "c".into(), tasks };
        [
            (task(0, "old"), "t0"),
            (task(1, "old"), "t1"),
            (commit(2), "commit"),
            (task(0, "new"), "t0"),
            (task(1, "new"), "t1"),
            (commit(2), "commit"),
            (task(0, "newest"), "t0"),
            (commit(1), "commit"),
        ]
    };
    for read in 0..=records.len() {
        for missing in 0..1u32 << records.len() {
            let kept = |at: usize| missing >> at & 1 == 0;
            let same_key =
                |range: std::ops::Range<usize>, at: usize| range.filter(move |i| records[*i].1 == records[at].1);
            let removable = |at| same_key(at + 1..read, at).next().is_some() && !same_key(0..at, at).any(kept);
            if missing >> read != 0 || (0..read).any(|at| !kept(at) && !removable(at)) {
                continue;
            }
            let mut topic = Topic::default();
            topic.connector("c", "1");
            for (record, _) in (0..read).filter(|at| kept(*at)).map(|at| &records[at]) {
                topic.read(record.clone());
            }
            let tasks = topic.tasks("c");
            assert!(tasks.windows(2).all(|pair| pair[0] == pair[1]), "{read} {missing:b}: {tasks:?}");
        }
    }
}

#[test]
fn who_runs_what_is_decided_anew_when_connectors_or_tasks_are_others() {
    let mut topic = Topic::default();
    topic.connector("a", "1");
    topic.connector("b", "1");
    topic.task("a", 0, "x");
    topic.commit("a", 1);
    type Change = fn(&mut Topic);
    let changes: &[(Change, bool)] = &[
        (|_| (), false),
        (|topic| drop(topic.connector("b", "2")), false),
        (|topic| drop(topic.target("b", Some(TargetState::Paused))), false),
        (|topic| topic.task("a", 0, "x"), false),
        (|topic| drop(topic.commit("a", 1)), true),
        (|topic| drop(topic.commit("a", 0)), true),
        (|topic| drop(topic.connector("c", "1")), true),
        (|topic| drop(topic.tombstone("c")), true),
        (
            |topic| {
                topic.tombstone("b");
                topic.connector("c", "1");
            },
            true,
        ),
    ];
    for (number, (change, expected)) in changes.iter().enumerate() {
        let before = topic.replay.snapshot();
        change(&mut topic);
        assert_eq!(topic.replay.snapshot().needs_rebalance_since(&before), *expected, "change {number}");
    }
}
