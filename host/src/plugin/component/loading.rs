//! From a file to a component that is compiled, or found in the cache, linked, and asked what it is.

use std::sync::Arc;

use async_trait::async_trait;
use wasmtime::component::{Component, InstancePre};

use super::cache::hex_digest;
use super::exports::Exports;
use super::instance::Identity;
use super::state::State;
use super::{ComponentRuntime, Loaded, unconfigured};
use crate::connect::Config;
use crate::plugin::description::{Description, SPOKEN_CONTRACTS};
use crate::plugin::plugin_file::PluginFile;
use crate::plugin::scanner::{Describe, inspect};

impl ComponentRuntime {
    /// The component in `file`, compiled and asked at its first use. What was loaded once is there when the file is gone.
    pub(super) async fn load(&self, file: &Arc<PluginFile>) -> Result<Arc<Loaded>, String> {
        let load = async || {
            let name = file.path.file_stem().unwrap_or_default().to_string_lossy();
            let read = file.clone();
            let bytes = off_thread(move || read.read()).await??;
            self.compile(&name, bytes).await
        };
        self.components.get_or_load(file, load).await
    }

    /// What a component says of itself, asked of an instance. An error is the reason why it is no plugin.
    pub async fn describe_component(&self, name: &str, component: Vec<u8>) -> Result<Description, String> {
        Ok(self.compile(name, component).await?.description)
    }

    async fn compile(&self, name: &str, bytes: Vec<u8>) -> Result<Loaded, String> {
        let inspected = inspect(&bytes)?;
        let component = self.code(bytes).await?;
        let component =
            self.linker.instantiate_pre(&component).map_err(|error| format!("it cannot be linked: {error:#}"))?;
        let exports = Exports::new(&component).map_err(|error| format!("{error:#}"))?;
        let description = self.ask(name, &component, &exports, &inspected.contract).await?;
        if let Some(embedded) = &inspected.description
            && !embedded.agrees_with(&description)
        {
            return Err("it contradicts its embedded description; package it again".into());
        }
        inspected.check(&description)?;
        Ok(Loaded { component, exports, description })
    }

    /// The compiled form of a component, from the cache if it is there.
    async fn code(&self, component: Vec<u8>) -> Result<Component, String> {
        let (engine, cache, compiler) = (self.engine.clone(), self.cache.clone(), self.compiler);
        let find = move || {
            let digest = hex_digest(&component);
            let found = cache.find(&engine, &digest);
            (found, digest, component)
        };
        let (found, digest, component) = off_thread(find).await?;
        if let Some(found) = found {
            return Ok(found);
        }
        let _turn = self.compiling.acquire().await.map_err(|closed| closed.to_string())?;
        let (engine, cache) = (self.engine.clone(), self.cache.clone());
        let compile = move || cache.keep(&engine, &digest, &compiler.compile(&engine, &component)?);
        off_thread(compile).await?
    }

    /// What an instance says of its component.
    async fn ask(
        &self,
        name: &str,
        component: &InstancePre<State>,
        exports: &Exports,
        contract: &str,
    ) -> Result<Description, String> {
        let identity = Arc::new(Identity { class: name.to_owned(), version: "of unknown version".into() });
        let context = unconfigured(name, Config::new());
        let mut plugin =
            self.questioned(component, exports, context, identity).await.map_err(|error| error.to_string())?;
        let plugins = plugin.describe().await.map_err(|error| error.to_string())?;
        Ok(Description { contract: contract.to_owned(), plugins })
    }
}

#[async_trait]
impl Describe for ComponentRuntime {
    async fn describe(&self, file: &Arc<PluginFile>) -> Result<Description, String> {
        let read = file.clone();
        let bytes = off_thread(move || read.read()).await??;
        let digest = hex_digest(&bytes);
        if let Some(description) = self.cache.description(&digest)
            && SPOKEN_CONTRACTS.contains(&description.contract.as_str())
        {
            return Ok(description);
        }
        let loaded = self.load(file).await?;
        self.cache.keep_description(&digest, &loaded.description);
        Ok(loaded.description.clone())
    }

    async fn check(&self, file: &Arc<PluginFile>) -> Result<(), String> {
        self.load(file).await.map(drop)
    }
}

/// Reads and compiles where that keeps nobody else waiting.
async fn off_thread<R: Send + 'static>(work: impl FnOnce() -> R + Send + 'static) -> Result<R, String> {
    tokio::task::spawn_blocking(work).await.map_err(|error| format!("loading it failed: {error}"))
}
