//! Apache Kafka's own Connect worker, from the jars of `kafka.sh fetch-connect`.

use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::kafka::Kafka;
use crate::process::end_with_this_thread;
use crate::rest::Rest;
use crate::temp::TempDir;
use crate::wait::{seconds, wait_for};
use crate::{paths, ports};

/// A running worker; killed on drop.
#[derive(Debug)]
pub struct JavaConnect {
    child: Child,
    rest: Rest,
    port: u16,
}

// === impl JavaConnect

impl JavaConnect {
    /// Starts a worker that keeps its files in `directory`, with the same settings as `WorkerOptions::new`, and waits until it
    /// answers.
    pub fn start(directory: &TempDir, kafka: &Kafka) -> Self {
        let port = ports::free();
        let properties = format!(
            "bootstrap.servers={}\nlisteners=http://127.0.0.1:{port}\nkey.converter={string}\nvalue.converter={string}\n\
             offset.storage.file.filename={}\noffset.flush.interval.ms=1000\n",
            kafka.bootstrap(),
            directory.file("connect.offsets").display(),
            string = "org.apache.kafka.connect.storage.StringConverter",
        );
        let properties = directory.write("java.properties", properties);
        Self::run("ConnectStandalone", &properties, &directory.file("java.out"), port)
    }

    /// Starts a worker of a cluster with these properties besides the usual ones, and waits until it answers; it takes part in the
    /// cluster a little later.
    pub fn start_distributed(directory: &TempDir, name: &str, kafka: &Kafka, more: &[(String, String)]) -> Self {
        let port = ports::free();
        let mut properties = format!(
            "bootstrap.servers={}\nlisteners=http://127.0.0.1:{port}\nkey.converter={string}\nvalue.converter={string}\n\
             offset.flush.interval.ms=1000\n",
            kafka.bootstrap(),
            string = "org.apache.kafka.connect.storage.StringConverter",
        );
        for (key, value) in more {
            properties.push_str(&format!("{key}={value}\n"));
        }
        let properties = directory.write(&format!("{name}.properties"), properties);
        Self::run("ConnectDistributed", &properties, &directory.file(&format!("{name}.out")), port)
    }

    fn run(class: &str, properties: &Path, log: &Path, port: u16) -> Self {
        let log = File::create(log).expect("the log can be written");
        let mut command = Command::new("java");
        command
            .args(["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"])
            .arg(paths::kafka_jars().join("connect-libs/*"))
            .arg(format!("org.apache.kafka.connect.cli.{class}"))
            .arg(properties)
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("a second handle of the log"))
            .stderr(log);
        end_with_this_thread(&mut command);
        let mut child = command.spawn().expect("java can be started");
        let rest = Rest::new(port);
        wait_for("Java Connect has started", seconds(90), || {
            if let Ok(Some(status)) = child.try_wait() {
                panic!("Java Connect ended while it was starting: {status}");
            }
            match rest.try_request("GET", "/connectors", None) {
                Ok(response) if response.status == 200 => Ok(()),
                Ok(response) => Err(format!("{} {}", response.status, response.body)),
                Err(error) => Err(error.to_string()),
            }
        });
        Self { child, rest, port }
    }

    /// As it calls itself in statuses.
    pub fn id(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// SIGKILL, and waits until the process is gone.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    /// SIGTERM, and waits until the process is gone.
    pub fn stop(&mut self) {
        let pid = libc::pid_t::try_from(self.child.id()).expect("process ids fit");
        // SAFETY: kill takes two integers; the process is our child and not waited for yet, so the id is still its own.
        unsafe { libc::kill(pid, libc::SIGTERM) };
        let _ = self.child.wait();
    }

    pub fn rest(&self) -> &Rest {
        &self.rest
    }
}

impl Drop for JavaConnect {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
