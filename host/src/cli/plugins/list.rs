//! `plugins list`: what a worker would make of a plugin path.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;

use super::table::table;
use crate::plugin::component::{ComponentRuntime, RuntimeOptions};
use crate::plugin::registry::Plugins;
use crate::plugin::scanner::plugin_path;

/// List the plugins of a plugin path, files that are none, and plugins that another one hides.
///
/// This is what a worker finds, and what GET /connector-plugins answers beside the worker's own converters. Files with an embedded
/// description are only read; others are compiled and asked.
///
/// Example: wasm-connect plugins list --plugin-path plugin-path,/usr/share/connect
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Directories and .wasm files, separated by commas, as in the worker's `plugin.path`
    #[arg(long)]
    plugin_path: String,
    /// Where compiled code is kept between runs [default: nowhere]
    #[arg(long)]
    cache_directory: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long)]
    json: bool,
}

/// The listing.
pub async fn run(args: Args) -> Result<String, String> {
    let runtime = ComponentRuntime::new(RuntimeOptions { cache_directory: args.cache_directory, ..super::options() })?;
    let scan = super::scanner(plugin_path(&args.plugin_path), Arc::new(runtime)).scan().await;
    if let Some(missing) = scan.missing.first() {
        return Err(format!("could not get listing for plugin path: {}", missing.display()));
    }
    let jars = scan.jars.clone();
    let plugins = Plugins::new(scan, []);
    Ok(if args.json { in_json(&plugins, &jars) } else { in_text(&plugins, &jars) })
}

/// The table of plugins, and what is wrong in the path.
fn in_text(plugins: &Plugins, jars: &[PathBuf]) -> String {
    let file = |path: Option<&Path>| path.map_or("built in".to_owned(), |path| path.display().to_string());
    let mut rows = vec![["CLASS", "KIND", "VERSION", "FILE"].map(str::to_owned)];
    rows.extend(
        plugins
            .list()
            .iter()
            .map(|plugin| [plugin.class.clone(), plugin.kind.to_string(), plugin.version.clone(), file(plugin.path())]),
    );
    let mut text = table(&rows);
    for broken in plugins.broken() {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "broken: {}: {}", broken.file.path.display(), broken.reason);
    }
    for duplicate in plugins.duplicates() {
        let plugin = &duplicate.plugin;
        let (hidden, used) = (file(plugin.path()), file(duplicate.used.as_deref()));
        let _ = writeln!(text, "duplicate: {hidden}: {} {} of {used} is used", plugin.class, plugin.version);
    }
    for jar in jars {
        let _ = writeln!(text, "not loaded: {}: Java archives are no plugins here", jar.display());
    }
    text
}

fn in_json(plugins: &Plugins, jars: &[PathBuf]) -> String {
    let all = plugins.list().iter().map(|plugin| {
        json!({ "class": plugin.class, "kind": plugin.kind, "version": plugin.version, "file": plugin.path() })
    });
    let broken = plugins.broken().iter().map(|broken| json!({ "file": broken.file.path, "reason": broken.reason }));
    let duplicates = plugins.duplicates().iter().map(|duplicate| {
        let plugin = &duplicate.plugin;
        json!({ "class": plugin.class, "version": plugin.version, "file": plugin.path(), "used": duplicate.used })
    });
    let listing = json!({
        "plugins": all.collect::<Vec<_>>(),
        "broken": broken.collect::<Vec<_>>(),
        "duplicates": duplicates.collect::<Vec<_>>(),
        "jars": jars,
    });
    format!("{listing:#}\n")
}
