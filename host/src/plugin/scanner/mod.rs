//! What is in the plugin path, found out by decoding alone: nothing is compiled that says itself what it is.
//!
//! A file that cannot be a plugin is an entry with its reason, never a failure of the worker.

mod inspect;
mod watcher;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;

pub use self::inspect::{Inspected, inspect};
pub use self::watcher::PluginWatcher;
use super::description::Description;
use super::plugin_file::{PluginFile, unreadable};

/// The worker's key for the size of a component's file.
pub const PLUGIN_MAX: &str = "sandbox.plugin.max.bytes";

/// What a scan found.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// By path.
    pub plugins: Vec<ScannedFile>,
    pub broken: Vec<BrokenFile>,
    /// Java archives, which are not loaded.
    pub jars: Vec<PathBuf>,
    /// Elements of the path that could not be listed.
    pub missing: Vec<PathBuf>,
}

/// A component with plugins.
#[derive(Clone, Debug)]
pub struct ScannedFile {
    pub file: Arc<PluginFile>,
    pub description: Description,
}

/// A file that should be a plugin and is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenFile {
    pub file: Arc<PluginFile>,
    pub reason: String,
}

/// Finds out what a component is by compiling and running it.
#[async_trait]
pub trait Describe: Send + Sync {
    /// What a component without an embedded description says of itself. An error is the reason why the file is no plugin.
    async fn describe(&self, file: &Arc<PluginFile>) -> Result<Description, String>;

    /// Compiles a component, so that its first use need not wait, and compares what it says of itself with what is embedded in its
    /// file. An error is the reason why it cannot be used.
    async fn check(&self, file: &Arc<PluginFile>) -> Result<(), String>;
}

/// Where plugins are looked for, and how.
#[derive(Clone)]
pub struct Scanner {
    /// Directories and files.
    pub plugin_path: Vec<PathBuf>,
    /// Larger files are no plugins ([`PLUGIN_MAX`]).
    pub max_bytes: u64,
    pub describe: Arc<dyn Describe>,
}

/// The elements of a `plugin.path` value.
pub fn plugin_path(value: &str) -> Vec<PathBuf> {
    value.split(',').map(str::trim).filter(|element| !element.is_empty()).map(PathBuf::from).collect()
}

// === impl Scanner ===

impl Scanner {
    /// Looks at every file of the path. Components without a description are run, one after the other.
    pub async fn scan(&self) -> Scan {
        let listing = Listing::of(&self.plugin_path);
        let mut scan = Scan { jars: listing.jars, ..Scan::default() };
        for (element, error) in listing.unlisted {
            tracing::error!("Could not get listing for plugin path: {}. Ignoring. ({error})", element.display());
            scan.missing.push(element);
        }
        for path in listing.components {
            let (file, described) = match PluginFile::of(&path) {
                Ok(file) => {
                    let file = Arc::new(file);
                    (file.clone(), self.examine_and_describe(&file).await)
                }
                Err(error) => (Arc::new(PluginFile::gone(path)), Err(unreadable(&error))),
            };
            match described {
                Ok(description) => scan.plugins.push(ScannedFile { file, description }),
                Err(reason) => {
                    tracing::error!("{} is no plugin: {reason}", file.path.display());
                    scan.broken.push(BrokenFile { file, reason });
                }
            }
        }
        if !scan.jars.is_empty() {
            let names: Vec<_> = scan.jars.iter().map(|jar| jar.display().to_string()).collect();
            tracing::info!("not loaded, plugins are WebAssembly components here: {}", names.join(", "));
        }
        scan
    }

    async fn examine_and_describe(&self, file: &Arc<PluginFile>) -> Result<Description, String> {
        let inspected = self.examine(file).await?;
        match &inspected.description {
            Some(description) => Ok(description.clone()),
            None => self.describe(file, &inspected).await,
        }
    }

    /// Decodes a file; an embedded description is checked.
    async fn examine(&self, file: &Arc<PluginFile>) -> Result<Inspected, String> {
        let (bytes, max) = (file.stamp.bytes(), self.max_bytes);
        if bytes > max {
            return Err(format!("it has {bytes} bytes and {PLUGIN_MAX} is {max}"));
        }
        let file = file.clone();
        let examine = move || {
            let inspected = inspect(&file.read()?)?;
            inspected.description.as_ref().map_or(Ok(()), |description| inspected.check(description))?;
            Ok(inspected)
        };
        // Large files are read where that keeps nobody else waiting.
        tokio::task::spawn_blocking(examine).await.unwrap_or_else(|panic| Err(format!("decoding it failed: {panic}")))
    }

    /// Runs a component that has no description.
    async fn describe(&self, file: &Arc<PluginFile>, inspected: &Inspected) -> Result<Description, String> {
        tracing::info!(
            "{} has no embedded description and is compiled to be asked; `wasm-connect plugins package` adds one",
            file.path.display()
        );
        let description = self.describe.describe(file).await?;
        inspected.check(&description)?;
        Ok(description)
    }
}

// === impl Listing ===

/// The names in the plugin path.
#[derive(Default)]
struct Listing {
    /// In the order of the plugin path, then by name.
    components: Vec<PathBuf>,
    jars: Vec<PathBuf>,
    unlisted: Vec<(PathBuf, io::Error)>,
}

impl Listing {
    fn of(plugin_path: &[PathBuf]) -> Self {
        let mut listing = Self::default();
        for element in plugin_path {
            if let Err(error) = listing.add(element) {
                listing.unlisted.push((element.clone(), error));
            }
        }
        listing
    }

    /// The `.wasm` files of one element: itself, or those in it and in its sub-directories, by name.
    fn add(&mut self, element: &Path) -> io::Result<()> {
        if fs::metadata(element)?.is_dir() {
            for path in sorted(element)? {
                if !path.is_dir() {
                    self.sort_out(path);
                } else if let Ok(inner) = sorted(&path) {
                    inner.into_iter().filter(|path| !path.is_dir()).for_each(|path| self.sort_out(path));
                }
            }
        } else {
            self.sort_out(element.to_owned());
        }
        Ok(())
    }

    fn sort_out(&mut self, path: PathBuf) {
        // A name with a dot in front is a file on its way: copied here to be renamed.
        if path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b".")) {
            return;
        }
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("wasm") if !self.components.contains(&path) => self.components.push(path),
            Some("jar" | "zip") => self.jars.push(path),
            _ => {}
        }
    }
}

fn sorted(directory: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = fs::read_dir(directory)?.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests;
