//! Follows the plugin path while the worker runs: files that come, change and go are in the next snapshot of the plugins.
//!
//! A file is used only when it is whole. It is looked at again and again until two looks find the same size and time of
//! modification, and it must decode to its end. One that was moved into place need not wait: something else than a write happened to
//! it last. One that does not decode may still be on its way and has some seconds before it is called broken; it is looked at
//! again whenever it changes. Until the verdict the file's earlier state stays listed.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior};

use super::{BrokenFile, Listing, Scan, ScannedFile, Scanner};
use crate::connect::caps;
use crate::plugin::description::Description;
use crate::plugin::installed::InstalledPlugins;
use crate::plugin::plugin_file::{PluginFile, Stamp};
use crate::plugin::registry::{BuiltIn, Plugins};

/// Knows the plugin path as it was at the last look.
pub struct PluginWatcher {
    scanner: Scanner,
    built_in: Vec<BuiltIn>,
    files: BTreeMap<PathBuf, Followed>,
    /// Components that are being compiled, to be described or checked.
    compiling: JoinSet<Compiled>,
}

/// One name in the plugin path.
struct Followed {
    latest: Arc<PluginFile>,
    /// When `latest` was first seen.
    since: Instant,
    /// Nothing more is to be found out about `latest`, or it is being compiled.
    judged: bool,
    /// What it is, perhaps in an earlier state.
    verdict: Option<Result<ScannedFile, String>>,
}

/// What compiling told of a file.
struct Compiled {
    file: Arc<PluginFile>,
    /// None: what is embedded in the file was confirmed.
    outcome: Result<Option<Description>, String>,
}

// === impl PluginWatcher ===

impl PluginWatcher {
    /// Scans the plugin path once, to its end.
    pub async fn start(scanner: Scanner, built_in: Vec<BuiltIn>) -> Self {
        let scan = scanner.scan().await;
        let since = Instant::now();
        let judged = |file: Arc<PluginFile>, verdict| {
            (file.path.clone(), Followed { latest: file, since, judged: true, verdict: Some(verdict) })
        };
        let plugins = scan.plugins.into_iter().map(|plugin| judged(plugin.file.clone(), Ok(plugin)));
        let broken = scan.broken.into_iter().map(|broken| judged(broken.file, Err(broken.reason)));
        let files = plugins.chain(broken).collect();
        Self { scanner, built_in, files, compiling: JoinSet::new() }
    }

    /// What can be used now.
    pub fn plugins(&self) -> Plugins {
        let mut scan = Scan::default();
        for followed in self.files.values() {
            match &followed.verdict {
                Some(Ok(plugin)) => scan.plugins.push(plugin.clone()),
                Some(Err(reason)) => {
                    scan.broken.push(BrokenFile { file: followed.latest.clone(), reason: reason.clone() })
                }
                None => {}
            }
        }
        Plugins::new(scan, self.built_in.iter().cloned())
    }

    /// Keeps `installed` true; never ends.
    pub async fn run(mut self, installed: InstalledPlugins) {
        let mut looks = tokio::time::interval(caps::PLUGIN_LOOK_INTERVAL);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let changed = tokio::select! {
                _ = looks.tick() => self.look(Instant::now()).await,
                Some(compiled) = self.compiling.join_next() => match compiled {
                    Ok(compiled) => self.compiled(compiled),
                    Err(panic) => {
                        tracing::error!("checking a plugin failed; please report this: {panic}");
                        false
                    }
                },
            };
            if changed {
                installed.replace(self.plugins());
            }
        }
    }

    /// Looks at the names, and into the files that changed. True: something else is listed now.
    async fn look(&mut self, now: Instant) -> bool {
        let plugin_path = self.scanner.plugin_path.clone();
        // A network file system may take its time.
        let Ok(sight) = tokio::task::spawn_blocking(move || Sight::of(&plugin_path)).await else { return false };
        let mut changed = self.forget_removed(&sight);
        for (path, metadata) in sight.files {
            if self.is_due(&path, &metadata, now) {
                changed |= self.judge(&path, now).await;
            }
        }
        changed
    }

    fn forget_removed(&mut self, sight: &Sight) -> bool {
        let before = self.files.len();
        self.files.retain(|path, _| {
            let there =
                sight.files.contains_key(path) || sight.unreadable.iter().any(|element| path.starts_with(element));
            if !there {
                tracing::info!("{} was removed; what runs of it goes on", path.display());
            }
            there
        });
        self.files.len() != before
    }

    /// Notes the file's state; true: it has settled and is not judged yet.
    fn is_due(&mut self, path: &Path, metadata: &Metadata, now: Instant) -> bool {
        let file = || Arc::new(PluginFile { path: path.to_owned(), stamp: Stamp::of(metadata) });
        let followed = self.files.entry(path.to_owned()).or_insert_with(|| Followed::new(file(), now));
        if followed.latest.stamp != Stamp::of(metadata) {
            followed.latest = file();
            followed.since = now;
            followed.judged = false;
        }
        !followed.judged && (now > followed.since || was_moved(metadata))
    }

    /// True: something else is listed now.
    async fn judge(&mut self, path: &Path, now: Instant) -> bool {
        let Some(followed) = self.files.get_mut(path) else { return false };
        let file = followed.latest.clone();
        let inspected = match self.scanner.examine(&file).await {
            Ok(inspected) => inspected,
            Err(_) if now < followed.since + caps::PLUGIN_SETTLE_TIME => return false,
            Err(reason) => {
                followed.judged = true;
                return followed.is_broken(reason);
            }
        };
        // A description is the last section of its file; without one, only time tells that nothing more comes.
        if inspected.description.is_none() && now == followed.since {
            return false;
        }
        followed.judged = true;
        let changed = match inspected.description.clone() {
            Some(description) => followed.is_plugin(ScannedFile { file: file.clone(), description }),
            None => false,
        };
        let scanner = self.scanner.clone();
        self.compiling.spawn(async move {
            let outcome = match &inspected.description {
                Some(_) => scanner.describe.check(&file).await.map(|()| None),
                None => scanner.describe(&file, &inspected).await.map(Some),
            };
            Compiled { file, outcome }
        });
        changed
    }

    /// True: something else is listed now.
    fn compiled(&mut self, Compiled { file, outcome }: Compiled) -> bool {
        // One that was replaced meanwhile is judged in its new state.
        let Some(followed) = self.files.get_mut(&file.path).filter(|followed| followed.latest == file) else {
            return false;
        };
        match outcome {
            Ok(None) => false,
            Ok(Some(description)) => followed.is_plugin(ScannedFile { file, description }),
            Err(reason) => followed.is_broken(reason),
        }
    }
}

// === impl Followed ===

impl Followed {
    fn new(latest: Arc<PluginFile>, since: Instant) -> Self {
        Self { latest, since, judged: false, verdict: None }
    }

    fn is_plugin(&mut self, plugin: ScannedFile) -> bool {
        let plugins = plugin.description.plugins.iter();
        let plugins: Vec<_> =
            plugins.map(|plugin| format!("{} {} {}", plugin.kind, plugin.class, plugin.version)).collect();
        tracing::info!("{} has {}", self.latest.path.display(), plugins.join(", "));
        self.verdict = Some(Ok(plugin));
        true
    }

    fn is_broken(&mut self, reason: String) -> bool {
        tracing::error!("{} is no plugin: {reason}", self.latest.path.display());
        self.verdict = Some(Err(reason));
        true
    }
}

/// What one look sees.
struct Sight {
    files: BTreeMap<PathBuf, Metadata>,
    /// Elements that cannot be listed at the moment; their files are not gone.
    unreadable: Vec<PathBuf>,
}

impl Sight {
    fn of(plugin_path: &[PathBuf]) -> Self {
        let listing = Listing::of(plugin_path);
        let mut unreadable: Vec<_> =
            listing.unlisted.into_iter().filter(|(_, error)| !is_gone(error)).map(|(element, _)| element).collect();
        let mut files = BTreeMap::new();
        for path in listing.components {
            match fs::metadata(&path) {
                Ok(metadata) => drop(files.insert(path, metadata)),
                Err(error) if is_gone(&error) => {}
                Err(_) => unreadable.push(path),
            }
        }
        Self { files, unreadable }
    }
}

fn is_gone(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// A write sets both times to the same. Both are the file system's own, so that no clocks are compared.
fn was_moved(metadata: &Metadata) -> bool {
    (metadata.ctime(), metadata.ctime_nsec()) != (metadata.mtime(), metadata.mtime_nsec())
}

#[cfg(test)]
mod tests;
