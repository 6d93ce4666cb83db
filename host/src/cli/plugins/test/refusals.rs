//! Listens to the log: a guest's lines go to standard error, and what the sandbox refused is remembered.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

/// How each of them begins (`plugin/component/host/denials.rs`).
const REFUSED: &str = "the sandbox refused to ";

/// What the sandbox refused since the command began.
#[derive(Clone, Default)]
pub struct Refusals(Arc<Mutex<Vec<String>>>);

impl Refusals {
    /// Listens from now on; `shown`: lines are printed too.
    pub fn listen(shown: bool) -> Self {
        let refusals = Self::default();
        // A second listener is of a test in the same process, which reads no log.
        let _ = tracing_subscriber::registry().with(Listener { refusals: refusals.clone(), shown }).try_init();
        refusals
    }

    pub fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

struct Listener {
    refusals: Refusals,
    shown: bool,
}

impl<S: Subscriber> Layer<S> for Listener {
    fn on_event(&self, event: &Event<'_>, _context: Context<'_, S>) {
        let level = *event.metadata().level();
        if level > Level::INFO {
            return;
        }
        let mut message = Message::default();
        event.record(&mut message);
        if self.shown {
            eprintln!("{level} {}", message.0);
        }
        if let Some(refused) = message.0.strip_prefix(REFUSED) {
            self.refusals.0.lock().unwrap_or_else(PoisonError::into_inner).push(refused.to_owned());
        }
    }
}

/// The text of an event.
#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            value.clone_into(&mut self.0);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.0 = format!("{value:?}");
        }
    }
}
