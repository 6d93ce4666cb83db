//! A connection to one broker in Kafka's own protocol, for what librdkafka cannot do: requests out, answers in, one at a time.

mod brokers;
mod config;
mod sasl;
mod scram;
mod tls;

use std::collections::HashMap;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{ApiVersionsRequest, ApiVersionsResponse, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Message, Request, StrBytes, VersionRange};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout};

pub(super) use self::brokers::{Brokers, Node};
pub(super) use self::config::WireConfig;
pub(super) use self::tls::TlsConnector;
use super::ports::KafkaError;

/// No answer that is asked for here is longer (librdkafka's `receive.message.max.bytes`).
const MAX_ANSWER: usize = 100_000_000;
/// The version of `ApiVersions` that tells the broker who we are.
const API_VERSIONS: i16 = 3;

trait Stream: AsyncRead + AsyncWrite + Send + Sync + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Sync + Unpin> Stream for T {}

/// An open connection that has logged in.
pub(super) struct Connection {
    stream: Box<dyn Stream>,
    /// What the broker speaks, by the key of the request.
    versions: HashMap<i16, VersionRange>,
    client_id: StrBytes,
    /// Of the last request.
    correlation_id: i32,
    /// Whether an answer is still to come that nobody waits for any more, so that the next one could not be told from it.
    torn: bool,
    /// When the broker will close it because the login is too old (KIP-368).
    expires: Option<Instant>,
}

/// An attempt that failed but may succeed later: connections come and go.
fn lost(what: impl std::fmt::Display) -> KafkaError {
    KafkaError { retriable: true, message: what.to_string() }
}

/// Something that somebody must mend first.
fn refused(what: impl std::fmt::Display) -> KafkaError {
    KafkaError { retriable: false, message: what.to_string() }
}

impl Connection {
    /// Connects and logs in, within the time for both.
    pub(super) async fn open(config: &WireConfig, node: &Node) -> Result<Self, KafkaError> {
        let limit = config.connect_timeout;
        let opened = timeout(limit, Self::connect(config, node)).await;
        let opened = opened.unwrap_or_else(|_| Err(lost(format!("no answer within {} ms", limit.as_millis()))));
        opened.map_err(|error| KafkaError {
            message: format!("failed to connect to broker {node}: {}", error.message),
            ..error
        })
    }

    async fn connect(config: &WireConfig, node: &Node) -> Result<Self, KafkaError> {
        let tcp = TcpStream::connect((node.host.as_str(), node.port)).await.map_err(lost)?;
        // Requests are small and waited for.
        tcp.set_nodelay(true).map_err(lost)?;
        let stream: Box<dyn Stream> = match &config.tls {
            Some(tls) => Box::new(tls.connect(&node.host, tcp).await?),
            None => Box::new(tcp),
        };
        let mut connection = Self {
            stream,
            versions: HashMap::new(),
            client_id: StrBytes::from_string(config.client_id.clone()),
            correlation_id: 0,
            torn: false,
            expires: None,
        };
        connection.negotiate().await?;
        if let Some(login) = &config.sasl {
            connection.expires = sasl::log_in(&mut connection, login).await?.map(|lifetime| Instant::now() + lifetime);
        }
        Ok(connection)
    }

    /// Whether a new one should be made instead.
    pub(super) fn is_spent(&self) -> bool {
        self.torn || self.expires.is_some_and(|expires| Instant::now() >= expires)
    }

    /// The newest version of a request that both sides know.
    pub(super) fn version<R: Request>(&self) -> Result<i16, KafkaError> {
        let both = self.versions.get(&R::KEY).map(|theirs| theirs.intersect(&R::VERSIONS));
        let both = both.filter(|range| !range.is_empty());
        Ok(both.ok_or_else(|| refused(format!("the broker does not take requests of kind {}", R::KEY)))?.max)
    }

    /// Sends a request, built for the version that is given to it, and waits for its answer. A connection with a request that
    /// failed, or was not waited for to the end, is of no use any more.
    pub(super) async fn ask<R: Request>(
        &mut self,
        limit: Duration,
        request: impl FnOnce(i16) -> R,
    ) -> Result<R::Response, KafkaError> {
        let version = self.version::<R>()?;
        let asked = timeout(limit, self.exchange(version, &request(version))).await;
        asked.unwrap_or_else(|_| Err(lost(format!("no answer within {} ms", limit.as_millis()))))
    }

    async fn exchange<R: Request>(&mut self, version: i16, request: &R) -> Result<R::Response, KafkaError> {
        let mut answer = self.exchange_bytes(version, request).await?;
        R::Response::decode(&mut answer, version).map_err(|error| lost(format!("an answer could not be read: {error}")))
    }

    /// The answer without its header.
    async fn exchange_bytes<R: Request>(&mut self, version: i16, request: &R) -> Result<Bytes, KafkaError> {
        if self.torn {
            return Err(lost("the connection has lost an answer"));
        }
        self.torn = true;
        self.correlation_id = self.correlation_id.wrapping_add(1);
        let frame = frame(R::KEY, version, self.correlation_id, &self.client_id, request)
            .map_err(|error| refused(format!("a request could not be written: {error}")))?;
        self.stream.write_all(&frame).await.map_err(lost)?;
        self.stream.flush().await.map_err(lost)?;
        let mut answer = self.read_frame().await?;
        let header = ResponseHeader::decode(&mut answer, R::Response::header_version(version));
        let header = header.map_err(|error| lost(format!("an answer could not be read: {error}")))?;
        if header.correlation_id != self.correlation_id {
            return Err(lost(format!("answer {} to request {}", header.correlation_id, self.correlation_id)));
        }
        self.torn = false;
        Ok(answer)
    }

    async fn read_frame(&mut self) -> Result<Bytes, KafkaError> {
        let length = self.stream.read_i32().await.map_err(lost)?;
        let length = usize::try_from(length).ok().filter(|length| *length <= MAX_ANSWER);
        let length = length.ok_or_else(|| lost("the answer is not one of a Kafka broker"))?;
        let mut answer = BytesMut::new();
        // What a broker promises is not taken for granted: memory grows with what arrives.
        let mut rest = (&mut self.stream).take(length as u64);
        while answer.len() < length {
            if rest.read_buf(&mut answer).await.map_err(lost)? == 0 {
                return Err(lost("the broker closed the connection"));
            }
        }
        Ok(answer.freeze())
    }

    /// Asks what the broker speaks.
    async fn negotiate(&mut self) -> Result<(), KafkaError> {
        let mut request = ApiVersionsRequest::default();
        request.client_software_name = StrBytes::from_static_str("wasm-connect");
        request.client_software_version = StrBytes::from_static_str(env!("CARGO_PKG_VERSION"));
        let mut version = API_VERSIONS;
        let mut answer = self.exchange_bytes(version, &request).await?;
        // A broker that does not know this version answers in the oldest one, whatever was asked.
        if answer.get(..2) == Some(&ResponseError::UnsupportedVersion.code().to_be_bytes()) {
            version = 0;
            answer = self.exchange_bytes(version, &ApiVersionsRequest::default()).await?;
        }
        let answer = ApiVersionsResponse::decode(&mut answer, version);
        let answer = answer.map_err(|error| lost(format!("an answer could not be read: {error}")))?;
        if let Some(error) = ResponseError::try_from_code(answer.error_code) {
            return Err(lost(format!("the broker does not say which requests it takes: {error}")));
        }
        let range = |version: &kafka_protocol::messages::api_versions_response::ApiVersion| VersionRange {
            min: version.min_version,
            max: version.max_version,
        };
        self.versions = answer.api_keys.iter().map(|version| (version.api_key, range(version))).collect();
        Ok(())
    }
}

/// A request as it goes over the wire: its length, its header, itself.
fn frame<R: Encodable + HeaderVersion + Message>(
    key: i16,
    version: i16,
    correlation_id: i32,
    client_id: &StrBytes,
    request: &R,
) -> Result<Bytes, Box<dyn std::error::Error + Send + Sync>> {
    let mut header = RequestHeader::default();
    header.request_api_key = key;
    header.request_api_version = version;
    header.correlation_id = correlation_id;
    header.client_id = Some(client_id.clone());
    let mut frame = BytesMut::from(&[0; 4][..]);
    header.encode(&mut frame, R::header_version(version))?;
    request.encode(&mut frame, version)?;
    let length = i32::try_from(frame.len() - 4)?;
    frame[..4].copy_from_slice(&length.to_be_bytes());
    Ok(frame.freeze())
}
