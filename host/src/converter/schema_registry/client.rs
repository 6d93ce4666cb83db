//! The REST API of a schema registry, as far as converters need it.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use hyper::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderValue, USER_AGENT};
use hyper::{Method, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::time::{sleep, timeout};

use super::config::{ClientConfig, RegistryUrl};
use crate::connect::caps::MAX_SCHEMA_REFERENCES;
use crate::converter::{ConvertError, LookupError};
use crate::http_client::{Asked, HttpError};

const JSON: HeaderValue = HeaderValue::from_static("application/vnd.schemaregistry.v1+json");
const ANY_JSON: HeaderValue = HeaderValue::from_static(
    "application/vnd.schemaregistry.v1+json, application/vnd.schemaregistry+json, application/json",
);
const AGENT: HeaderValue = HeaderValue::from_static("wasm-connect");

/// What need not be escaped in a subject.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// How much of an answer is shown in messages.
const SHOWN_CHARS: usize = 200;

/// A schema as the registry keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::converter) struct RegisteredSchema {
    pub id: i32,
    pub text: String,
    /// The schemas that it refers to by name, each after those that it refers to itself.
    pub references: Vec<(String, String)>,
}

/// Asks a registry.
pub(super) struct RegistryClient {
    config: ClientConfig,
    /// The registry's name of the format: `AVRO`.
    schema_type: &'static str,
    /// The URL that answered last.
    current: AtomicUsize,
}

/// What one exchange came to, if not to what was asked for.
enum Refusal {
    /// The registry knows what was asked and says no.
    Final { status: StatusCode, code: i64, message: String },
    /// Nobody knows.
    Unknown(String),
}

#[derive(Deserialize)]
struct ErrorAnswer {
    error_code: i64,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct SchemaAnswer {
    #[serde(default)]
    id: i32,
    schema: String,
    #[serde(rename = "schemaType", default)]
    schema_type: Option<String>,
    #[serde(default)]
    references: Option<Vec<Reference>>,
}

#[derive(Deserialize)]
struct Reference {
    name: String,
    subject: String,
    version: i32,
}

#[derive(Deserialize)]
struct IdAnswer {
    id: i32,
}

#[derive(Deserialize)]
struct VersionAnswer {
    version: i32,
}

// === impl RegistryClient ===

impl RegistryClient {
    pub(super) fn new(config: ClientConfig, schema_type: &'static str) -> Self {
        Self { config, schema_type, current: AtomicUsize::new(0) }
    }

    /// Registers a schema, or finds it registered: its id.
    pub(super) async fn register(&self, subject: &str, text: &str, normalize: bool) -> Result<i32, LookupError> {
        let path = format!("/subjects/{}/versions?normalize={normalize}", encoded(subject));
        let what = format!("register the schema of subject {subject}");
        let answer: IdAnswer = self.ask(&what, Method::POST, &path, Some(self.schema_body(text))).await?;
        Ok(answer.id)
    }

    /// The id of a schema that must be registered.
    pub(super) async fn id(&self, subject: &str, text: &str, normalize: bool) -> Result<i32, LookupError> {
        let path = format!("/subjects/{}?normalize={normalize}&deleted=false", encoded(subject));
        let what = format!("find the schema in subject {subject}");
        let answer: IdAnswer = self.ask(&what, Method::POST, &path, Some(self.schema_body(text))).await?;
        Ok(answer.id)
    }

    /// The latest schema of a subject.
    pub(super) async fn latest(&self, subject: &str) -> Result<RegisteredSchema, LookupError> {
        let path = format!("/subjects/{}/versions/latest", encoded(subject));
        let what = format!("get the latest schema of subject {subject}");
        let answer: SchemaAnswer = self.ask(&what, Method::GET, &path, None).await?;
        let id = answer.id;
        self.with_references(id, answer, &what).await
    }

    /// The schema of that id.
    pub(super) async fn schema(&self, id: i32) -> Result<RegisteredSchema, LookupError> {
        let what = format!("get the schema of id {id}");
        let answer = self.ask(&what, Method::GET, &format!("/schemas/ids/{id}?fetchMaxId=false"), None).await?;
        self.with_references(id, answer, &what).await
    }

    /// The version of a schema in a subject; none: it is not registered there.
    pub(super) async fn version(&self, subject: &str, schema: &RegisteredSchema) -> Result<Option<i32>, LookupError> {
        let path = format!("/subjects/{}?deleted=true", encoded(subject));
        let what = format!("find the version of schema id {} in subject {subject}", schema.id);
        if !schema.references.is_empty() {
            // They would have to be sent by subject and version, for a number that nobody can do without.
            return Ok(None);
        }
        let asked: Result<VersionAnswer, _> =
            self.ask(&what, Method::POST, &path, Some(self.schema_body(&schema.text))).await;
        match asked {
            Ok(answer) => Ok(Some(answer.version)),
            Err(LookupError::Failed(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// What messages call the registry.
    pub(super) fn shown(&self) -> String {
        let urls: Vec<&str> = self.config.urls.iter().map(|url| url.shown.as_str()).collect();
        urls.join(", ")
    }

    fn schema_body(&self, text: &str) -> Value {
        match self.schema_type {
            // Registries older than the other formats do not know the field.
            "AVRO" => json!({ "schema": text }),
            schema_type => json!({ "schema": text, "schemaType": schema_type }),
        }
    }

    /// Fetches what a schema refers to, and what that refers to.
    async fn with_references(
        &self,
        id: i32,
        answer: SchemaAnswer,
        what: &str,
    ) -> Result<RegisteredSchema, LookupError> {
        let found = answer.schema_type.as_deref().unwrap_or("AVRO");
        if found != self.schema_type {
            let wanted = self.schema_type;
            return Err(ConvertError(format!(
                "Cannot {what} at schema registry {}: it is of the type {found}, not {wanted}",
                self.shown()
            ))
            .into());
        }
        let mut open: Vec<(Reference, bool)> = Vec::new();
        let mut begun = HashSet::new();
        let mut references = Vec::new();
        let mut texts: Vec<(String, String)> = Vec::new();
        let push = |open: &mut Vec<(Reference, bool)>, of: Option<Vec<Reference>>| {
            open.extend(of.into_iter().flatten().rev().map(|reference| (reference, false)));
        };
        push(&mut open, answer.references);
        while let Some((reference, is_done)) = open.pop() {
            if is_done {
                if let Some(at) = texts.iter().rposition(|(name, _)| *name == reference.name) {
                    references.push(texts.swap_remove(at));
                }
                continue;
            }
            if !begun.insert(reference.name.clone()) {
                continue;
            }
            if begun.len() > MAX_SCHEMA_REFERENCES {
                return Err(ConvertError(format!(
                    "Cannot {what} at schema registry {}: it refers to more than {MAX_SCHEMA_REFERENCES} schemas",
                    self.shown()
                ))
                .into());
            }
            let path = format!("/subjects/{}/versions/{}?deleted=true", encoded(&reference.subject), reference.version);
            let answer: SchemaAnswer = self.ask(what, Method::GET, &path, None).await?;
            texts.push((reference.name.clone(), answer.schema));
            open.push((reference, true));
            push(&mut open, answer.references);
        }
        Ok(RegisteredSchema { id, text: answer.schema, references })
    }

    /// Asks one server after the other, and all of them again after a while, until one answers.
    async fn ask<T: for<'a> Deserialize<'a>>(
        &self,
        what: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Result<T, LookupError> {
        let body = Bytes::from(body.map(|body| body.to_string()).unwrap_or_default());
        let mut wait = self.config.retry_wait.min(self.config.retry_wait_max);
        let mut attempt = 0;
        loop {
            let mut unknown = Vec::new();
            let first = self.current.load(Ordering::Relaxed);
            for nth in 0..self.config.urls.len() {
                let at = (first + nth) % self.config.urls.len();
                let Some(url) = self.config.urls.get(at) else { continue };
                match self.ask_one(url, method.clone(), path, body.clone()).await {
                    Ok(answer) => {
                        self.current.store(at, Ordering::Relaxed);
                        return Ok(answer);
                    }
                    Err(Refusal::Final { status, code, message }) => {
                        self.current.store(at, Ordering::Relaxed);
                        return Err(ConvertError(format!(
                            "Cannot {what} at schema registry {}: {}, error code {code}: {message}",
                            url.shown,
                            status.as_u16()
                        ))
                        .into());
                    }
                    Err(Refusal::Unknown(why)) => unknown.push(format!("{}: {why}", url.shown)),
                }
            }
            let why = unknown.join("; ");
            if attempt >= self.config.max_retries {
                return Err(LookupError::Retriable(format!("Cannot {what} at schema registry {why}")));
            }
            attempt += 1;
            tracing::debug!("cannot {what} at schema registry {why}; asking again in {} ms", wait.as_millis());
            sleep(wait).await;
            wait = (wait * 2).min(self.config.retry_wait_max);
        }
    }

    async fn ask_one<T: for<'a> Deserialize<'a>>(
        &self,
        url: &RegistryUrl,
        method: Method,
        path: &str,
        body: Bytes,
    ) -> Result<T, Refusal> {
        let mut headers = self.config.headers.clone();
        headers.insert(ACCEPT, ANY_JSON);
        headers.insert(USER_AGENT, AGENT);
        if let Some(authorization) = &url.authorization {
            headers.insert(AUTHORIZATION, authorization.clone());
        }
        if !body.is_empty() {
            headers.insert(CONTENT_TYPE, JSON);
        }
        let asked = Asked {
            method,
            url: url.server().to_owned(),
            path_and_query: format!("{}{path}", url.path),
            headers,
            body,
        };
        let limit = self.config.http.connect_timeout() * 2 + self.config.read_timeout;
        let answered = match timeout(limit, self.config.http.ask(asked)).await {
            Ok(Ok(answered)) => answered,
            Ok(Err(HttpError::Io(why) | HttpError::Request(why))) => return Err(Refusal::Unknown(why)),
            Err(_) => return Err(Refusal::Unknown(format!("no answer within {} ms", limit.as_millis()))),
        };
        if answered.status.is_success() {
            let parsed = serde_json::from_slice(&answered.body);
            return parsed.map_err(|error| {
                Refusal::Unknown(format!("the answer makes no sense: {error}: {}", shown(&answered.body)))
            });
        }
        Err(refusal(answered.status, &answered.body))
    }
}

/// Only an answer in the registry's own words says something about the schema; the others are about who asks, or come from somebody
/// else.
fn refusal(status: StatusCode, body: &[u8]) -> Refusal {
    let is_about_schema = matches!(
        status,
        StatusCode::NOT_FOUND | StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST
    );
    match serde_json::from_slice::<ErrorAnswer>(body) {
        // A plain 404 is that of a path, which a registry would have.
        Ok(ErrorAnswer { error_code, message }) if is_about_schema && error_code != 404 => {
            Refusal::Final { status, code: error_code, message }
        }
        Ok(ErrorAnswer { error_code, message }) => {
            Refusal::Unknown(format!("{}, error code {error_code}: {message}", status.as_u16()))
        }
        Err(_) => Refusal::Unknown(format!("{}: {}", status.as_u16(), shown(body))),
    }
}

fn shown(body: &[u8]) -> String {
    let text = String::from_utf8_lossy(body);
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.into_owned(),
    }
}

fn encoded(subject: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(subject, SEGMENT)
}
