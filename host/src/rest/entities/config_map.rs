//! A configuration as a body or as a part of one.

use crate::connect::RawConfig;
use crate::rest::json::{JsonError, Node};

/// The configuration that `body` is: numbers and booleans become strings as Jackson makes them, nulls are kept.
pub(in crate::rest) fn config_map(body: &[u8]) -> Result<RawConfig, JsonError> {
    of_node(&Node::parse(body)?, "The request body", "")
}

/// The configuration that `node` is; errors name it `what`, and a key with `prefix` in front.
pub(super) fn of_node(node: &Node<'_>, what: &str, prefix: &str) -> Result<RawConfig, JsonError> {
    let mut config = RawConfig::new();
    for (key, node) in node.members(what)? {
        let value = node.text(format_args!("Field \"{prefix}{key}\""))?;
        config.insert(key, value);
    }
    Ok(config)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_of_equal_keys_wins_in_the_place_of_the_first() {
        let config = config_map(br#"{"a":1,"b":null,"a":true}"#).unwrap();
        let expected = [("a".to_owned(), Some("true".to_owned())), ("b".to_owned(), None)];
        assert_eq!(config.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn a_value_with_parts_is_refused_by_name() {
        let message = config_map(br#"{"a":1,"tasks.max":[2]}"#).unwrap_err().to_string();
        let expected =
            "Field \"tasks.max\" must be a string, number, boolean or null, not an array (line 1, column 20)";
        assert_eq!(message, expected);
    }
}
