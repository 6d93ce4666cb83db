//! A schema registry in memory, which answers as the documented REST API says, and can be told to be difficult.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};

use crate::identity::Identity;
use crate::server::{Server, answer};

/// A registry on a loopback port; it ends with the process.
pub struct SchemaRegistry {
    server: Server,
    scheme: &'static str,
    state: Arc<Mutex<State>>,
}

/// How the registry behaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    #[default]
    Good,
    /// It closes connections without an answer.
    Down,
    /// It answers 503.
    Unavailable,
    /// It answers a page that is no answer at all.
    Nonsense,
}

#[derive(Default)]
struct State {
    mood: Mood,
    /// By id, which counts from 1.
    schemas: Vec<Registered>,
    /// The ids of each subject's versions.
    subjects: BTreeMap<String, Vec<usize>>,
    /// Subjects that take no other version than those they have.
    frozen: BTreeSet<String>,
    /// What the header `Authorization` has to be.
    authorization: Option<String>,
    /// `GET /path` and the like.
    requests: Vec<String>,
}

#[derive(Clone, PartialEq)]
struct Registered {
    schema_type: String,
    schema: Value,
    text: String,
    references: Value,
}

impl SchemaRegistry {
    pub fn start() -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let served = state.clone();
        let server = Server::http_of_heads(move |head, body| lock(&served).serve(head, body));
        Self { server, scheme: "http", state }
    }

    /// The same behind TLS.
    pub fn start_with_tls(identity: &Identity) -> Self {
        let state: Arc<Mutex<State>> = Arc::default();
        let served = state.clone();
        let server = Server::https_with_headers(identity, move |head, body| lock(&served).serve(head, body));
        Self { server, scheme: "https", state }
    }

    pub fn url(&self) -> String {
        format!("{}://127.0.0.1:{}", self.scheme, self.server.port())
    }

    pub fn set_mood(&self, mood: Mood) {
        lock(&self.state).mood = mood;
    }

    /// From now on the subject refuses other schemas as incompatible.
    pub fn freeze(&self, subject: &str) {
        lock(&self.state).frozen.insert(subject.to_owned());
    }

    /// From now on requests need this header.
    pub fn require_authorization(&self, value: &str) {
        lock(&self.state).authorization = Some(value.to_owned());
    }

    /// Registers a schema as somebody else would; its id.
    pub fn register(&self, subject: &str, schema_type: &str, text: &str) -> usize {
        self.register_with_references(subject, schema_type, text, &[])
    }

    /// The same for a schema that refers to others: by which name to which subject, in its first version.
    pub fn register_with_references(
        &self,
        subject: &str,
        schema_type: &str,
        text: &str,
        references: &[(&str, &str)],
    ) -> usize {
        let reference = |(name, subject): &(&str, &str)| json!({ "name": name, "subject": subject, "version": 1 });
        let mut body = json!({ "schema": text, "schemaType": schema_type });
        if !references.is_empty() {
            body["references"] = references.iter().map(reference).collect();
        }
        lock(&self.state).register(subject, &body).expect("the subject takes it")
    }

    /// The texts of a subject's versions.
    pub fn versions(&self, subject: &str) -> Vec<String> {
        let state = lock(&self.state);
        let ids = state.subjects.get(subject).map(Vec::as_slice).unwrap_or_default();
        ids.iter().map(|id| state.schemas[id - 1].text.clone()).collect()
    }

    pub fn subjects(&self) -> Vec<String> {
        lock(&self.state).subjects.keys().cloned().collect()
    }

    /// How many requests had this in their method and path.
    pub fn requests(&self, part: &str) -> usize {
        lock(&self.state).requests.iter().filter(|request| request.contains(part)).count()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Status and body.
type Answer = (u16, Value);

fn error(status: u16, code: u32, message: impl Into<String>) -> Answer {
    (status, json!({ "error_code": code, "message": message.into() }))
}

impl State {
    fn serve(&mut self, head: &str, body: &[u8]) -> String {
        let line = head.split(" HTTP/").next().unwrap_or_default();
        self.requests.push(line.to_owned());
        match self.mood {
            Mood::Good => {}
            Mood::Down => return String::new(),
            Mood::Unavailable => return answer(503, "", "busy\n"),
            Mood::Nonsense => return answer(200, "Content-Type: text/html\r\n", "<html>welcome</html>"),
        }
        let authorization = head.lines().filter_map(|line| line.split_once(':'));
        let mut authorization = authorization.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
        let authorization = authorization.next().map(|(_, value)| value.trim().to_owned());
        let (status, body) = match &self.authorization {
            Some(wanted) if Some(wanted) != authorization.as_ref() => error(401, 40101, "Unauthorized"),
            _ => self.answer(line, body),
        };
        answer(status, "Content-Type: application/vnd.schemaregistry.v1+json\r\n", &body.to_string())
    }

    fn answer(&mut self, line: &str, body: &[u8]) -> Answer {
        let (method, path) = line.split_once(' ').unwrap_or_default();
        let path = path.split('?').next().unwrap_or_default();
        let segments: Vec<String> = path.split('/').skip(1).map(decoded).collect();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        match (method, segments.as_slice()) {
            ("POST", ["subjects", subject, "versions"]) => match self.register(subject, &body) {
                Ok(id) => (200, json!({ "id": id })),
                Err(refused) => refused,
            },
            ("POST", ["subjects", subject]) => self.find(subject, &body),
            ("GET", ["subjects", subject, "versions", version]) => self.version(subject, version),
            ("GET", ["schemas", "ids", id]) => match id.parse::<usize>().ok().and_then(|id| self.registered(id)) {
                Some(registered) => (200, described(registered)),
                None => error(404, 40403, format!("Schema {id} not found")),
            },
            _ => error(404, 404, "HTTP 404 Not Found"),
        }
    }

    fn registered(&self, id: usize) -> Option<&Registered> {
        self.schemas.get(id.checked_sub(1)?)
    }

    fn register(&mut self, subject: &str, body: &Value) -> Result<usize, Answer> {
        let registered = parsed(body)?;
        let of_subject = self.subjects.get(subject).cloned().unwrap_or_default();
        let known = self
            .schemas
            .iter()
            .position(|known| known.schema == registered.schema && known.schema_type == registered.schema_type);
        let id = known.map(|at| at + 1);
        if let Some(id) = id.filter(|id| of_subject.contains(id)) {
            return Ok(id);
        }
        if self.frozen.contains(subject) {
            return Err(error(
                409,
                409,
                format!("Schema being registered is incompatible with an earlier schema for subject \"{subject}\""),
            ));
        }
        let id = id.unwrap_or_else(|| {
            self.schemas.push(registered);
            self.schemas.len()
        });
        self.subjects.entry(subject.to_owned()).or_default().push(id);
        Ok(id)
    }

    fn find(&self, subject: &str, body: &Value) -> Answer {
        let wanted = match parsed(body) {
            Ok(wanted) => wanted,
            Err(refused) => return refused,
        };
        let Some(ids) = self.subjects.get(subject) else {
            return error(404, 40401, format!("Subject '{subject}' not found."));
        };
        let found = ids
            .iter()
            .zip(1..)
            .find(|(id, _)| self.registered(**id).is_some_and(|known| known.schema == wanted.schema));
        match found {
            Some((id, version)) => {
                (200, json!({ "subject": subject, "id": id, "version": version, "schema": wanted.text }))
            }
            None => error(404, 40403, "Schema not found"),
        }
    }

    fn version(&self, subject: &str, version: &str) -> Answer {
        let Some(ids) = self.subjects.get(subject) else {
            return error(404, 40401, format!("Subject '{subject}' not found."));
        };
        let number = if version == "latest" { Some(ids.len()) } else { version.parse().ok() };
        let id = number.and_then(|number| ids.get(usize::checked_sub(number, 1)?));
        match id.and_then(|id| Some((id, self.registered(*id)?))) {
            Some((id, registered)) => {
                let mut answer = described(registered);
                answer["subject"] = subject.into();
                answer["id"] = (*id).into();
                answer["version"] = number.into();
                (200, answer)
            }
            None => error(404, 40402, format!("Version {version} not found.")),
        }
    }
}

fn described(registered: &Registered) -> Value {
    let mut answer = json!({ "schema": registered.text });
    if registered.schema_type != "AVRO" {
        answer["schemaType"] = registered.schema_type.clone().into();
    }
    if !registered.references.is_null() {
        answer["references"] = registered.references.clone();
    }
    answer
}

/// What is to be registered; JSON is compared as such, other texts as they are.
fn parsed(body: &Value) -> Result<Registered, Answer> {
    let Some(text) = body["schema"].as_str() else { return Err(error(422, 42201, "Empty schema")) };
    let schema_type = body["schemaType"].as_str().unwrap_or("AVRO").to_owned();
    let schema = match serde_json::from_str(text) {
        Ok(schema) => schema,
        Err(_) if schema_type == "PROTOBUF" => text.into(),
        Err(error_in_text) => return Err(error(422, 42201, format!("Invalid schema: {error_in_text}"))),
    };
    Ok(Registered { schema_type, schema, text: text.to_owned(), references: body["references"].clone() })
}

/// Without percent signs.
fn decoded(segment: &str) -> String {
    let (mut bytes, mut left) = (Vec::new(), segment.as_bytes());
    while let [first, rest @ ..] = left {
        let code = rest.get(..2).and_then(|code| std::str::from_utf8(code).ok());
        match code.filter(|_| *first == b'%').and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                left = &rest[2..];
            }
            None => {
                bytes.push(*first);
                left = rest;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
