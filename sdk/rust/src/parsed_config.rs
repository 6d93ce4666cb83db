//! A configuration checked against its definition, with typed values (Java's `AbstractConfig`).

use crate::bindings::plugin::exports::kafka::connect::plugin as wit;
use crate::config_def::ConfigType;
use crate::{Config, ConfigDef, ConfigKey, Error, Result};

/// The values of a plugin's own keys, defaults filled in. Every getter answers none for null, for a key that is not defined,
/// and for a key of another type.
#[derive(Clone, Debug, Default)]
pub struct ParsedConfig {
    values: Vec<(String, Parsed)>,
}

#[derive(Clone, Debug, PartialEq)]
enum Parsed {
    Text(String),
    Whole(i64),
    Real(f64),
    Boolean(bool),
    List(Vec<String>),
}

impl ConfigDef {
    /// Checks types and required keys, with Java's texts. The validators are the host's: it has applied them before.
    pub fn parse(&self, config: &Config) -> Result<ParsedConfig> {
        let mut values = Vec::new();
        for key in self.keys() {
            if let Some(value) = parse_key(key, config.get(key.name()))? {
                values.push((key.name().to_owned(), value));
            }
        }
        Ok(ParsedConfig { values })
    }
}

impl ConfigKey {
    /// The key's name.
    pub fn name(&self) -> &str {
        &self.0.name
    }
}

// === impl ParsedConfig ===

impl ParsedConfig {
    /// A STRING, CLASS or PASSWORD, without spaces around, as in Java.
    pub fn string(&self, name: &str) -> Option<&str> {
        match self.value(name)? {
            Parsed::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A STRING with something in it: many connectors treat an empty value as none.
    pub fn non_empty(&self, name: &str) -> Option<&str> {
        self.string(name).filter(|text| !text.is_empty())
    }

    /// A SHORT, INT or LONG.
    pub fn long(&self, name: &str) -> Option<i64> {
        match self.value(name)? {
            Parsed::Whole(number) => Some(*number),
            _ => None,
        }
    }

    /// A DOUBLE.
    pub fn double(&self, name: &str) -> Option<f64> {
        match self.value(name)? {
            Parsed::Real(number) => Some(*number),
            _ => None,
        }
    }

    /// A BOOLEAN.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        match self.value(name)? {
            Parsed::Boolean(value) => Some(*value),
            _ => None,
        }
    }

    /// A LIST.
    pub fn list(&self, name: &str) -> Option<&[String]> {
        match self.value(name)? {
            Parsed::List(items) => Some(items),
            _ => None,
        }
    }

    fn value(&self, name: &str) -> Option<&Parsed> {
        self.values.iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }
}

// === one key

fn parse_key(key: &ConfigKey, given: Option<&str>) -> Result<Option<Parsed>> {
    let wit::ConfigKey { name, required, default_value, .. } = &key.0;
    match given.or(default_value.as_deref()) {
        Some(text) => parse_value(key.0.type_, text)
            .map(Some)
            .map_err(|why| Error::Config(format!("Invalid value {text} for configuration {name}: {why}"))),
        None if *required => {
            Err(Error::Config(format!("Missing required configuration \"{name}\" which has no default value.")))
        }
        None => Ok(None),
    }
}

fn parse_value(ty: ConfigType, text: &str) -> Result<Parsed, &'static str> {
    let trimmed = text.trim();
    let whole = |why, min: i64, max: i64| match trimmed.parse::<i64>() {
        Ok(number) if (min..=max).contains(&number) => Ok(Parsed::Whole(number)),
        _ => Err(why),
    };
    match ty {
        ConfigType::String | ConfigType::Class | ConfigType::Password => Ok(Parsed::Text(trimmed.to_owned())),
        ConfigType::Short => whole("Not a number of type SHORT", i16::MIN.into(), i16::MAX.into()),
        ConfigType::Int => whole("Not a number of type INT", i32::MIN.into(), i32::MAX.into()),
        ConfigType::Long => whole("Not a number of type LONG", i64::MIN, i64::MAX),
        ConfigType::Double => trimmed.parse().map(Parsed::Real).map_err(|_| "Not a number of type DOUBLE"),
        ConfigType::Boolean if trimmed.eq_ignore_ascii_case("true") => Ok(Parsed::Boolean(true)),
        ConfigType::Boolean if trimmed.eq_ignore_ascii_case("false") => Ok(Parsed::Boolean(false)),
        ConfigType::Boolean => Err("Expected value to be either true or false"),
        ConfigType::List if trimmed.is_empty() => Ok(Parsed::List(Vec::new())),
        ConfigType::List => Ok(Parsed::List(trimmed.split(',').map(|item| item.trim().to_owned()).collect())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn def() -> ConfigDef {
        ConfigDef::new()
            .define(ConfigKey::string("topic").required())
            .define(ConfigKey::int("size").default(2000))
            .define(ConfigKey::list("names"))
            .define(ConfigKey::boolean("on"))
    }

    fn check(entries: &[(&str, &str)], error: &str) {
        assert_eq!(def().parse(&entries.iter().copied().collect()).unwrap_err().message(), error);
    }

    #[test]
    fn defaults_and_types_are_applied() {
        let parsed = def().parse(&Config::from_iter([("topic", " t "), ("names", "a , b"), ("on", "TRUE")])).unwrap();
        assert_eq!(parsed.string("topic"), Some("t"));
        assert_eq!(parsed.long("size"), Some(2000));
        assert_eq!(parsed.list("names"), Some(&["a".to_owned(), "b".to_owned()][..]));
        assert_eq!(parsed.boolean("on"), Some(true));
        assert_eq!(parsed.string("size"), None);
    }

    #[test]
    fn errors_are_worded_as_in_java() {
        check(&[], "Missing required configuration \"topic\" which has no default value.");
        check(&[("topic", "t"), ("size", "x")], "Invalid value x for configuration size: Not a number of type INT");
        check(
            &[("topic", "t"), ("size", "2147483648")],
            "Invalid value 2147483648 for configuration size: Not a number of type INT",
        );
        check(
            &[("topic", "t"), ("on", "1")],
            "Invalid value 1 for configuration on: Expected value to be either true or false",
        );
    }
}
