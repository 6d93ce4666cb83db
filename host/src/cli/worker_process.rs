//! What the processes of both kinds of worker do alike: reading their file, listening, waiting for Kafka, ending.

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::config::client_settings;
use crate::config::config_exception::ConfigException;
use crate::config::properties;
use crate::config::worker_config::{HttpsConfig, Listener, RestConfig, Scheme, WorkerConfig};
use crate::connect::{Config, caps};
use crate::herder::Herder;
use crate::kafka::KafkaClients;
use crate::kafka::ports::Clients;
use crate::rest::{Place, RestOptions, RestServer};

/// How long each question to Kafka at the start waits before a line is logged.
const KAFKA_PATIENCE: Duration = Duration::from_secs(10);

/// Why a worker ended that was not asked to, and the exit code that Java has for it.
pub(super) struct Failed {
    pub code: u8,
    pub message: String,
}

impl Failed {
    /// Anything at the start.
    pub(super) fn start(message: impl ToString) -> Self {
        Self { code: 2, message: message.to_string() }
    }
}

/// Runs a worker on a runtime of its own.
pub(super) fn run(worker: impl Future<Output = Result<(), Failed>>) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return ended(Err(Failed::start(format!("cannot start the runtime: {error}")))),
    };
    let ended_as = runtime.block_on(worker);
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

/// The configuration in the file at `path`, as `read` makes it.
pub(super) fn configuration<T>(
    path: &Path,
    read: impl FnOnce(Config) -> Result<T, ConfigException>,
) -> Result<T, Failed> {
    let at =
        |error: &dyn std::fmt::Display| Failed::start(format!("worker configuration '{}': {error}", path.display()));
    let text = std::fs::read(path).map_err(|error| at(&error))?;
    let properties = properties::parse(&properties::decode(&text)).map_err(|error| at(&error))?;
    read(properties).map_err(|error| at(&error))
}

/// Opens the listeners; the port is that of the one that others are told.
pub(super) async fn listen(rest: &RestConfig) -> Result<(RestServer, u16), Failed> {
    let mut server = RestServer::bind(&places(&rest.listeners, &rest.https)?).await.map_err(Failed::start)?;
    if let Some(listeners) = &rest.admin_listeners {
        server.bind_admin(&places(listeners, &rest.admin_https)?).await.map_err(Failed::start)?;
    }
    let port = server.addresses().get(rest.advertised).map_or(0, |address| address.port());
    Ok((server, port))
}

/// The REST API while a worker serves it.
pub(super) struct Serving {
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Serving {
    pub(super) fn start(server: RestServer, herder: Arc<dyn Herder>, options: RestOptions) -> Self {
        let (stop, stopping) = oneshot::channel();
        let served = tokio::spawn(server.serve(herder, options, async move { drop(stopping.await) }));
        Self { stop, served }
    }

    /// Ends the herder and then REST, which answers meanwhile; what takes longer than [`caps::SHUTDOWN_TIMEOUT`] is left.
    pub(super) async fn end(self, herder: impl Future<Output = ()>) {
        tracing::info!("Wasm Connect stopping");
        let stop = async {
            herder.await;
            drop(self.stop);
            let _ = self.served.await;
        };
        if tokio::time::timeout(caps::SHUTDOWN_TIMEOUT, stop).await.is_err() {
            tracing::warn!("not everything stopped within {} s", caps::SHUTDOWN_TIMEOUT.as_secs());
        }
        tracing::info!("Wasm Connect stopped");
    }
}

/// How to serve what the worker's configuration says of REST.
pub(super) fn rest_options(config: &WorkerConfig, port: u16) -> RestOptions {
    RestOptions {
        cross_origin: config.rest.cross_origin.clone(),
        response_headers: config.rest.response_headers.clone(),
        ..RestOptions::new(config.advertised_url(port))
    }
}

/// Where to listen, with the certificates that https needs.
fn places(listeners: &[Listener], https: &Option<HttpsConfig>) -> Result<Vec<Place>, Failed> {
    let place = |on: &Listener| match (on.scheme, https) {
        (Scheme::Https, Some(https)) => Place::https(&on.host, on.port, https.clone()).map_err(Failed::start),
        _ => Ok(Place::http(&on.host, on.port)),
    };
    listeners.iter().map(place).collect()
}

/// Kafka may come later than the worker: it is asked for until it answers, with the cluster's id.
pub(super) async fn wait_for_kafka(config: &WorkerConfig, client_id: &str) -> Result<String, Failed> {
    let settings = client_settings::worker_admin_settings(config);
    let clients = KafkaClients::new();
    let admin = clients.admin(client_id, &settings).await.map_err(Failed::start)?;
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
