//! A source that tries to get at more than it was granted, and tells how each attempt ended.

use std::fs;
use std::io::{self, ErrorKind, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use wasm_connect_sdk::{
    Config, ConfigDef, ConfigKey, Grant, Payload, Polled, Records, Result, SchemaId, SourceTask, SourceTaskContext,
};

use crate::connectors::{SourceGuest, class, topic};
use crate::passwd_reader::symlink;

/// Brings a record an attempt, such as `read: denied`.
pub struct NosyReader {
    topic: String,
    outcomes: Vec<String>,
}

impl SourceGuest for NosyReader {
    class!("NosyReader");

    fn keys() -> ConfigDef {
        ConfigDef::new()
            .define(ConfigKey::string("file").grants(Grant::ReadFile).doc("A file that may be read."))
            .define(ConfigKey::string("writable.file").grants(Grant::WriteFile).doc("A file that may be written."))
            .define(ConfigKey::string("sibling").doc("A file that was not granted, best beside the other."))
            .define(ConfigKey::string("dial").doc("An address that was not granted, such as 127.0.0.1:9092."))
    }
}

impl SourceTask for NosyReader {
    fn start(config: Config, _context: SourceTaskContext) -> Result<Self> {
        let mut outcomes = vec![format!("environment: {} variables", std::env::vars_os().count())];
        let granted = config.get("writable.file").or(config.get("file")).unwrap_or("/");
        outcomes.extend(attempts_on_granted(granted));
        if let Some(sibling) = config.get("sibling") {
            outcomes.extend(attempts_on_sibling(granted, sibling));
        }
        if let Some(address) = config.get("dial") {
            outcomes.push(outcome("dial", TcpStream::connect(address)));
        }
        Ok(Self { topic: topic(&config), outcomes })
    }

    fn poll(&mut self, records: &mut Records) -> Result<Polled> {
        let route = records.route(&self.topic, None);
        for outcome in self.outcomes.drain(..) {
            let mut frame = records.begin(&route);
            frame.value(Payload::Str(SchemaId::STRING, &outcome))?;
            frame.finish();
        }
        Ok(Polled::Idle(Duration::from_secs(1)))
    }
}

fn attempts_on_granted(granted: &str) -> Vec<String> {
    vec![
        outcome("granted read", fs::read(granted)),
        outcome("granted append", append(granted)),
        outcome("granted list", fs::read_dir(granted)),
        outcome("granted remove", fs::remove_file(granted)),
    ]
}

/// Every way to reach a file that was not granted.
fn attempts_on_sibling(granted: &str, sibling: &str) -> Vec<String> {
    let parent = sibling.rsplit_once('/').map_or("/", |(parent, _)| if parent.is_empty() { "/" } else { parent });
    let name = sibling.rsplit('/').next().unwrap_or(sibling);
    vec![
        outcome("read", fs::read(sibling)),
        outcome("stat", fs::metadata(sibling)),
        outcome("append", append(sibling)),
        outcome("list", fs::read_dir(parent).and_then(|mut entries| entries.next().transpose())),
        outcome("list root", fs::read_dir("/").and_then(|mut entries| entries.next().transpose())),
        outcome("create", fs::File::create_new(format!("{sibling}.new"))),
        outcome("create directory", fs::create_dir(format!("{sibling}.directory"))),
        outcome("rename away", fs::rename(sibling, format!("{sibling}.away"))),
        outcome("rename onto granted", fs::rename(sibling, granted)),
        outcome("rename granted", fs::rename(granted, format!("{sibling}.granted"))),
        outcome("link", fs::hard_link(sibling, format!("{granted}.link"))),
        outcome("symlink", symlink(sibling, &format!("{granted}.symlink"))),
        outcome("read dotted", fs::read(format!("{parent}/x/../{name}"))),
        outcome("read by granted", fs::read(format!("{granted}/../{name}"))),
        outcome("remove", fs::remove_file(sibling)),
    ]
}

fn append(path: &str) -> io::Result<()> {
    fs::OpenOptions::new().append(true).open(path)?.write_all(b"nosy was here\n")
}

fn outcome<T>(attempt: &str, result: io::Result<T>) -> String {
    match result {
        Ok(_) => format!("{attempt}: allowed"),
        Err(error) if error.kind() == ErrorKind::PermissionDenied => format!("{attempt}: denied"),
        Err(error) => format!("{attempt}: {error}"),
    }
}
