//! Paths to nested fields (Java's `SingleFieldPath`, KIP-821): names between dots, those with dots in backticks.

use wasm_connect_batch::{Field, Schema, Value};

use super::TransformError;
use super::lazy::Lazy;
use super::replace_null::ReplaceNull;
use super::requirements::{check_map, check_struct};
use super::structure::field_of;
use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance, Validator};
use crate::config::definition::ParsedConfig;

const KEY: &str = "field.syntax.version";
const PURPOSE: &str = "nested field access";

/// What a path may look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldSyntaxVersion {
    /// The name of one field, whatever characters it has.
    V1,
    /// Names between dots.
    V2,
}

impl FieldSyntaxVersion {
    pub fn key() -> ConfigKey {
        ConfigKey::new(
            KEY,
            ConfigType::String,
            Default::value("V1"),
            Importance::High,
            "How fields are named. V1: by the names of those of the outermost struct or map. V2: by paths, with dots between the \
             names of nested fields; a name that has dots itself is put in backticks, as in `foo.bar`.baz.",
        )
        .check(Validator::OneOfIgnoreCase(vec!["V1".into(), "V2".into()]))
    }

    pub fn configured(config: &ParsedConfig) -> Result<Self, TransformError> {
        Ok(if config.text(KEY)?.eq_ignore_ascii_case("V2") { Self::V2 } else { Self::V1 })
    }
}

/// The way to one field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SingleFieldPath {
    /// The fields that the last one is nested in.
    parents: Vec<String>,
    last: String,
}

impl SingleFieldPath {
    pub fn parse(path: &str, version: FieldSyntaxVersion) -> Result<Self, TransformError> {
        let mut steps = match version {
            FieldSyntaxVersion::V1 => vec![path.to_owned()],
            FieldSyntaxVersion::V2 => steps(path)?,
        };
        let last = steps.pop().unwrap_or_default();
        Ok(Self { parents: steps, last })
    }

    /// The field in a struct's schema; none: there is no such field.
    pub fn field_in<'s>(&self, schema: &'s Schema) -> Result<Option<&'s Field>, TransformError> {
        let mut schema = schema;
        for step in &self.parents {
            match field_of(schema, step)? {
                Some((_, field)) => schema = &field.schema,
                None => return Ok(None),
            }
        }
        Ok(field_of(schema, &self.last)?.map(|(_, field)| field))
    }

    /// The field's value in a struct; null if there is no such field.
    pub fn value_in_struct<'p>(
        &self,
        schema: &'p Schema,
        value: Lazy<'p>,
        replace_null: ReplaceNull,
    ) -> Result<Value, TransformError> {
        let (mut schema, mut value) = (schema, value);
        for step in &self.parents {
            let Some((index, field)) = schema.field(step) else { return Ok(Value::Null) };
            schema = &field.schema;
            // On the way defaults count, whatever is configured.
            value = match (value.field(index)?, schema.default_value()) {
                (value, Some(default)) if value.is_null() => Lazy::Owned(default),
                (value, _) => value,
            };
            if value.is_null() {
                return Ok(Value::Null);
            }
            check_struct(Some(schema), value, PURPOSE)?;
        }
        let Some((index, field)) = schema.field(&self.last) else { return Ok(Value::Null) };
        Ok(replace_null.resolve_value(&field.schema, value.field(index)?.to_value()?))
    }

    /// The value of the key in a schemaless map; null if there is no such key.
    pub fn value_in_map(&self, value: Lazy<'_>) -> Result<Value, TransformError> {
        let mut value = value;
        for step in &self.parents {
            value = value.entry(step)?;
            if value.is_null() {
                return Ok(Value::Null);
            }
            check_map(value, PURPOSE)?;
        }
        value.entry(&self.last)?.to_value()
    }
}

/// The names of a path. A name in backticks ends at a backtick before a dot or the end that has no backslash before it.
fn steps(path: &str) -> Result<Vec<String>, TransformError> {
    let chars: Vec<char> = path.chars().collect();
    let mut steps = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        let (step, next) = match chars[at] {
            '`' => quoted_step(path, &chars, at)?,
            _ => {
                let end = chars[at..].iter().position(|c| *c == '.').map_or(chars.len(), |dot| at + dot);
                (chars[at..end].iter().collect(), end + 1)
            }
        };
        steps.push(step);
        at = next;
    }
    if path.ends_with('.') {
        steps.push(String::new());
    }
    Ok(steps)
}

/// The name after the backtick at `start`, and where the next one begins.
fn quoted_step(path: &str, chars: &[char], start: usize) -> Result<(String, usize), TransformError> {
    let mut step = String::new();
    for at in start + 1..chars.len() {
        let (escaped, next) = (chars[at - 1] == '\\', chars.get(at + 1));
        match (chars[at], next) {
            ('`', None) if !escaped => return Ok((step, at + 1)),
            ('`', Some('.')) if escaped => {
                step.pop();
                step.push('`');
            }
            ('`', Some('.')) => return Ok((step, at + 2)),
            (c, _) => step.push(c),
        }
    }
    Err(TransformError::config(format!(
        "Incomplete backtick pair in path: [{path}], consider adding a backslash before backtick at position {start} to escape it"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(path: &str, expected: &[&str]) {
        let parsed = SingleFieldPath::parse(path, FieldSyntaxVersion::V2).unwrap();
        let mut steps = parsed.parents;
        steps.push(parsed.last);
        assert_eq!(steps, expected, "{path}");
    }

    /// The cases of Java's `FieldPathNotationTest`.
    #[test]
    fn dots_part_names_outside_of_backticks() {
        check("", &[""]);
        check("foobarbaz", &["foobarbaz"]);
        check("foo.bar.baz", &["foo", "bar", "baz"]);
        check(".", &["", ""]);
        check(".foo", &["", "foo"]);
        check("foo.", &["foo", ""]);
        check("foo..baz", &["foo", "", "baz"]);
        check("`foo.bar.baz`", &["foo.bar.baz"]);
        check("`foo.bar`.baz", &["foo.bar", "baz"]);
        check("foo.`bar.baz`", &["foo", "bar.baz"]);
        check("foo.`bar.baz`.", &["foo", "bar.baz", ""]);
        check("foo`bar", &["foo`bar"]);
        check("foo`.`bar`", &["foo`", "bar"]);
        check("`foo`bar`", &["foo`bar"]);
        check("`foo\\`.bar`.baz", &["foo`.bar", "baz"]);
        check("`foo\\.bar`.baz", &["foo\\.bar", "baz"]);
        check("foo.`bar\\`baz`", &["foo", "bar\\`baz"]);
        let v1 = SingleFieldPath::parse("foo.`bar", FieldSyntaxVersion::V1).unwrap();
        assert_eq!(v1, SingleFieldPath { parents: vec![], last: "foo.`bar".to_owned() });
    }

    #[test]
    fn a_backtick_without_its_pair_is_an_error() {
        for (path, position) in [("`foo.bar", 0), ("foo.`bar.baz", 4), ("`foo\\`", 0), ("foo.`bar`baz", 4)] {
            let error = SingleFieldPath::parse(path, FieldSyntaxVersion::V2).unwrap_err();
            let expected = format!(
                "Incomplete backtick pair in path: [{path}], consider adding a backslash before backtick at position {position} to escape it"
            );
            assert_eq!(error, TransformError::config(expected));
        }
    }
}
