//! Who takes part: Java Connect as its own script starts it, our worker, and the native loop.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::usage;
use crate::kafka::Kafka;
use crate::process::end_with_this_thread;
use crate::rest::Rest;
use crate::temp::TempDir;
use crate::wait::{seconds, wait_for};
use crate::{paths, ports};

/// As Kafka's own connect-standalone.sh starts it.
const JAVA_OPTIONS: [&str; 8] = [
    "-Xms256M",
    "-Xmx2G",
    "-server",
    "-XX:+UseG1GC",
    "-XX:MaxGCPauseMillis=20",
    "-XX:InitiatingHeapOccupancyPercent=35",
    "-XX:+ExplicitGCInvokesConcurrent",
    "-Djava.awt.headless=true",
];

/// One of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Contender {
    Java,
    Wasm,
    /// Our worker once more, to see what is noise.
    WasmAgain,
    /// librdkafka alone.
    Native,
}

/// What is to be copied.
#[derive(Clone, Debug)]
pub enum Job {
    Source { file: PathBuf, topic: String },
    Sink { topic: String, file: PathBuf },
}

/// A contender's process; killed on drop.
pub struct Running {
    contender: Contender,
    child: Child,
    commands: Option<ChildStdin>,
    rest: Rest,
    started: Instant,
}

// === impl Contender

impl Contender {
    pub fn name(self) -> &'static str {
        match self {
            Self::Java => "Java Connect",
            Self::Wasm => "Wasm Connect",
            Self::WasmAgain => "Wasm Connect, once more",
            Self::Native => "librdkafka alone",
        }
    }

    /// Starts it; what it writes goes into `directory`.
    pub fn start(self, directory: &TempDir, kafka: &Kafka) -> Running {
        let cache = paths::target().join("bench-plugin-cache");
        self.start_with_cache(directory, kafka, &cache)
    }

    /// The same with a directory of our own for compiled plugins.
    pub fn start_with_cache(self, directory: &TempDir, kafka: &Kafka, cache: &Path) -> Running {
        let port = ports::free();
        let properties = directory.write("bench.properties", self.properties(directory, kafka, port, cache));
        let mut command = self.command(&properties, kafka);
        let log = File::create(directory.file("bench.out")).expect("the log can be written");
        command.stdin(Stdio::piped()).stdout(log.try_clone().expect("a second handle of the log")).stderr(log);
        end_with_this_thread(&mut command);
        let started = Instant::now();
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{} could not be started: {error}", self.name()));
        let commands = child.stdin.take().filter(|_| self == Self::Native);
        Running { contender: self, child, commands, rest: Rest::new(port), started }
    }

    fn command(self, properties: &Path, kafka: &Kafka) -> Command {
        match self {
            Self::Java => {
                let mut command = Command::new("java");
                command.args(JAVA_OPTIONS).arg("-cp").arg(paths::java_connect("connect-libs").join("*"));
                command.arg("org.apache.kafka.connect.cli.ConnectStandalone").arg(properties);
                command
            }
            Self::Wasm | Self::WasmAgain => {
                let mut command = Command::new(paths::worker());
                command.arg("standalone").arg(properties);
                command
            }
            Self::Native => {
                let mut command = Command::new(std::env::current_exe().expect("path of the bench"));
                command.args(["native", kafka.bootstrap()]);
                command
            }
        }
    }

    /// The same for both workers, but for plugins and the sandbox.
    fn properties(self, directory: &TempDir, kafka: &Kafka, port: u16, cache: &Path) -> String {
        let string = "org.apache.kafka.connect.storage.StringConverter";
        let mut properties = format!(
            "bootstrap.servers={}\nlisteners=http://127.0.0.1:{port}\nkey.converter={string}\nvalue.converter={string}\n\
             offset.storage.file.filename={}\noffset.flush.interval.ms=10000\n",
            kafka.bootstrap(),
            directory.file("connect.offsets").display(),
        );
        if self != Self::Java {
            let files = directory.path().parent().unwrap_or(directory.path()).display();
            properties.push_str(&format!(
                "plugin.path={}\nsandbox.cache.dir={}\nsandbox.fs.read={files}\nsandbox.fs.write={files}\n",
                paths::file_plugins(),
                cache.display(),
            ));
        }
        properties
    }
}

// === impl Running

impl Running {
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn rest(&self) -> &Rest {
        &self.rest
    }

    /// How long it took from the start to the first answer of REST; the native loop needs none.
    #[track_caller]
    pub fn wait_first_answer(&mut self) -> Duration {
        if self.contender == Contender::Native {
            return self.started.elapsed();
        }
        while !matches!(self.rest.try_request("GET", "/", None), Ok(response) if response.status == 200) {
            assert!(self.started.elapsed() < seconds(120), "{} does not answer", self.contender.name());
            std::thread::sleep(Duration::from_millis(2));
        }
        self.started.elapsed()
    }

    /// Waits until it takes connectors.
    #[track_caller]
    pub fn wait_ready(&mut self) {
        self.wait_first_answer();
        if self.contender == Contender::Native {
            return;
        }
        wait_for("the worker takes connectors", seconds(120), || {
            match self.rest.try_request("GET", "/connectors", None) {
                Ok(response) if response.status == 200 => Ok(()),
                Ok(response) => Err(response.body),
                Err(error) => Err(error.to_string()),
            }
        });
    }

    /// Begins a job; `more` are settings of the connector.
    #[track_caller]
    pub fn begin(&mut self, name: &str, job: &Job, more: &Map<String, Value>) {
        if let Some(commands) = &mut self.commands {
            let line = match job {
                Job::Source { file, topic } => format!("source {} {topic}\n", file.display()),
                Job::Sink { topic, file } => format!("sink {topic} {}\n", file.display()),
            };
            commands.write_all(line.as_bytes()).and_then(|()| commands.flush()).expect("the native loop listens");
            return;
        }
        let mut config = match job {
            Job::Source { file, topic } => json!({
                "connector.class": "FileStreamSource", "tasks.max": "1", "batch.size": "2000", "file": file, "topic": topic,
            }),
            Job::Sink { topic, file } => json!({
                "connector.class": "FileStreamSink", "tasks.max": "1", "file": file, "topics": topic,
                "consumer.override.max.poll.records": "2000",
            }),
        };
        if let Some(config) = config.as_object_mut() {
            config.extend(more.clone());
        }
        self.rest.create(name, config);
    }

    /// Ends a job that is done.
    pub fn end(&mut self, name: &str) {
        if self.commands.is_none() {
            self.rest.delete(&format!("/connectors/{name}"));
        }
    }

    /// Fails with the end of its log if the process has ended.
    #[track_caller]
    pub fn assert_alive(&mut self) {
        if let Ok(Some(status)) = self.child.try_wait() {
            panic!("{} ended: {status}", self.contender.name());
        }
    }

    /// See [`usage::cpu_seconds`].
    pub fn cpu_seconds(&self) -> f64 {
        usage::cpu_seconds(self.pid())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
