//! `plugins compile`: fills the read-only cache of a machine's image.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::Answer;
use crate::plugin::component::{ComponentRuntime, RuntimeOptions};
use crate::plugin::scanner::{Describe, plugin_path};

/// Compile the plugins of a plugin path ahead of time, when a machine's or container's image is built.
///
/// Workers of this version, on processors like this one, then start without compiling, with sandbox.cache.readonly.dir set to the
/// directory. It must belong to root or to the workers' user and be writable by nobody else; where code does not fit the worker or its
/// processor, it compiles as usual. Every plugin is also started and asked what it is. Ends with 1 if one cannot be used.
///
/// Example: wasm-connect plugins compile --plugin-path /usr/share/connect --cache-directory /var/cache/wasm-connect
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// Directories and .wasm files, separated by commas, as in the worker's `plugin.path`
    #[arg(long)]
    plugin_path: String,
    /// The directory to fill, which other users may read
    #[arg(long)]
    cache_directory: PathBuf,
}

/// A line a file.
pub async fn run(args: Args) -> Result<Answer, String> {
    let runtime = Arc::new(ComponentRuntime::new(RuntimeOptions {
        cache_directory: Some(args.cache_directory),
        cache_is_shared: true,
        ..super::options()
    })?);
    let scan = super::scanner(plugin_path(&args.plugin_path), runtime.clone()).scan().await;
    if let Some(missing) = scan.missing.first() {
        return Err(format!("could not get listing for plugin path: {}", missing.display()));
    }
    let mut text = String::new();
    let mut faulty = !scan.broken.is_empty();
    for broken in &scan.broken {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "failed    {}: {}", broken.file.path.display(), broken.reason);
    }
    for plugin in &scan.plugins {
        let (began, path) = (Instant::now(), plugin.file.path.display());
        let _ = match runtime.check(&plugin.file).await {
            Ok(()) => writeln!(text, "compiled  {path} in {} ms", began.elapsed().as_millis()),
            Err(reason) => {
                faulty = true;
                writeln!(text, "failed    {path}: {reason}")
            }
        };
    }
    Ok(if faulty { Answer::Faulty(text) } else { Answer::Fine(text) })
}
