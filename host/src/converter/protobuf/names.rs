//! What Connect's schemas are called in Protobuf, and which parameters carry what Connect has no word for.

use crate::converter::ConvertError;
use crate::converter::java::scrub::scrubbed;

/// The name of structs and maps without one, which are counted.
pub(super) const DEFAULT_NAME: &str = "ConnectDefault";
/// The parameter that makes an enumeration of a string or a number; with a symbol behind it, the one that says its number.
pub(super) const ENUM: &str = "io.confluent.connect.protobuf.Enum";
/// The name of a struct that is a oneof begins with this.
pub(super) const UNION: &str = "io.confluent.connect.protobuf.Union";
/// The parameter with a field's number.
pub(super) const TAG: &str = "io.confluent.connect.protobuf.Tag";
/// The parameter with the type of a number, if it is not the usual one.
pub(super) const TYPE: &str = "io.confluent.connect.protobuf.Type";
/// The parameter of a oneof's member that was in a wrapper.
pub(super) const WRAPPER: &str = "io.confluent.connect.protobuf.Wrapper";

/// The option of a field with Confluent's parameters.
pub(super) const FIELD_META: &str = "confluent.field_meta";
pub(super) const CONNECT_TYPE: &str = "connect.type";
pub(super) const CONNECT_PRECISION: &str = "connect.decimal.precision";
pub(super) const PRECISION: &str = "precision";
pub(super) const SCALE: &str = "scale";

pub(super) const DECIMAL: &str = "confluent.type.Decimal";
pub(super) const DATE: &str = "google.type.Date";
pub(super) const TIME: &str = "google.type.TimeOfDay";
pub(super) const TIMESTAMP: &str = "google.protobuf.Timestamp";

/// The end of the name of a map's entry.
const ENTRY: &str = "Entry";

/// A name that Protobuf allows (`scrub.invalid.names`).
pub(super) fn scrub(name: &str) -> String {
    scrubbed(name, |first| first.is_ascii_digit() || first == '_')
}

/// The last part of a full name.
pub(super) fn simple(full_name: &str) -> &str {
    full_name.rsplit('.').next().unwrap_or(full_name)
}

/// The name of the entry of a map of this name (`ProtobufSchema.toMapEntry`).
pub(super) fn map_entry(name: &str) -> String {
    if !name.contains('_') {
        return format!("{name}{ENTRY}");
    }
    let word = |word: &str| {
        let mut chars = word.chars();
        let first = chars.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(chars.map(|c| c.to_ascii_lowercase())).collect::<String>()
    };
    let words: String = name.split('_').map(word).collect();
    format!("{words}{ENTRY}")
}

/// The name of a map, from that of its entry (`ProtobufSchema.toMapField`).
pub(super) fn map_of_entry(full_name: &str) -> String {
    let (scope, name) = full_name.rsplit_once('.').map_or(("", full_name), |(scope, name)| (scope, name));
    let Some(camel) = name.strip_suffix(ENTRY) else { return full_name.to_owned() };
    let mut map = scope.to_owned();
    if !scope.is_empty() {
        map.push('.');
    }
    for (i, c) in camel.char_indices() {
        if c.is_ascii_uppercase() && i > 0 {
            map.push('_');
        }
        map.push(c.to_ascii_lowercase());
    }
    map
}

/// Whether a message of that name may be the entry of a map.
pub(super) fn is_entry(name: &str) -> bool {
    name.ends_with(ENTRY)
}

/// Whether Protobuf allows the name.
pub(super) fn check(name: &str) -> Result<(), ConvertError> {
    let is_valid = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.chars().next().is_some_and(|first| !first.is_ascii_digit());
    match is_valid {
        true => Ok(()),
        false => Err(ConvertError(format!("\"{name}\" is not a valid identifier; see scrub.invalid.names"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_scrubbed_as_java_does() {
        for (name, expected) in [
            ("", ""),
            ("abc_DEF_123", "abc_DEF_123"),
            ("abc+-.*_", "abc_2B____"),
            ("abc-def", "abc_def"),
            ("abc+def", "abc_2Bdef"),
            ("abc  def", "abc__def"),
            ("abc.def", "abc_def"),
            ("0abc.def", "x0abc_def"),
            ("_abc.def", "x_abc_def"),
            ("0abc", "x0abc"),
            ("_abc", "x_abc"),
        ] {
            assert_eq!(scrub(name), expected, "{name}");
        }
    }

    #[test]
    fn maps_have_the_names_of_their_fields() {
        for (field, entry, map) in [
            ("params", "paramsEntry", "params"),
            ("map_type", "MapTypeEntry", "map_type"),
            ("ConnectDefault2", "ConnectDefault2Entry", "connect_default2"),
        ] {
            assert_eq!(map_entry(field), entry);
            assert_eq!(map_of_entry(entry), map);
            assert_eq!(map_of_entry(&format!("a.B.{entry}")), format!("a.B.{map}"));
        }
        assert_eq!(map_of_entry("a.Bar"), "a.Bar");
        assert!(check("a_1").is_ok() && ["", "1a", "a-b", "ü"].iter().all(|name| check(name).is_err()));
    }
}
