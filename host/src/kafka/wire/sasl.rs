//! Logging in to a broker (SASL).

use std::sync::Arc;
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
use crate::kafka::oauth::TokenSource;
use crate::kafka::ports::KafkaError;

/// For one round of a login.
const ROUND: Duration = Duration::from_secs(10);
/// The most characters of a broker's own words that are told.
const MAX_WORDS: usize = 200;

/// Who logs in, and how. Never shown.
pub(super) enum SaslLogin {
    Plain { username: String, password: String },
    Scram { hash: Hash, username: String, password: String },
    OAuthBearer(Arc<TokenSource>),
}

impl SaslLogin {
    /// From librdkafka's properties, which Java's keys were translated to.
    pub(super) fn new(properties: &Properties) -> Result<Self, KafkaError> {
        let get = |key: &str| properties.get(key).unwrap_or_default().to_owned();
        let (username, password) = (get("sasl.username"), get("sasl.password"));
        match (get("sasl.mechanism").as_str(), properties.oauth()) {
            ("PLAIN", _) => Ok(Self::Plain { username, password }),
            ("SCRAM-SHA-256", _) => Ok(Self::Scram { hash: Hash::Sha256, username, password }),
            ("SCRAM-SHA-512", _) => Ok(Self::Scram { hash: Hash::Sha512, username, password }),
            ("OAUTHBEARER", Some(oauth)) => Ok(Self::OAuthBearer(TokenSource::of(oauth)?)),
            (other, _) => Err(refused(format!("{other} is not available to the worker's group membership"))),
        }
    }

    fn mechanism(&self) -> &'static str {
        match self {
            Self::Plain { .. } => "PLAIN",
            Self::Scram { hash: Hash::Sha256, .. } => "SCRAM-SHA-256",
            Self::Scram { hash: Hash::Sha512, .. } => "SCRAM-SHA-512",
            Self::OAuthBearer(_) => "OAUTHBEARER",
        }
    }
}

/// Logs in; how long the login is good for, if the broker limits that.
pub(super) async fn log_in(connection: &mut Connection, login: &SaslLogin) -> Result<Option<Duration>, KafkaError> {
    let mechanism = login.mechanism();
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
    let lifetime = match login {
        SaslLogin::Plain { username, password } => {
            let message = format!("\0{username}\0{password}");
            authenticate(connection, message.into()).await?.session_lifetime_ms
        }
        SaslLogin::Scram { hash, username, password } => {
            let (first, scram) = Scram::start(*hash, username).map_err(refused)?;
            let answer = authenticate(connection, first.into()).await?;
            let (last, scram) = scram.answer(&answer.auth_bytes, password).map_err(refused)?;
            let answer = authenticate(connection, last.into()).await?;
            scram.check(&answer.auth_bytes).map_err(refused)?;
            answer.session_lifetime_ms
        }
        SaslLogin::OAuthBearer(source) => show_token(connection, source).await?,
    };
    // Renewed a little early, as Java's client does.
    Ok(u64::try_from(lifetime).ok().filter(|ms| *ms > 0).map(|ms| Duration::from_millis(ms / 100 * 85)))
}

/// Shows the token that is good now (RFC 7628); how long the login is good for, in milliseconds.
async fn show_token(connection: &mut Connection, source: &TokenSource) -> Result<i64, KafkaError> {
    let token = source.token().await?;
    let mut message = format!("n,,\u{1}auth=Bearer {}", token.text);
    for (key, value) in source.extensions() {
        message.push_str(&format!("\u{1}{key}={value}"));
    }
    message.push_str("\u{1}\u{1}");
    let answer = authenticate(connection, message.into()).await?;
    if answer.auth_bytes.is_empty() {
        return Ok(answer.session_lifetime_ms);
    }
    // A refusal in the mechanism's own words, which has to be acknowledged before the broker says it in Kafka's.
    let words: String = String::from_utf8_lossy(&answer.auth_bytes).chars().take(MAX_WORDS).collect();
    let told = authenticate(connection, Bytes::from_static(b"\x01")).await.err();
    let told = told.map(|error| format!(" ({})", error.message)).unwrap_or_default();
    Err(refused(format!("the token is refused: {}{told}", words.escape_debug())))
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
