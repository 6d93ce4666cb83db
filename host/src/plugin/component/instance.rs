//! One live instance: its store, and the rules of calling it.
//!
//! 1. Every call has a deadline, and yields to other instances at least every 20 ms of computing.
//! 2. After a trap, a missed deadline or an abandoned call the instance is dead: no call enters it again.
//! 3. What went wrong is told with all that is known: the limit that was hit, the panic's message, the stack.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::error::Elapsed;
use wasmtime::component::{Instance as ComponentInstance, InstancePre};
use wasmtime::{Engine, Store, Trap, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use super::bindings::imported::types;
use super::limits::CALL_TIMEOUT;
use super::state::State;
use crate::plugin::ports::{MemoryUse, Operation, PluginError, PluginErrorKind};

/// Host memory that lowering and lifting one call may take, at least; wasmtime's default.
const MIN_HOSTCALL_BYTES: usize = 128 << 20;

/// Who is called, as errors name it.
#[derive(Debug)]
pub struct Identity {
    pub class: String,
    pub version: String,
}

impl Identity {
    pub fn error(&self, operation: Operation, kind: PluginErrorKind, message: impl Into<String>) -> PluginError {
        PluginError {
            plugin: self.class.clone(),
            version: self.version.clone(),
            operation,
            kind,
            message: message.into(),
        }
    }
}

/// A store with one instance of a component in it.
pub struct Instance {
    store: Store<State>,
    identity: Arc<Identity>,
    call_timeout: Duration,
    life: Life,
}

#[derive(Debug)]
enum Life {
    Idle,
    /// A call is under way, or its future was dropped before it ended.
    Called(Operation),
    Dead(String),
}

impl Instance {
    /// Makes an instance; the guest's start code runs, under the same rules as a call.
    pub async fn new(
        engine: &Engine,
        component: &InstancePre<State>,
        state: State,
        identity: Arc<Identity>,
        call_timeout: Duration,
        memory_max_bytes: usize,
    ) -> Result<(Self, ComponentInstance), PluginError> {
        const OPERATION: Operation = "instantiate";
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.limits);
        store.epoch_deadline_async_yield_and_update(1);
        store.set_hostcall_fuel(memory_max_bytes.max(MIN_HOSTCALL_BYTES));
        let mut instance = Self { store, identity, call_timeout, life: Life::Idle };
        let store = instance.enter(OPERATION)?;
        let result = tokio::time::timeout(call_timeout, component.instantiate_async(store)).await;
        let exports = instance.leave(OPERATION, call_timeout, result)?;
        Ok((instance, exports))
    }

    /// The guest has started: what it needs for that is known now.
    pub fn started(&mut self) {
        self.store.data_mut().limits.started();
    }

    /// Some, if the instance wants to be replaced between two batches.
    pub fn outgrown(&self) -> Option<MemoryUse> {
        self.store.data().limits.outgrown()
    }

    /// Whether the instance can take no further call.
    pub fn is_dead(&self) -> bool {
        !matches!(self.life, Life::Idle)
    }

    /// The longest that a call without a wait of its own may take.
    pub fn call_timeout(&self) -> Duration {
        self.call_timeout
    }

    pub fn store(&mut self) -> &mut Store<State> {
        &mut self.store
    }

    pub fn error(&self, operation: Operation, kind: PluginErrorKind, message: impl Into<String>) -> PluginError {
        self.identity.error(operation, kind, message)
    }

    /// Begins a call. Fails if the instance is dead. [`Self::leave`] must get what became of the call.
    pub fn enter(&mut self, operation: Operation) -> Result<&mut Store<State>, PluginError> {
        match &self.life {
            Life::Idle => {}
            Life::Called(earlier) => {
                let why = format!("the instance is gone: its call {earlier} was abandoned");
                return Err(self.error(operation, PluginErrorKind::Trap, why));
            }
            Life::Dead(why) => {
                let why = format!("the instance is gone: {why}");
                return Err(self.error(operation, PluginErrorKind::Trap, why));
            }
        }
        self.life = Life::Called(operation);
        self.store.set_epoch_deadline(1);
        self.store.data().log.begin_call();
        Ok(&mut self.store)
    }

    /// Ends a call: the guest's answer, or what killed it.
    pub fn leave<R>(
        &mut self,
        operation: Operation,
        limit: Duration,
        result: Result<wasmtime::Result<R>, Elapsed>,
    ) -> Result<R, PluginError> {
        let (kind, message) = match result {
            Ok(Ok(answer)) => {
                self.life = Life::Idle;
                self.store.data_mut().limits.forget_denied();
                return Ok(answer);
            }
            Ok(Err(error)) => self.explain(&error),
            Err(_) => {
                let what = format!(
                    "the call did not return within {} ms ({CALL_TIMEOUT} is {})",
                    limit.as_millis(),
                    self.call_timeout.as_millis()
                );
                (PluginErrorKind::Timeout, self.with_stderr(what))
            }
        };
        self.life = Life::Dead(format!("{operation} failed: {}", message.lines().next().unwrap_or_default()));
        Err(self.error(operation, kind, message))
    }

    /// [`Self::leave`] for a call that answers with the contract's own error.
    pub fn leave_fallible<R>(
        &mut self,
        operation: Operation,
        limit: Duration,
        result: Result<wasmtime::Result<Result<R, types::Error>>, Elapsed>,
    ) -> Result<R, PluginError> {
        self.leave(operation, limit, result)?.map_err(|error| {
            let (kind, message) = match error {
                types::Error::Retriable(message) => (PluginErrorKind::Retriable, message),
                types::Error::Config(message) => (PluginErrorKind::Config, message),
                types::Error::Fatal(message) => (PluginErrorKind::Fatal, message),
            };
            self.error(operation, kind, message)
        })
    }

    fn explain(&mut self, error: &wasmtime::Error) -> (PluginErrorKind, String) {
        if let Some(limit) = self.store.data_mut().limits.take_denied() {
            return (PluginErrorKind::Limit, self.with_stderr(limit));
        }
        let stack = error.downcast_ref::<WasmBacktrace>().map(ToString::to_string).unwrap_or_default();
        let with_stack = |what: String| {
            if stack.is_empty() { what } else { format!("{what}\n{}", stack.trim_end()) }
        };
        if let Some(exit) = error.downcast_ref::<I32Exit>() {
            let what = format!("the plugin ended itself with exit code {}", exit.0);
            return (PluginErrorKind::Trap, with_stack(self.with_stderr(what)));
        }
        if let Some(trap) = error.downcast_ref::<Trap>() {
            return (PluginErrorKind::Trap, with_stack(self.with_stderr(trap.to_string())));
        }
        let cause = error.root_cause().to_string();
        if cause.contains("fuel allocated for hostcalls has been exhausted") {
            let what = format!("one call passed more data than {} bytes", self.store.hostcall_fuel());
            return (PluginErrorKind::Limit, with_stack(self.with_stderr(what)));
        }
        // Not a trap: what the guest returned or passed could not be lifted.
        (PluginErrorKind::Malformed, with_stack(self.with_stderr(cause)))
    }

    /// With what the guest wrote to its standard error in this call: a panic says there what happened.
    fn with_stderr(&self, what: String) -> String {
        let tail = self.store.data().log.take_tail();
        let tail = tail.trim();
        if tail.is_empty() { what } else { format!("{what}\n{tail}") }
    }
}

/// Makes one call: `call!(self, "put", limit, call_put(batch))` awaits the guest and ends in [`Instance::leave`], with `fallible`
/// in [`Instance::leave_fallible`].
macro_rules! call {
    ($self:ident, $operation:expr, $limit:expr, $method:ident($($arg:expr),*)) => {
        call!(@ leave, $self, $operation, $limit, $method($($arg),*))
    };
    (fallible $self:ident, $operation:expr, $limit:expr, $method:ident($($arg:expr),*)) => {
        call!(@ leave_fallible, $self, $operation, $limit, $method($($arg),*))
    };
    (@ $leave:ident, $self:ident, $operation:expr, $limit:expr, $method:ident($($arg:expr),*)) => {{
        let limit = $limit;
        let store = $self.instance.enter($operation)?;
        let result = tokio::time::timeout(limit, $self.guest.$method(store, $($arg),*)).await;
        $self.instance.$leave($operation, limit, result)
    }};
}
pub(super) use call;
