//! Just enough HTTP to talk to a worker: one request a connection, a body of known length, a deadline for every read.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::wait::{seconds, wait_for};

/// A worker's REST API.
#[derive(Clone, Debug)]
pub struct Rest {
    address: SocketAddr,
}

/// What a worker answered.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Response {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("not JSON ({error}): {self:?}"))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    /// Fails unless the status is `status`.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "unexpected answer: {}", self.body);
        self
    }

    /// Fails unless it is Java Connect's error body with this status; answers its message.
    #[track_caller]
    pub fn error(&self, status: u16) -> String {
        assert_eq!(self.status, status, "unexpected answer: {}", self.body);
        let body = self.json();
        let object = body.as_object().unwrap_or_else(|| panic!("not an error body: {body}"));
        assert_eq!(object.keys().collect::<Vec<_>>(), ["error_code", "message"], "in {body}");
        assert_eq!(body["error_code"], status, "in {body}");
        body["message"].as_str().unwrap_or_else(|| panic!("no text: {body}")).to_owned()
    }
}

impl Rest {
    pub fn new(port: u16) -> Self {
        Self { address: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    // === requests

    #[track_caller]
    pub fn get(&self, path: &str) -> Response {
        self.request("GET", path, None)
    }

    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Response {
        self.request("POST", path, Some(&body.to_string()))
    }

    #[track_caller]
    pub fn put(&self, path: &str, body: &Value) -> Response {
        self.request("PUT", path, Some(&body.to_string()))
    }

    #[track_caller]
    pub fn delete(&self, path: &str) -> Response {
        self.request("DELETE", path, None)
    }

    /// Any request; `body` goes out as it is, as JSON.
    #[track_caller]
    pub fn request(&self, method: &str, path: &str, body: Option<&str>) -> Response {
        self.try_request(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// Fails if nobody listens, or if the answer takes longer than Java's 90 s.
    pub fn try_request(&self, method: &str, path: &str, body: Option<&str>) -> io::Result<Response> {
        let response = self.exchange(method, path, &[], body)?;
        // A worker knows the length of what it answers.
        if response.header("transfer-encoding").is_some() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, format!("in chunks: {response:?}")));
        }
        Ok(response)
    }

    /// A request with headers of its own; those that it does not name are the usual ones. An answer may come in chunks.
    pub fn exchange(
        &self,
        method: &str,
        path: &str,
        headers: &[(String, String)],
        body: Option<&str>,
    ) -> io::Result<Response> {
        let mut stream = TcpStream::connect_timeout(&self.address, seconds(5))?;
        stream.set_read_timeout(Some(seconds(95)))?;
        let mut request = format!("{method} {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n", self.address);
        let mut set = |name: &str, value: &str| {
            request.push_str(&format!("{name}: {value}\r\n"));
        };
        headers.iter().for_each(|(name, value)| set(name, value));
        let is_usual = |name: &str| !headers.iter().any(|(header, _)| header.eq_ignore_ascii_case(name));
        if is_usual("Accept") {
            set("Accept", "application/json");
        }
        if let Some(body) = body {
            if is_usual("Content-Type") {
                set("Content-Type", "application/json");
            }
            set("Content-Length", &body.len().to_string());
        }
        request.push_str("\r\n");
        request.push_str(body.unwrap_or_default());
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        parse(&answer).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, String::from_utf8_lossy(&answer)))
    }

    // === what tests do with connectors

    /// Creates a connector; fails unless it is new.
    #[track_caller]
    pub fn create(&self, name: &str, config: Value) -> Value {
        self.post("/connectors", &json!({ "name": name, "config": config })).expect(201).json()
    }

    /// Waits until the connector and `tasks` tasks are RUNNING.
    #[track_caller]
    pub fn wait_running(&self, name: &str, tasks: usize) {
        wait_for(&format!("connector {name} and {tasks} tasks are RUNNING"), seconds(30), || {
            let status = self.status(name)?;
            let all = status["tasks"].as_array().map_or(&[][..], Vec::as_slice);
            let running = status["connector"]["state"] == "RUNNING"
                && all.len() == tasks
                && all.iter().all(|task| task["state"] == "RUNNING");
            if running { Ok(()) } else { Err(status.to_string()) }
        })
    }

    /// Waits until the task is FAILED; answers its trace.
    #[track_caller]
    pub fn wait_task_failed(&self, name: &str, task: u32, within: Duration) -> String {
        wait_for(&format!("task {name}-{task} is FAILED"), within, || {
            let status = self.ok(&format!("/connectors/{name}/tasks/{task}/status"))?;
            match (status["state"].as_str(), status["trace"].as_str()) {
                (Some("FAILED"), Some(trace)) => Ok(trace.to_owned()),
                _ => Err(status.to_string()),
            }
        })
    }

    /// Fails, with its trace, if the connector or a task of it has failed. One that is not there yet has not.
    #[track_caller]
    pub fn assert_nothing_failed(&self, name: &str) {
        if let Ok(status) = self.status(name) {
            let status = status.to_string();
            assert!(!status.contains("\"FAILED\""), "{name}: {status}");
        }
    }

    /// The status, or why there is none now.
    pub fn status(&self, name: &str) -> Result<Value, String> {
        self.ok(&format!("/connectors/{name}/status"))
    }

    fn ok(&self, path: &str) -> Result<Value, String> {
        let response = self.try_request("GET", path, None).map_err(|error| error.to_string())?;
        if response.status == 200 {
            serde_json::from_str(&response.body).map_err(|error| format!("{error} in {}", response.body))
        } else {
            Err(format!("{} {}", response.status, response.body))
        }
    }
}

fn parse(answer: &[u8]) -> Option<Response> {
    let text = std::str::from_utf8(answer).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.split("\r\n");
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut response = Response { status, headers, body: body.to_owned() };
    if response.header("transfer-encoding") == Some("chunked") {
        response.body = unchunked(body)?;
    }
    Some(response)
}

fn unchunked(mut rest: &str) -> Option<String> {
    let mut body = Vec::new();
    // A chunk may end within a character.
    while let Some((length, chunk)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length, 16).ok()?;
        if length == 0 {
            return String::from_utf8(body).ok();
        }
        body.extend_from_slice(chunk.as_bytes().get(..length)?);
        rest = chunk.get(length + 2..)?;
    }
    None
}
