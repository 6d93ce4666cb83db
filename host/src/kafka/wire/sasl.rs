//! Logging in to a broker (SASL).

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{
    SaslAuthenticateRequest, SaslAuthenticateResponse, SaslHandshakeRequest, SaslHandshakeResponse,
};
use kafka_protocol::protocol::StrBytes;

use super::scram::{Hash, Scram};
use super::{Connection, lost, refused};
use crate::kafka::client_config::Properties;
use crate::kafka::ports::KafkaError;

/// For one round of a login.
const ROUND: Duration = Duration::from_secs(10);

/// Who logs in, and how. Never shown.
pub(super) struct SaslLogin {
    mechanism: Mechanism,
    username: String,
    password: String,
}

#[derive(Clone, Copy)]
enum Mechanism {
    Plain,
    Scram(Hash),
}

impl Mechanism {
    fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::Scram(Hash::Sha256) => "SCRAM-SHA-256",
            Self::Scram(Hash::Sha512) => "SCRAM-SHA-512",
        }
    }
}

impl SaslLogin {
    /// From librdkafka's properties, which Java's keys were translated to.
    pub(super) fn new(properties: &Properties) -> Result<Self, KafkaError> {
        let get = |key: &str| properties.get(key).unwrap_or_default().to_owned();
        let mechanism = match get("sasl.mechanism").as_str() {
            "PLAIN" => Mechanism::Plain,
            "SCRAM-SHA-256" => Mechanism::Scram(Hash::Sha256),
            "SCRAM-SHA-512" => Mechanism::Scram(Hash::Sha512),
            other => return Err(refused(format!("{other} is not available to the worker's group membership"))),
        };
        Ok(Self { mechanism, username: get("sasl.username"), password: get("sasl.password") })
    }
}

/// Logs in; how long the login is good for, if the broker limits that.
pub(super) async fn log_in(connection: &mut Connection, login: &SaslLogin) -> Result<Option<Duration>, KafkaError> {
    let mechanism = login.mechanism.name();
    let answer: SaslHandshakeResponse = connection
        .ask(ROUND, |_| {
            let mut request = SaslHandshakeRequest::default();
            request.mechanism = StrBytes::from_static_str(mechanism);
            request
        })
        .await?;
    if let Some(error) = ResponseError::try_from_code(answer.error_code) {
        let known: Vec<&str> = answer.mechanisms.iter().map(|mechanism| mechanism.as_str()).collect();
        return Err(refused(format!("{error}; {mechanism} was asked for, the broker has {}", known.join(", "))));
    }
    let lifetime = match login.mechanism {
        Mechanism::Plain => {
            let message = format!("\0{}\0{}", login.username, login.password);
            authenticate(connection, message.into()).await?.session_lifetime_ms
        }
        Mechanism::Scram(hash) => {
            let (first, scram) = Scram::start(hash, &login.username).map_err(refused)?;
            let answer = authenticate(connection, first.into()).await?;
            let (last, scram) = scram.answer(&answer.auth_bytes, &login.password).map_err(refused)?;
            let answer = authenticate(connection, last.into()).await?;
            scram.check(&answer.auth_bytes).map_err(refused)?;
            answer.session_lifetime_ms
        }
    };
    // Renewed a little early, as Java's client does.
    Ok(u64::try_from(lifetime).ok().filter(|ms| *ms > 0).map(|ms| Duration::from_millis(ms / 100 * 85)))
}

async fn authenticate(connection: &mut Connection, bytes: Bytes) -> Result<SaslAuthenticateResponse, KafkaError> {
    let answer: SaslAuthenticateResponse = connection
        .ask(ROUND, |_| {
            let mut request = SaslAuthenticateRequest::default();
            request.auth_bytes = bytes;
            request
        })
        .await?;
    match ResponseError::try_from_code(answer.error_code) {
        None => Ok(answer),
        Some(error) => {
            let text = answer.error_message.as_ref().map_or_else(|| error.to_string(), ToString::to_string);
            // A broker that cannot reach its own store of users may say so.
            Err(if error.is_retriable() { lost(text) } else { refused(format!("the login failed: {text}")) })
        }
    }
}
