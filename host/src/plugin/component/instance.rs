//! One live instance: its store, and the rules of calling it.
//!
//! 1. Every call has a deadline, and yields to everybody else after at most 10 ms of computing.
//! 2. After a trap, a missed deadline or an abandoned call the instance is dead: no call enters it again.
//! 3. What went wrong is told with all that is known: the limit that was hit, the panic's message, the stack.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::time::error::Elapsed;
use wasmtime::component::{Instance as ComponentInstance, InstancePre, ResourceTableError};
use wasmtime::{Engine, Store, Trap, UpdateDeadline, WasmBacktrace};
use wasmtime_wasi::I32Exit;

use super::backtrace;
use super::bindings::imported::types;
use super::convert;
use super::epoch::{EpochClock, Ticking};
use super::state::State;
use crate::config::keys::limits::HANDLES_MAX;
use crate::config::sandbox_limits::{CallTimeout, SandboxLimits};
use crate::plugin::ports::{MemoryUse, Operation, PluginError, PluginErrorKind};

/// Host memory that lowering and lifting one call may take, at least; wasmtime's default.
const MIN_HOSTCALL_BYTES: usize = 128 << 20;

/// A guest that computes past its deadline is stopped where it is, which tells where that is. One that waits in the host for as
/// long past it is abandoned.
const GRACE: Duration = Duration::from_millis(250);

/// A guest that computes goes on in the same thread for so many ticks, then wherever there is room first.
const TICKS_A_THREAD: u32 = 8;

/// A call that never ends, for the clock.
const FOREVER: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Stops a guest that computes past its deadline.
#[derive(Debug, thiserror::Error)]
#[error("the call is overdue")]
struct Overdue;

/// Who is called, as errors name it.
#[derive(Debug)]
pub struct Identity {
    pub class: String,
    pub version: String,
}

impl Identity {
    pub fn error(&self, operation: Operation, kind: PluginErrorKind, message: impl Into<String>) -> PluginError {
        let message = convert::error_message(message.into());
        PluginError { plugin: self.class.clone(), version: self.version.clone(), operation, kind, message }
    }
}

/// A store with one instance of a component in it.
pub struct Instance {
    store: Store<State>,
    identity: Arc<Identity>,
    limits: Arc<SandboxLimits>,
    /// How long the present call may take, with the wait that it was offered.
    allowed: Duration,
    life: Life,
    ticking: Ticking,
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
        (engine, clock): (&Engine, &EpochClock),
        component: &InstancePre<State>,
        state: State,
        identity: Arc<Identity>,
        limits: Arc<SandboxLimits>,
    ) -> Result<(Self, ComponentInstance), PluginError> {
        const OPERATION: Operation = "instantiate";
        let mut store = Store::new(engine, state);
        store.limiter(|state| &mut state.limits);
        let mut ticks = 0_u32;
        store.epoch_deadline_callback(move |store| {
            if Instant::now() >= store.data().deadline {
                return Err(Overdue.into());
            }
            ticks = ticks.wrapping_add(1);
            Ok(UpdateDeadline::YieldCustom(1, yielding(ticks)))
        });
        store.set_hostcall_fuel(limits.memory_max_bytes.max(MIN_HOSTCALL_BYTES));
        let ticking = clock.for_instance();
        let mut instance = Self { store, identity, limits, allowed: Duration::ZERO, life: Life::Idle, ticking };
        let (store, within) = instance.enter(OPERATION, Duration::ZERO)?;
        let result = tokio::time::timeout(within, component.instantiate_async(store)).await;
        let exports = instance.leave(OPERATION, result)?;
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

    pub fn store(&mut self) -> &mut Store<State> {
        &mut self.store
    }

    pub fn error(&self, operation: Operation, kind: PluginErrorKind, message: impl Into<String>) -> PluginError {
        self.identity.error(operation, kind, message)
    }

    /// Begins a call, which may take `wait` longer than others. Fails if the instance is dead. Answers the time after which the
    /// call is to be abandoned; [`Self::leave`] must get what became of it.
    pub fn enter(
        &mut self,
        operation: Operation,
        wait: Duration,
    ) -> Result<(&mut Store<State>, Duration), PluginError> {
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
        self.allowed = (self.limits.calls.of(operation).time.saturating_add(wait)).min(FOREVER);
        self.ticking.begin();
        self.store.set_epoch_deadline(1);
        let state = self.store.data_mut();
        state.deadline = Instant::now() + self.allowed;
        state.log.begin_call();
        Ok((&mut self.store, self.allowed + GRACE))
    }

    /// Ends a call: the guest's answer, or what killed it.
    pub fn leave<R>(
        &mut self,
        operation: Operation,
        result: Result<wasmtime::Result<R>, Elapsed>,
    ) -> Result<R, PluginError> {
        self.ticking.end();
        let (kind, message) = match result {
            Ok(Ok(answer)) => {
                self.life = Life::Idle;
                self.store.data_mut().limits.forget_denied();
                return Ok(answer);
            }
            Ok(Err(error)) => self.explain(operation, &error),
            Err(_) => (PluginErrorKind::Timeout, self.with_stderr(self.overdue(operation))),
        };
        self.life = Life::Dead(format!("{operation} failed: {}", message.lines().next().unwrap_or_default()));
        Err(self.error(operation, kind, message))
    }

    /// [`Self::leave`] for a call that answers with the contract's own error.
    pub fn leave_fallible<R>(
        &mut self,
        operation: Operation,
        result: Result<wasmtime::Result<Result<R, types::Error>>, Elapsed>,
    ) -> Result<R, PluginError> {
        self.leave(operation, result)?.map_err(|error| {
            let (kind, message) = match error {
                types::Error::Retriable(message) => (PluginErrorKind::Retriable, message),
                types::Error::Config(message) => (PluginErrorKind::Config, message),
                types::Error::Fatal(message) => (PluginErrorKind::Fatal, message),
            };
            self.error(operation, kind, message)
        })
    }

    /// What killed the guest: the limit or trap, what it wrote to its standard error, and where it was.
    fn explain(&mut self, operation: Operation, error: &wasmtime::Error) -> (PluginErrorKind, String) {
        let (kind, what) = self.cause(operation, error);
        let mut message = self.with_stderr(what);
        if let Some(stack) = error.downcast_ref::<WasmBacktrace>() {
            message += &backtrace::lines(stack);
        }
        (kind, message)
    }

    fn cause(&mut self, operation: Operation, error: &wasmtime::Error) -> (PluginErrorKind, String) {
        if let Some(limit) = self.store.data_mut().limits.take_denied() {
            return (PluginErrorKind::Limit, limit);
        }
        if error.is::<Overdue>() {
            return (PluginErrorKind::Timeout, self.overdue(operation));
        }
        if let Some(exit) = error.downcast_ref::<I32Exit>() {
            return (PluginErrorKind::Trap, format!("the plugin ended itself with exit code {}", exit.0));
        }
        if let Some(trap) = error.downcast_ref::<Trap>() {
            return (PluginErrorKind::Trap, trap.to_string());
        }
        let cause = error.root_cause();
        if let Some(ResourceTableError::Full) = cause.downcast_ref() {
            let most = self.limits.handles_max;
            return (
                PluginErrorKind::Limit,
                format!("the instance needs more handles than {HANDLES_MAX} allows ({most})"),
            );
        }
        let cause = cause.to_string();
        if cause.contains("fuel allocated for hostcalls has been exhausted") {
            let most = self.store.hostcall_fuel();
            return (PluginErrorKind::Limit, format!("one call passed more data than {most} bytes"));
        }
        // ENOMEM, of `mmap`.
        if cause.contains("(os error 12)") {
            return (
                PluginErrorKind::Limit,
                format!(
                    "{cause}: there is no more, or the worker has as many mappings as vm.max_map_count allows (an instance takes six)"
                ),
            );
        }
        // Not a trap: what the guest returned or passed could not be lifted.
        (PluginErrorKind::Malformed, cause)
    }

    fn overdue(&self, operation: Operation) -> String {
        let CallTimeout { key, time } = self.limits.calls.of(operation);
        format!("the call did not return within {} ms ({key} is {})", self.allowed.as_millis(), time.as_millis())
    }

    /// With what the guest wrote to its standard error in this call: a panic says there what happened.
    fn with_stderr(&self, what: String) -> String {
        let tail = self.store.data().log.take_tail();
        let tail = tail.trim();
        if tail.is_empty() { what } else { format!("{what}\n{tail}") }
    }
}

/// Lets everybody else go on. Not wasmtime's own yield, which comes back before the runtime has looked at its sockets and timers.
fn yielding(ticks: u32) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    if !ticks.is_multiple_of(TICKS_A_THREAD) {
        return Box::pin(tokio::task::yield_now());
    }
    // Threads of the runtime keep what yields to them, however busy the others are. What is woken from elsewhere goes to all.
    Box::pin(async { tokio::task::spawn_blocking(|| ()).await.unwrap_or_default() })
}

/// Makes one call: `call!(self, "put", call_put(batch))` awaits the guest and ends in [`Instance::leave`], with `fallible` in
/// [`Instance::leave_fallible`]; `waiting time` if the guest was offered to wait so long.
macro_rules! call {
    ($self:ident, $operation:expr, $method:ident($($arg:expr),*)) => {
        call!(@ leave, $self, $operation, std::time::Duration::ZERO, $method($($arg),*))
    };
    (fallible $self:ident, $operation:expr, $method:ident($($arg:expr),*)) => {
        call!(@ leave_fallible, $self, $operation, std::time::Duration::ZERO, $method($($arg),*))
    };
    (fallible $self:ident, $operation:expr, waiting $wait:expr, $method:ident($($arg:expr),*)) => {
        call!(@ leave_fallible, $self, $operation, $wait, $method($($arg),*))
    };
    (@ $leave:ident, $self:ident, $operation:expr, $wait:expr, $method:ident($($arg:expr),*)) => {{
        let (store, within) = $self.instance.enter($operation, $wait)?;
        let result = tokio::time::timeout(within, $self.guest.$method(store, $($arg),*)).await;
        $self.instance.$leave($operation, result)
    }};
}
pub(super) use call;
