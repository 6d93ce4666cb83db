//! A log target for each plugin class, `plugin.<class>`, so that `log.level` can name one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use tracing::callsite::{self, Callsite, Identifier};
use tracing::field::{FieldSet, Value};
use tracing::metadata::Kind;
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata, Span, dispatcher};

const FIELDS: &[&str] = &["message", "module"];

/// The call sites of one class, a level each. They live as long as the process, as call sites do; classes are few.
pub struct Logger([&'static Site; 5]);

impl Logger {
    /// The logger of a class, the same for all its instances.
    pub fn of(class: &str) -> &'static Self {
        static LOGGERS: OnceLock<Mutex<HashMap<String, &'static Logger>>> = OnceLock::new();
        let mut loggers = LOGGERS.get_or_init(Mutex::default).lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(logger) = loggers.get(class) {
            return logger;
        }
        let target: &'static str = Box::leak(format!("plugin.{class}").into_boxed_str());
        let levels = [Level::ERROR, Level::WARN, Level::INFO, Level::DEBUG, Level::TRACE];
        let logger: &'static Self = Box::leak(Box::new(Self(levels.map(|level| Site::register(target, level)))));
        loggers.insert(class.to_owned(), logger);
        logger
    }

    /// Whether a line of that level would be written at all.
    pub fn enabled(&self, level: Level) -> bool {
        self.site(level).enabled()
    }

    /// Writes a line in the context of `span`; `module`: the plugin's name for its part, empty for none.
    pub fn write(&self, span: &Span, level: Level, module: &str, message: &str) {
        let metadata = self.site(level).metadata();
        let fields = metadata.fields();
        let (Some(message_field), Some(module_field)) = (fields.field("message"), fields.field("module")) else {
            return;
        };
        let message: &dyn Value = &message;
        let module: Option<&dyn Value> = if module.is_empty() { None } else { Some(&module) };
        let values = [(&message_field, Some(message)), (&module_field, module)];
        Event::child_of(span.id(), metadata, &fields.value_set(&values));
    }

    fn site(&self, level: Level) -> &'static Site {
        match level {
            Level::ERROR => self.0[0],
            Level::WARN => self.0[1],
            Level::INFO => self.0[2],
            Level::DEBUG => self.0[3],
            _ => self.0[4],
        }
    }
}

/// One target and level.
struct Site {
    metadata: OnceLock<Metadata<'static>>,
    /// Asked of the subscribers once, as for any call site.
    interest: AtomicU8,
}

const NEVER: u8 = 0;
const SOMETIMES: u8 = 1;
const ALWAYS: u8 = 2;

impl Site {
    fn register(target: &'static str, level: Level) -> &'static Self {
        let site: &'static Self =
            Box::leak(Box::new(Self { metadata: OnceLock::new(), interest: AtomicU8::new(SOMETIMES) }));
        // Metadata names the site that it belongs to, so the site comes first.
        site.metadata.get_or_init(|| {
            let fields = FieldSet::new(FIELDS, Identifier(site));
            Metadata::new("plugin line", target, level, None, None, None, fields, Kind::EVENT)
        });
        callsite::register(site);
        site
    }

    fn enabled(&'static self) -> bool {
        match self.interest.load(Ordering::Relaxed) {
            NEVER => false,
            ALWAYS => true,
            _ => dispatcher::get_default(|dispatch| dispatch.enabled(self.metadata())),
        }
    }
}

impl Callsite for Site {
    fn set_interest(&self, interest: Interest) {
        let interest = match (interest.is_never(), interest.is_always()) {
            (true, _) => NEVER,
            (_, true) => ALWAYS,
            _ => SOMETIMES,
        };
        self.interest.store(interest, Ordering::Relaxed);
    }

    #[expect(clippy::expect_used, reason = "the only constructor sets it before anybody can ask")]
    fn metadata(&self) -> &Metadata<'_> {
        self.metadata.get().expect("set before the site is registered")
    }
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, MutexGuard};

    use tracing_subscriber::filter::EnvFilter;
    use tracing_subscriber::fmt::MakeWriter;

    use super::*;

    #[derive(Clone, Default)]
    struct Text(Arc<Mutex<Vec<u8>>>);

    struct Line<'a>(MutexGuard<'a, Vec<u8>>);

    impl Write for Line<'_> {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl<'a> MakeWriter<'a> for Text {
        type Writer = Line<'a>;

        fn make_writer(&'a self) -> Line<'a> {
            Line(self.0.lock().unwrap())
        }
    }

    #[test]
    fn a_class_has_a_level_of_its_own() {
        let text = Text::default();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new("warn,plugin.test.Loud=debug"))
            .with_writer(text.clone())
            .with_ansi(false)
            .without_time()
            .finish();
        tracing::subscriber::with_default(subscriber, || {
            let span = tracing::error_span!("connector", context = "c|task-0");
            for class in ["test.Loud", "test.Quiet"] {
                let logger = Logger::of(class);
                for level in [Level::INFO, Level::WARN] {
                    if logger.enabled(level) {
                        logger.write(&span, level, "part", class);
                    }
                }
            }
        });
        let lines = String::from_utf8(text.0.lock().unwrap().clone()).unwrap();
        let expected = [
            " INFO connector{context=\"c|task-0\"}: plugin.test.Loud: test.Loud module=\"part\"",
            " WARN connector{context=\"c|task-0\"}: plugin.test.Loud: test.Loud module=\"part\"",
            " WARN connector{context=\"c|task-0\"}: plugin.test.Quiet: test.Quiet module=\"part\"",
        ];
        assert_eq!(lines.lines().collect::<Vec<_>>(), expected);
    }
}
