//! A `wasm-connect standalone` or `distributed` process with a worker.properties of its own, to be killed, signalled and started
//! again.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use crate::kafka::Kafka;
use crate::process::end_with_this_thread;
use crate::rest::Rest;
use crate::temp::TempDir;
use crate::wait::{seconds, wait_for};
use crate::{paths, ports};

const STRING_CONVERTER: &str = "org.apache.kafka.connect.storage.StringConverter";
/// Lines of the log that a failed test shows.
const LOG_TAIL: usize = 60;

/// What a worker is started with.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    mode: &'static str,
    directory: PathBuf,
    port: u16,
    properties: Vec<(String, String)>,
    connector_files: Vec<PathBuf>,
}

/// A worker process; killed on drop.
#[derive(Debug)]
pub struct Worker {
    options: WorkerOptions,
    child: Option<Child>,
    rest: Rest,
}

// === impl WorkerOptions

impl WorkerOptions {
    /// A worker that reads and writes files in `directory`, has the file plugins, keeps text as it is and commits each second.
    pub fn new(directory: &TempDir, kafka: &Kafka) -> Self {
        let own = directory.path().to_path_buf();
        let offsets = own.join("connect.offsets").display().to_string();
        Self::of("standalone", directory, own, kafka).set("offset.storage.file.filename", offsets)
    }

    /// The same as a worker of a cluster, which still has to be told of which; `own` is where it has its properties and log.
    pub fn distributed(directory: &TempDir, own: PathBuf, kafka: &Kafka) -> Self {
        Self::of("distributed", directory, own, kafka)
    }

    fn of(mode: &'static str, directory: &TempDir, own: PathBuf, kafka: &Kafka) -> Self {
        let port = ports::free();
        let allowed = directory.path().display().to_string();
        let (properties, connector_files) = (Vec::new(), Vec::new());
        let mut options = Self { mode, directory: own, port, properties, connector_files };
        for (key, value) in [
            ("bootstrap.servers", kafka.bootstrap().to_owned()),
            ("listeners", format!("http://127.0.0.1:{port}")),
            ("plugin.path", paths::file_plugins()),
            ("key.converter", STRING_CONVERTER.to_owned()),
            ("value.converter", STRING_CONVERTER.to_owned()),
            ("offset.flush.interval.ms", "1000".to_owned()),
            // Shared, as between restarts of one worker: else each test compiles the plugins anew.
            ("sandbox.cache.dir", paths::target().join("test-plugin-cache").display().to_string()),
            ("sandbox.fs.read", allowed.clone()),
            ("sandbox.fs.write", allowed),
        ] {
            options = options.set(key, value);
        }
        options
    }

    /// Sets a worker property.
    pub fn set(mut self, key: &str, value: impl Into<String>) -> Self {
        self.properties.retain(|(present, _)| present != key);
        self.properties.push((key.to_owned(), value.into()));
        self
    }

    /// A worker property, if it is set.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.properties.iter().find(|(present, _)| present == key).map(|(_, value)| value.as_str())
    }

    /// Adds the plugins of `tests/guests`.
    pub fn with_test_plugins(self) -> Self {
        let both = format!("{},{}", paths::file_plugins(), paths::test_plugins().display());
        self.set("plugin.path", both)
    }

    /// Names a connector file on the command line.
    pub fn connector_file(mut self, file: &Path) -> Self {
        self.connector_files.push(file.to_path_buf());
        self
    }

    /// Starts the process and waits until it has completed its startup.
    pub fn start(self) -> Worker {
        let mut worker = self.spawn();
        worker.wait_ready(seconds(60));
        worker
    }

    /// Starts the process.
    pub fn spawn(self) -> Worker {
        let mut worker = Worker { rest: Rest::new(self.port), options: self, child: None };
        worker.spawn();
        worker
    }

    /// The command that starts the worker, for tests of the command line itself.
    pub fn command(&self) -> Command {
        let mut text = String::new();
        for (key, value) in &self.properties {
            let _ = writeln!(text, "{key}={}", value.replace('\\', "\\\\"));
        }
        let properties = self.directory.join("worker.properties");
        std::fs::write(&properties, text).expect("worker.properties can be written");
        let mut command = Command::new(paths::worker());
        command.arg(self.mode).arg(properties).args(&self.connector_files).stdin(Stdio::null());
        command
    }

    fn log(&self) -> PathBuf {
        self.directory.join("worker.out")
    }
}

// === impl Worker

impl Worker {
    pub fn rest(&self) -> &Rest {
        &self.rest
    }

    /// Where it has its properties and its log; it may read and write there.
    pub fn directory(&self) -> &Path {
        &self.options.directory
    }

    /// As it calls itself in statuses.
    pub fn id(&self) -> String {
        format!("127.0.0.1:{}", self.options.port)
    }

    /// Starts the process again, with the same port, directory and properties, and waits until it has completed its startup.
    pub fn start_again(&mut self) {
        self.spawn();
        self.wait_ready(seconds(60));
    }

    /// SIGKILL, and waits until the process is gone.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// Sends a signal, such as `libc::SIGTERM`.
    pub fn signal(&self, signal: libc::c_int) {
        let pid = self.child.as_ref().expect("the worker was started").id();
        let pid = libc::pid_t::try_from(pid).expect("process ids fit");
        // SAFETY: kill takes two integers; the process is our child and not waited for yet, so the id is still its own.
        let result = unsafe { libc::kill(pid, signal) };
        assert_eq!(result, 0, "could not signal the worker: {}", std::io::Error::last_os_error());
    }

    /// Waits until the process has ended by itself.
    #[track_caller]
    pub fn wait_exit(&mut self, within: Duration) -> ExitStatus {
        let child = self.child.as_mut().expect("the worker was started");
        let status = wait_for("the worker ends", within, || match child.try_wait() {
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err("it is still running".to_owned()),
            Err(error) => Err(error.to_string()),
        });
        self.child = None;
        status
    }

    /// Whether the process has not ended.
    pub fn is_running(&mut self) -> bool {
        self.child.as_mut().is_some_and(|child| matches!(child.try_wait(), Ok(None)))
    }

    /// How much of the machine's memory the process has now, in bytes (Linux).
    pub fn resident_bytes(&self) -> u64 {
        let pid = self.child.as_ref().expect("the worker was started").id();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("the process's status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("its resident memory");
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().expect("a number of KiB");
        kibibytes * 1024
    }

    /// Everything that it has written to stdout and stderr since it was first started.
    pub fn log(&self) -> String {
        String::from_utf8_lossy(&std::fs::read(self.options.log()).unwrap_or_default()).into_owned()
    }

    /// Waits until REST answers that startup is complete; fails at once if the process ends.
    #[track_caller]
    pub fn wait_ready(&mut self, within: Duration) {
        let rest = self.rest.clone();
        wait_for("the worker has completed its startup", within, || {
            let Some(child) = self.child.as_mut() else { panic!("the worker was not started") };
            if let Ok(Some(status)) = child.try_wait() {
                panic!("the worker ended while it was starting: {status}");
            }
            match rest.try_request("GET", "/health", None) {
                Ok(response) if response.status == 200 => Ok(()),
                Ok(response) => Err(format!("{} {}", response.status, response.body)),
                Err(error) => Err(error.to_string()),
            }
        });
    }

    fn spawn(&mut self) {
        assert!(self.child.is_none(), "the worker is running already");
        let log =
            OpenOptions::new().create(true).append(true).open(self.options.log()).expect("worker.out can be written");
        let same: File = log.try_clone().expect("a second handle of worker.out");
        let mut command = self.options.command();
        command.stdout(log).stderr(same);
        end_with_this_thread(&mut command);
        self.child = Some(command.spawn().expect("the worker can be started"));
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        self.kill();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            eprintln!("--- the worker's last lines");
            for line in &lines[lines.len().saturating_sub(LOG_TAIL)..] {
                eprintln!("{line}");
            }
        }
    }
}
