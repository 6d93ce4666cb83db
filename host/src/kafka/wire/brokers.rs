//! Which brokers there are, and which of them coordinates a group.

use std::fmt;
use std::time::Duration;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{FindCoordinatorRequest, FindCoordinatorResponse, MetadataRequest, MetadataResponse};
use kafka_protocol::protocol::StrBytes;

use super::{Connection, WireConfig, lost, refused};
use crate::kafka::ports::KafkaError;

/// A group, as opposed to a transaction.
const GROUP: i8 = 0;

/// A broker's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub host: String,
    pub port: u16,
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

/// The brokers of a cluster: those to start from, and those that they have told of.
pub struct Brokers {
    known: Vec<Node>,
    next: usize,
}

impl Brokers {
    pub fn new() -> Self {
        Self { known: Vec::new(), next: 0 }
    }

    /// Asks one broker after the other for the coordinator of a group; an error is that of the last one, or one that asking others
    /// would not change.
    pub async fn coordinator(&mut self, config: &WireConfig, group: &str) -> Result<Node, KafkaError> {
        let candidates: Vec<Node> = self.known.iter().chain(&config.bootstrap).cloned().collect();
        let mut failure = lost("there is no broker to ask");
        for at in 0..candidates.len() {
            let node = &candidates[(self.next + at) % candidates.len()];
            match self.ask(config, node, group).await {
                Ok(coordinator) => {
                    // Whoever has answered is asked first the next time.
                    self.next = 0;
                    self.known.retain(|known| known != node);
                    self.known.insert(0, node.clone());
                    return Ok(coordinator);
                }
                Err(error) if error.retriable => failure = error,
                Err(error) => return Err(error),
            }
        }
        self.next = self.next.wrapping_add(1);
        Err(failure)
    }

    async fn ask(&mut self, config: &WireConfig, node: &Node, group: &str) -> Result<Node, KafkaError> {
        let mut connection = Connection::open(config, node).await?;
        let failed = |error: KafkaError| KafkaError {
            message: format!("failed to find the coordinator of group {group}: broker {node}: {}", error.message),
            ..error
        };
        self.learn(&mut connection, config.request_timeout).await.map_err(failed)?;
        let answer = connection.ask(config.request_timeout, |version| find_coordinator(group, version)).await;
        answer.and_then(coordinator_of).map_err(failed)
    }

    /// Other brokers may be left when those to start from are gone.
    async fn learn(&mut self, connection: &mut Connection, limit: Duration) -> Result<(), KafkaError> {
        let answer: MetadataResponse = connection
            .ask(limit, |_| {
                let mut request = MetadataRequest::default();
                request.topics = Some(Vec::new());
                request
            })
            .await?;
        let nodes = answer.brokers.iter().filter_map(|broker| node(&broker.host, broker.port));
        let nodes: Vec<Node> = nodes.collect();
        if !nodes.is_empty() {
            self.known = nodes;
        }
        Ok(())
    }
}

fn find_coordinator(group: &str, version: i16) -> FindCoordinatorRequest {
    let key = StrBytes::from_string(group.to_owned());
    let mut request = FindCoordinatorRequest::default();
    if version >= 1 {
        request.key_type = GROUP;
    }
    if version >= 4 {
        request.coordinator_keys = vec![key];
    } else {
        request.key = key;
    }
    request
}

fn coordinator_of(answer: FindCoordinatorResponse) -> Result<Node, KafkaError> {
    // Since version 4 there is one a group.
    let (code, message, host, port) = match answer.coordinators.first() {
        Some(found) => (found.error_code, &found.error_message, &found.host, found.port),
        None => (answer.error_code, &answer.error_message, &answer.host, answer.port),
    };
    match ResponseError::try_from_code(code) {
        None => node(host, port).ok_or_else(|| lost("the coordinator has no address")),
        Some(error) => {
            let message = message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
            let text = format!("{error}{message}");
            Err(if error.is_retriable() { lost(text) } else { refused(text) })
        }
    }
}

fn node(host: &str, port: i32) -> Option<Node> {
    Some(Node { host: host.to_owned(), port: u16::try_from(port).ok().filter(|port| *port > 0)? })
}
