//! What Connect's schemas are called in Avro, and which properties carry what Avro has no word for.

use crate::converter::ConvertError;
use crate::converter::java::scrub::scrubbed;

pub(super) const NAMESPACE: &str = "io.confluent.connect.avro";
/// The name of structs without one.
pub(super) const DEFAULT_NAME: &str = "ConnectDefault";
pub(super) const DEFAULT_FULL_NAME: &str = "io.confluent.connect.avro.ConnectDefault";
/// The entry of a map whose keys are no strings.
pub(super) const MAP_ENTRY: &str = "MapEntry";
pub(super) const MAP_ENTRY_FULL_NAME: &str = "io.confluent.connect.avro.MapEntry";
pub(super) const ANYTHING: &str = "io.confluent.connect.avro.Anything";
/// The name of a struct that is a union, and of the parameter that makes an enumeration of a string.
pub(super) const UNION: &str = "io.confluent.connect.avro.Union";
pub(super) const ENUM: &str = "io.confluent.connect.avro.Enum";

pub(super) const RECORD_DOC: &str = "io.confluent.connect.avro.record.doc";
pub(super) const ENUM_DOC: &str = "io.confluent.connect.avro.enum.doc.";
pub(super) const ENUM_DEFAULT: &str = "io.confluent.connect.avro.enum.default.";
pub(super) const FIELD_DOC: &str = "io.confluent.connect.avro.field.doc.";
/// The parameter that says that a default was Avro's and not Connect's.
pub(super) const FIELD_DEFAULT: &str = "io.confluent.connect.avro.field.default";

pub(super) const CONNECT_NAME: &str = "connect.name";
pub(super) const CONNECT_DOC: &str = "connect.doc";
pub(super) const CONNECT_VERSION: &str = "connect.version";
pub(super) const CONNECT_DEFAULT: &str = "connect.default";
pub(super) const CONNECT_PARAMETERS: &str = "connect.parameters";
pub(super) const CONNECT_TYPE: &str = "connect.type";
pub(super) const CONNECT_INTERNAL_TYPE: &str = "connect.internal.type";
/// With `discard.type.doc.default`.
pub(super) const CONNECT_RECORD_DOC: &str = "connect.record.doc";
pub(super) const CONNECT_ENUM_DOC: &str = "connect.enum.doc";

pub(super) const LOGICAL_TYPE: &str = "logicalType";
pub(super) const FIXED_SIZE: &str = "connect.fixed.size";
pub(super) const DECIMAL_PRECISION: &str = "connect.decimal.precision";
/// The precision of decimals that do not say theirs.
pub(super) const DEFAULT_PRECISION: i64 = 64;
/// Properties that begin with this are parameters, and the other way round.
pub(super) const AVRO: &str = "avro";

/// A name of letters, digits and underscores only (`scrub.invalid.names`).
pub(super) fn scrub(name: &str) -> String {
    scrubbed(name, |first| first.is_ascii_digit())
}

/// Namespace and name of a full name, scrubbed if that is wanted.
pub(super) fn split(full_name: &str, scrubbed: bool) -> (Option<String>, String) {
    let part = |part: &str| if scrubbed { scrub(part) } else { part.to_owned() };
    // As Java's `String.split`, which drops empty parts at the end.
    let parts: Vec<String> = full_name.trim_end_matches('.').split('.').map(part).collect();
    match parts.split_last() {
        Some((name, [])) => (None, name.clone()),
        Some((name, namespace)) => (Some(namespace.join(".")), name.clone()),
        None => (None, String::new()),
    }
}

/// The last part of a full name.
pub(super) fn simple(full_name: &str) -> &str {
    full_name.rsplit('.').next().unwrap_or(full_name)
}

/// Whether Avro allows the name (`Schema.validateName`).
pub(super) fn check(name: &str) -> Result<(), ConvertError> {
    let mut chars = name.chars();
    match chars.next() {
        None => return Err(ConvertError("Empty name".to_owned())),
        Some(first) if !(first.is_alphabetic() || first == '_') => {
            return Err(ConvertError(format!("Illegal initial character: {name}; see scrub.invalid.names")));
        }
        Some(_) => {}
    }
    match chars.all(|c| c.is_alphanumeric() || c == '_') {
        true => Ok(()),
        false => Err(ConvertError(format!("Illegal character in: {name}; see scrub.invalid.names"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_scrubbed_as_java_does() {
        for (name, expected) in
            [("a_1", "a_1"), ("a-b", "a_b"), ("1a", "x1a"), ("a b", "a_b"), ("a$b", "a_24b"), ("ü", "_C3_BC"), ("", "")]
        {
            assert_eq!(scrub(name), expected, "{name}");
        }
        assert_eq!(split("a-b.c.d e", true), (Some("a_b.c".to_owned()), "d_e".to_owned()));
        assert_eq!(split("R", false), (None, "R".to_owned()));
    }

    #[test]
    fn names_are_checked_as_avro_does() {
        assert!(check("a_1").is_ok() && check("ü").is_ok());
        for name in ["", "1a", "a-b", "a.b"] {
            assert!(check(name).is_err(), "{name}");
        }
    }
}
