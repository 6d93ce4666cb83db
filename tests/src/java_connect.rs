//! Apache Kafka's own Connect worker in standalone mode, from the jars of `kafka.sh fetch-connect`.

use std::fs::File;
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
        let log = File::create(directory.file("java.out")).expect("the log can be written");
        let mut command = Command::new("java");
        command
            .args(["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"])
            .arg(paths::kafka_jars().join("connect-libs/*"))
            .arg("org.apache.kafka.connect.cli.ConnectStandalone")
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
        Self { child, rest }
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
