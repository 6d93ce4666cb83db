//! Calls of a guest, by the ports that the worker's tasks use. Of rows about calls, a record is a call.

use std::cell::OnceCell;
use std::hint::black_box;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Runtime;
use wasm_connect::connect::Config;
use wasm_connect::plugin::component::{ComponentRuntime, RuntimeOptions};
use wasm_connect::plugin::ports::{
    InstanceContext, PluginDesc, PluginKind, PluginRuntime, PollLimits, SourceTask, StageRole, StopSignal,
};
use wasm_connect::plugin::registry::Plugins;
use wasm_connect::plugin::scanner::Scanner;
use wasm_connect_tests::paths;

use super::records::{lines, orders};
use super::row::{Row, Work};

/// The test guests, compiled, and where their calls run.
struct Guests {
    components: Arc<ComponentRuntime>,
    plugins: Plugins,
    tokio: Runtime,
}

pub fn rows() -> Vec<Row> {
    // Only whoever measures needs them.
    let guests: Rc<OnceCell<Rc<Guests>>> = Rc::default();
    let row = |name: &str, prepare: fn(Rc<Guests>, usize) -> Work| {
        let guests = guests.clone();
        Row::new(format!("guest: {name}"), move |count| {
            prepare(guests.get_or_init(|| Rc::new(Guests::load())).clone(), count)
        })
    };
    vec![
        row("an empty call", empty_calls).of(2),
        row("its call of the host", calls_of_host).of(8),
        row("poll of 100 bytes", |guests, count| polls(guests, &[("records", &count.to_string())])).of(8),
        row("poll of 100 bytes, written before", |guests, count| {
            polls(guests, &[("records", &count.to_string()), ("packed", "true")])
        })
        .of(64),
        row("put of strings", |guests, count| puts(guests, lines(count).bytes)).of(8),
        row("put of structs", |guests, count| puts(guests, orders(count).bytes)).of(8),
        row("HoistField in a component", stages).of(1),
    ]
}

fn empty_calls(guests: Rc<Guests>, count: usize) -> Work {
    let mut task = guests.source(&[("records", "0")]);
    Box::new(move || {
        guests.tokio.block_on(async {
            for _ in 0..count {
                task.commit().await.expect("it answers");
            }
        });
    })
}

fn calls_of_host(guests: Rc<Guests>, count: usize) -> Work {
    polls(guests, &[("records", "0"), ("imports", &count.to_string())])
}

fn polls(guests: Rc<Guests>, settings: &[(&str, &str)]) -> Work {
    const LIMITS: PollLimits =
        PollLimits { max_records: 100_000, max_bytes: 16 << 20, max_wait: Duration::from_secs(1) };
    let mut task = guests.source(settings);
    Box::new(move || {
        black_box(guests.tokio.block_on(task.poll(LIMITS)).expect("records"));
    })
}

fn puts(guests: Rc<Guests>, batch: &'static [u8]) -> Work {
    let sink = guests.connector("FiguresSink");
    let mut task = guests.tokio.block_on(guests.components.sink_task(&sink, context(&[]))).expect("a task");
    guests.tokio.block_on(task.start()).expect("it starts");
    Box::new(move || {
        black_box(guests.tokio.block_on(task.put(batch)).expect("it takes them"));
    })
}

fn stages(guests: Rc<Guests>, count: usize) -> Work {
    let hoist = guests.plugins.resolve(PluginKind::Transformation, "tests.guests.Hoist", None).expect("a transform");
    let stage = guests.components.stage(&hoist, context(&[("field", "hoisted")]), StageRole::Transformation);
    let mut stage = guests.tokio.block_on(stage).expect("a stage");
    guests.tokio.block_on(stage.configure()).expect("it starts");
    let batch = lines(count).bytes;
    Box::new(move || {
        black_box(guests.tokio.block_on(stage.process(batch)).expect("records"));
    })
}

// === impl Guests ===

impl Guests {
    fn load() -> Self {
        let tokio = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        // As the tests' workers have it.
        let cache_directory = Some(paths::target().join("test-plugin-cache"));
        let components = ComponentRuntime::new(RuntimeOptions { cache_directory, ..RuntimeOptions::default() });
        let components = Arc::new(components.expect("an engine"));
        let file = paths::test_plugins().join("test-guests.wasm");
        let scanner = Scanner { plugin_path: vec![file], max_bytes: u64::MAX, describe: components.clone() };
        let plugins = Plugins::new(tokio.block_on(scanner.scan()), []);
        Self { components, plugins, tokio }
    }

    fn connector(&self, class: &str) -> Arc<PluginDesc> {
        self.plugins.resolve_connector(&format!("tests.guests.{class}"), None).expect("a test guest")
    }

    /// A source that has started.
    fn source(&self, settings: &[(&str, &str)]) -> Box<dyn SourceTask> {
        let source = self.connector("FiguresSource");
        let mut task = self.tokio.block_on(self.components.source_task(&source, context(settings))).expect("a task");
        self.tokio.block_on(task.start()).expect("it starts");
        task
    }
}

fn context(settings: &[(&str, &str)]) -> InstanceContext {
    let config: Config = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    let config = Arc::new(config);
    InstanceContext {
        connector: "figures".into(),
        task: Some(0),
        connector_config: config.clone(),
        config,
        stop: StopSignal::default(),
        connector_context: None,
        offsets: None,
        sink: None,
    }
}
