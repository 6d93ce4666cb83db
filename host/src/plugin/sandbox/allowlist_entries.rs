//! What a worker's allowlists would have to say for a configuration that they refuse.

use super::network::{NET_CONNECT, NET_LISTEN, entry};
use super::{FS_READ, FS_WRITE, Grants, Sandbox, items, normal, port_source, value_of};
use crate::config::config_def::{ConfigKey, ConfigType, Grant};
use crate::connect::Config;

impl Sandbox {
    /// What the worker's allowlists would have to cover besides for `config`: the allowlist's key and an entry for it, once each.
    pub fn missing_entries(&self, keys: &[ConfigKey], config: &Config) -> Vec<(&'static str, String)> {
        let mut entries = Vec::new();
        for key in keys {
            for grant in &key.grants {
                if self.derive_one(key, grant, (keys, config), &mut Grants::default()).is_err() {
                    entries.extend(self.entries_for(key, grant, (keys, config)));
                }
            }
        }
        entries.sort();
        entries.dedup();
        entries
    }

    fn entries_for(&self, key: &ConfigKey, grant: &Grant, all: (&[ConfigKey], &Config)) -> Vec<(&'static str, String)> {
        let value = value_of(key, all.1);
        let paths = |allowlist, directory: bool| {
            let of_list = items(value).filter(|_| key.ty == ConfigType::List);
            let paths = of_list.chain(value.filter(|_| key.ty != ConfigType::List));
            let entry = |path: &str| {
                let path = normal(&self.working_directory.join(path));
                let covering = if directory { Some(path.as_path()) } else { path.parent() };
                covering.map(|path| (allowlist, path.display().to_string()))
            };
            // No entry would cover what climbs up.
            paths.filter(|path| !path.split('/').any(|name| name == "..")).filter_map(entry).collect()
        };
        let hosts = |allowlist, port_key: Option<&str>, default| {
            let ports = port_source(port_key, default, all);
            items(value).filter_map(|item| Some((allowlist, entry(item, ports)?))).collect()
        };
        match grant {
            Grant::StdinIfAbsent | Grant::StdoutIfAbsent => Vec::new(),
            Grant::ReadFile => paths(FS_READ, false),
            Grant::ReadDir => paths(FS_READ, true),
            Grant::WriteFile => paths(FS_WRITE, false),
            Grant::WriteDir => paths(FS_WRITE, true),
            Grant::Connect { port_key, default_port } => hosts(NET_CONNECT, port_key.as_deref(), *default_port),
            Grant::Listen { port_key, default_port } => hosts(NET_LISTEN, port_key.as_deref(), *default_port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::SandboxOptions;
    use super::*;
    use crate::config::config_def::{Default, Importance};

    #[test]
    fn each_entry_covers_what_is_asked_for_and_was_not_covered() {
        let key = |name: &'static str, ty, grant| ConfigKey {
            grants: vec![grant],
            ..ConfigKey::new(name, ty, Default::Null, Importance::High, "")
        };
        let connect = Grant::Connect { port_key: None, default_port: Some(5432) };
        let keys = [
            key("in", ConfigType::String, Grant::ReadFile),
            key("more", ConfigType::List, Grant::ReadFile),
            key("out", ConfigType::String, Grant::WriteDir),
            key("db", ConfigType::String, connect),
            key("up", ConfigType::String, Grant::ReadFile),
        ];
        let config: Config = [
            ("in", "/data/in/a.txt"),
            ("more", "/data/in/b.txt, /data/other/c.txt, /data/in/d.txt"),
            ("out", "/data/out/"),
            ("db", "db.example.com"),
            ("up", "/data/../etc/passwd"),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into();
        let sandbox = |fs_read: &str| {
            Sandbox::new(SandboxOptions { fs_read: vec![fs_read.into()], ..SandboxOptions::default() }).unwrap()
        };
        let entries = |fs_read: &str| {
            let entries = sandbox(fs_read).missing_entries(&keys, &config);
            entries.into_iter().map(|(key, entry)| format!("{key}={entry}")).collect::<Vec<_>>()
        };
        let others = ["sandbox.fs.write=/data/out", "sandbox.net.connect=db.example.com:5432"];
        let mut all = vec!["sandbox.fs.read=/data/in", "sandbox.fs.read=/data/other"];
        all.extend(others);
        assert_eq!(entries("/elsewhere"), all);
        assert_eq!(entries("/data"), others);
    }
}
