//! What a connector's configuration asks for, and whether the worker grants it.
//!
//! Everything here is lexical: no path and no name is looked up, so an answer tells nothing about what exists.

mod allowlist_entries;
mod network;
mod special_address;

use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::config::config_def::{ConfigKey, ConfigType, Default as KeyDefault, Grant};
use crate::config::net_pattern::NetPattern;
use crate::connect::Config;

pub use self::network::{ConnectGrant, NET_CONNECT, NET_LISTEN};

use self::network::{PortSource, connect_grant, listen_grant};

/// The worker's key for the directories under which connectors may read.
pub const FS_READ: &str = "sandbox.fs.read";
/// The worker's key for the directories under which connectors may write (and read what they write).
pub const FS_WRITE: &str = "sandbox.fs.write";

/// What the worker's configuration says about the sandbox.
#[derive(Clone, Debug, Default)]
pub struct SandboxOptions {
    /// `sandbox.fs.read`; relative ones start at the working directory; empty: nothing may be read.
    pub fs_read: Vec<PathBuf>,
    /// `sandbox.fs.write`; empty: nothing may be written.
    pub fs_write: Vec<PathBuf>,
    /// `sandbox.net.connect`; empty: nothing may be connected to.
    pub net_connect: Vec<NetPattern>,
    /// `sandbox.net.listen`; empty: nobody may listen.
    pub net_listen: Vec<NetPattern>,
    /// Whether the worker has a standard input and output to give away: standalone mode only.
    pub stdio: bool,
}

/// The worker's side of every grant.
#[derive(Debug)]
pub struct Sandbox {
    working_directory: PathBuf,
    fs_read: Vec<PathBuf>,
    fs_write: Vec<PathBuf>,
    net_connect: Vec<NetPattern>,
    net_listen: Vec<NetPattern>,
    stdio: bool,
    stdin: Arc<Mutex<StdinUse>>,
}

/// Who has standard input.
#[derive(Debug, Default)]
struct StdinUse {
    /// The connector, and how many of its instances are alive.
    owner: Option<(Arc<str>, usize)>,
    /// The task that reads; more than one while an abandoned instance is still there.
    readers: HashMap<u32, usize>,
}

/// What one instance may touch.
#[derive(Clone, Debug, Default)]
pub struct Grants {
    pub paths: Vec<PathGrant>,
    pub connect: Vec<ConnectGrant>,
    pub listen: Vec<SocketAddr>,
    pub stdin: bool,
    pub stdout: bool,
}

/// One file or directory that an instance may open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathGrant {
    /// The absolute path, which a guest may use.
    pub path: PathBuf,
    /// The path as it stands in the configuration, which a guest may use as well. Its root is the guest's working directory.
    pub literal: PathBuf,
    /// The directory of the allowlist that covers it.
    pub root: PathBuf,
    /// The path from `root` on; empty: the root itself.
    pub relative: PathBuf,
    /// Everything under the path too.
    pub directory: bool,
    pub write: bool,
}

/// What a configuration asks for and does not get: the key, and a sentence for its user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    pub key: String,
    pub reason: String,
}

impl Sandbox {
    /// Fails only where the working directory cannot be found out.
    pub fn new(options: SandboxOptions) -> std::io::Result<Self> {
        Ok(Self::at(std::env::current_dir()?, options))
    }

    fn at(working_directory: PathBuf, options: SandboxOptions) -> Self {
        let absolute = |paths: Vec<PathBuf>| paths.iter().map(|path| normal(&working_directory.join(path))).collect();
        Self {
            fs_read: absolute(options.fs_read),
            fs_write: absolute(options.fs_write),
            net_connect: options.net_connect,
            net_listen: options.net_listen,
            stdio: options.stdio,
            stdin: Arc::default(),
            working_directory,
        }
    }

    /// What `config` asks for, key by key, and what of it is refused whatever the worker does next.
    pub fn derive(&self, keys: &[ConfigKey], config: &Config) -> (Grants, Vec<Denied>) {
        let mut grants = Grants::default();
        let mut denied = Vec::new();
        for key in keys {
            for grant in &key.grants {
                if let Err(reason) = self.derive_one(key, grant, (keys, config), &mut grants) {
                    denied.push(Denied { key: key.name.to_string(), reason });
                }
            }
        }
        (grants, denied)
    }

    /// Whether this worker gives away its standard streams.
    pub fn has_stdio(&self) -> bool {
        self.stdio
    }

    /// Whether the instance's mode can satisfy its standard streams; a failed start says so, a validation does not (a
    /// configuration without `file` is valid in distributed mode).
    pub fn check_stdio(&self, grants: &Grants) -> Result<(), String> {
        match (self.stdio, grants.stdin, grants.stdout) {
            (true, ..) | (_, false, false) => Ok(()),
            (_, true, _) => Err("standard input (stdio) is given to connectors in standalone mode only".into()),
            (_, _, true) => Err("standard output (stdio) is given to connectors in standalone mode only".into()),
        }
    }

    /// The reason why `connector` cannot have standard input now: another one has it.
    pub fn stdin_refusal(&self, connector: &str) -> Option<String> {
        let stdin = lock(&self.stdin);
        stdin.owner.as_ref().filter(|(owner, _)| **owner != *connector).map(|(owner, _)| stdin_taken(owner))
    }

    /// Takes standard input for an instance of `connector` until the lease is dropped; task none: the connector itself, which
    /// holds it without reading.
    pub fn lease_stdin(&self, connector: &Arc<str>, task: Option<u32>) -> Result<StdinLease, String> {
        let mut stdin = lock(&self.stdin);
        if let Some((owner, _)) = &stdin.owner
            && owner != connector
        {
            return Err(stdin_taken(owner));
        }
        if let Some(task) = task {
            if let Some(other) = stdin.readers.keys().find(|other| **other != task) {
                return Err(format!("standard input is already read by task {other} of this connector"));
            }
            *stdin.readers.entry(task).or_default() += 1;
        }
        stdin.owner.get_or_insert_with(|| (connector.clone(), 0)).1 += 1;
        Ok(StdinLease { stdin: self.stdin.clone(), task })
    }

    fn derive_one(
        &self,
        key: &ConfigKey,
        grant: &Grant,
        all: (&[ConfigKey], &Config),
        grants: &mut Grants,
    ) -> Result<(), String> {
        let value = value_of(key, all.1);
        match grant {
            Grant::StdinIfAbsent => grants.stdin |= value.is_none(),
            Grant::StdoutIfAbsent => grants.stdout |= value.is_none(),
            Grant::ReadFile => self.add_paths(key, value, (false, false), grants)?,
            Grant::WriteFile => self.add_paths(key, value, (false, true), grants)?,
            Grant::ReadDir => self.add_paths(key, value, (true, false), grants)?,
            Grant::WriteDir => self.add_paths(key, value, (true, true), grants)?,
            Grant::Connect { port_key, default_port } => {
                let ports = port_source(port_key.as_deref(), *default_port, all);
                for item in items(value) {
                    grants.connect.push(connect_grant(item, ports, &self.net_connect)?);
                }
            }
            Grant::Listen { port_key, default_port } => {
                let ports = port_source(port_key.as_deref(), *default_port, all);
                for item in items(value) {
                    grants.listen.push(listen_grant(item, ports, &self.net_listen)?);
                }
            }
        }
        Ok(())
    }

    fn add_paths(
        &self,
        key: &ConfigKey,
        value: Option<&str>,
        (directory, write): (bool, bool),
        grants: &mut Grants,
    ) -> Result<(), String> {
        if key.ty == ConfigType::List {
            for item in items(value) {
                grants.paths.push(self.path_grant(item, directory, write)?);
            }
        } else if let Some(value) = value {
            grants.paths.push(self.path_grant(value, directory, write)?);
        }
        Ok(())
    }

    fn path_grant(&self, value: &str, directory: bool, write: bool) -> Result<PathGrant, String> {
        let what = if directory { "Directory" } else { "File" };
        let verb = if write { "written" } else { "read" };
        let literal = Path::new(value);
        if literal.components().any(|component| component == Component::ParentDir) {
            return Err(format!("{what} '{value}' may not be {verb}: its path contains '..'."));
        }
        let path = normal(&self.working_directory.join(literal));
        if !directory && value.ends_with('/') {
            return Err(format!("File '{value}' may not be {verb}: its path ends with '/'."));
        }
        let (key, allowed) = if write { (FS_WRITE, &self.fs_write) } else { (FS_READ, &self.fs_read) };
        let covered = allowed
            .iter()
            .filter_map(|root| Some((root, path.strip_prefix(root).ok()?)))
            .filter(|(_, relative)| directory || !relative.as_os_str().is_empty())
            // The longest root needs the fewest steps that may not follow links.
            .max_by_key(|(root, _)| root.components().count());
        let Some((root, relative)) = covered else {
            return Err(format!(
                "{what} '{}' may not be {verb}: it is not under any directory of the worker's '{key}' (allowed: {}).",
                path.display(),
                Listed(&allowed.iter().map(|root| root.display()).collect::<Vec<_>>())
            ));
        };
        Ok(PathGrant {
            root: root.clone(),
            relative: relative.to_path_buf(),
            literal: normal(literal),
            path,
            directory,
            write,
        })
    }
}

/// Standard input, held by an instance of a connector while it lives.
#[derive(Debug)]
pub struct StdinLease {
    stdin: Arc<Mutex<StdinUse>>,
    task: Option<u32>,
}

impl Drop for StdinLease {
    fn drop(&mut self) {
        let mut stdin = lock(&self.stdin);
        if let Some((_, instances)) = &mut stdin.owner {
            *instances -= 1;
            if *instances == 0 {
                stdin.owner = None;
            }
        }
        if let Some(task) = self.task
            && let Some(readers) = stdin.readers.get_mut(&task)
        {
            *readers -= 1;
            if *readers == 0 {
                stdin.readers.remove(&task);
            }
        }
    }
}

fn stdin_taken(owner: &str) -> String {
    format!("standard input is already read by connector '{owner}'; only one connector can read it.")
}

/// A panic while it was held cannot have left a count half changed.
fn lock(stdin: &Mutex<StdinUse>) -> MutexGuard<'_, StdinUse> {
    stdin.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Without `.`, doubled and trailing slashes; `..` (in an allowlist only) takes back the name before it.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                normal.pop();
            }
            component => normal.push(component),
        }
    }
    normal
}

/// The value that a key has or defaults to, as of Java's types STRING and LIST: without spaces around; none: it is absent or empty.
fn value_of<'a>(key: &'a ConfigKey, config: &'a Config) -> Option<&'a str> {
    let default = match &key.default {
        KeyDefault::Value(value) => Some(value.as_ref()),
        KeyDefault::Required | KeyDefault::Null => None,
    };
    let value = config.get(key.name.as_ref()).map(String::as_str).or(default);
    value.map(str::trim).filter(|value| !value.is_empty())
}

/// The entries of a list.
fn items(value: Option<&str>) -> impl Iterator<Item = &str> {
    value.unwrap_or_default().split(',').map(str::trim).filter(|item| !item.is_empty())
}

fn port_source<'a>(
    port_key: Option<&'a str>,
    default: Option<u16>,
    (keys, config): (&'a [ConfigKey], &'a Config),
) -> PortSource<'a> {
    let value = |name: &'a str| match keys.iter().find(|key| key.name == name) {
        Some(key) => value_of(key, config),
        None => config.get(name).map(|value| value.trim()).filter(|value| !value.is_empty()),
    };
    PortSource { key: port_key.and_then(|name| Some((name, value(name)?))), default }
}

/// An allowlist, as messages show it.
struct Listed<'a, T>(&'a [T]);

impl<T: fmt::Display> fmt::Display for Listed<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("none");
        }
        for (index, entry) in self.0.iter().enumerate() {
            write!(f, "{}{entry}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::config_def::{Importance, Width};

    fn key(name: &'static str, grant: Grant) -> ConfigKey {
        ConfigKey {
            name: name.into(),
            ty: ConfigType::String,
            default: KeyDefault::Null,
            validators: Vec::new(),
            importance: Importance::High,
            documentation: "".into(),
            group: None,
            order_in_group: -1,
            width: Width::None,
            display_name: name.into(),
            dependents: Vec::new(),
            grants: vec![grant],
        }
    }

    fn sandbox(fs_read: &[&str], fs_write: &[&str]) -> Sandbox {
        let paths = |paths: &[&str]| paths.iter().map(PathBuf::from).collect();
        let options = SandboxOptions {
            fs_read: paths(fs_read),
            fs_write: paths(fs_write),
            stdio: true,
            ..SandboxOptions::default()
        };
        Sandbox::at("/srv".into(), options)
    }

    fn derive(sandbox: &Sandbox, grant: Grant, value: Option<&str>) -> Result<Grants, String> {
        let config = value.map(|value| ("file".to_owned(), value.to_owned())).into_iter().collect();
        let (grants, denied) = sandbox.derive(&[key("file", grant)], &config);
        match denied.into_iter().next() {
            Some(denied) => Err(denied.reason),
            None => Ok(grants),
        }
    }

    #[track_caller]
    fn refused(sandbox: &Sandbox, grant: Grant, value: &str, reason: &str) {
        assert_eq!(derive(sandbox, grant, Some(value)).map(drop), Err(reason.to_owned()));
    }

    #[test]
    fn a_file_outside_the_allowlist_is_refused_with_the_key_to_change() {
        let both = sandbox(&["/data", "logs/"], &["/data/out"]);
        refused(
            &both,
            Grant::ReadFile,
            "/etc/shadow",
            "File '/etc/shadow' may not be read: it is not under any directory of the worker's 'sandbox.fs.read' \
             (allowed: /data, /srv/logs).",
        );
        refused(
            &both,
            Grant::WriteFile,
            "x",
            "File '/srv/x' may not be written: it is not under any directory of the worker's 'sandbox.fs.write' \
             (allowed: /data/out).",
        );
        refused(
            &both,
            Grant::ReadFile,
            "/data/../etc/shadow",
            "File '/data/../etc/shadow' may not be read: its path contains '..'.",
        );
        refused(
            &sandbox(&[], &[]),
            Grant::ReadDir,
            "/data",
            "Directory '/data' may not be read: it is not under any directory of the worker's 'sandbox.fs.read' (allowed: none).",
        );
        assert!(derive(&both, Grant::ReadFile, Some("/database/x")).is_err(), "a name that only begins alike");
        assert!(derive(&both, Grant::ReadFile, Some("/data")).is_err(), "the directory itself is no file");
    }

    #[test]
    fn a_granted_file_keeps_both_its_names() {
        let grants = derive(&sandbox(&[".", "/srv/logs"], &[]), Grant::ReadFile, Some(" ./logs//a.txt ")).unwrap();
        let [grant] = grants.paths.as_slice() else { panic!("one grant: {grants:?}") };
        assert_eq!(grant.path, Path::new("/srv/logs/a.txt"));
        assert_eq!(grant.literal, Path::new("logs/a.txt"));
        assert_eq!((grant.root.as_path(), grant.relative.as_path()), (Path::new("/srv/logs"), Path::new("a.txt")));
    }

    #[test]
    fn an_absent_value_grants_nothing_but_standard_streams() {
        let sandbox = sandbox(&["/data"], &[]);
        for value in [None, Some(""), Some("  ")] {
            assert!(derive(&sandbox, Grant::ReadFile, value).unwrap().paths.is_empty());
            assert!(derive(&sandbox, Grant::StdinIfAbsent, value).unwrap().stdin);
            assert!(derive(&sandbox, Grant::StdoutIfAbsent, value).unwrap().stdout);
        }
        assert!(!derive(&sandbox, Grant::StdinIfAbsent, Some("/data/x")).unwrap().stdin);
    }

    #[test]
    fn the_network_of_a_list_with_its_port_in_another_key() {
        let allowed = ["a:1", "b:1", "[::1]:7"].map(|text| text.parse().unwrap());
        let options = SandboxOptions { net_connect: allowed.to_vec(), ..SandboxOptions::default() };
        let sandbox = Sandbox::at("/".into(), options);
        let hosts = key("hosts", Grant::Connect { port_key: Some("port".into()), default_port: None });
        let port = ConfigKey { default: KeyDefault::value("1"), grants: Vec::new(), ..hosts.clone() };
        let keys = [hosts, ConfigKey { name: "port".into(), ..port }];
        let derive = |entries: &[(&str, &str)]| {
            let entries = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
            let (grants, denied) = sandbox.derive(&keys, &entries.collect());
            (grants.connect.iter().map(ToString::to_string).collect::<Vec<_>>(), denied)
        };
        assert_eq!(derive(&[("hosts", "a, http://B/x,[::1]:7")]).0, ["a:1", "b:1", "[::1]:7"]);
        assert_eq!(derive(&[]), (Vec::new(), Vec::new()));
        let (granted, denied) = derive(&[("hosts", "a"), ("port", "2")]);
        assert_eq!((granted.len(), denied.len()), (0, 1));
        assert_eq!(denied[0].key, "hosts");
        assert!(denied[0].reason.contains("'a:2'") && denied[0].reason.contains(NET_CONNECT), "{denied:?}");
    }

    #[test]
    fn standard_input_has_one_connector_and_one_reading_task() {
        let sandbox = sandbox(&[], &[]);
        let (first, second): (Arc<str>, Arc<str>) = ("first".into(), "second".into());
        let connector = sandbox.lease_stdin(&first, None).unwrap();
        let task = sandbox.lease_stdin(&first, Some(0)).unwrap();
        assert!(sandbox.lease_stdin(&first, Some(1)).is_err());
        assert!(sandbox.stdin_refusal("second").is_some_and(|reason| reason.contains("'first'")));
        assert!(sandbox.stdin_refusal("first").is_none());
        drop(connector);
        assert!(sandbox.lease_stdin(&second, None).is_err());
        drop(task);
        assert!(sandbox.stdin_refusal("second").is_none());
        assert!(sandbox.lease_stdin(&second, Some(1)).is_ok());
    }

    #[test]
    fn standard_streams_need_a_mode_that_has_them() {
        let sandbox = Sandbox::at("/".into(), SandboxOptions::default());
        let stdin = Grants { stdin: true, ..Grants::default() };
        assert!(sandbox.check_stdio(&stdin).is_err_and(|reason| reason.contains("stdio")));
        assert!(sandbox.check_stdio(&Grants::default()).is_ok());
    }
}
