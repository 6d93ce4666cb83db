//! The compiled components in memory: each file's is there as long as anybody knows the file, be it the plugin path or a connector
//! that runs of it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tokio::time::Instant;

use super::Loaded;
use crate::connect::caps;
use crate::plugin::plugin_file::PluginFile;

/// By file.
#[derive(Default)]
pub struct Slots(Mutex<HashMap<PluginFile, Slot>>);

/// The place of a file's component while it is being compiled and after.
struct Slot {
    file: Weak<PluginFile>,
    component: Arc<tokio::sync::Mutex<Component>>,
}

#[derive(Default)]
enum Component {
    #[default]
    Unknown,
    Loaded(Arc<Loaded>),
    /// Compiling may take long in vain; it is not tried again at once.
    Refused(String, Instant),
}

impl Slots {
    /// The file's component, or what `load` makes of it; others who want it wait meanwhile.
    pub async fn get_or_load(
        &self,
        file: &Arc<PluginFile>,
        load: impl AsyncFnOnce() -> Result<Loaded, String>,
    ) -> Result<Arc<Loaded>, String> {
        let slot = self.slot(file);
        let mut component = slot.lock().await;
        match &*component {
            Component::Loaded(loaded) => return Ok(loaded.clone()),
            Component::Refused(reason, since) if since.elapsed() < caps::COMPILE_RETRY => return Err(reason.clone()),
            Component::Unknown | Component::Refused(..) => {}
        }
        let loaded = load().await.map(Arc::new);
        *component = match &loaded {
            Ok(loaded) => Component::Loaded(loaded.clone()),
            Err(reason) => Component::Refused(reason.clone(), Instant::now()),
        };
        loaded
    }

    fn slot(&self, file: &Arc<PluginFile>) -> Arc<tokio::sync::Mutex<Component>> {
        let mut slots = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slot) = slots.get_mut(&**file) {
            slot.file = Arc::downgrade(file);
            return slot.component.clone();
        }
        slots.retain(|_, slot| slot.file.strong_count() > 0);
        let slot = Slot { file: Arc::downgrade(file), component: Arc::default() };
        slots.entry((**file).clone()).or_insert(slot).component.clone()
    }
}
