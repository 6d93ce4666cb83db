//! `wasm-connect distributed`: one worker of a cluster, which shares connectors and what it knows through Kafka
//! (Java's `ConnectDistributed`).

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use super::worker_process::{self, Failed, Serving, configuration, listen, rest_options, wait_for_kafka};
use crate::config::client_settings;
use crate::config::distributed_config::DistributedConfig;
use crate::config::worker_config::WorkerConfig;
use crate::herder::distributed::{ConfigInbox, DistributedHerder, DistributedParts, Unstarted};
use crate::herder::missing_plugins::missing_plugins;
use crate::herder::standalone::CONNECT_VERSION;
use crate::kafka::KafkaClients;
use crate::kafka::ports::{Clients, GroupMembershipOptions};
use crate::logging::{self, Loggers};
use crate::plugin::registry::Plugins;
use crate::rest::WorkerClient;
use crate::shutdown::Shutdown;
use crate::storage::cluster_stores::ClusterStores;
use crate::storage::config_store::{ClusterConfigState, ConfigStore};
use crate::worker::{Worker, WorkerParts};

/// Run one worker of a cluster, whose connectors and offsets are kept in Kafka.
///
/// Workers with the same group.id are one cluster: start the same command on as many machines as you like, each with an address
/// in 'listeners' that the others can reach. Connectors are created through the REST API of any worker. A cluster may have Java
/// Connect's workers too: 'wasm-connect takeover check' says what to expect.
///
/// Example: wasm-connect distributed host/config/connect-distributed.properties
///
/// Ends with 0 when it was stopped by a signal, 2 when it could not start, 3 when it cannot be a member of its group.
#[derive(clap::Args)]
pub struct Args {
    /// The worker's configuration, in Java's .properties form.
    worker_properties: PathBuf,
}

/// Runs until a signal, or until the worker cannot be one of its cluster.
pub fn run(args: Args) -> ExitCode {
    worker_process::run(distributed(args))
}

async fn distributed(args: Args) -> Result<(), Failed> {
    let config = Arc::new(configuration(&args.worker_properties, DistributedConfig::new)?);
    let worker = Arc::new(config.worker.clone());
    let loggers = logging::init(&super::log_options(&worker)).map_err(Failed::start)?;
    tracing::info!("Wasm Connect {} starting; it speaks Kafka Connect {CONNECT_VERSION}", env!("CARGO_PKG_VERSION"));
    config.notices().iter().for_each(|notice| tracing::warn!("{notice}"));
    super::open_files::raise_limit();
    let shutdown = Shutdown::on_signals().map_err(Failed::start)?;

    // The port is taken, and others are answered when the cluster's topics have been read.
    let (server, port) = listen(&worker.rest).await?;
    let mut rest = rest_options(&worker, port);
    let https = worker.rest.https.as_ref();
    let peers = WorkerClient::new(https, config.inter_worker.signature_algorithm).map_err(Failed::start)?;
    let peers = Arc::new(peers);
    rest.peers = Some(peers.clone());
    let composed = tokio::select! {
        composed = compose(&config, worker, port, peers, loggers) => composed?,
        _ = shutdown.requested() => return Ok(()),
    };
    let (herder, unstarted) = composed;
    let serving = Serving::start(server, Arc::new(herder.clone()), rest);
    let mut running = tokio::spawn(unstarted.run());
    tracing::info!("Wasm Connect started");

    let ended = tokio::select! {
        membership = &mut running => match membership {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Failed::group(format!("group {}: {error}", config.group_id))),
            Err(error) => Err(Failed::group(format!("the herder itself failed; please report this: {error}"))),
        },
        _ = shutdown.requested() => Ok(()),
    };
    serving.end(herder.stop()).await;
    ended
}

impl Failed {
    /// The worker cannot be a member of its group.
    fn group(message: impl ToString) -> Self {
        Self { code: 3, message: message.to_string() }
    }
}

/// Waits for Kafka, reads the cluster's topics and wires the parts; the group is not joined yet.
async fn compose(
    config: &Arc<DistributedConfig>,
    worker_config: Arc<WorkerConfig>,
    port: u16,
    peers: Arc<WorkerClient>,
    loggers: Loggers,
) -> Result<(DistributedHerder, Unstarted), Failed> {
    let kafka_cluster_id = wait_for_kafka(&worker_config, &format!("{}shared-admin", config.client_id_base())).await?;
    tracing::info!("Kafka cluster {kafka_cluster_id}");
    let clients: Arc<dyn Clients> = Arc::new(KafkaClients::new());
    let inbox = ConfigInbox::default();
    let stores = ClusterStores::start(config, &clients, Arc::new(inbox.clone())).await.map_err(Failed::start)?;
    let worker_id = worker_config.worker_id(port);
    let (plugins, runtime) = super::plugins_of(&worker_config, Some(&worker_id)).await.map_err(Failed::start)?;
    check_group(config, &stores.configs.snapshot(), &plugins.current()).map_err(Failed::group)?;
    let worker = Worker::new(WorkerParts {
        config: worker_config.clone(),
        plugins: plugins.clone(),
        runtime: runtime.clone(),
        clients: clients.clone(),
        offsets: stores.offsets.clone(),
        status: stores.status.clone(),
        worker_id: worker_id.clone(),
    });
    let client_id = config.client_id.clone().unwrap_or_else(|| format!("connect-{worker_id}"));
    let membership = clients
        .group_membership(
            &client_id,
            &client_settings::group_settings(&worker_config),
            GroupMembershipOptions {
                group_id: config.group_id.clone(),
                protocol_type: "connect".to_owned(),
                session_timeout: config.session_timeout,
                heartbeat_interval: config.heartbeat_interval,
                rebalance_timeout: config.rebalance_timeout,
            },
        )
        .await
        .map_err(Failed::start)?;
    let parts = DistributedParts {
        worker,
        plugins,
        runtime,
        configs: stores.configs,
        status: stores.status,
        peers,
        config: config.clone(),
        worker_config: worker_config.clone(),
        worker_id,
        kafka_cluster_id,
        loggers,
    };
    Ok(DistributedHerder::new(parts, &worker_config.advertised_url(port), membership, inbox))
}

/// Whether this worker should be in the group at all. A leader of Java Connect's counts workers and knows nothing of plugins, so what is
/// missing here is said before it fails here.
fn check_group(config: &DistributedConfig, cluster: &ClusterConfigState, plugins: &Plugins) -> Result<(), String> {
    let fenced: Vec<&str> =
        cluster.connectors().map(|name| &**name).filter(|name| cluster.task_count_record(name).is_some()).collect();
    if !fenced.is_empty() {
        return Err(format!(
            "The config topic {} holds task count records of {}: a worker with exactly.once.source.support has written them, and this \
             worker cannot take part in fencing source tasks yet. Turn the support off in all workers of group {}, and write a \
             tombstone for the key 'tasks-fencing-NAME' of each of these connectors to the topic",
            config.config_topic.name,
            fenced.join(", "),
            config.group_id
        ));
    }
    let mut missing = Vec::new();
    for name in cluster.connectors() {
        let Some(connector) = cluster.connector_config(name) else { continue };
        match config.worker.providers.transform(connector) {
            Ok(resolved) => missing.extend(
                missing_plugins(&resolved.config, plugins)
                    .into_iter()
                    .map(|missing| format!("connector {name}: {missing}")),
            ),
            Err(error) => missing.push(format!("connector {name}: {error}")),
        }
    }
    if config.require_plugins && !missing.is_empty() {
        return Err(format!(
            "This worker has not everything that the connectors of group {} need, and group.require.plugins is true: {}",
            config.group_id,
            missing.join("; ")
        ));
    }
    missing.iter().for_each(|missing| tracing::warn!("would fail on this worker: {missing}"));
    Ok(())
}
