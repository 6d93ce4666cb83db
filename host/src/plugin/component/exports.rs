//! Which interfaces a component exports, looked up once so that an instance is bound without comparing names.

use wasmtime::component::InstancePre;

use super::bindings::exported::{
    converter, plugin, predicate, sink_connector, sink_task, source_connector, source_task, transformation,
};
use super::state::State;

/// The places of exported interfaces in a component; an error says why an interface cannot be used.
pub struct Exports {
    pub plugin: plugin::GuestIndices,
    pub source_connector: Result<source_connector::GuestIndices, String>,
    pub source_task: Result<source_task::GuestIndices, String>,
    pub sink_connector: Result<sink_connector::GuestIndices, String>,
    pub sink_task: Result<sink_task::GuestIndices, String>,
    pub transformation: Result<transformation::GuestIndices, String>,
    pub predicate: Result<predicate::GuestIndices, String>,
    pub converter: Result<converter::GuestIndices, String>,
}

impl Exports {
    /// Fails for a component that does not say what it is.
    pub fn new(component: &InstancePre<State>) -> wasmtime::Result<Self> {
        let say = |error: wasmtime::Error| format!("{error:#}");
        Ok(Self {
            plugin: plugin::GuestIndices::new(component)?,
            source_connector: source_connector::GuestIndices::new(component).map_err(say),
            source_task: source_task::GuestIndices::new(component).map_err(say),
            sink_connector: sink_connector::GuestIndices::new(component).map_err(say),
            sink_task: sink_task::GuestIndices::new(component).map_err(say),
            transformation: transformation::GuestIndices::new(component).map_err(say),
            predicate: predicate::GuestIndices::new(component).map_err(say),
            converter: converter::GuestIndices::new(component).map_err(say),
        })
    }
}
