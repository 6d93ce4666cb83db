//! What may differ between two workers without anybody noticing: each such thing is a rule with a reason, and nothing else is
//! taken out of an answer.

use std::path::Path;

use serde_json::Value;

use crate::rest::{Response, Rest};

/// Headers that are compared; the others (dates, lengths, the server's name) say nothing about the API.
const HEADERS: [&str; 3] = ["content-type", "location", "allow"];

/// An array that Java lists in the order of a `HashMap`, here of paths, which are others in each run.
const UNORDERED: &str = "offsets";

/// A field of JSON whose value is replaced wherever it stands.
struct FieldRule {
    field: &'static str,
    /// What stands there instead, if `of` is true for the value.
    becomes: &'static str,
    of: fn(&Value) -> bool,
}

/// The fields, each with its reason.
const FIELDS: [FieldRule; 7] = [
    // The address of the worker that was asked.
    FieldRule { field: "worker_id", becomes: "$WORKER", of: Value::is_string },
    // A stack trace names the code in which an error arose; that there is one is compared, and when it is left out.
    FieldRule { field: "trace", becomes: "$TRACE", of: Value::is_string },
    // Documentation texts are our own words; that there is one is compared.
    FieldRule {
        field: "documentation",
        becomes: "$DOCUMENTATION",
        of: |value| value.as_str().is_some_and(|text| !text.is_empty()),
    },
    // The commit that Java Connect was built from.
    FieldRule { field: "commit", becomes: "$COMMIT", of: Value::is_string },
    // Each node of Kafka gets its id when its storage is formatted.
    FieldRule { field: "kafka_cluster_id", becomes: "$CLUSTER", of: Value::is_string },
    // When a logger's level was set.
    FieldRule { field: "last_modified", becomes: "$TIME", of: Value::is_number },
    // Our worker's version is that of the Connect API which it speaks, the golden answers' that of the jars.
    FieldRule { field: "version", becomes: "$VERSION", of: |value| value.as_str() == Some("4.3.1") },
];

/// An answer without what may differ.
#[derive(Clone, Debug, PartialEq)]
pub struct Answer {
    /// 0: it is no answer to a request.
    pub status: u16,
    /// Of those that are compared; names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Body,
}

/// A body without what may differ.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    Empty,
    Json(Value),
    Text(String),
}

impl Answer {
    /// What is in a topic or a file, of which nothing may differ.
    pub fn of_data(data: Value) -> Self {
        Self { status: 0, headers: Vec::new(), body: Body::Json(data) }
    }
}

/// Knows what a worker's own names are.
#[derive(Debug)]
pub struct Normaliser {
    /// Each text, and what stands for it.
    names: Vec<(String, &'static str)>,
}

// === impl Normaliser

impl Normaliser {
    /// For a worker behind `rest`, with a script that has its files in `directory`.
    pub fn new(rest: &Rest, directory: &Path) -> Self {
        let url = rest.url();
        let host = url.trim_start_matches("http://").to_owned();
        let names = vec![
            // Where the script's files are.
            (directory.display().to_string(), "$DIR"),
            // The worker's address, in `Location` and in messages.
            (url, "$URL"),
            (host, "$WORKER"),
        ];
        Self { names }
    }

    /// Takes out of a response what may differ.
    pub fn answer(&self, response: &Response) -> Answer {
        let header = |name: &str| Some((name.to_owned(), self.text(response.header(name)?)));
        let body = if response.body.is_empty() {
            Body::Empty
        } else if let Ok(mut json) = serde_json::from_str::<Value>(&response.body) {
            self.json(&mut json);
            Body::Json(json)
        } else if response.body.trim_start().starts_with("<html>") {
            // A page that Java's web server made for people to read: that it is one is compared.
            Body::Text("$HTML".to_owned())
        } else {
            Body::Text(self.text(&response.body))
        };
        Answer { status: response.status, headers: HEADERS.into_iter().filter_map(header).collect(), body }
    }

    fn json(&self, value: &mut Value) {
        match value {
            Value::String(text) => *text = self.text(text),
            Value::Array(items) => items.iter_mut().for_each(|item| self.json(item)),
            Value::Object(object) => {
                for (field, value) in object {
                    match FIELDS.iter().find(|rule| rule.field == field && (rule.of)(value)) {
                        Some(rule) => *value = rule.becomes.into(),
                        None => self.json(value),
                    }
                    if let (true, Value::Array(offsets)) = (field == UNORDERED, value) {
                        offsets.sort_by_key(Value::to_string);
                    }
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn text(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (name, stands) in &self.names {
            text = text.replace(name, stands);
        }
        without_locations(&text)
    }
}

/// Java lists plugins with the jar or directory that each came from: replaces that place.
fn without_locations(text: &str) -> String {
    const START: &str = "location='";
    let mut parts = text.split(START);
    let mut result = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        result.push_str(START);
        result.push_str("$LOCATION");
        result.push_str(part.find('\'').map_or("", |end| &part[end..]));
    }
    result
}
