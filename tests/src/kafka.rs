//! A single Kafka node, run by `tests/kafka/kafka.sh` in a directory of its own. It cannot outlive this process: the script's
//! guard kills it when its owner is gone, whatever the reason.

use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::proxy::Proxy;
use crate::temp::{TempDir, some_test_failed};
use crate::wait::{seconds, wait_for};
use crate::worker_cluster::WorkerCluster;
use crate::{paths, ports};

/// A running node, or one that the test has stopped.
#[derive(Debug)]
pub struct Kafka {
    directory: TempDir,
    bootstrap: String,
}

impl Kafka {
    /// The node that all tests share; started by the first, ended with the process.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<Kafka> = OnceLock::new();
        extern "C" fn end() {
            if let Some(kafka) = SHARED.get() {
                kafka.remove();
            }
        }
        SHARED.get_or_init(|| {
            let kafka = Self::start("kafka");
            // SAFETY: `end` is a plain function without captures, reads a static that lives for ever, and cannot unwind out of
            // C: `remove` ignores every failure.
            unsafe { libc::atexit(end) };
            kafka
        })
    }

    /// A node of the test's own, to be stopped and started at will.
    pub fn start(name: &str) -> Self {
        Self::start_with(name, &[])
    }

    /// Such a node with a second address, through the proxy.
    pub fn start_behind_proxy(name: &str) -> (Self, Proxy, String) {
        let (own, seen) = (ports::free(), ports::free());
        let kafka = Self::start_with(name, &[("KAFKA_BEHIND", format!("{own} {seen}"))]);
        (kafka, Proxy::start(seen, own), format!("127.0.0.1:{seen}"))
    }

    /// Such a node with variables of `kafka.sh`.
    pub fn start_with(name: &str, environment: &[(&str, String)]) -> Self {
        let directory = TempDir::new(name);
        let ports = [ports::free(), ports::free()].map(|port| port.to_string());
        let mut command = command(directory.path(), "start", &ports);
        command.envs(environment.iter().map(|(name, value)| (name, value)));
        let bootstrap = output(command);
        Self { directory, bootstrap }
    }

    /// `host:port`.
    pub fn bootstrap(&self) -> &str {
        &self.bootstrap
    }

    /// Ends it as an operator would, and waits.
    pub fn stop(&self) {
        run(self.directory.path(), "stop", &[]);
    }

    /// Starts it again with its data, on the same ports.
    pub fn start_again(&self) {
        run(self.directory.path(), "start", &[]);
    }

    /// A topic name that no other test uses.
    pub fn unique_topic(&self, prefix: &str) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        format!("{prefix}-{}", COUNT.fetch_add(1, Ordering::Relaxed))
    }

    /// Creates a topic; without it, the node creates topics of one partition when they are first written.
    pub fn create_topic(&self, topic: &str, partitions: i32) {
        self.create_topic_with(topic, partitions, &[]);
    }

    /// The same, with these settings of the topic.
    pub fn create_topic_with(&self, topic: &str, partitions: i32, configs: &[(&str, &str)]) {
        let admin: AdminClient<DefaultClientContext> =
            ClientConfig::new().set("bootstrap.servers", self.bootstrap()).create().expect("admin client");
        let new = NewTopic::new(topic, partitions, TopicReplication::Fixed(1));
        let topics = [configs.iter().fold(new, |new, (key, value)| new.set(key, value))];
        let results = block_on::wait(admin.create_topics(&topics, &AdminOptions::new()));
        for result in results.unwrap_or_else(|error| panic!("could not create topic {topic}: {error}")) {
            result.unwrap_or_else(|(topic, error)| panic!("could not create topic {topic}: {error}"));
        }
    }

    /// The first segment of a topic's only partition, as it is on disk.
    pub fn segment(&self, topic: &str) -> Vec<u8> {
        let file = self.directory.file("data").join(format!("{topic}-0")).join("00000000000000000000.log");
        std::fs::read(&file).unwrap_or_else(|error| panic!("could not read {}: {error}", file.display()))
    }

    /// Deletes all topics and groups that are neither Kafka's own nor those of `cluster`, and waits until they are gone.
    ///
    /// Groups must have lost their members by then, or lose them within a minute.
    pub fn clear(&self, cluster: Option<&WorkerCluster<'_>>) {
        let is_kept = |name: &str| name.starts_with("__") || cluster.is_some_and(|cluster| cluster.has(name));
        let config = || {
            let mut config = ClientConfig::new();
            config.set("bootstrap.servers", self.bootstrap());
            config
        };
        let admin: AdminClient<DefaultClientContext> = config().create().expect("admin client");
        let consumer: BaseConsumer = config().create().expect("a client that looks at the node");
        wait_for("all groups and topics are deleted", seconds(60), || {
            let groups = consumer.fetch_group_list(None, seconds(10)).map_err(|error| error.to_string())?;
            let groups: Vec<&str> =
                groups.groups().iter().map(|group| group.name()).filter(|name| !is_kept(name)).collect();
            let topics = consumer.fetch_metadata(None, seconds(10)).map_err(|error| error.to_string())?;
            let topics: Vec<&str> =
                topics.topics().iter().map(|topic| topic.name()).filter(|name| !is_kept(name)).collect();
            if groups.is_empty() && topics.is_empty() {
                return Ok(());
            }
            if !groups.is_empty() {
                let _ = block_on::wait(admin.delete_groups(&groups, &AdminOptions::new()));
            }
            if !topics.is_empty() {
                let _ = block_on::wait(admin.delete_topics(&topics, &AdminOptions::new()));
            }
            Err(format!("groups {groups:?}, topics {topics:?}"))
        });
    }

    /// Kills the node and removes its data; never panics.
    fn remove(&self) {
        let _ = command(self.directory.path(), "kill", &[]).status();
        let data = self.directory.file("data");
        let _ = std::fs::remove_dir_all(if some_test_failed() { &data } else { self.directory.path() });
    }
}

impl Drop for Kafka {
    fn drop(&mut self) {
        let _ = command(self.directory.path(), "kill", &[]).status();
    }
}

fn command(directory: &Path, verb: &str, arguments: &[String]) -> Command {
    let mut command = Command::new(paths::kafka_script());
    command.arg(verb).arg(directory).args(arguments);
    command.env("KAFKA_JARS", paths::kafka_jars()).env("KAFKA_OWNER", std::process::id().to_string());
    command
}

fn run(directory: &Path, verb: &str, arguments: &[String]) -> String {
    output(command(directory, verb, arguments))
}

fn output(mut command: Command) -> String {
    let output = command.output().expect("kafka.sh can be run");
    assert!(output.status.success(), "kafka.sh: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// Waiting for a future without a runtime.
mod block_on {
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake};
    use std::thread::Thread;

    struct Unpark(Thread);

    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }

    pub fn wait<F: Future>(future: F) -> F::Output {
        let mut future = pin!(future);
        let waker = Arc::new(Unpark(std::thread::current())).into();
        let mut context = Context::from_waker(&waker);
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(output) => return output,
                Poll::Pending => std::thread::park(),
            }
        }
    }
}
