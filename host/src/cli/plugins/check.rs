//! `plugins check`: what a worker would find wrong with one file, or with a connector's configuration for it.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::Answer;
use crate::config::config_value::trim;
use crate::config::connector_file;
use crate::config::definition::ConfigDef;
use crate::connect::{Config, RawConfig};
use crate::plugin::component::ComponentRuntime;
use crate::plugin::ports::{PluginDesc, PluginErrorKind, PluginRuntime};
use crate::plugin::registry::Plugins;
use crate::plugin::scanner::{Describe, Scan};

/// Load one file as a worker would, and say what is wrong with it.
///
/// It is decoded, compiled and run under a worker's default limits; its description must agree with what is embedded in the file, and
/// each connector must answer a validation. With --config a connector's configuration is validated as well: the plugin's own keys, not
/// those of the framework. Ends with 1 if something is wrong.
///
/// Example: wasm-connect plugins check my-plugin.wasm --config my-connector.properties
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The component
    file: PathBuf,
    /// A connector to validate: .properties, a flat JSON object, or a REST request {"name", "config"}
    #[arg(long)]
    config: Option<PathBuf>,
}

/// The findings, one a line.
#[derive(Default)]
struct Findings {
    text: String,
    faulty: bool,
}

impl Findings {
    fn fine(&mut self, what: impl std::fmt::Display) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "ok      {what}");
    }

    fn faulty(&mut self, what: impl std::fmt::Display) {
        self.faulty = true;
        let _ = writeln!(self.text, "failed  {what}");
    }

    fn note(&mut self, what: impl std::fmt::Display) {
        let _ = writeln!(self.text, "note    {what}");
    }

    fn answer(self) -> Answer {
        if self.faulty { Answer::Faulty(self.text) } else { Answer::Fine(self.text) }
    }
}

/// Checks the file and, if there is one, the configuration.
pub async fn run(Args { file, config }: Args) -> Result<Answer, String> {
    let connector = config.map(|path| connector_file::load(&path)).transpose().map_err(|error| error.to_string())?;
    let runtime = Arc::new(ComponentRuntime::new(super::options())?);
    let mut findings = Findings::default();
    let began = Instant::now();
    let mut scan = super::scanner(vec![file.clone()], runtime.clone()).scan().await;
    let Some(scanned) = scan.plugins.pop() else {
        let reason = scan.broken.pop().map(|broken| broken.reason);
        findings.faulty(format!("{}: {}", file.display(), reason.as_deref().unwrap_or("it is not there, or no .wasm")));
        return Ok(findings.answer());
    };
    findings.fine(format!("it is a component of kafka:connect@{}", scanned.description.contract));
    if let Err(reason) = runtime.check(&scanned.file).await {
        findings.faulty(reason);
        return Ok(findings.answer());
    }
    findings.fine(format!("it compiles, starts and describes itself, in {} ms", began.elapsed().as_millis()));
    let plugins = Plugins::new(Scan { plugins: vec![scanned], ..Scan::default() }, []);
    for plugin in plugins.list() {
        answers(&runtime, plugin, &mut findings).await;
    }
    if let Some(connector) = connector {
        configured(&runtime, &plugins, &connector.config, &mut findings).await;
    }
    Ok(findings.answer())
}

/// Whether a class answers a question about an empty configuration; that it refuses it is an answer.
async fn answers(runtime: &ComponentRuntime, plugin: &PluginDesc, findings: &mut Findings) {
    let PluginDesc { kind, class, version, .. } = plugin;
    match runtime.validate(plugin, &Config::new()).await {
        Err(error) if error.kind != PluginErrorKind::Config => findings.faulty(error),
        _ => findings.fine(format!("{kind} {class} {version} answers")),
    }
}

async fn configured(runtime: &ComponentRuntime, plugins: &Plugins, config: &RawConfig, findings: &mut Findings) {
    let setting = |key: &str| config.get(key).and_then(Option::as_deref).map(trim);
    let class = setting("connector.class").unwrap_or_default();
    let plugin = match plugins.resolve_connector(class, setting("connector.plugin.version")) {
        Ok(plugin) => plugin,
        Err(reason) => return findings.faulty(reason),
    };
    match errors(runtime, &plugin, config).await {
        Ok((errors, notes)) => {
            if errors.is_empty() {
                findings.fine(format!("{} takes the configuration", plugin.class));
            }
            errors.into_iter().for_each(|error| findings.faulty(error));
            notes.into_iter().for_each(|note| findings.note(note));
        }
        Err(reason) => findings.faulty(reason),
    }
}

/// What the definition and the plugin find wrong, and what a worker would have to grant.
async fn errors(
    runtime: &ComponentRuntime,
    plugin: &PluginDesc,
    config: &RawConfig,
) -> Result<(Vec<String>, Vec<String>), String> {
    let def: ConfigDef = plugin.config.iter().cloned().collect();
    let mut errors: Vec<String> = def.validate_all(config).into_iter().flat_map(|value| value.errors).collect();
    let given: Config = config.iter().filter_map(|(key, value)| Some((key.clone(), value.clone()?))).collect();
    match runtime.validate(plugin, &given).await {
        Ok(values) => errors.extend(values.into_iter().flat_map(|value| value.errors)),
        Err(error) if error.kind == PluginErrorKind::Config => errors.push(error.message),
        Err(error) => return Err(error.to_string()),
    }
    errors.dedup();
    let denied = runtime.denied_grants(plugin, &given).await.map_err(|error| error.to_string())?;
    let notes = denied.into_iter().map(|(key, reason)| format!("a worker must grant `{key}`: {reason}"));
    Ok((errors, notes.collect()))
}
