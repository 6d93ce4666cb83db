//! `plugins inspect`: all that is known of one file.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::table::table;
use crate::config::config_def::{ConfigKey, Default as DefaultValue, Grant};
use crate::plugin::component::{ComponentRuntime, hex_digest};
use crate::plugin::description::DescribedPlugin;
use crate::plugin::scanner;

/// Show what one file is: classes, versions, configuration keys, and what it may ask of the host.
///
/// Without an embedded description the component is compiled and asked. "May ask for" lists the keys whose values name files or
/// addresses that a connector wants opened; the worker's sandbox.… keys say which it gets. "Imports" is all that its code can call.
///
/// Example: wasm-connect plugins inspect plugin-path/file-source.wasm
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The component
    file: PathBuf,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// What a file is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
struct Inspection {
    file: PathBuf,
    bytes: usize,
    /// In hexadecimal digits.
    sha256: String,
    /// The version of `kafka:connect`.
    contract: String,
    /// Whether the description is in the file, or had to be asked for.
    embedded: bool,
    imports: Vec<String>,
    plugins: Vec<DescribedPlugin>,
}

/// The inspection.
pub async fn run(Args { file, json }: Args) -> Result<String, String> {
    let inspection = inspect(&file).await.map_err(|reason| format!("{}: {reason}", file.display()))?;
    if json {
        let text = serde_json::to_string_pretty(&inspection).map_err(|error| error.to_string())?;
        return Ok(text + "\n");
    }
    Ok(in_text(&inspection))
}

async fn inspect(file: &Path) -> Result<Inspection, String> {
    let component = fs::read(file).map_err(|error| format!("it cannot be read: {error}"))?;
    let (bytes, sha256) = (component.len(), hex_digest(&component));
    let inspected = scanner::inspect(&component)?;
    let embedded = inspected.description.is_some();
    let description = match inspected.description.clone() {
        Some(description) => description,
        None => {
            let name = file.file_stem().unwrap_or_default().to_string_lossy();
            ComponentRuntime::new(super::options())?.describe_component(&name, component).await?
        }
    };
    inspected.check(&description)?;
    let (file, plugins) = (file.to_owned(), description.plugins);
    Ok(Inspection { file, bytes, sha256, contract: inspected.contract, embedded, imports: inspected.imports, plugins })
}

fn in_text(inspection: &Inspection) -> String {
    let Inspection { file, bytes, sha256, contract, embedded, imports, plugins } = inspection;
    let description = if *embedded { "embedded" } else { "not embedded: run `wasm-connect plugins package`" };
    let mut text = table(&[
        ["file".to_owned(), file.display().to_string()],
        ["size".to_owned(), format!("{bytes} bytes")],
        ["sha256".to_owned(), sha256.clone()],
        ["contract".to_owned(), format!("kafka:connect@{contract}")],
        ["description".to_owned(), description.to_owned()],
    ]);
    text += "imports\n";
    for import in imports {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "  {import}");
    }
    for plugin in plugins {
        let DescribedPlugin { class, kind, version, documentation, config, .. } = plugin;
        let _ = writeln!(text, "\n{kind} {class} {version}");
        if !documentation.is_empty() {
            let _ = writeln!(text, "{documentation}");
        }
        text += &asked_for(config);
        text += &keys(config);
    }
    text
}

/// What connectors of a class may ask the host for.
fn asked_for(config: &[ConfigKey]) -> String {
    let mut text = String::new();
    for key in config {
        for grant in &key.grants {
            let _ = writeln!(text, "  may ask for: {}", in_words(grant, &key.name));
        }
    }
    text
}

fn in_words(grant: &Grant, key: &str) -> String {
    match grant {
        Grant::ReadFile => format!("reading the file that `{key}` names"),
        Grant::WriteFile => format!("writing the file that `{key}` names"),
        Grant::ReadDir => format!("reading the directory that `{key}` names"),
        Grant::WriteDir => format!("writing in the directory that `{key}` names"),
        Grant::Connect { .. } => format!("connecting to the host that `{key}` names"),
        Grant::Listen { .. } => format!("listening at the address that `{key}` names"),
        Grant::StdinIfAbsent => format!("the worker's standard input, without `{key}`"),
        Grant::StdoutIfAbsent => format!("the worker's standard output, without `{key}`"),
    }
}

fn keys(config: &[ConfigKey]) -> String {
    if config.is_empty() {
        return "  no configuration keys\n".to_owned();
    }
    let mut rows = vec![["  KEY", "TYPE", "DEFAULT", "IMPORTANCE", "MEANING"].map(str::to_owned)];
    rows.extend(config.iter().map(|key| {
        let default = match &key.default {
            DefaultValue::Required => "required".to_owned(),
            DefaultValue::Null => "none".to_owned(),
            DefaultValue::Value(text) => format!("{text:?}"),
        };
        let lower = |word: String| word.to_lowercase();
        let (ty, importance) = (lower(format!("{:?}", key.ty)), lower(format!("{:?}", key.importance)));
        [format!("  {}", key.name), ty, default, importance, key.documentation.replace('\n', " ")]
    }));
    table(&rows)
}
