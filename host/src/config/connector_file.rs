//! A connector's file on the command line of a standalone worker, in one of Java's three forms: a flat JSON object, the JSON of
//! `POST /connectors`, or a `.properties` file.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::properties;
use crate::connect::{RawConfig, TargetState};

/// A connector to create.
#[derive(Clone, Debug, PartialEq)]
pub struct ConnectorFile {
    pub name: String,
    /// Always with `name`.
    pub config: RawConfig,
    pub initial_state: Option<TargetState>,
}

/// Why a file names no connector.
#[derive(Debug, thiserror::Error)]
pub enum ConnectorFileError {
    #[error("could not read connector configuration '{path}': {source}")]
    Read { path: PathBuf, source: std::io::Error },
    #[error("Connector configuration at '{0}' is missing the mandatory 'name' configuration")]
    NoName(PathBuf),
    #[error("Connector name configuration in 'config' doesn't match the one specified in 'name' at '{0}'")]
    NameMismatch(PathBuf),
    #[error("connector configuration at '{path}' is not usable: {what}")]
    Malformed { path: PathBuf, what: String },
}

/// Reads a file. Java takes a `.properties` file for anything that it cannot read as JSON and then misses the name; here a file that
/// starts with `{` is JSON, and what is wrong with it is said.
pub fn load(path: &Path) -> Result<ConnectorFile, ConnectorFileError> {
    let bytes = std::fs::read(path).map_err(|source| ConnectorFileError::Read { path: path.to_owned(), source })?;
    parse(path, &properties::decode(&bytes))
}

/// The keys of a file that is no connector's and needs no name: `.properties`, or a flat JSON object.
pub fn load_keys(path: &Path) -> Result<RawConfig, ConnectorFileError> {
    let bytes = std::fs::read(path).map_err(|source| ConnectorFileError::Read { path: path.to_owned(), source })?;
    let text = properties::decode(&bytes);
    let malformed = |what: String| ConnectorFileError::Malformed { path: path.to_owned(), what };
    if !text.trim_start().starts_with('{') {
        let entries = properties::parse(&text).map_err(|error| malformed(error.to_string()))?;
        return Ok(entries.into_iter().map(|(key, value)| (key, Some(value))).collect());
    }
    let json: Map<String, Value> = serde_json::from_str(&text).map_err(|error| malformed(error.to_string()))?;
    strings(&json).map_err(|key| malformed(format!("the value of '{key}' is not a string")))
}

fn parse(path: &Path, text: &str) -> Result<ConnectorFile, ConnectorFileError> {
    let malformed = |what: String| ConnectorFileError::Malformed { path: path.to_owned(), what };
    if !text.trim_start().starts_with('{') {
        let entries = properties::parse(text).map_err(|error| malformed(error.to_string()))?;
        return flat(path, entries.into_iter().map(|(key, value)| (key, Some(value))).collect());
    }
    let json: Map<String, Value> = serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
    if let Ok(config) = strings(&json) {
        return flat(path, config);
    }
    request(path, &json)
}

fn flat(path: &Path, config: RawConfig) -> Result<ConnectorFile, ConnectorFileError> {
    match config.get("name") {
        Some(Some(name)) => Ok(ConnectorFile { name: name.clone(), config, initial_state: None }),
        _ => Err(ConnectorFileError::NoName(path.to_owned())),
    }
}

/// `{"name": …, "config": {…}, "initial_state": …}`; other fields are ignored.
fn request(path: &Path, json: &Map<String, Value>) -> Result<ConnectorFile, ConnectorFileError> {
    let malformed = |what: String| ConnectorFileError::Malformed { path: path.to_owned(), what };
    let name = match json.get("name") {
        Some(Value::String(name)) => name.clone(),
        None | Some(Value::Null) => return Err(ConnectorFileError::NoName(path.to_owned())),
        Some(_) => return Err(malformed("'name' is not a string".to_owned())),
    };
    let Some(Value::Object(config)) = json.get("config") else {
        return Err(malformed(match strings(json) {
            Err(key) if key != "config" => format!("the value of '{key}' is not a string"),
            _ => "'config' is not an object".to_owned(),
        }));
    };
    let mut config =
        strings(config).map_err(|key| malformed(format!("the value of '{key}' in 'config' is not a string")))?;
    match config.get("name") {
        Some(Some(inner)) if *inner == name => {}
        Some(_) => return Err(ConnectorFileError::NameMismatch(path.to_owned())),
        None => {
            config.insert("name".to_owned(), Some(name.clone()));
        }
    }
    let initial_state = match json.get("initial_state") {
        None | Some(Value::Null) => None,
        Some(state) => Some(target_state(state).ok_or_else(|| {
            malformed(format!("'initial_state' is {state}; it can be \"RUNNING\", \"PAUSED\" or \"STOPPED\""))
        })?),
    };
    Ok(ConnectorFile { name, config, initial_state })
}

fn target_state(state: &Value) -> Option<TargetState> {
    match state.as_str()?.to_ascii_uppercase().as_str() {
        "RUNNING" => Some(TargetState::Started),
        "PAUSED" => Some(TargetState::Paused),
        "STOPPED" => Some(TargetState::Stopped),
        _ => None,
    }
}

/// Numbers and booleans become text, as Jackson does it; fails with the key of an object or array.
fn strings(json: &Map<String, Value>) -> Result<RawConfig, String> {
    json.iter()
        .map(|(key, value)| {
            let text = match value {
                Value::Null => None,
                Value::String(text) => Some(text.clone()),
                Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
                Value::Array(_) | Value::Object(_) => return Err(key.clone()),
            };
            Ok((key.clone(), text))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, name: &str, config: &[(&str, Option<&str>)], initial_state: Option<TargetState>) {
        let config = config.iter().map(|(k, v)| ((*k).to_owned(), v.map(str::to_owned))).collect();
        assert_eq!(
            parse(Path::new("f"), text).unwrap(),
            ConnectorFile { name: name.to_owned(), config, initial_state },
            "{text}"
        );
    }

    fn refused(text: &str, message: &str) {
        assert_eq!(parse(Path::new("f"), text).unwrap_err().to_string(), message, "{text}");
    }

    #[test]
    fn the_three_forms() {
        check("name=c\ntasks.max=1", "c", &[("name", Some("c")), ("tasks.max", Some("1"))], None);
        check(
            r#"{"name": "c", "tasks.max": 1, "x": null, "y": true}"#,
            "c",
            &[("name", Some("c")), ("tasks.max", Some("1")), ("x", None), ("y", Some("true"))],
            None,
        );
        check(
            r#" {"name": "c", "config": {"a": 1}, "initial_state": "stopped", "other": [1]}"#,
            "c",
            &[("a", Some("1")), ("name", Some("c"))],
            Some(TargetState::Stopped),
        );
    }

    #[test]
    fn a_connector_has_one_name() {
        let missing = "Connector configuration at 'f' is missing the mandatory 'name' configuration";
        refused("a=b", missing);
        refused("{}", missing);
        refused(r#"{"config": {}}"#, missing);
        refused(
            r#"{"name": "a", "config": {"name": "b"}}"#,
            "Connector name configuration in 'config' doesn't match the one specified in 'name' at 'f'",
        );
    }

    #[test]
    fn what_is_wrong_with_the_json_is_said() {
        refused(
            r#"{"name": "c", "topics": ["a"]}"#,
            "connector configuration at 'f' is not usable: the value of 'topics' is not a string",
        );
        refused(
            r#"{"name": "c", "config": {"a": {}}}"#,
            "connector configuration at 'f' is not usable: the value of 'a' in 'config' is not a string",
        );
        refused(
            r#"{"name": "c", "config": {}, "initial_state": "on"}"#,
            "connector configuration at 'f' is not usable: 'initial_state' is \"on\"; it can be \"RUNNING\", \"PAUSED\" or \
             \"STOPPED\"",
        );
        let error = parse(Path::new("f"), "{bad").unwrap_err().to_string();
        assert!(error.starts_with("connector configuration at 'f' is not usable: key must be a string"), "{error}");
    }
}
