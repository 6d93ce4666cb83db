//! A component with one source that does nothing, but for what it does when it is asked for its keys.

use std::time::Duration;

use wasm_connect_sdk::{Config, Polled, Records, Result, SourceTask, SourceTaskContext};

/// The component of a source of that name.
macro_rules! describing {
    ($name:ident, $config_def:expr) => {
        wasm_connect_sdk::export! { sources: [$name] }

        struct $name(wasm_connect_sdk::Config);

        impl wasm_connect_sdk::SourceConnector for $name {
            const CLASS: &'static str = concat!("tests.guests.", stringify!($name));
            const VERSION: &'static str = "1.0.0";
            const TASK_CLASS: &'static str = concat!("tests.guests.", stringify!($name), "Task");

            type Task = describing::Idle;

            fn config_def() -> wasm_connect_sdk::ConfigDef {
                $config_def
            }

            fn start(
                config: wasm_connect_sdk::Config,
                _context: wasm_connect_sdk::SourceConnectorContext,
            ) -> wasm_connect_sdk::Result<Self> {
                Ok(Self(config))
            }

            fn task_configs(&mut self, _max_tasks: usize) -> wasm_connect_sdk::Result<Vec<wasm_connect_sdk::Config>> {
                Ok(vec![self.0.clone()])
            }
        }
    };
}
pub(crate) use describing;

/// Brings nothing.
pub struct Idle;

impl SourceTask for Idle {
    fn start(_config: Config, _context: SourceTaskContext) -> Result<Self> {
        Ok(Self)
    }

    fn poll(&mut self, _records: &mut Records) -> Result<Polled> {
        Ok(Polled::Idle(Duration::from_secs(1)))
    }
}
