//! The settings of such connections, from those of a client under Java's names.

use std::time::Duration;

use super::brokers::Node;
use super::sasl::SaslLogin;
use super::tls::TlsConnector;
use crate::kafka::client_config::{AdminConfig, ConfigError, invalid, millis};
use crate::kafka::ports::{ClientSettings, KafkaError};

/// How to reach brokers, and how long to wait for them.
pub(in crate::kafka) struct WireConfig {
    pub client_id: String,
    pub bootstrap: Vec<Node>,
    /// For connecting and logging in (`socket.connection.setup.timeout.ms`).
    pub connect_timeout: Duration,
    pub request_timeout: Duration,
    /// Before something that failed is tried again: doubled each time, from this to that.
    pub retry_backoff: (Duration, Duration),
    pub(super) tls: Option<TlsConnector>,
    pub(super) sasl: Option<SaslLogin>,
}

impl WireConfig {
    pub fn new(client_id: &str, settings: &ClientSettings) -> Result<Self, KafkaError> {
        let translated = AdminConfig::new(client_id, settings)?.librdkafka;
        translated.check()?;
        let get = |key: &str| translated.get(key);
        let protocol = get("security.protocol").unwrap_or_default();
        Ok(Self {
            client_id: client_id.to_owned(),
            bootstrap: nodes(get("bootstrap.servers").unwrap_or_default())?,
            connect_timeout: millis(settings, "socket.connection.setup.timeout.ms", 10_000)?,
            request_timeout: millis(settings, "request.timeout.ms", 40_000)?,
            retry_backoff: (
                millis(settings, "retry.backoff.ms", 100)?,
                millis(settings, "retry.backoff.max.ms", 1000)?,
            ),
            tls: protocol.ends_with("ssl").then(|| TlsConnector::new(get)).transpose()?,
            sasl: protocol.starts_with("sasl").then(|| SaslLogin::new(&translated)).transpose()?,
        })
    }
}

/// `host:port`, separated by commas; a protocol in front counts for nothing, as in Java.
fn nodes(servers: &str) -> Result<Vec<Node>, ConfigError> {
    let node = |server: &str| {
        let address = server.rsplit_once("://").map_or(server, |(_, address)| address);
        let (host, port) = address.rsplit_once(':')?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let port = port.parse().ok().filter(|port| *port > 0)?;
        (!host.is_empty()).then(|| Node { host: host.to_owned(), port })
    };
    let servers = servers.split(',').map(str::trim).filter(|server| !server.is_empty());
    servers
        .map(|server| node(server).ok_or_else(|| invalid("bootstrap.servers", &format!("{server} is not host:port"))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_are_hosts_with_ports() {
        let texts = |servers| nodes(servers).map(|nodes| nodes.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(texts("a:9092, SSL://b.c:1,[::1]:2").unwrap(), ["a:9092", "b.c:1", "[::1]:2"]);
        for wrong in ["a", "a:", ":1", "a:x", "a:0"] {
            assert!(texts(wrong).is_err(), "{wrong}");
        }
    }
}
