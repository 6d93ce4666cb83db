//! `wasm-connect standalone`: one worker alone, its connectors named on the command line (Java's `ConnectStandalone`).

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use crate::config::client_settings;
use crate::config::connector_file;
use crate::config::properties;
use crate::config::standalone_config::StandaloneConfig;
use crate::config::worker_config::{HttpsConfig, Listener, Scheme, WorkerConfig};
use crate::connect::caps;
use crate::herder::Herder;
use crate::herder::standalone::{CONNECT_VERSION, StandaloneHerder, StandaloneParts};
use crate::kafka::KafkaClients;
use crate::kafka::ports::Clients;
use crate::logging::{self, Loggers};
use crate::rest::{Place, RestOptions, RestServer};
use crate::shutdown::Shutdown;
use crate::storage::offset_store::FileOffsetStore;
use crate::storage::status_store::MemoryStatusStore;
use crate::worker::{Worker, WorkerParts};

/// Run one worker alone, with offsets in a file.
///
/// Example: wasm-connect standalone host/config/connect-standalone.properties host/config/connect-file-source.properties
///
/// Ends with 0 when it was stopped by a signal, 2 when it could not start, 3 when a connector file was refused.
#[derive(clap::Args)]
pub struct Args {
    /// The worker's configuration, in Java's .properties form.
    worker_properties: PathBuf,
    /// Connectors to create: .properties, a flat JSON object, or a REST request {"name", "config", "initial_state"}.
    connectors: Vec<PathBuf>,
}

/// How long each question to Kafka at the start waits before a line is logged.
const KAFKA_PATIENCE: Duration = Duration::from_secs(10);

/// Why the worker ended that was not asked to, and the exit code that Java has for it.
struct Failed {
    code: u8,
    message: String,
}

impl Failed {
    /// Anything before the connectors.
    fn start(message: impl ToString) -> Self {
        Self { code: 2, message: message.to_string() }
    }

    /// A connector of the command line.
    fn connector(message: impl ToString) -> Self {
        Self { code: 3, message: message.to_string() }
    }
}

/// Runs until a signal, or until something is wrong at the start.
pub fn run(args: Args) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return ended(Err(Failed::start(format!("cannot start the runtime: {error}")))),
    };
    let ended_as = runtime.block_on(standalone(args));
    // What was cancelled may still hold a thread for a moment; nothing of it is waited for.
    runtime.shutdown_background();
    ended(ended_as)
}

fn ended(how: Result<(), Failed>) -> ExitCode {
    match how {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failed { code, message }) => {
            if tracing::enabled!(tracing::Level::ERROR) {
                tracing::error!("Stopping due to error: {message}");
            } else {
                eprintln!("wasm-connect: {message}");
            }
            ExitCode::from(code)
        }
    }
}

async fn standalone(args: Args) -> Result<(), Failed> {
    let standalone = worker_config(&args.worker_properties)?;
    let (notices, offset_storage_file) = (standalone.notices(), standalone.offset_storage_file);
    let config = Arc::new(standalone.worker);
    let loggers = logging::init(&super::log_options(&config)).map_err(Failed::start)?;
    tracing::info!("Wasm Connect {} starting; it speaks Kafka Connect {CONNECT_VERSION}", env!("CARGO_PKG_VERSION"));
    notices.iter().for_each(|notice| tracing::warn!("{notice}"));
    super::open_files::raise_limit();
    let shutdown = Shutdown::on_signals().map_err(Failed::start)?;

    let offsets = FileOffsetStore::open(&offset_storage_file).map_err(Failed::start)?;
    let rest = &config.rest;
    let mut server = RestServer::bind(&places(&rest.listeners, &rest.https)?).await.map_err(Failed::start)?;
    if let Some(listeners) = &rest.admin_listeners {
        server.bind_admin(&places(listeners, &rest.admin_https)?).await.map_err(Failed::start)?;
    }
    let port = server.addresses().get(rest.advertised).map_or(0, |address| address.port());
    let worker_id = config.worker_id(port);
    let herder = compose(&config, worker_id.clone(), Arc::new(offsets), loggers).await?;
    let (stop_rest, rest_stopping) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server.serve(
        Arc::new(herder.clone()),
        RestOptions {
            cross_origin: config.rest.cross_origin.clone(),
            response_headers: config.rest.response_headers.clone(),
            ..RestOptions::new(config.advertised_url(port))
        },
        async move { drop(rest_stopping.await) },
    ));
    tokio::spawn({
        let herder = herder.clone();
        async move { herder.follow_reconfigurations().await }
    });
    tokio::spawn({
        let herder = herder.clone();
        async move { herder.follow_plugins().await }
    });

    let ended = tokio::select! {
        started = start(&config, &herder, &args.connectors) => match started {
            Ok(()) => {
                shutdown.requested().await;
                Ok(())
            }
            Err(failed) => Err(failed),
        },
        _ = shutdown.requested() => Ok(()),
    };
    tracing::info!("Wasm Connect stopping");
    let stop = async {
        herder.stop().await;
        drop(stop_rest);
        let _ = serving.await;
    };
    if tokio::time::timeout(caps::SHUTDOWN_TIMEOUT, stop).await.is_err() {
        tracing::warn!("not everything stopped within {} s", caps::SHUTDOWN_TIMEOUT.as_secs());
    }
    tracing::info!("Wasm Connect stopped");
    ended
}

fn worker_config(path: &Path) -> Result<StandaloneConfig, Failed> {
    let at =
        |error: &dyn std::fmt::Display| Failed::start(format!("worker configuration '{}': {error}", path.display()));
    let text = std::fs::read(path).map_err(|error| at(&error))?;
    let properties = properties::parse(&properties::decode(&text)).map_err(|error| at(&error))?;
    StandaloneConfig::new(properties).map_err(|error| at(&error))
}

/// Where to listen, with the certificates that https needs.
fn places(listeners: &[Listener], https: &Option<HttpsConfig>) -> Result<Vec<Place>, Failed> {
    let place = |on: &Listener| match (on.scheme, https) {
        (Scheme::Https, Some(https)) => Place::https(&on.host, on.port, https.clone()).map_err(Failed::start),
        _ => Ok(Place::http(&on.host, on.port)),
    };
    listeners.iter().map(place).collect()
}

/// Wires the parts; nothing runs yet.
async fn compose(
    config: &Arc<WorkerConfig>,
    worker_id: String,
    offsets: Arc<FileOffsetStore>,
    loggers: Loggers,
) -> Result<StandaloneHerder, Failed> {
    let (plugins, runtime) = super::plugins_of(config, true).await.map_err(Failed::start)?;
    let status = Arc::new(MemoryStatusStore::default());
    let worker = Worker::new(WorkerParts {
        config: config.clone(),
        plugins: plugins.clone(),
        runtime: runtime.clone(),
        clients: Arc::new(KafkaClients::new()),
        offsets: offsets.clone(),
        status: status.clone(),
        worker_id: worker_id.clone(),
    });
    Ok(StandaloneHerder::new(StandaloneParts {
        worker,
        runtime,
        plugins,
        status,
        offsets,
        worker_config: config.clone(),
        worker_id,
        loggers,
    }))
}

/// Waits for Kafka and creates the connectors of the command line, one after the other.
async fn start(config: &WorkerConfig, herder: &StandaloneHerder, connectors: &[PathBuf]) -> Result<(), Failed> {
    let cluster = wait_for_kafka(config).await?;
    tracing::info!("Kafka cluster {cluster}");
    herder.set_kafka_cluster_id(cluster);
    for path in connectors {
        let connector = connector_file::load(path).map_err(Failed::connector)?;
        let put = herder.put_connector(&connector.name, connector.config, connector.initial_state, false).await;
        let put = put.map_err(|error| Failed::connector(format!("{}: {error}", path.display())))?;
        tracing::info!("Created connector {}", put.info.name);
    }
    herder.ready();
    tracing::info!("Wasm Connect started");
    Ok(())
}

/// Kafka may come later than the worker: it is asked for until it answers.
async fn wait_for_kafka(config: &WorkerConfig) -> Result<String, Failed> {
    let settings = client_settings::worker_admin_settings(config);
    let clients = KafkaClients::new();
    let admin = clients.admin("connect-shared-admin", &settings).await.map_err(Failed::start)?;
    loop {
        match admin.cluster_id(KAFKA_PATIENCE).await {
            Ok(id) => return Ok(id),
            Err(error) if error.retriable => {
                tracing::warn!("no answer from Kafka at {} yet: {error}; trying on", config.bootstrap_servers.join(","))
            }
            Err(error) => return Err(Failed::start(error)),
        }
    }
}
