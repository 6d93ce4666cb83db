//! The body of `POST /connectors` (Java's `CreateConnectorRequest`).

use super::config_map;
use crate::connect::{RawConfig, TargetState};
use crate::rest::json::{JsonError, Kind, Node};

const KNOWN_FIELDS: &str = "\"name\", \"config\", \"initial_state\"";
const KNOWN_STATES: &str = "running, paused, stopped";

/// A connector to create.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::rest) struct CreateConnectorRequest {
    /// Without white space around it; empty if there is none, which validation refuses.
    pub name: String,
    pub config: RawConfig,
    pub initial_state: Option<TargetState>,
}

impl CreateConnectorRequest {
    /// Reads `body`: only Java's three fields, `config` among them.
    pub(in crate::rest) fn parse(body: &[u8]) -> Result<Self, JsonError> {
        let (mut name, mut config, mut initial_state) = (None, None, None);
        for (field, node) in Node::parse(body)?.members("The request body")? {
            match field.as_str() {
                "name" => name = node.text("Field \"name\"")?,
                "config" if node.kind() == Kind::Null => config = None,
                "config" => config = Some(config_map::of_node(&node, "Field \"config\"", "config.")?),
                "initial_state" => initial_state = target_state(&node)?,
                _ => {
                    return Err(JsonError::UnknownField { field, known: KNOWN_FIELDS, at: node.position() });
                }
            }
        }
        let expected = "an object with the connector's configuration";
        let config = config.ok_or(JsonError::MissingField { field: "config", expected })?;
        // Java's String.trim: control characters go too.
        let name = name.unwrap_or_default().trim_matches(|c: char| c <= ' ').to_owned();
        Ok(Self { name, config, initial_state })
    }
}

fn target_state(node: &Node<'_>) -> Result<Option<TargetState>, JsonError> {
    let Some(text) = node.text("Field \"initial_state\"")? else {
        return Ok(None);
    };
    match text.to_ascii_lowercase().as_str() {
        "running" => Ok(Some(TargetState::Started)),
        "paused" => Ok(Some(TargetState::Paused)),
        "stopped" => Ok(Some(TargetState::Stopped)),
        _ => {
            let at = node.position();
            Err(JsonError::UnknownValue { field: "initial_state", found: text, known: KNOWN_STATES, at })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<CreateConnectorRequest, String> {
        CreateConnectorRequest::parse(json.as_bytes()).map_err(|error| error.to_string())
    }

    #[test]
    fn name_and_state_are_optional() {
        let request = |name: &str, state| {
            Ok(CreateConnectorRequest { name: name.into(), config: RawConfig::new(), initial_state: state })
        };
        assert_eq!(parse(r#"{"config":{}}"#), request("", None));
        assert_eq!(parse(r#"{"name":" \n src ","config":{},"initial_state":null}"#), request("src", None));
        assert_eq!(
            parse(r#"{"name":5,"initial_state":"Paused","config":{}}"#),
            request("5", Some(TargetState::Paused))
        );
        assert_eq!(parse(r#"{"initial_state":"running","config":{}}"#), request("", Some(TargetState::Started)));
        assert_eq!(parse(r#"{"initial_state":"STOPPED","config":{}}"#), request("", Some(TargetState::Stopped)));
    }

    #[test]
    fn a_malformed_request_is_refused_by_what_and_where() {
        let check = |json: &str, message: &str| assert_eq!(parse(json).unwrap_err(), message, "{json}");
        check("{}", "Missing field \"config\": an object with the connector's configuration");
        check(r#"{"config":null}"#, "Missing field \"config\": an object with the connector's configuration");
        check(r#"{"config":[]}"#, "Field \"config\" must be an object, not an array (line 1, column 11)");
        check(
            r#"{"config":{"a":{}}}"#,
            "Field \"config.a\" must be a string, number, boolean or null, not an object (line 1, column 16)",
        );
        check(
            r#"{"name":["x"],"config":{}}"#,
            "Field \"name\" must be a string, number, boolean or null, not an array (line 1, column 9)",
        );
        check(
            r#"{"name":"x","foo":1,"config":{}}"#,
            "Unrecognized field \"foo\" (line 1, column 19); known fields: \"name\", \"config\", \"initial_state\"",
        );
        check(
            "{\"name\":\"x\",\n\"initial_state\":\"bogus\",\"config\":{}}",
            "Unknown initial_state \"bogus\" (line 2, column 17); known values: running, paused, stopped",
        );
    }
}
