//! The clock that makes busy guests yield: it ticks while guests are being called, and stands still while none is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::Duration;

use wasmtime::Engine;

/// How often the epoch advances: a guest that computes yields to the others at the next tick.
const TICK: Duration = Duration::from_millis(10);

/// The clock of one engine. Its thread ends with the last clone and the last [`Ticking`].
#[derive(Clone)]
pub struct EpochClock(Arc<Clock>);

struct Clock {
    calls: Arc<Calls>,
    thread: Thread,
}

#[derive(Default)]
struct Calls {
    under_way: AtomicUsize,
    /// The thread parks, or is about to.
    resting: AtomicBool,
    over: AtomicBool,
}

/// One instance's share in the clock, which ticks from the beginning of its call to the end.
pub struct Ticking {
    clock: EpochClock,
    calls: bool,
}

impl EpochClock {
    /// Fails if there can be no more threads.
    pub fn start(engine: &Engine) -> std::io::Result<Self> {
        let (engine, calls) = (engine.clone(), Arc::<Calls>::default());
        let counted = calls.clone();
        let thread = std::thread::Builder::new().name("wasm-epoch".into()).spawn(move || tick(&engine, &counted))?;
        Ok(Self(Arc::new(Clock { calls, thread: thread.thread().clone() })))
    }

    pub fn for_instance(&self) -> Ticking {
        Ticking { clock: self.clone(), calls: false }
    }
}

impl Ticking {
    pub fn begin(&mut self) {
        if std::mem::replace(&mut self.calls, true) {
            return;
        }
        let Clock { calls, thread } = &*self.clock.0;
        // Either the thread sees this call before it parks, or this call sees that it rests: all of it is in one order.
        if calls.under_way.fetch_add(1, Ordering::SeqCst) == 0 && calls.resting.load(Ordering::SeqCst) {
            thread.unpark();
        }
    }

    pub fn end(&mut self) {
        if std::mem::replace(&mut self.calls, false) {
            self.clock.0.calls.under_way.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

impl Drop for Ticking {
    /// A call that was abandoned ends with its instance.
    fn drop(&mut self) {
        self.end();
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.calls.over.store(true, Ordering::SeqCst);
        self.thread.unpark();
    }
}

fn tick(engine: &Engine, calls: &Calls) {
    while !calls.over.load(Ordering::SeqCst) {
        if calls.under_way.load(Ordering::SeqCst) > 0 {
            std::thread::sleep(TICK);
            engine.increment_epoch();
            continue;
        }
        calls.resting.store(true, Ordering::SeqCst);
        if calls.under_way.load(Ordering::SeqCst) == 0 && !calls.over.load(Ordering::SeqCst) {
            std::thread::park();
        }
        calls.resting.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    const DEADLINE: Duration = Duration::from_secs(10);

    /// Waits until the thread rests, or no longer does.
    fn wait_until_resting(clock: &EpochClock, rests: bool) {
        let since = Instant::now();
        while clock.0.calls.resting.load(Ordering::SeqCst) != rests {
            assert!(since.elapsed() < DEADLINE, "resting is not {rests}");
            std::thread::yield_now();
        }
    }

    #[test]
    fn it_ticks_while_any_instance_is_called() {
        let clock = EpochClock::start(&Engine::default()).unwrap();
        let (mut one, mut other) = (clock.for_instance(), clock.for_instance());
        for _ in 0..3 {
            wait_until_resting(&clock, true);
            one.begin();
            other.begin();
            wait_until_resting(&clock, false);
            one.end();
            assert_eq!(clock.0.calls.under_way.load(Ordering::SeqCst), 1);
            other.end();
        }
        one.begin();
        drop(one);
        wait_until_resting(&clock, true);
    }

    #[test]
    fn no_call_is_missed() {
        let clock = EpochClock::start(&Engine::default()).unwrap();
        let calls = |clock: &EpochClock| {
            let mut ticking = clock.for_instance();
            for _ in 0..50 {
                ticking.begin();
                wait_until_resting(clock, false);
                ticking.end();
                std::thread::sleep(TICK);
            }
        };
        std::thread::scope(|scope| {
            scope.spawn(|| calls(&clock));
            scope.spawn(|| calls(&clock));
        });
    }

    #[test]
    fn the_thread_ends_with_the_last_instance() {
        let clock = EpochClock::start(&Engine::default()).unwrap();
        let (calls, instance) = (clock.0.calls.clone(), clock.for_instance());
        drop(clock);
        assert!(!calls.over.load(Ordering::SeqCst));
        drop(instance);
        let since = Instant::now();
        while Arc::strong_count(&calls) > 1 {
            assert!(since.elapsed() < DEADLINE, "the thread is still there");
            std::thread::yield_now();
        }
    }
}
