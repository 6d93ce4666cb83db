//! The text format: Java Connect's log4j2 pattern `[%d] %p %X{connector.context}%m (%c)%n`.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::FmtContext;
use tracing_subscriber::fmt::format::{FormatEvent, FormatFields, Writer};
use tracing_subscriber::registry::LookupSpan;

use super::context::with_context;
use super::timestamp::{LocalTime, Log4j};

/// `[2026-11-22 13:00:00,123] INFO [name|task-0] message key=value (target)`.
pub(super) struct Pattern;

impl<S, N> FormatEvent<S, N> for Pattern
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let metadata = event.metadata();
        write!(writer, "[{}] {} ", Log4j(LocalTime::now()), metadata.level())?;
        with_context(context, event, |text| write!(writer, "[{}] ", Escaped(text)))?;

        let mut fields = Fields::default();
        event.record(&mut fields);
        write!(writer, "{}", Escaped(&fields.message))?;
        if !fields.others.is_empty() {
            write!(writer, "{}", Escaped(&fields.others))?;
        }
        writeln!(writer, " ({})", metadata.target())
    }
}

#[derive(Default)]
struct Fields {
    message: String,
    others: String,
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string does not fail.
        let _ = match field.name() {
            "message" => write!(self.message, "{value:?}"),
            name => write!(self.others, " {name}={value:?}"),
        };
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        let _ = match field.name() {
            "message" => self.message.write_str(value),
            name => write!(self.others, " {name}={value}"),
        };
    }
}

/// Text that may come from a plugin or a client: it cannot look like a line of its own, nor steer a terminal. Lines
/// after the first start with white space, as those of a Java stack trace do.
struct Escaped<'a>(&'a str);

impl fmt::Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut lines = self.0.trim_end_matches(['\n', '\r']).split('\n');
        write_line(f, lines.next().unwrap_or_default())?;
        for line in lines {
            f.write_str(if line.starts_with([' ', '\t']) { "\n" } else { "\n\t" })?;
            write_line(f, line)?;
        }
        Ok(())
    }
}

fn write_line(f: &mut fmt::Formatter<'_>, line: &str) -> fmt::Result {
    let mut rest = line.strip_suffix('\r').unwrap_or(line);
    while let Some(at) = rest.find(|c: char| c.is_control() && c != '\t') {
        f.write_str(&rest[..at])?;
        let control = rest[at..].chars().next().unwrap_or_default();
        write!(f, "{}", control.escape_default())?;
        rest = &rest[at + control.len_utf8()..];
    }
    f.write_str(rest)
}
