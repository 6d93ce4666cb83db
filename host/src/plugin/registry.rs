//! The plugins that a worker can use, by class, alias and version (Java's `Plugins`, `PluginUtils` and `DelegatingClassLoader`).

use std::cmp::Ordering;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::ports::{PluginDesc, PluginKind};
use super::scanner::{BrokenFile, Scan};
use super::version::{VersionRange, compare, described};
use crate::config::config_def::ConfigKey;

/// A plugin that is part of the worker.
#[derive(Clone, Debug)]
pub struct BuiltIn {
    pub class: String,
    pub kind: PluginKind,
    pub version: String,
    pub config: Vec<ConfigKey>,
}

/// The same class in the same version in two files: the second is not used.
#[derive(Clone, Debug)]
pub struct Duplicate {
    pub plugin: Arc<PluginDesc>,
    /// The file that is used instead; none: it is built in.
    pub used: Option<PathBuf>,
}

/// What was found, in the order in which `GET /connector-plugins` lists it.
#[derive(Clone, Debug, Default)]
pub struct Plugins {
    sorted: Vec<Arc<PluginDesc>>,
    duplicates: Vec<Duplicate>,
    broken: Vec<BrokenFile>,
}

impl Plugins {
    /// Puts built-in and scanned plugins together. Of the same class and version the built-in one is used, else the first file.
    pub fn new(scan: Scan, built_in: impl IntoIterator<Item = BuiltIn>) -> Self {
        let mut plugins = Self { broken: scan.broken, ..Self::default() };
        for plugin in built_in {
            plugins.add(PluginDesc {
                class: plugin.class,
                kind: plugin.kind,
                version: plugin.version,
                task_class: None,
                documentation: String::new(),
                location: None,
                config: plugin.config.into(),
            });
        }
        let mut files = scan.plugins;
        files.sort_by(|left, right| left.file.path.cmp(&right.file.path));
        for file in files {
            for plugin in file.description.plugins {
                plugins.add(PluginDesc {
                    class: plugin.class,
                    kind: plugin.kind,
                    version: plugin.version,
                    task_class: plugin.task_class,
                    documentation: plugin.documentation,
                    location: Some(file.file.clone()),
                    config: plugin.config.into(),
                });
            }
        }
        plugins.sorted.sort_by(|left, right| order(left, right));
        plugins
    }

    fn add(&mut self, plugin: PluginDesc) {
        let plugin = Arc::new(plugin);
        let same = |other: &&Arc<PluginDesc>| order(other, &plugin).is_eq();
        match self.sorted.iter().find(same) {
            Some(used) => {
                let used = used.path().map(Path::to_owned);
                self.duplicates.push(Duplicate { plugin, used });
            }
            None => self.sorted.push(plugin),
        }
    }

    /// All plugins: sinks, sources, transformations, predicates, converters, header converters; by class, then version.
    pub fn list(&self) -> &[Arc<PluginDesc>] {
        &self.sorted
    }

    /// Sinks, then sources.
    pub fn connectors(&self) -> impl Iterator<Item = &Arc<PluginDesc>> {
        self.sorted.iter().filter(|plugin| is_connector(plugin.kind))
    }

    /// Files that are no plugins, with the reason.
    pub fn broken(&self) -> &[BrokenFile] {
        &self.broken
    }

    /// Plugins that another one hides.
    pub fn duplicates(&self) -> &[Duplicate] {
        &self.duplicates
    }

    /// Warns of the plugins that another one hides, but for those that were hidden `before`.
    pub fn warn_of_duplicates(&self, before: &Self) {
        for Duplicate { plugin, .. } in &self.duplicates {
            if !before.duplicates.iter().any(|known| known.plugin.is_same(plugin)) {
                tracing::warn!("not used, the same plugin is already there: {}", Described(plugin));
            }
        }
    }

    /// The connector that `connector.class` and `connector.plugin.version` mean. The error is Java's text.
    pub fn resolve_connector(&self, name: &str, version: Option<&str>) -> Result<Arc<PluginDesc>, String> {
        let class = match self.class_of(name, is_connector) {
            Some(class) => class,
            None => self.connector_by_simple_name(name)?,
        };
        self.newest(class, version, is_connector)
    }

    /// The plugin of one kind that a class name or alias means. The error is the text of Java's `ConfigException`.
    pub fn resolve(&self, kind: PluginKind, name: &str, version: Option<&str>) -> Result<Arc<PluginDesc>, String> {
        let of_kind = |other| other == kind;
        match self.class_of(name, of_kind) {
            Some(class) => self.newest(class, version, of_kind),
            None => Err(format!("Class {name} could not be found.")),
        }
    }

    /// The class that has this name or alias, of whatever kind.
    pub fn class_named(&self, name: &str) -> Option<&str> {
        self.class_of(name, |_| true)
    }

    /// The classes of a kind that are nested in `class`, which is none itself.
    pub fn nested_in(&self, class: &str, kind: PluginKind) -> impl Iterator<Item = &str> {
        let is_nested = move |plugin: &&Arc<PluginDesc>| {
            plugin.kind == kind && plugin.class.strip_prefix(class).is_some_and(|rest| rest.starts_with('$'))
        };
        self.sorted.iter().filter(is_nested).map(|plugin| plugin.class.as_str())
    }

    /// The class that has this name, or this alias alone: as in Java, an alias of several classes means none of them.
    fn class_of(&self, name: &str, kind: impl Fn(PluginKind) -> bool) -> Option<&str> {
        if self.sorted.iter().any(|plugin| plugin.class == name && kind(plugin.kind)) {
            return self.sorted.iter().find(|plugin| plugin.class == name).map(|plugin| plugin.class.as_str());
        }
        let has_alias = |plugin: &&Arc<PluginDesc>| simple_name(&plugin.class) == name || pruned_name(plugin) == name;
        let mut classes: Vec<_> =
            self.sorted.iter().filter(has_alias).map(|plugin| (plugin.class.as_str(), plugin.kind)).collect();
        classes.dedup_by_key(|(class, _)| *class);
        match classes.as_slice() {
            [(class, of)] if kind(*of) => Some(class),
            _ => None,
        }
    }

    fn connector_by_simple_name(&self, name: &str) -> Result<&str, String> {
        let with_suffix = format!("{name}Connector");
        let matches: Vec<_> = self
            .connectors()
            .filter(|plugin| [name, with_suffix.as_str()].contains(&simple_name(&plugin.class)))
            .collect();
        match matches.as_slice() {
            [] => Err(format!(
                "Failed to find any class that implements Connector and which name matches {name}, \
                 available connectors are: {}",
                Listed(&self.connectors().collect::<Vec<_>>())
            )),
            [first, rest @ ..] if rest.iter().all(|plugin| plugin.class == first.class) => Ok(&first.class),
            several => Err(format!(
                "More than one connector matches alias {name}. Please use full package and class name instead. \
                 Classes found: {}",
                Listed(several)
            )),
        }
    }

    fn newest(
        &self,
        class: &str,
        version: Option<&str>,
        kind: impl Fn(PluginKind) -> bool,
    ) -> Result<Arc<PluginDesc>, String> {
        let range = VersionRange::parse(version)?;
        let of_class = || self.sorted.iter().filter(|plugin| plugin.class == class && kind(plugin.kind));
        let newest = of_class().filter(|plugin| range.contains(&plugin.version));
        newest.max_by(|left, right| compare(&left.version, &right.version)).cloned().ok_or_else(|| {
            let available: Vec<_> = of_class().map(|plugin| plugin.version.as_str()).collect();
            format!(
                "Plugin {class} not found that matches the version range {}, available versions: [{}]",
                described(version.unwrap_or_default()),
                available.join(", ")
            )
        })
    }
}

fn is_connector(kind: PluginKind) -> bool {
    matches!(kind, PluginKind::Sink | PluginKind::Source)
}

/// Kinds in the order of their declaration, which is that of the REST answer; then class, then version.
fn order(left: &PluginDesc, right: &PluginDesc) -> Ordering {
    left.kind
        .cmp(&right.kind)
        .then_with(|| left.class.cmp(&right.class))
        .then_with(|| compare(&left.version, &right.version))
        .then_with(|| left.version.cmp(&right.version))
}

/// The class name without its package, and without the class around a nested one.
fn simple_name(class: &str) -> &str {
    class.rsplit(['.', '$']).next().unwrap_or(class)
}

/// The simple name up to the last occurrence of its kind's suffix, if anything is left.
fn pruned_name(plugin: &PluginDesc) -> &str {
    let suffix = match plugin.kind {
        PluginKind::Sink | PluginKind::Source => "Connector",
        PluginKind::Transformation => "Transformation",
        PluginKind::Predicate => "Predicate",
        PluginKind::Converter => "Converter",
        PluginKind::HeaderConverter => "HeaderConverter",
    };
    let simple = simple_name(&plugin.class);
    match simple.rfind(suffix) {
        Some(at) if at > 0 => &simple[..at],
        _ => simple,
    }
}

/// A plugin as Java's `PluginDesc.toString` writes it.
struct Described<'a>(&'a PluginDesc);

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let PluginDesc { class, kind, version, .. } = self.0;
        write!(
            f,
            "PluginDesc{{klass=class {class}, name='{class}', version='{version}', encodedVersion={version}, type={kind}, \
             typeName='{kind}', location='"
        )?;
        match self.0.path() {
            Some(path) => write!(f, "{}'}}", path.display()),
            None => f.write_str("classpath'}"),
        }
    }
}

struct Listed<'a>(&'a [&'a Arc<PluginDesc>]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, plugin) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str(", ")?;
            }
            write!(f, "{}", Described(plugin))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plugin::description::{DescribedPlugin, Description};
    use crate::plugin::plugin_file::PluginFile;
    use crate::plugin::scanner::ScannedFile;

    fn file(path: &str, plugins: &[(&str, PluginKind, &str)]) -> ScannedFile {
        let plugin = |(class, kind, version): &(&str, PluginKind, &str)| DescribedPlugin {
            class: (*class).into(),
            kind: *kind,
            task_class: None,
            version: (*version).into(),
            documentation: String::new(),
            config: Vec::new(),
        };
        let description = Description { contract: "0.1.0".into(), plugins: plugins.iter().map(plugin).collect() };
        ScannedFile { file: Arc::new(PluginFile::gone(path.into())), description }
    }

    fn plugins(files: Vec<ScannedFile>) -> Plugins {
        let string = BuiltIn {
            class: "o.a.k.c.storage.StringConverter".into(),
            kind: PluginKind::Converter,
            version: "4.3.1".into(),
            config: Vec::new(),
        };
        Plugins::new(Scan { plugins: files, ..Scan::default() }, [string])
    }

    const SOURCE: (&str, PluginKind, &str) = ("o.a.k.c.file.FileStreamSourceConnector", PluginKind::Source, "4.3.1");
    const SINK: (&str, PluginKind, &str) = ("o.a.k.c.file.FileStreamSinkConnector", PluginKind::Sink, "4.3.1");

    #[test]
    fn they_are_listed_in_the_order_of_java() {
        let plugins = plugins(vec![
            file("/p/b.wasm", &[SOURCE, ("a.B", PluginKind::Transformation, "1.0")]),
            file("/p/a.wasm", &[SINK, ("a.A", PluginKind::Source, "1.10"), ("a.A", PluginKind::Source, "1.9")]),
        ]);
        let listed: Vec<_> =
            plugins.list().iter().map(|plugin| (plugin.class.as_str(), plugin.version.as_str())).collect();
        let expected = [
            (SINK.0, "4.3.1"),
            ("a.A", "1.9"),
            ("a.A", "1.10"),
            (SOURCE.0, "4.3.1"),
            ("a.B", "1.0"),
            ("o.a.k.c.storage.StringConverter", "4.3.1"),
        ];
        assert_eq!(listed, expected);
    }

    #[test]
    fn a_connector_has_three_names() {
        let plugins = plugins(vec![file("/p/a.wasm", &[SOURCE, SINK])]);
        for name in [SOURCE.0, "FileStreamSourceConnector", "FileStreamSource"] {
            assert_eq!(plugins.resolve_connector(name, None).unwrap().class, SOURCE.0, "{name}");
        }
        for name in ["StringConverter", "String"] {
            assert!(plugins.resolve(PluginKind::Converter, name, None).is_ok(), "{name}");
        }
        assert!(plugins.resolve_connector("StringConverter", None).is_err());
    }

    #[test]
    fn an_unknown_connector_is_refused_in_the_words_of_java() {
        let plugins = plugins(vec![file("/p/a.wasm", &[SINK])]);
        assert_eq!(
            plugins.resolve_connector("Nope", None).unwrap_err(),
            "Failed to find any class that implements Connector and which name matches Nope, available connectors are: \
             PluginDesc{klass=class o.a.k.c.file.FileStreamSinkConnector, name='o.a.k.c.file.FileStreamSinkConnector', \
             version='4.3.1', encodedVersion=4.3.1, type=sink, typeName='sink', location='/p/a.wasm'}"
        );
    }

    #[test]
    fn an_ambiguous_alias_lists_its_classes() {
        let plugins = plugins(vec![file(
            "/p/a.wasm",
            &[("a.XConnector", PluginKind::Sink, "1"), ("b.XConnector", PluginKind::Source, "1")],
        )]);
        for name in ["X", "XConnector"] {
            let refusal = plugins.resolve_connector(name, None).unwrap_err();
            let start = format!(
                "More than one connector matches alias {name}. Please use full package and class name instead. "
            );
            assert!(refusal.starts_with(&start), "{refusal}");
            assert!(refusal.contains("name='a.XConnector'") && refusal.contains("name='b.XConnector'"), "{refusal}");
        }
        assert_eq!(plugins.resolve_connector("b.XConnector", None).unwrap().kind, PluginKind::Source);
    }

    #[test]
    fn the_newest_version_in_the_range_wins() {
        let class = |version| ("a.AConnector", PluginKind::Source, version);
        let files = vec![
            file("/p/a.wasm", &[class("1.9")]),
            file("/p/b.wasm", &[class("1.10")]),
            file("/p/c.wasm", &[class("2.0")]),
        ];
        let plugins = plugins(files);
        let version = |range| plugins.resolve_connector("A", range).map(|plugin| plugin.version.clone());
        assert_eq!(version(None).as_deref(), Ok("2.0"));
        assert_eq!(version(Some("[1,2)")).as_deref(), Ok("1.10"));
        assert_eq!(version(Some("1.9")).as_deref(), Ok("1.9"));
        assert_eq!(
            version(Some("[3,)")).unwrap_err(),
            "Plugin a.AConnector not found that matches the version range [3,), available versions: [1.9, 1.10, 2.0]"
        );
    }

    #[test]
    fn of_equal_plugins_the_first_file_is_used() {
        let plugins = plugins(vec![file("/p/b.wasm", &[SOURCE]), file("/p/a.wasm", &[SOURCE])]);
        assert_eq!(plugins.connectors().count(), 1);
        let [duplicate] = plugins.duplicates() else { panic!("one duplicate") };
        assert_eq!(duplicate.plugin.path(), Some(Path::new("/p/b.wasm")));
        assert_eq!(duplicate.used, Some("/p/a.wasm".into()));
    }
}
