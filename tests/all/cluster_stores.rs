//! Promise: what the workers of a cluster keep in Kafka is the same for each of them, whoever wrote it.

use std::sync::{Arc, Mutex};

use wasm_connect::connect::{Config, ConnectorTaskId, State, TargetState};
use wasm_connect::storage::config_store::{ConfigStore, ConfigUpdate, ConfigUpdateListener, KafkaConfigStore};
use wasm_connect::storage::kafka_based_log::{KafkaBasedLog, LogListener, LogRecord};
use wasm_connect::storage::offset_store::{KafkaOffsetStore, OffsetStore, SourcePartition};
use wasm_connect::storage::status_store::{KafkaStatusStore, Status, StatusStore};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_until};

use crate::cluster::{Cluster, DEADLINE};

struct Nobody;

impl LogListener for Nobody {
    fn consumed(&mut self, _: &wasm_connect::kafka::ports::Message<'_>) {}
}

/// What a store told.
#[derive(Default)]
struct Updates(Mutex<Vec<ConfigUpdate>>);

impl ConfigUpdateListener for Updates {
    fn updated(&self, update: ConfigUpdate) {
        self.0.lock().unwrap().push(update);
    }
}

fn dump(kafka: &Kafka, topic: &str, partitions: i32) -> Vec<String> {
    use rdkafka::Message as _;
    let mut records = Vec::new();
    Topics::new(kafka).read(topic, partitions, |message| {
        let text = |bytes: Option<&[u8]>| bytes.map_or("null".into(), String::from_utf8_lossy).into_owned();
        records.push(format!("{} {}", text(message.key()), text(message.payload())));
    });
    records
}

#[test]
fn a_partition_is_committed_under_the_key_seen_last_and_forgotten_under_all_of_them() {
    let kafka = Kafka::shared();
    let cluster = Cluster::new(kafka);
    let topic = kafka.unique_topic("cluster-offsets");
    // As two Java connectors of different versions would, whose maps list their fields in different orders.
    let log = KafkaBasedLog::start(cluster.options(&topic, 5), &cluster.clients, &cluster.admin, Nobody);
    let log = cluster.wait("the log starts", log).unwrap();
    let keys = [r#"["c",{"a":1,"b":"x"}]"#, r#"["c",{"b":"x","a":1}]"#];
    for (key, offset) in keys.iter().zip(["1", "2"]) {
        let record = LogRecord { key: key.as_bytes(), value: Some(offset_of(offset).leak().as_bytes()) };
        cluster.wait("a record is written", log.write(&[record])).unwrap();
    }
    let start = || KafkaOffsetStore::start(cluster.options(&topic, 5), &cluster.clients, &cluster.admin);
    let one = cluster.wait("a store starts", start()).unwrap();
    let partition = SourcePartition::parse(r#"{"a":1,"b":"x"}"#).unwrap();
    let get = |store: &KafkaOffsetStore| {
        cluster.wait("an offset is read", store.get("c", std::slice::from_ref(&partition))).unwrap().remove(0)
    };
    assert!(get(&one).is_some());

    cluster.wait("an offset is committed", one.set("c", vec![(partition.clone(), Some(offset_of("3")))])).unwrap();
    let two = cluster.wait("another store starts", start()).unwrap();
    assert_eq!((get(&one), get(&two)), (Some(offset_of("3")), Some(offset_of("3"))));

    cluster.wait("it is forgotten", two.set("c", vec![(partition.clone(), None)])).unwrap();
    assert_eq!((get(&one), get(&two)), (None, None));
    assert!(cluster.wait("offsets are listed", one.list("c")).unwrap().is_empty());
    let records = dump(kafka, &topic, 5);
    for key in keys {
        assert!(records.contains(&format!("{key} null")), "{records:?}");
    }
}

fn offset_of(position: &str) -> String {
    format!(r#"{{"position":{position}}}"#)
}

#[test]
fn a_worker_that_is_late_does_not_overwrite_what_another_one_runs_now() {
    let kafka = Kafka::shared();
    let cluster = Cluster::new(kafka);
    let topic = kafka.unique_topic("cluster-status");
    let start = || {
        let start = KafkaStatusStore::start(cluster.options(&topic, 2), &cluster.clients, &cluster.admin);
        cluster.wait("a store starts", start).unwrap()
    };
    let (late, now) = (start(), start());
    let task = ConnectorTaskId::new("c", 0);
    let status = |state, worker: &str| Status { state, trace: None, worker_id: worker.to_owned(), version: None };
    let settle = |store: &KafkaStatusStore| {
        assert!(cluster.wait("statuses are written", store.flush(DEADLINE)));
        for store in [&late, &now] {
            cluster.wait("statuses are read", store.read_to_end()).unwrap();
        }
    };
    late.set_generation(4);
    late.put_task(&task, status(State::Running, "a:1"));
    late.put_topic(&task, "t");
    late.put_topic(&task, "t");
    settle(&late);
    assert_eq!(now.task(&task).unwrap().worker_id, "a:1");
    assert_eq!(now.topics("c"), ["t"]);

    now.set_generation(5);
    now.put_task(&task, status(State::Running, "b:1"));
    settle(&now);
    late.put_task(&task, status(State::Unassigned, "a:1"));
    late.put_task(&task, status(State::Failed, "a:1"));
    settle(&late);
    assert_eq!(late.task(&task), now.task(&task));
    assert_eq!(now.task(&task), Some(status(State::Running, "b:1")));

    now.put_connector("c", status(State::Running, "b:1"));
    settle(&now);
    assert_eq!(late.connectors(), ["c"]);
    now.delete_connector("c");
    settle(&now);
    assert!(late.connectors().is_empty() && late.topics("c").is_empty() && late.connector("c").is_none());
    let topics = dump(kafka, &topic, 2).into_iter().filter(|record| record.starts_with("status-topic-"));
    assert_eq!(topics.count(), 2, "once used, once forgotten");
}

#[test]
fn what_the_leader_configures_is_seen_by_all_and_written_as_java_writes_it() {
    let kafka = Kafka::shared();
    let cluster = Cluster::new(kafka);
    let topic = kafka.unique_topic("cluster-configs");
    let start = |updates: &Arc<Updates>| {
        let start =
            KafkaConfigStore::start(cluster.options(&topic, 1), &cluster.clients, &cluster.admin, updates.clone());
        cluster.wait("a store starts", start).unwrap()
    };
    let updates = Arc::<Updates>::default();
    let (leader, follower) = (start(&Arc::default()), start(&updates));
    let config: Config = [("connector.class", "x"), ("name", "c")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    let task: Config = [("task.class", "y")].map(|(k, v)| (k.to_owned(), v.to_owned())).into();
    cluster.wait("a connector is put", leader.put_connector_config("c", &config, Some(TargetState::Stopped))).unwrap();
    cluster.wait("tasks are put", leader.put_task_configs("c", &[task.clone(), task])).unwrap();
    assert_eq!(leader.snapshot().tasks("c").count(), 2);
    cluster.wait("a target state is put", follower.put_target_state("c", TargetState::Started)).unwrap();
    for store in [&leader, &follower] {
        cluster.wait("the end is reached", store.refresh(DEADLINE)).unwrap();
    }
    assert_eq!(leader.snapshot(), follower.snapshot());
    assert_eq!(follower.snapshot().offset(), 6);
    assert_eq!(*updates.0.lock().unwrap(), {
        let connector: Arc<str> = "c".into();
        let tasks = [0, 1].map(|task| ConnectorTaskId::new("c", task)).into();
        [
            ConfigUpdate::ConnectorConfig(connector.clone()),
            ConfigUpdate::TaskConfigs { connector: connector.clone(), tasks },
            ConfigUpdate::TargetState(connector),
        ]
    });
    cluster.wait("the connector is removed", leader.remove_connector_config("c")).unwrap();
    wait_until("the follower has removed it", seconds(30), || follower.snapshot().connectors().next().is_none());
    assert_eq!(
        dump(kafka, &topic, 1),
        [
            r#"target-state-c {"state":"PAUSED","state.v2":"STOPPED"}"#,
            r#"connector-c {"properties":{"connector.class":"x","name":"c"}}"#,
            r#"task-c-0 {"properties":{"task.class":"y"}}"#,
            r#"task-c-1 {"properties":{"task.class":"y"}}"#,
            r#"commit-c {"tasks":2}"#,
            r#"target-state-c {"state":"STARTED","state.v2":"STARTED"}"#,
            "connector-c null",
            "target-state-c null",
        ]
    );
}
