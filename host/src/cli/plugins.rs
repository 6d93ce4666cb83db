//! `wasm-connect plugins`: what is in a plugin path, and the packaging step that embeds a component's description.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Subcommand;

use crate::plugin::component::{ComponentRuntime, RuntimeOptions};
use crate::plugin::package::{with_description, without_description};
use crate::plugin::registry::Plugins;
use crate::plugin::scanner::{Scanner, plugin_path};

/// Show what is in a plugin path, and make components ready for one.
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Clone, Debug)]
enum Command {
    /// List the plugins of a plugin path, files that are none, and plugins that another one hides
    List {
        /// Directories and .wasm files, separated by commas, as in the worker's `plugin.path`
        #[arg(long)]
        plugin_path: String,
        /// Where compiled code is kept between runs [default: nowhere]
        #[arg(long)]
        cache_directory: Option<PathBuf>,
    },
    /// Embed a component's own description, so that a worker need not compile it to know what it is
    Package {
        /// The component
        file: PathBuf,
        /// Where the packaged component goes; may be the same file
        #[arg(short, long)]
        output: PathBuf,
    },
}

/// Runs the subcommand and prints its answer; 1 if something of it failed, with the reason on standard error.
pub fn run(args: Args) -> ExitCode {
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return fail(&format!("could not start: {error}")),
    };
    let answer = runtime.block_on(async {
        match args.command {
            Command::List { plugin_path, cache_directory } => list(&plugin_path, cache_directory).await,
            Command::Package { file, output } => package(&file, &output).await,
        }
    });
    match answer {
        Ok(text) => {
            print!("{text}");
            ExitCode::SUCCESS
        }
        Err(reason) => fail(&reason),
    }
}

fn fail(reason: &str) -> ExitCode {
    eprintln!("wasm-connect plugins: {reason}");
    ExitCode::FAILURE
}

async fn list(path: &str, cache_directory: Option<PathBuf>) -> Result<String, String> {
    let runtime = ComponentRuntime::new(RuntimeOptions { cache_directory, ..RuntimeOptions::default() })?;
    let scanner = Scanner { plugin_path: plugin_path(path), max_bytes: u64::MAX, describe: Arc::new(runtime) };
    let scan = scanner.scan().await;
    if let Some(missing) = scan.missing.first() {
        return Err(format!("could not get listing for plugin path: {}", missing.display()));
    }
    let jars = scan.jars.clone();
    Ok(report(&Plugins::new(scan, []), &jars))
}

/// The table of plugins, and what is wrong in the path.
fn report(plugins: &Plugins, jars: &[PathBuf]) -> String {
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

fn table(rows: &[[String; 4]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2)];
    let mut text = String::new();
    for [class, kind, version, file] in rows {
        let [first, second, third] = widths;
        let _ = writeln!(text, "{class:first$}  {kind:second$}  {version:third$}  {file}");
    }
    text
}

async fn package(file: &Path, output: &Path) -> Result<String, String> {
    let in_file = |reason: String| format!("{}: {reason}", file.display());
    let component = fs::read(file).map_err(|error| in_file(format!("could not read it: {error}")))?;
    let bare = without_description(&component).map_err(in_file)?;
    let runtime = ComponentRuntime::new(RuntimeOptions::default())?;
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let description = runtime.describe_component(&name, bare.clone()).await.map_err(in_file)?;
    let packaged = with_description(bare, &description).map_err(in_file)?;
    write_atomically(output, &packaged).map_err(|error| format!("could not write {}: {error}", output.display()))?;
    let mut text = String::new();
    for plugin in &description.plugins {
        let _ = writeln!(text, "{}: {} {} {}", output.display(), plugin.kind, plugin.class, plugin.version);
    }
    Ok(text)
}

/// A worker that scans meanwhile sees the old file or the whole new one: the scanner passes over names with a dot in front.
fn write_atomically(output: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    let temporary = output.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, output));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}
