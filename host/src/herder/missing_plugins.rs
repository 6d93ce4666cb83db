//! What a connector's configuration names and a worker does not have.

use std::fmt;

use crate::config::config_value::trim;
use crate::connect::Config;
use crate::plugin::ports::PluginKind;
use crate::plugin::registry::Plugins;

/// A key whose class is not here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingPlugin {
    pub key: String,
    /// Java's text where Java has one.
    pub reason: String,
}

impl fmt::Display for MissingPlugin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.reason)
    }
}

/// The classes of the connector itself, its converters, transforms and predicates that are not among `plugins`. Of `config` the values
/// of config providers are in place.
pub fn missing_plugins(config: &Config, plugins: &Plugins) -> Vec<MissingPlugin> {
    let setting = |key: &str| config.get(key).map(|value| trim(value)).filter(|value| !value.is_empty());
    let mut missing = Vec::new();
    let mut miss = |key: &str, reason: String| missing.push(MissingPlugin { key: key.to_owned(), reason });
    match setting("connector.class") {
        Some(class) => {
            if let Err(reason) = plugins.resolve_connector(class, setting("connector.plugin.version")) {
                // Java's text would list all plugins that are here.
                let is_here = plugins.resolve_connector(class, None).is_ok();
                miss("connector.class", if is_here { reason } else { format!("no plugin has the class {class}") });
            }
        }
        None => miss("connector.class", "the configuration contains no connector type".to_owned()),
    }
    let mut parts = vec![
        ("key.converter".to_owned(), "key.converter.plugin.version".to_owned(), PluginKind::Converter),
        ("value.converter".to_owned(), "value.converter.plugin.version".to_owned(), PluginKind::Converter),
        ("header.converter".to_owned(), "header.converter.plugin.version".to_owned(), PluginKind::HeaderConverter),
    ];
    for (list, kind) in [("transforms", PluginKind::Transformation), ("predicates", PluginKind::Predicate)] {
        let aliases = setting(list).unwrap_or_default().split(',').map(trim).filter(|alias| !alias.is_empty());
        parts.extend(
            aliases.map(|alias| (format!("{list}.{alias}.type"), format!("{list}.{alias}.plugin.version"), kind)),
        );
    }
    for (key, version, kind) in parts {
        if let Some(class) = setting(&key)
            && let Err(reason) = plugins.resolve(kind, class, setting(&version))
        {
            miss(&key, reason);
        }
    }
    missing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::registry::BuiltIn;
    use crate::plugin::scanner::Scan;

    #[test]
    fn whatever_is_named_and_not_here_is_found() {
        let built_in = |class: &str, kind| BuiltIn { class: class.into(), kind, version: "1".into(), config: vec![] };
        let plugins = Plugins::new(
            Scan::default(),
            [
                built_in("a.LinesConnector", PluginKind::Source),
                built_in("a.TextConverter", PluginKind::Converter),
                built_in("a.Drop", PluginKind::Transformation),
            ],
        );
        let missing = |entries: &[(&str, &str)]| -> Vec<String> {
            let config = entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
            missing_plugins(&config, &plugins).into_iter().map(|missing| missing.key).collect()
        };
        let all_here = [
            ("connector.class", "Lines"),
            ("value.converter", "a.TextConverter"),
            ("transforms", " d ,"),
            ("transforms.d.type", "Drop"),
        ];
        assert_eq!(missing(&all_here), [""; 0]);
        assert_eq!(
            missing(&[
                ("connector.class", "a.JdbcConnector"),
                ("key.converter", "a.AvroConverter"),
                ("header.converter", "a.TextConverter"),
                ("transforms", "d,e"),
                ("transforms.d.type", "a.Drop"),
                ("transforms.d.plugin.version", "[2,3]"),
                ("transforms.e.type", "a.Encrypt"),
                ("predicates", "p"),
                ("predicates.p.type", "a.IsOld"),
            ]),
            [
                "connector.class",
                "key.converter",
                "header.converter",
                "transforms.d.type",
                "transforms.e.type",
                "predicates.p.type"
            ]
        );
        assert_eq!(missing(&[]), ["connector.class"]);
    }
}
