//! Which connector or task a line is about (Java's `LoggingContext`, KIP-449).

use std::fmt;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id};
use tracing::{Event, Span, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::fmt::{FmtContext, FormatFields};
use tracing_subscriber::layer::Context as LayerContext;
use tracing_subscriber::registry::LookupSpan;

const SPAN: &str = "connector";
const FIELD: &str = "context";

/// The context `[connector|task-0]` of a task, or `[connector|worker]` of the connector itself.
pub fn context(connector: &str, task: Option<u32>) -> Span {
    match task {
        Some(task) => span(format_args!("{connector}|task-{task}")),
        None => worker_context(connector),
    }
}

/// The context `[connector|worker]`: what the worker does for a connector.
pub fn worker_context(connector: &str) -> Span {
    span(format_args!("{connector}|worker"))
}

/// The context `[connector|task-0|offsets]`: commits of a source task's offsets.
pub fn offsets_context(connector: &str, task: u32) -> Span {
    span(format_args!("{connector}|task-{task}|offsets"))
}

/// At level error, so that no `log.level` takes the context away from the lines that it leaves.
fn span(context: fmt::Arguments<'_>) -> Span {
    tracing::error_span!("connector", %context)
}

/// Keeps the context of each span that has one, for the formats to find.
pub(super) struct ContextLayer;

struct ConnectorContext(String);

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for ContextLayer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        if attributes.metadata().name() != SPAN {
            return;
        }
        let mut found = FindContext(None);
        attributes.record(&mut found);
        if let (Some(text), Some(span)) = (found.0, context.span(id)) {
            span.extensions_mut().insert(ConnectorContext(text));
        }
    }
}

/// Calls `write` with the context of `event`, if it has one.
pub(super) fn with_context<S, N, E>(
    context: &FmtContext<'_, S, N>,
    event: &Event<'_>,
    write: impl FnOnce(&str) -> Result<(), E>,
) -> Result<(), E>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    let mut span = event.parent().and_then(|id| context.span(id)).or_else(|| context.lookup_current());
    while let Some(current) = span {
        if let Some(ConnectorContext(text)) = current.extensions().get() {
            return write(text);
        }
        span = current.parent();
    }
    Ok(())
}

struct FindContext(Option<String>);

impl Visit for FindContext {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == FIELD {
            self.0 = Some(format!("{value:?}"));
        }
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == FIELD {
            self.0 = Some(value.to_owned());
        }
    }
}
