//! What compiling brought, kept between runs: code and descriptions by the digest of the component.
//!
//! Loading code is as good as running it natively, so only files that this worker's user wrote are loaded: the directory must be
//! ours and closed to everybody else, and code must have the digest that was recorded when it was written.

use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::plugin::description::Description;

/// A private directory of compiled components; or none, and everything is compiled anew.
#[derive(Clone, Debug)]
pub struct CodeCache {
    directory: Option<PathBuf>,
}

impl CodeCache {
    /// Opens or makes the directory. One that others may write is not used, with a warning: the worker runs without a cache.
    pub fn open(directory: Option<PathBuf>) -> Self {
        let Some(directory) = directory else {
            return Self { directory: None };
        };
        match make_private(&directory) {
            Ok(()) => Self { directory: Some(directory) },
            Err(reason) => {
                tracing::warn!("not caching compiled plugins in {}: {reason}", directory.display());
                Self { directory: None }
            }
        }
    }

    /// The compiled form of `component`, from the cache if it is there and ours. Takes seconds for a large component: call it
    /// where blocking is allowed.
    pub fn compile(&self, engine: &Engine, component: &[u8]) -> wasmtime::Result<Component> {
        let Some(directory) = &self.directory else {
            return Component::from_binary(engine, component);
        };
        let code = directory.join(format!("{}-{:016x}.cwasm", hex_digest(component), engine_key(engine)));
        match load(engine, &code) {
            Ok(Some(component)) => return Ok(component),
            Ok(None) => {}
            Err(reason) => tracing::warn!("compiling again, {} cannot be used: {reason}", code.display()),
        }
        let compiled = Component::from_binary(engine, component)?;
        let bytes = compiled.serialize()?;
        let stored = write_atomically(&digest_file(&code), hex_digest(&bytes).as_bytes())
            .and_then(|()| write_atomically(&code, &bytes));
        if let Err(error) = stored {
            tracing::warn!("could not cache compiled code in {}: {error}", code.display());
        }
        Ok(compiled)
    }

    /// What a component without an embedded description said of itself the last time.
    pub fn description(&self, component: &[u8]) -> Option<Description> {
        let text = fs::read(self.description_file(component)?).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// Remembers what a component said of itself.
    pub fn store_description(&self, component: &[u8], description: &Description) {
        let Some(file) = self.description_file(component) else {
            return;
        };
        let stored =
            serde_json::to_vec(description).map_err(io::Error::from).and_then(|text| write_atomically(&file, &text));
        if let Err(error) = stored {
            tracing::warn!("could not cache a description in {}: {error}", file.display());
        }
    }

    fn description_file(&self, component: &[u8]) -> Option<PathBuf> {
        Some(self.directory.as_ref()?.join(format!("{}.json", hex_digest(component))))
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
    check_private(&fs::symlink_metadata(code).map_err(|error| error.to_string())?)?;
    let recorded = fs::read_to_string(digest_file(code)).unwrap_or_default();
    if recorded != hex_digest(&bytes) {
        return Err("its digest is not the recorded one".into());
    }
    drop(bytes);
    // SAFETY: the file has the digest that this user's worker recorded when the engine produced it, and file and directory are
    // writable by this user only (checked above and in `make_private`), so it is what `Component::serialize` wrote. Code of
    // another engine version or setting is refused by wasmtime itself.
    unsafe { Component::deserialize_file(engine, code) }.map(Some).map_err(|error| format!("{error:#}"))
}

fn make_private(directory: &Path) -> Result<(), String> {
    let say = |error: io::Error| error.to_string();
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(say)?;
    let metadata = fs::metadata(directory).map_err(say)?;
    if metadata.uid() == own_uid() && metadata.mode() & 0o077 != 0 {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o700)).map_err(say)?;
    }
    check_private(&fs::metadata(directory).map_err(say)?)
}

fn check_private(metadata: &fs::Metadata) -> Result<(), String> {
    if metadata.uid() != own_uid() {
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

/// A reader sees the old file or the whole new one.
fn write_atomically(file: &Path, bytes: &[u8]) -> io::Result<()> {
    let temporary = file.with_extension(format!("{}.tmp", std::process::id()));
    let _ = fs::remove_file(&temporary);
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&temporary)
        .and_then(|mut file| file.write_all(bytes))
        .and_then(|()| fs::rename(&temporary, file));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
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

    #[test]
    fn code_is_stored_privately_and_found_again() {
        let directory = directory("private");
        let engine = Engine::default();
        let cache = CodeCache::open(Some(directory.clone()));
        cache.compile(&engine, COMPONENT).unwrap();
        assert_eq!(fs::metadata(&directory).unwrap().mode() & 0o777, 0o700);
        let code = code(&directory);
        assert_eq!(fs::metadata(&code).unwrap().mode() & 0o077, 0);
        let written = fs::metadata(&code).unwrap().ino();
        cache.compile(&engine, COMPONENT).unwrap();
        assert_eq!(fs::metadata(&code).unwrap().ino(), written, "compiled again though it was there");
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn changed_code_is_compiled_again() {
        let directory = directory("changed");
        let engine = Engine::default();
        let cache = CodeCache::open(Some(directory.clone()));
        cache.compile(&engine, COMPONENT).unwrap();
        let code = code(&directory);
        let mut bytes = fs::read(&code).unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        fs::write(&code, &bytes).unwrap();
        assert!(load(&engine, &code).is_err());
        cache.compile(&engine, COMPONENT).unwrap();
        assert!(load(&engine, &code).unwrap().is_some());
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn code_that_others_may_write_is_not_loaded() {
        let directory = directory("writable");
        let engine = Engine::default();
        CodeCache::open(Some(directory.clone())).compile(&engine, COMPONENT).unwrap();
        let code = code(&directory);
        fs::set_permissions(&code, fs::Permissions::from_mode(0o622)).unwrap();
        let refused = load(&engine, &code).map(drop).unwrap_err();
        assert!(refused.contains("others may write it"), "{refused}");
        fs::remove_dir_all(&directory).unwrap();
    }

    #[test]
    fn descriptions_are_remembered_by_digest() {
        let directory = directory("descriptions");
        let cache = CodeCache::open(Some(directory.clone()));
        assert!(cache.description(COMPONENT).is_none());
        let description = Description { contract: "0.1.0".into(), plugins: Vec::new() };
        cache.store_description(COMPONENT, &description);
        assert!(cache.description(COMPONENT).is_some_and(|found| found.agrees_with(&description)));
        assert!(cache.description(b"another").is_none());
        fs::remove_dir_all(&directory).unwrap();
    }
}
