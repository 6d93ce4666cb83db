//! What compiling brought, kept between runs: code and descriptions by the digest of the component.
//!
//! Loading code is as good as running it natively. So only files are loaded that this worker's user wrote, or root, who could do
//! worse: directory and file must be closed to the writing of everybody else, and code must have the digest that was recorded when
//! it was written.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::plugin::description::Description;

/// Directories of compiled components; or none, and everything is compiled anew.
#[derive(Clone, Debug)]
pub struct CodeCache {
    /// Filled when the machine's image was built, and looked at first.
    readonly: Option<PathBuf>,
    own: Option<Own>,
}

/// The directory that this process writes.
#[derive(Clone, Debug)]
struct Own {
    directory: PathBuf,
    file_mode: u32,
}

impl CodeCache {
    /// Opens the directories, and makes the own one. One that others may write is not used, with a warning: the worker can do
    /// without.
    pub fn open(own: Option<PathBuf>, readonly: Option<PathBuf>) -> Self {
        let unless_unsafe = |directory: PathBuf, checked: Result<(), String>| match checked {
            Ok(()) => Some(directory),
            Err(reason) => {
                tracing::warn!("not using compiled plugins in {}: {reason}", directory.display());
                None
            }
        };
        let readonly = readonly.and_then(|directory| {
            let checked = fs::metadata(&directory).map_err(|error| error.to_string());
            unless_unsafe(directory, checked.and_then(|metadata| check_trusted(&metadata)))
        });
        let own = own.and_then(|directory| {
            let made = make_private(&directory);
            unless_unsafe(directory, made)
        });
        Self { readonly, own: own.map(|directory| Own { directory, file_mode: 0o600 }) }
    }

    /// Opens or makes a directory that other users may read, to be the read-only one of workers.
    pub fn for_image(directory: PathBuf) -> Result<Self, String> {
        make_directory(&directory, 0o755)
            .map_err(|reason| format!("{} cannot be used: {reason}", directory.display()))?;
        Ok(Self { readonly: None, own: Some(Own { directory, file_mode: 0o644 }) })
    }

    /// The code of the component with this digest, if it is there and to be trusted.
    pub fn find(&self, engine: &Engine, digest: &str) -> Option<Component> {
        self.directories().find_map(|directory| {
            let code = code_file(directory, engine, digest);
            load(engine, &code).unwrap_or_else(|reason| {
                tracing::warn!("not using {}: {reason}", code.display());
                None
            })
        })
    }

    /// Makes a component of code that [`super::compiler`] brought, and keeps the code.
    pub fn keep(&self, engine: &Engine, digest: &str, code: &[u8]) -> Result<Component, String> {
        if let Some(own) = &self.own {
            let file = code_file(&own.directory, engine, digest);
            let stored = own
                .write(&digest_file(&file), hex_digest(code).as_bytes())
                .and_then(|()| own.write(&file, code))
                .map_err(|error| error.to_string());
            match stored.and_then(|()| load(engine, &file)) {
                // Its pages come from the file when they are needed.
                Ok(Some(component)) => return Ok(component),
                Ok(None) => tracing::warn!("{} was removed at once", file.display()),
                Err(reason) => tracing::warn!("could not cache compiled code in {}: {reason}", file.display()),
            }
        }
        // SAFETY: the code is what this executable's own compiler wrote, in this process or to a pipe that nobody else had.
        unsafe { Component::deserialize(engine, code) }.map_err(|error| format!("{error:#}"))
    }

    /// What a component without an embedded description said of itself the last time.
    pub fn description(&self, digest: &str) -> Option<Description> {
        self.directories().find_map(|directory| {
            let file = description_file(directory, digest);
            check_trusted(&fs::symlink_metadata(&file).ok()?).ok()?;
            serde_json::from_slice(&fs::read(&file).ok()?).ok()
        })
    }

    /// Remembers what a component said of itself.
    pub fn keep_description(&self, digest: &str, description: &Description) {
        let Some(own) = &self.own else { return };
        let file = description_file(&own.directory, digest);
        let stored = serde_json::to_vec(description).map_err(io::Error::from).and_then(|text| own.write(&file, &text));
        if let Err(error) = stored {
            tracing::warn!("could not cache a description in {}: {error}", file.display());
        }
    }

    fn directories(&self) -> impl Iterator<Item = &Path> {
        self.readonly.as_deref().into_iter().chain(self.own.as_ref().map(|own| &*own.directory))
    }
}

impl Own {
    /// A reader sees the old file or the whole new one.
    fn write(&self, file: &Path, bytes: &[u8]) -> io::Result<()> {
        // Two components with the same bytes may be written at a time, here and in another process.
        static WRITTEN: AtomicU64 = AtomicU64::new(0);
        let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
        let temporary = file.with_extension(format!("{}-{number}.tmp", std::process::id()));
        let _ = fs::remove_file(&temporary);
        let written = fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(self.file_mode)
            .open(&temporary)
            .and_then(|mut file| file.write_all(bytes))
            .and_then(|()| fs::rename(&temporary, file));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }
}

/// The sha256 of `bytes` in lower-case hexadecimal digits.
pub fn hex_digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut hex, byte| {
        use std::fmt::Write;
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

/// Differs whenever code of one engine does not run on another: version, settings, processor features.
fn engine_key(engine: &Engine) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.finish()
}

fn code_file(directory: &Path, engine: &Engine, digest: &str) -> PathBuf {
    directory.join(format!("{digest}-{:016x}.cwasm", engine_key(engine)))
}

fn description_file(directory: &Path, digest: &str) -> PathBuf {
    directory.join(format!("{digest}.json"))
}

fn digest_file(code: &Path) -> PathBuf {
    code.with_extension("sha256")
}

/// None: not there. An error says why what is there is not loaded.
fn load(engine: &Engine, code: &Path) -> Result<Option<Component>, String> {
    let bytes = match fs::read(code) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.to_string()),
    };
    check_trusted(&fs::symlink_metadata(code).map_err(|error| error.to_string())?)?;
    let recorded = fs::read_to_string(digest_file(code)).unwrap_or_default();
    if recorded != hex_digest(&bytes) {
        return Err("its digest is not the recorded one".into());
    }
    drop(bytes);
    // SAFETY: the file has the digest that was recorded when the engine produced it, and file and directory are writable by this
    // user or root only (checked above and when the directory was opened), so it is what the engine wrote. Code of another engine
    // version or setting is refused by wasmtime itself.
    unsafe { Component::deserialize_file(engine, code) }.map(Some).map_err(|error| format!("{error:#}"))
}

/// A directory that nobody else may even read.
fn make_private(directory: &Path) -> Result<(), String> {
    make_directory(directory, 0o700)?;
    let say = |error: io::Error| error.to_string();
    if fs::metadata(directory).map_err(say)?.mode() & 0o077 != 0 {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700)).map_err(say)?;
    }
    Ok(())
}

/// A directory of this user that nobody else may write.
fn make_directory(directory: &Path, mode: u32) -> Result<(), String> {
    let say = |error: io::Error| error.to_string();
    fs::DirBuilder::new().recursive(true).mode(mode).create(directory).map_err(say)?;
    let metadata = fs::metadata(directory).map_err(say)?;
    match metadata.uid() == own_uid() {
        true => check_trusted(&metadata),
        false => Err(format!("it belongs to user {}", metadata.uid())),
    }
}

fn check_trusted(metadata: &fs::Metadata) -> Result<(), String> {
    if ![own_uid(), 0].contains(&metadata.uid()) {
        return Err(format!("it belongs to user {}", metadata.uid()));
    }
    if metadata.mode() & 0o022 != 0 {
        return Err(format!("others may write it (mode {:o})", metadata.mode() & 0o777));
    }
    Ok(())
}

fn own_uid() -> u32 {
    // SAFETY: geteuid has no preconditions and cannot fail.
    unsafe { libc::geteuid() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The smallest component.
    const COMPONENT: &[u8] = b"\0asm\x0d\0\x01\0";

    fn directory(name: &str) -> PathBuf {
        let directory = std::env::temp_dir().join(format!("wasm-connect-cache-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&directory);
        directory
    }

    fn code(directory: &Path) -> PathBuf {
        let mut files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
        files.find(|path| path.extension().is_some_and(|extension| extension == "cwasm")).expect("compiled code")
    }

    const DIGEST: &str = "0123";

    /// A cache with the component's code in it.
    fn filled(directory: &Path, engine: &Engine) -> CodeCache {
        let cache = CodeCache::open(Some(directory.to_owned()), None);
        cache.keep(engine, DIGEST, &engine.precompile_component(COMPONENT).unwrap()).unwrap();
        cache
    }

    #[test]
    fn code_is_stored_privately_and_found_again() {
        let directory = directory("private");
        let engine = Engine::default();
        assert!(CodeCache::open(Some(directory.clone()), None).find(&engine, DIGEST).is_none());
        let cache = filled(&directory, &engine);
        assert_eq!(fs::metadata(&directory).unwrap().mode() & 0o777, 0o700);
        assert_eq!(fs::metadata(code(&directory)).unwrap().mode() & 0o077, 0);
        assert!(cache.find(&engine, DIGEST).is_some());
        assert!(cache.find(&engine, "another").is_none());
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn without_a_directory_code_is_used_and_forgotten() {
        let engine = Engine::default();
        let cache = CodeCache::open(None, None);
        assert!(cache.keep(&engine, DIGEST, &engine.precompile_component(COMPONENT).unwrap()).is_ok());
        assert!(cache.find(&engine, DIGEST).is_none());
    }

    #[test]
    fn changed_code_is_not_loaded() {
        let directory = directory("changed");
        let engine = Engine::default();
        let cache = filled(&directory, &engine);
        let code = code(&directory);
        let mut bytes = fs::read(&code).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&code, &bytes).unwrap();
        assert!(load(&engine, &code).is_err());
        assert!(cache.find(&engine, DIGEST).is_none());
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn code_that_others_may_write_is_not_loaded() {
        let directory = directory("writable");
        let engine = Engine::default();
        filled(&directory, &engine);
        let code = code(&directory);
        fs::set_permissions(&code, fs::Permissions::from_mode(0o622)).unwrap();
        let refused = load(&engine, &code).map(drop).unwrap_err();
        assert!(refused.contains("others may write it"), "{refused}");
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn an_images_cache_is_read_and_not_written() {
        let (image, own) = (directory("image"), directory("image-own"));
        let engine = Engine::default();
        let description = Description { contract: "0.1.0".into(), plugins: Vec::new() };
        let built = CodeCache::for_image(image.clone()).unwrap();
        built.keep(&engine, DIGEST, &engine.precompile_component(COMPONENT).unwrap()).unwrap();
        built.keep_description(DIGEST, &description);
        assert_eq!(fs::metadata(&image).unwrap().mode() & 0o777, 0o755);
        assert_eq!(fs::metadata(code(&image)).unwrap().mode() & 0o777, 0o644);

        let cache = CodeCache::open(Some(own.clone()), Some(image.clone()));
        assert!(cache.find(&engine, DIGEST).is_some());
        assert!(cache.description(DIGEST).is_some());
        let before = fs::read_dir(&image).unwrap().count();
        cache.keep(&engine, "another", &engine.precompile_component(COMPONENT).unwrap()).unwrap();
        assert_eq!(fs::read_dir(&image).unwrap().count(), before);

        fs::set_permissions(&image, fs::Permissions::from_mode(0o777)).unwrap();
        let cache = CodeCache::open(Some(own.clone()), Some(image.clone()));
        assert!(cache.find(&engine, DIGEST).is_none(), "others could have written it");
        fs::remove_dir_all(&image).unwrap();
        fs::remove_dir_all(&own).unwrap();
    }

    #[test]
    fn descriptions_are_remembered_by_digest() {
        let directory = directory("descriptions");
        let cache = CodeCache::open(Some(directory.clone()), None);
        assert!(cache.description(DIGEST).is_none());
        let description = Description { contract: "0.1.0".into(), plugins: Vec::new() };
        cache.keep_description(DIGEST, &description);
        assert!(cache.description(DIGEST).is_some_and(|found| found.agrees_with(&description)));
        assert!(cache.description("another").is_none());
        fs::remove_dir_all(&directory).unwrap();
    }
}
