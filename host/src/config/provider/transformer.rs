//! Puts the values of providers in the place of references to them (Java's `ConfigTransformer` and `WorkerConfigTransformer`).

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::super::config_exception::ConfigException;
use super::super::worker_config::with_prefix;
use super::variable::{has_variable, variables};
use super::{ConfigProvider, create};
use crate::connect::{Config, RawConfig};

/// The parameter with which any provider's values are looked up again after a while; ours, since Java's own providers have none.
const TTL_MS: &str = "ttl.ms";

/// The providers that a worker's properties declare, by name.
#[derive(Default)]
pub struct ConfigTransformer {
    providers: HashMap<String, Declared>,
}

struct Declared {
    provider: Box<dyn ConfigProvider>,
    ttl: Option<Duration>,
}

/// A configuration with its values in place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resolved<C> {
    pub config: C,
    /// After which time a value may have changed; none: they stay.
    pub ttl: Option<Duration>,
}

/// By provider and path: the keys that are there.
type Found = HashMap<(String, String), BTreeMap<String, String>>;

impl ConfigTransformer {
    /// Makes the providers that `config.providers` names. Their classes and parameters must be plain values.
    ///
    /// # Errors
    /// A class that this worker has not, or a parameter that its provider refuses.
    pub fn new(properties: &Config) -> Result<Self, ConfigException> {
        let names = properties.get("config.providers").map(String::as_str).unwrap_or_default();
        let mut providers = HashMap::new();
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let key = format!("config.providers.{name}.class");
            let class = properties.get(&key).map(|class| class.trim()).filter(|class| !class.is_empty());
            let Some(class) = class else {
                return Err(ConfigException(format!(
                    "Missing required configuration \"{key}\" which has no default value."
                )));
            };
            let params = with_prefix(properties, &format!("config.providers.{name}.param."));
            let declared = Declared { provider: create(&key, class, &params)?, ttl: ttl(name, &params)? };
            providers.insert(name.to_owned(), declared);
        }
        Ok(Self { providers })
    }

    /// The configuration with its values; what no declared provider has stays as it is.
    ///
    /// # Errors
    /// A provider that cannot read a place that it may read.
    pub fn transform(&self, config: &Config) -> Result<Resolved<Config>, ConfigException> {
        let (found, ttl) = self.look_up(config.values().map(String::as_str))?;
        let config = config.iter().map(|(key, value)| (key.clone(), replaced(value, &found))).collect();
        Ok(Resolved { config, ttl })
    }

    /// The keys that refer to a provider, each with the provider, and whether it is declared.
    pub fn references<'a>(&self, config: &'a Config) -> BTreeMap<(&'a str, &'a str), bool> {
        let of = |(key, value): (&'a String, &'a String)| {
            variables(value).map(move |(_, variable)| (key.as_str(), variable.provider))
        };
        let references = config.iter().flat_map(of);
        references.map(|reference| (reference, self.providers.contains_key(reference.1))).collect()
    }

    /// A task's configuration with its values. Only what the connector's own configuration refers to is looked up: the plugin writes
    /// the configurations of its tasks, and must not choose which secrets it gets to see. Any other reference stays as it is.
    ///
    /// # Errors
    /// As [`ConfigTransformer::transform`] of the connector's configuration.
    pub fn transform_task(&self, task: &Config, connector: &Config) -> Result<Config, ConfigException> {
        let (found, _) = self.look_up(connector.values().map(String::as_str))?;
        Ok(task.iter().map(|(key, value)| (key.clone(), replaced(value, &found))).collect())
    }

    /// As [`ConfigTransformer::transform`], for a configuration that may hold nulls.
    pub fn transform_raw(&self, config: &RawConfig) -> Result<RawConfig, ConfigException> {
        let (found, _) = self.look_up(config.values().filter_map(Option::as_deref))?;
        let value = |value: &Option<String>| value.as_ref().map(|value| replaced(value, &found));
        Ok(config.iter().map(|(key, text)| (key.clone(), value(text))).collect())
    }

    /// Asks each provider once a path.
    fn look_up<'a>(&self, values: impl Iterator<Item = &'a str>) -> Result<(Found, Option<Duration>), ConfigException> {
        let mut asked: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        if !self.providers.is_empty() {
            for (_, variable) in values.flat_map(variables) {
                asked.entry((variable.provider, variable.path)).or_default().push(variable.key);
            }
        }
        let (mut found, mut shortest) = (Found::new(), None);
        for ((name, path), keys) in asked {
            let Some(declared) = self.providers.get(name) else { continue };
            shortest = shortest.into_iter().chain(declared.ttl).min();
            found.insert((name.to_owned(), path.to_owned()), declared.provider.get(path, &keys)?);
        }
        Ok((found, shortest))
    }
}

fn replaced(text: &str, found: &Found) -> String {
    let (mut replaced, mut from) = (String::with_capacity(text.len()), 0);
    for (range, variable) in variables(text) {
        let values = found.get(&(variable.provider.to_owned(), variable.path.to_owned()));
        if let Some(value) = values.and_then(|values| values.get(variable.key)) {
            replaced.push_str(&text[from..range.start]);
            replaced.push_str(value);
            from = range.end;
        }
    }
    replaced.push_str(&text[from..]);
    replaced
}

/// A task's configuration with the connector's references put back where the connector had them, so that no value of a provider
/// is kept or shown (Java's `AbstractHerder.reverseTransform`).
pub fn with_references(task: &mut Config, connector: &Config) {
    for (key, reference) in connector.iter().filter(|(_, value)| has_variable(value)) {
        if let Some(value) = task.get_mut(key) {
            value.clone_from(reference);
        }
    }
}

fn ttl(name: &str, params: &Config) -> Result<Option<Duration>, ConfigException> {
    let Some(text) = params.get(TTL_MS) else { return Ok(None) };
    match text.trim().parse() {
        Ok(ms) if ms > 0 => Ok(Some(Duration::from_millis(ms))),
        _ => Err(ConfigException(format!(
            "Invalid value {text} for configuration config.providers.{name}.param.{TTL_MS}: a number of milliseconds above 0 was expected"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(entries: &[(&str, &str)]) -> Config {
        entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    /// A transformer with the providers `file` and `dir` on a directory of the test's own.
    fn with_files(name: &str, extra: &[(&str, &str)]) -> (ConfigTransformer, std::path::PathBuf) {
        let directory = std::env::temp_dir().join(format!("wasm-connect-provider-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&directory).unwrap();
        std::fs::write(directory.join("s.properties"), "user=anna\npassword=a:b=c\n").unwrap();
        std::fs::write(directory.join("token"), "t0ken\n").unwrap();
        let allowed = directory.to_str().unwrap().to_owned();
        let mut properties = config(&[
            ("config.providers", "file, dir"),
            ("config.providers.file.class", "org.apache.kafka.common.config.provider.FileConfigProvider"),
            ("config.providers.file.param.allowed.paths", &allowed),
            ("config.providers.dir.class", "DirectoryConfigProvider"),
            ("config.providers.dir.param.allowed.paths", &allowed),
        ]);
        properties.extend(config(extra));
        (ConfigTransformer::new(&properties).unwrap(), directory)
    }

    #[test]
    fn values_take_the_place_of_references() {
        let (transformer, directory) = with_files("values", &[]);
        let at = directory.display();
        let raw = config(&[
            ("url", &format!("db://${{file:{at}/s.properties:user}}:${{file:{at}/s.properties:password}}@h")),
            ("token", &format!("${{dir:{at}:token}}")),
            ("plain", "x"),
        ]);
        let resolved = transformer.transform(&raw).unwrap();
        assert_eq!(resolved.config, config(&[("url", "db://anna:a:b=c@h"), ("token", "t0ken\n"), ("plain", "x")]));
        assert_eq!(resolved.ttl, None);
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn what_nobody_has_stays() {
        let (transformer, directory) = with_files("stays", &[]);
        let at = directory.display();
        let raw = config(&[
            ("a", "${vault:x:y}"),
            ("b", &format!("${{file:{at}/s.properties:nope}}")),
            ("c", "${file:/etc/passwd:root}"),
            ("d", &format!("${{dir:{at}:../token}}")),
            ("e", &format!("${{file:{at}/../x:y}}")),
        ]);
        assert_eq!(transformer.transform(&raw).unwrap().config, raw);
        let unreadable = transformer.transform(&config(&[("a", &format!("${{file:{at}/none:x}}"))]));
        assert_eq!(unreadable.unwrap_err().0, format!("Could not read properties from file {at}/none"));
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn a_task_sees_what_its_connector_refers_to_and_nothing_else() {
        let (transformer, directory) = with_files("task", &[]);
        let at = directory.display();
        let user = format!("${{file:{at}/s.properties:user}}");
        let connector = config(&[("user", &user)]);
        let (password, token) = (format!("${{file:{at}/s.properties:password}}"), format!("${{dir:{at}:token}}"));
        let task = config(&[("login", &format!("{user}@h")), ("a", &password), ("b", &token)]);
        let resolved = transformer.transform_task(&task, &connector).unwrap();
        assert_eq!(resolved, config(&[("login", "anna@h"), ("a", &password), ("b", &token)]));
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn the_shortest_time_to_live_counts() {
        let ttls = [("config.providers.file.param.ttl.ms", "9000"), ("config.providers.dir.param.ttl.ms", "500")];
        let (transformer, directory) = with_files("ttl", &ttls);
        let at = directory.display();
        let ttl = |value: String| transformer.transform(&config(&[("a", &value)])).unwrap().ttl;
        assert_eq!(ttl("x".into()), None);
        assert_eq!(ttl(format!("${{file:{at}/s.properties:user}}")), Some(Duration::from_secs(9)));
        let both = format!("${{file:{at}/s.properties:user}}${{dir:{at}:token}}");
        assert_eq!(ttl(both), Some(Duration::from_millis(500)));
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn an_unknown_provider_is_refused_by_name() {
        let refusal = |entries: &[(&str, &str)]| ConfigTransformer::new(&config(entries)).map(drop).unwrap_err().0;
        let vault = [("config.providers", "v"), ("config.providers.v.class", "com.x.Vault")];
        assert!(refusal(&vault).starts_with(
            "Invalid value com.x.Vault for configuration config.providers.v.class: this worker has no config provider of that class."
        ));
        assert_eq!(
            refusal(&[("config.providers", "v")]),
            "Missing required configuration \"config.providers.v.class\" which has no default value."
        );
    }

    #[test]
    fn a_task_keeps_the_connectors_references() {
        let mut task = config(&[("password", "secret"), ("other", "secret"), ("file", "x")]);
        with_references(&mut task, &config(&[("password", "${env:P}"), ("file", "y"), ("gone", "${env:G}")]));
        assert_eq!(task, config(&[("password", "${env:P}"), ("other", "secret"), ("file", "x")]));
    }
}
