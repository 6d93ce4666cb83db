//! The body of `PATCH /connectors/{name}/offsets` (Java's `ConnectorOffsets`).

use serde_json::Value;

use crate::connect::ConnectorOffset;
use crate::rest::json::{JsonError, Kind, Node};

/// The changes that `body` names, none of them looked into: what a partition and an offset may hold is the connector's affair.
pub(in crate::rest) fn connector_offsets(body: &[u8]) -> Result<Vec<ConnectorOffset>, JsonError> {
    let mut offsets = Vec::new();
    for (field, node) in Node::parse(body)?.members("The request body")? {
        match field.as_str() {
            "offsets" if node.kind() == Kind::Null => offsets.clear(),
            "offsets" => {
                let elements = node.elements("Field \"offsets\"")?.into_iter().enumerate();
                offsets = elements.map(|(index, element)| change(index, &element)).collect::<Result<_, _>>()?;
            }
            _ => return Err(JsonError::UnknownField { field, known: "\"offsets\"", at: node.position() }),
        }
    }
    Ok(offsets)
}

fn change(index: usize, node: &Node<'_>) -> Result<ConnectorOffset, JsonError> {
    let mut change = ConnectorOffset { partition: Value::Null, offset: Value::Null };
    for (field, node) in node.members(format_args!("Field \"offsets[{index}]\""))? {
        let what = format!("Field \"offsets[{index}].{field}\"");
        match field.as_str() {
            "partition" => change.partition = map(&what, &node)?,
            "offset" => change.offset = map(&what, &node)?,
            _ => {
                let known = "\"partition\", \"offset\"";
                return Err(JsonError::UnknownField { field, known, at: node.position() });
            }
        }
    }
    Ok(change)
}

/// An object, or null.
fn map(what: &str, node: &Node<'_>) -> Result<Value, JsonError> {
    match node.kind() {
        Kind::Null => return Ok(Value::Null),
        Kind::Object => {}
        _ => return Err(node.wrong_type(what, "an object or null")),
    }
    // What cannot be kept exactly is refused: an offset that is a little off would lose records or repeat them.
    for (key, value) in node.members(what)? {
        let is_integer = value.kind() == Kind::Number && !value.raw().contains(['.', 'e', 'E']);
        if is_integer && value.raw().parse::<i64>().is_err() {
            return Err(value.wrong_type(format_args!("{what}, key \"{key}\","), "an integer of 64 bits"));
        }
    }
    serde_json::from_str(node.raw()).map_err(|error| JsonError::Malformed { what: error.to_string() })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn error(body: &str) -> String {
        connector_offsets(body.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn changes_are_read_in_their_order() {
        let body =
            r#"{"offsets": [{"partition":{"b":1,"a":"x"},"offset":{"n":9223372036854775807}}, {"partition":{}},{}]}"#;
        let offsets = connector_offsets(body.as_bytes()).unwrap();
        assert_eq!(offsets[0].partition.to_string(), r#"{"b":1,"a":"x"}"#);
        assert_eq!(offsets[0].offset, json!({ "n": i64::MAX }));
        assert_eq!((&offsets[1].partition, &offsets[1].offset), (&json!({}), &Value::Null));
        assert!(offsets[2].partition.is_null());
        for none in ["{}", r#"{"offsets":[]}"#, r#"{"offsets":null}"#] {
            assert!(connector_offsets(none.as_bytes()).unwrap().is_empty(), "{none}");
        }
    }

    #[test]
    fn an_error_says_what_and_where() {
        assert_eq!(error("[]"), "The request body must be an object, not an array (line 1, column 1)");
        assert_eq!(error(r#"{"offsets":{}}"#), "Field \"offsets\" must be an array, not an object (line 1, column 12)");
        assert_eq!(error(r#"{"x":1}"#), "Unrecognized field \"x\" (line 1, column 6); known fields: \"offsets\"");
        assert_eq!(
            error(r#"{"offsets":[{},3]}"#),
            "Field \"offsets[1]\" must be an object, not a number (line 1, column 16)"
        );
        assert_eq!(
            error(r#"{"offsets":[{"partition":[]}]}"#),
            "Field \"offsets[0].partition\" must be an object or null, not an array (line 1, column 26)"
        );
        assert_eq!(
            error(r#"{"offsets":[{"offset":{"n":12345678901234567890123}}]}"#),
            "Field \"offsets[0].offset\", key \"n\", must be an integer of 64 bits, not a number (line 1, column 28)"
        );
    }
}
