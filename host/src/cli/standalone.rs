//! `wasm-connect standalone`: one worker alone, its connectors named on the command line (Java's `ConnectStandalone`).

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use super::worker_process::{self, Failed, Serving, configuration, listen, rest_options, wait_for_kafka};
use crate::config::connector_file;
use crate::config::standalone_config::StandaloneConfig;
use crate::config::worker_config::WorkerConfig;
use crate::herder::Herder;
use crate::herder::standalone::{CONNECT_VERSION, StandaloneHerder, StandaloneParts};
use crate::kafka::KafkaClients;
use crate::logging::{self, Loggers};
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

impl Failed {
    /// A connector of the command line.
    fn connector(message: impl ToString) -> Self {
        Self { code: 3, message: message.to_string() }
    }
}

/// Runs until a signal, or until something is wrong at the start.
pub fn run(args: Args) -> ExitCode {
    worker_process::run(standalone(args))
}

async fn standalone(args: Args) -> Result<(), Failed> {
    let standalone = configuration(&args.worker_properties, StandaloneConfig::new)?;
    let (notices, offset_storage_file) = (standalone.notices(), standalone.offset_storage_file);
    let config = Arc::new(standalone.worker);
    let loggers = logging::init(&super::log_options(&config)).map_err(Failed::start)?;
    tracing::info!("Wasm Connect {} starting; it speaks Kafka Connect {CONNECT_VERSION}", env!("CARGO_PKG_VERSION"));
    notices.iter().for_each(|notice| tracing::warn!("{notice}"));
    super::open_files::raise_limit();
    let shutdown = Shutdown::on_signals().map_err(Failed::start)?;

    let offsets = FileOffsetStore::open(&offset_storage_file).map_err(Failed::start)?;
    let (server, port) = listen(&config.rest).await?;
    let worker_id = config.worker_id(port);
    let herder = compose(&config, worker_id.clone(), Arc::new(offsets), loggers).await?;
    let serving = Serving::start(server, Arc::new(herder.clone()), rest_options(&config, port));
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
    serving.end(herder.stop()).await;
    ended
}

/// Wires the parts; nothing runs yet.
async fn compose(
    config: &Arc<WorkerConfig>,
    worker_id: String,
    offsets: Arc<FileOffsetStore>,
    loggers: Loggers,
) -> Result<StandaloneHerder, Failed> {
    let (plugins, runtime) = super::plugins_of(config, None).await.map_err(Failed::start)?;
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
    let cluster = wait_for_kafka(config, "connect-shared-admin").await?;
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
