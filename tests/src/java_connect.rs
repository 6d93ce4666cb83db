//! Apache Kafka's own Connect worker, from the jars of `kafka.sh fetch-connect`, to be killed, stopped and started again.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::kafka::Kafka;
use crate::process::end_with_this_thread;
use crate::rest::Rest;
use crate::temp::TempDir;
use crate::wait::{seconds, wait_for};
use crate::{paths, ports};

const STRING_CONVERTER: &str = "org.apache.kafka.connect.storage.StringConverter";
/// Lines of the log that a failed test shows.
const LOG_TAIL: usize = 40;

/// A release of Apache Kafka's that the tests have the jars of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JavaRelease {
    /// The one that our worker is compared with.
    V4_3,
    /// The last one before 4.0.
    V3_9,
}

/// A worker process; killed on drop.
#[derive(Debug)]
pub struct JavaConnect {
    release: JavaRelease,
    class: &'static str,
    properties: PathBuf,
    log: PathBuf,
    child: Option<Child>,
    rest: Rest,
    port: u16,
}

// === impl JavaRelease

impl JavaRelease {
    fn jars(self) -> PathBuf {
        paths::java_connect(match self {
            Self::V4_3 => "connect-libs",
            Self::V3_9 => "connect-libs-3.9.1",
        })
    }
}

// === impl JavaConnect

impl JavaConnect {
    /// Starts a worker that keeps its files in `directory`, with the same settings as `WorkerOptions::new`, and waits until it
    /// answers.
    pub fn start(directory: &TempDir, kafka: &Kafka) -> Self {
        let offsets = directory.file("connect.offsets").display().to_string();
        let more = [("offset.storage.file.filename".to_owned(), offsets)];
        let mut java = Self::of(JavaRelease::V4_3, "ConnectStandalone", directory, "java", kafka, &more);
        java.start_again();
        java
    }

    /// Starts a worker of a cluster with these properties besides the usual ones; it answers some seconds later.
    pub fn spawn_distributed(
        release: JavaRelease,
        directory: &TempDir,
        name: &str,
        kafka: &Kafka,
        more: &[(String, String)],
    ) -> Self {
        let mut java = Self::of(release, "ConnectDistributed", directory, name, kafka, more);
        java.spawn();
        java
    }

    fn of(
        release: JavaRelease,
        class: &'static str,
        directory: &TempDir,
        name: &str,
        kafka: &Kafka,
        more: &[(String, String)],
    ) -> Self {
        let port = ports::free();
        let mut properties = format!(
            "bootstrap.servers={}\nlisteners=http://127.0.0.1:{port}\nkey.converter={STRING_CONVERTER}\n\
             value.converter={STRING_CONVERTER}\noffset.flush.interval.ms=1000\n",
            kafka.bootstrap(),
        );
        for (key, value) in more {
            let _ = writeln!(properties, "{key}={value}");
        }
        let properties = directory.write(&format!("{name}.properties"), properties);
        Self {
            release,
            class,
            properties,
            log: directory.file(&format!("{name}.out")),
            child: None,
            rest: Rest::new(port),
            port,
        }
    }

    /// Starts the process again, with the same port and properties.
    pub fn spawn(&mut self) {
        assert!(self.child.is_none(), "Java Connect is running already");
        let log = OpenOptions::new().create(true).append(true).open(&self.log).expect("the log can be written");
        let same: File = log.try_clone().expect("a second handle of the log");
        let mut command = Command::new("java");
        command
            .args(["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"])
            .arg(self.release.jars().join("*"))
            .arg(format!("org.apache.kafka.connect.cli.{}", self.class))
            .arg(&self.properties)
            .stdin(Stdio::null())
            .stdout(log)
            .stderr(same);
        end_with_this_thread(&mut command);
        self.child = Some(command.spawn().expect("java can be started"));
    }

    /// Starts the process again and waits until it answers; it takes part in its cluster a little later.
    #[track_caller]
    pub fn start_again(&mut self) {
        self.spawn();
        self.wait_ready();
    }

    #[track_caller]
    pub fn wait_ready(&mut self) {
        let rest = self.rest.clone();
        wait_for("Java Connect has started", seconds(90), || {
            let child = self.child.as_mut().expect("Java Connect was started");
            if let Ok(Some(status)) = child.try_wait() {
                panic!("Java Connect ended while it was starting: {status}");
            }
            match rest.try_request("GET", "/connectors", None) {
                Ok(response) if response.status == 200 => Ok(()),
                Ok(response) => Err(format!("{} {}", response.status, response.body)),
                Err(error) => Err(error.to_string()),
            }
        });
    }

    /// As it calls itself in statuses.
    pub fn id(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    pub fn rest(&self) -> &Rest {
        &self.rest
    }

    /// Everything that it has logged since it was first started.
    pub fn log(&self) -> String {
        read(&self.log)
    }

    /// SIGKILL, and waits until the process is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// SIGTERM, and waits until the process is gone.
    #[track_caller]
    pub fn stop(&mut self) {
        let mut child = self.child.take().expect("Java Connect was started");
        let pid = libc::pid_t::try_from(child.id()).expect("process ids fit");
        // SAFETY: kill takes two integers; the process is our child and not waited for yet, so the id is still its own.
        unsafe { libc::kill(pid, libc::SIGTERM) };
        wait_for("Java Connect ends", seconds(60), || match child.try_wait() {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err("it is still running".to_owned()),
            Err(error) => Err(error.to_string()),
        });
    }
}

impl Drop for JavaConnect {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().filter(|line| !line.starts_with('\t')).collect();
            eprintln!("--- Java Connect's last lines");
            for line in &lines[lines.len().saturating_sub(LOG_TAIL)..] {
                eprintln!("{line}");
            }
        }
    }
}

fn read(path: &Path) -> String {
    String::from_utf8_lossy(&std::fs::read(path).unwrap_or_default()).into_owned()
}
