//! The configuration keys of the worker and of all connectors, one row a key.

pub mod client;
pub mod common;
pub mod distributed;
pub mod limits;
pub mod plugin_upgrade;
pub mod rest;
pub mod restart;
pub mod sandbox;
pub mod sink;
pub mod source;
pub mod standalone;
pub mod topic_creation;
pub mod transforms;
pub mod worker;

use super::config_def::{ConfigKey, ConfigType, Default, Importance};

const NONE: Default = Default::Null;
const REQUIRED: Default = Default::Required;

/// A default value.
const fn is(text: &'static str) -> Default {
    Default::value(text)
}

fn key(
    name: &'static str,
    ty: ConfigType,
    default: Default,
    importance: Importance,
    documentation: &'static str,
) -> ConfigKey {
    ConfigKey::new(name, ty, default, importance, documentation)
}

/// The strings that a key can have.
fn one_of(allowed: &[&'static str]) -> super::config_def::Validator {
    super::config_def::Validator::OneOf(allowed.iter().map(|text| (*text).into()).collect())
}

/// The strings that a key can have, in any case.
fn one_of_any_case(allowed: &[&'static str]) -> super::config_def::Validator {
    super::config_def::Validator::OneOfIgnoreCase(allowed.iter().map(|text| (*text).into()).collect())
}

#[cfg(test)]
mod tests {
    use super::super::config_value::ParsedValue;
    use super::super::definition::ConfigDef;
    use super::super::validators::ensure_valid;
    use super::*;

    #[test]
    fn every_key_is_defined_once_is_documented_and_has_a_valid_default() {
        let sets = [
            super::source::keys(),
            super::sink::keys(),
            super::standalone::keys(),
            super::distributed::keys(),
            super::topic_creation::group_keys("g", "1", "1"),
            super::plugin_upgrade::keys(),
            super::client::keys("producer.override."),
        ];
        for keys in sets {
            let def = ConfigDef::new(keys).unwrap();
            for key in def.keys() {
                assert!(!key.documentation.is_empty(), "{} has no documentation", key.name);
                if let Default::Value(text) = &key.default {
                    let value = ParsedValue::parse(&key.name, text, key.ty).unwrap();
                    ensure_valid(&key.name, key.ty, &value, &key.validators).unwrap();
                }
            }
        }
    }
}
