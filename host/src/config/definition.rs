//! A set of configuration keys: reads and checks configurations against them (Java's `ConfigDef`).

use std::collections::HashSet;

use indexmap::IndexMap;

use super::config_def::{ConfigKey, Default as DefaultValue, Validator};
use super::config_exception::ConfigException;
use super::config_infos::{ConfigKeyInfo, ConfigValueInfo};
use super::config_value::ParsedValue;
use super::validators::ensure_valid;
use crate::connect::RawConfig;

/// Keys with unique names, in the order of their definition.
#[derive(Clone, Debug, Default)]
pub struct ConfigDef {
    keys: IndexMap<String, Defined>,
}

#[derive(Clone, Debug)]
struct Defined {
    key: ConfigKey,
    /// So many bytes of the name are a prefix that the key's validators do not know of, as in Java.
    prefix: usize,
}

/// One key's part of a validation (Java's `ConfigValue`).
#[derive(Clone, Debug, PartialEq)]
pub struct ConfigValue {
    pub name: String,
    pub value: ParsedValue,
    pub recommended_values: Vec<String>,
    pub errors: Vec<String>,
    pub visible: bool,
}

/// Resolves the text of a CLASS key to the full name of a class that is there; none: it could not be found.
pub type ClassResolver<'a> = &'a dyn Fn(&ConfigKey, &str) -> Option<String>;

// === impl ConfigDef

impl ConfigDef {
    /// Fails if a name is defined twice.
    pub fn new(keys: impl IntoIterator<Item = ConfigKey>) -> Result<Self, ConfigException> {
        let mut def = Self::default();
        for key in keys {
            def.define(key)?;
        }
        Ok(def)
    }

    /// Adds a key; fails if the name is taken.
    pub fn define(&mut self, key: ConfigKey) -> Result<(), ConfigException> {
        if self.keys.contains_key(&*key.name) {
            return Err(ConfigException(format!("Configuration {} is defined twice.", key.name)));
        }
        self.put(key);
        Ok(())
    }

    /// Adds a key, or replaces the one of that name in its place.
    pub fn put(&mut self, key: ConfigKey) {
        self.keys.insert(key.name.clone().into_owned(), Defined { key, prefix: 0 });
    }

    /// Adds the keys of something inside under `prefix`, all in `group` with orders from `first_order`, in Java's order: by
    /// group and place in it, then required ones first, then by importance, then by name (`ConfigDef.embed`, `sortedConfigs`).
    pub fn embed(&mut self, prefix: &str, group: &str, first_order: i32, keys: impl IntoIterator<Item = ConfigKey>) {
        let inner: Self = keys.into_iter().collect();
        let groups = inner.groups();
        let mut keys: Vec<_> = inner.keys.into_values().map(|defined| defined.key).collect();
        keys.sort_by_cached_key(|key| {
            let group = key.group.as_deref().and_then(|group| groups.iter().position(|known| known == group));
            let has_default = key.default != DefaultValue::Required;
            (group, key.order_in_group, has_default, key.importance, key.name.clone())
        });
        for (order, mut key) in (first_order..).zip(keys) {
            let name = format!("{prefix}{}", key.name);
            key.name = name.clone().into();
            key.group = Some(group.to_owned().into());
            key.order_in_group = order;
            for dependent in &mut key.dependents {
                *dependent = format!("{prefix}{dependent}").into();
            }
            self.keys.insert(name, Defined { key, prefix: prefix.len() });
        }
    }

    /// Adds the keys of another definition, as [`Self::put`] does.
    pub fn absorb(&mut self, other: Self) {
        self.keys.extend(other.keys);
    }

    /// In order of definition.
    pub fn keys(&self) -> impl Iterator<Item = &ConfigKey> {
        self.keys.values().map(|defined| &defined.key)
    }

    pub fn get(&self, name: &str) -> Option<&ConfigKey> {
        self.keys.get(name).map(|defined| &defined.key)
    }

    /// Gives a key another default; nothing if there is no such key.
    pub fn set_default(&mut self, name: &str, default: DefaultValue) {
        if let Some(defined) = self.keys.get_mut(name) {
            defined.key.default = default;
        }
    }

    /// The groups in the order in which they are met first.
    pub fn groups(&self) -> Vec<String> {
        let mut groups: Vec<String> = Vec::new();
        for group in self.keys().filter_map(|key| key.group.as_deref()) {
            if !groups.iter().any(|known| known == group) {
                groups.push(group.to_owned());
            }
        }
        groups
    }

    /// Reads all keys; the first that is wrong is the error. Entries of `config` that are not defined are left alone.
    pub fn parse(&self, config: &RawConfig) -> Result<ParsedConfig, ConfigException> {
        let mut values = IndexMap::with_capacity(self.keys.len());
        for (name, defined) in &self.keys {
            let mut value = defined.read(config, None)?;
            defined.drop_repeated(&mut value);
            defined.ensure_valid(&value)?;
            values.insert(name.clone(), value);
        }
        Ok(ParsedConfig { values })
    }

    /// Reads and checks all keys, in order of definition; class names are taken as they are.
    pub fn validate_all(&self, config: &RawConfig) -> Vec<ConfigValue> {
        self.validate_all_with(config, &|_, class| Some(class.to_owned()))
    }

    /// As [`Self::validate_all`], with `classes` answering which classes there are. Java's order of events: a value that cannot be
    /// read is null, and the validators then see the null. Keys that are named as dependents only come last.
    pub fn validate_all_with(&self, config: &RawConfig, classes: ClassResolver<'_>) -> Vec<ConfigValue> {
        let mut values: Vec<_> = self.keys.values().map(|defined| defined.validate(config, classes)).collect();
        for dependent in self.keys().flat_map(|key| &key.dependents) {
            if !self.keys.contains_key(&**dependent) && !values.iter().any(|value| value.name == **dependent) {
                let mut value = ConfigValue::new(&**dependent);
                value.errors.push(format!("{dependent} is referred in the dependents, but not defined."));
                value.visible = false;
                values.push(value);
            }
        }
        values
    }
}

/// Later keys replace earlier ones of the same name, in their place.
impl FromIterator<ConfigKey> for ConfigDef {
    fn from_iter<I: IntoIterator<Item = ConfigKey>>(keys: I) -> Self {
        let mut def = Self::default();
        keys.into_iter().for_each(|key| def.put(key));
        def
    }
}

impl Defined {
    fn read(&self, config: &RawConfig, classes: Option<ClassResolver<'_>>) -> Result<ParsedValue, ConfigException> {
        let key = &self.key;
        let (given, text) = match (config.get(&*key.name), &key.default) {
            (Some(None), _) | (None, DefaultValue::Null) => return Ok(ParsedValue::Null),
            (Some(Some(text)), _) => (true, text.as_str()),
            (None, DefaultValue::Value(text)) => (false, &**text),
            (None, DefaultValue::Required) => return Err(ConfigException::missing(&key.name)),
        };
        let value = ParsedValue::parse(&key.name, text, key.ty)?;
        match (value, classes) {
            (ParsedValue::Class(class), Some(classes)) if given => match classes(key, &class) {
                Some(class) => Ok(ParsedValue::Class(class)),
                None => {
                    Err(ConfigException::invalid(&key.name, text, format_args!("Class {text} could not be found.")))
                }
            },
            (value, _) => Ok(value),
        }
    }

    /// A list whose items are to be unique is made so before it is used (Java's `ConfigDef.parseValue`).
    fn drop_repeated(&self, value: &mut ParsedValue) {
        let unique = |validator: &Validator| matches!(validator, Validator::EachOnce | Validator::EachOnceNotEmpty);
        if let ParsedValue::List(items) = value
            && self.key.validators.iter().any(unique)
        {
            let given = items.len();
            let mut known = HashSet::new();
            items.retain(|item| known.insert(item.clone()));
            if items.len() < given {
                tracing::warn!("configuration {} has repeated items, which are ignored", self.key.name);
            }
        }
    }

    fn ensure_valid(&self, value: &ParsedValue) -> Result<(), ConfigException> {
        ensure_valid(&self.key.name[self.prefix..], self.key.ty, value, &self.key.validators)
    }

    fn validate(&self, config: &RawConfig, classes: ClassResolver<'_>) -> ConfigValue {
        let mut result = ConfigValue::new(&*self.key.name);
        match self.read(config, Some(classes)) {
            Ok(value) => result.value = value,
            Err(error) => result.errors.push(error.0),
        }
        if let Err(error) = self.ensure_valid(&result.value) {
            result.errors.push(error.0);
        }
        result
    }
}

// === impl ConfigValue

impl ConfigValue {
    /// Null, visible and without errors.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: ParsedValue::Null,
            recommended_values: Vec::new(),
            errors: Vec::new(),
            visible: true,
        }
    }
}

impl From<ConfigValue> for ConfigValueInfo {
    fn from(value: ConfigValue) -> Self {
        Self {
            value: value.value.to_text(),
            name: value.name,
            recommended_values: value.recommended_values,
            errors: value.errors,
            visible: value.visible,
        }
    }
}

impl From<&ConfigKey> for ConfigKeyInfo {
    fn from(key: &ConfigKey) -> Self {
        let default_value = match &key.default {
            DefaultValue::Value(text) => {
                ParsedValue::parse(&key.name, text, key.ty).ok().and_then(|value| value.to_text())
            }
            DefaultValue::Required | DefaultValue::Null => None,
        };
        Self {
            name: key.name.clone().into_owned(),
            ty: key.ty,
            required: key.default == DefaultValue::Required,
            default_value,
            importance: key.importance,
            documentation: key.documentation.clone().into_owned(),
            group: key.group.clone().map(Into::into),
            order_in_group: key.order_in_group,
            width: key.width,
            display_name: key.display_name.clone().into_owned(),
            dependents: key.dependents.iter().map(|name| name.clone().into_owned()).collect(),
        }
    }
}

// === ParsedConfig

/// All keys of a definition with their values, for typed configurations to read.
#[derive(Clone, Debug)]
pub struct ParsedConfig {
    values: IndexMap<String, ParsedValue>,
}

/// Each getter fails if the key is not defined with that type (Java: `Unknown configuration 'x'`).
impl ParsedConfig {
    pub fn get(&self, name: &str) -> Option<&ParsedValue> {
        self.values.get(name)
    }

    /// STRING or CLASS; none: null.
    pub fn string(&self, name: &str) -> Result<Option<String>, ConfigException> {
        match self.get(name) {
            Some(ParsedValue::String(text) | ParsedValue::Class(text)) => Ok(Some(text.clone())),
            Some(ParsedValue::Null) => Ok(None),
            _ => Err(unknown(name)),
        }
    }

    /// STRING or CLASS that is never null.
    pub fn text(&self, name: &str) -> Result<String, ConfigException> {
        self.string(name)?.ok_or_else(|| ConfigException::missing(name))
    }

    pub fn bool(&self, name: &str) -> Result<bool, ConfigException> {
        match self.get(name) {
            Some(ParsedValue::Boolean(value)) => Ok(*value),
            _ => Err(unknown(name)),
        }
    }

    /// INT, SHORT or LONG; none: null.
    pub fn integer(&self, name: &str) -> Result<Option<i64>, ConfigException> {
        match self.get(name) {
            Some(ParsedValue::Int(value)) => Ok(Some(i64::from(*value))),
            Some(ParsedValue::Short(value)) => Ok(Some(i64::from(*value))),
            Some(ParsedValue::Long(value)) => Ok(Some(*value)),
            Some(ParsedValue::Null) => Ok(None),
            _ => Err(unknown(name)),
        }
    }

    /// INT, SHORT or LONG that is never null, as whatever integer the caller keeps it in.
    pub fn number<N: TryFrom<i64>>(&self, name: &str) -> Result<N, ConfigException> {
        let value = self.integer(name)?.ok_or_else(|| ConfigException::missing(name))?;
        N::try_from(value).map_err(|_| ConfigException::invalid(name, value, "Value is out of range"))
    }

    /// A number of milliseconds.
    pub fn millis(&self, name: &str) -> Result<std::time::Duration, ConfigException> {
        self.number(name).map(std::time::Duration::from_millis)
    }

    /// LIST; null is the empty list.
    pub fn list(&self, name: &str) -> Result<Vec<String>, ConfigException> {
        match self.get(name) {
            Some(ParsedValue::List(items)) => Ok(items.clone()),
            Some(ParsedValue::Null) => Ok(Vec::new()),
            _ => Err(unknown(name)),
        }
    }
}

fn unknown(name: &str) -> ConfigException {
    ConfigException(format!("Unknown configuration '{name}'"))
}

#[cfg(test)]
mod tests {
    use super::super::config_def::{ConfigType, Importance, Validator, Width};
    use super::*;

    fn key(name: &'static str, ty: ConfigType, default: DefaultValue) -> ConfigKey {
        ConfigKey::new(name, ty, default, Importance::Low, "")
    }

    fn raw(entries: &[(&str, Option<&str>)]) -> RawConfig {
        entries.iter().map(|(k, v)| ((*k).to_owned(), v.map(str::to_owned))).collect()
    }

    #[test]
    fn a_name_can_be_defined_once() {
        let twice = [key("a", ConfigType::Int, DefaultValue::Null), key("a", ConfigType::Int, DefaultValue::Null)];
        assert_eq!(ConfigDef::new(twice).unwrap_err().0, "Configuration a is defined twice.");
    }

    #[test]
    fn validators_see_the_null_of_a_value_that_cannot_be_read() {
        let def =
            ConfigDef::new([key("n", ConfigType::Int, DefaultValue::value("1")).check(Validator::Min(1.0))]).unwrap();
        let errors = |text: Option<&str>| def.validate_all(&raw(&[("n", text)])).remove(0).errors;
        assert_eq!(errors(Some("0")), ["Invalid value 0 for configuration n: Value must be at least 1"]);
        assert_eq!(
            errors(Some("x")),
            [
                "Invalid value x for configuration n: Not a number of type INT",
                "Invalid value null for configuration n: Value must be non-null"
            ]
        );
        assert_eq!(errors(None), ["Invalid value null for configuration n: Value must be non-null"]);
        assert!(errors(Some("1")).is_empty());
    }

    #[test]
    fn embedded_validators_do_not_know_the_prefix() {
        let mut def = ConfigDef::default();
        def.embed("p.", "P", 2, [key("n", ConfigType::Int, DefaultValue::Required).check(Validator::Max(3.0))]);
        let value = def.validate_all(&raw(&[("p.n", Some("4"))])).remove(0);
        assert_eq!(value.name, "p.n");
        assert_eq!(value.errors, ["Invalid value 4 for configuration n: Value must be no more than 3"]);
        assert_eq!(
            def.validate_all(&raw(&[])).remove(0).errors[0],
            "Missing required configuration \"p.n\" which has no default value."
        );
    }

    #[test]
    fn embedded_keys_come_in_the_order_of_java() {
        let of = |name, default, importance| ConfigKey::new(name, ConfigType::String, default, importance, "");
        let grouped =
            |name, order| key(name, ConfigType::String, DefaultValue::Null).shown("G", order, Width::None, name);
        let mut def = ConfigDef::default();
        def.embed(
            "p.",
            "P",
            2,
            [
                grouped("g1", 1),
                grouped("g0", 0),
                of("low", DefaultValue::Null, Importance::Low),
                of("b", DefaultValue::Null, Importance::Medium),
                of("a", DefaultValue::Null, Importance::Medium),
                of("required", DefaultValue::Required, Importance::Low),
                of("high", DefaultValue::Null, Importance::High),
            ],
        );
        let keys: Vec<_> = def.keys().map(|key| (&key.name[2..], key.order_in_group)).collect();
        let expected = [("required", 2), ("high", 3), ("a", 4), ("b", 5), ("low", 6), ("g0", 7), ("g1", 8)];
        assert_eq!(keys, expected);
    }

    #[test]
    fn an_undefined_dependent_is_an_invisible_error() {
        let mut parent = key("a", ConfigType::String, DefaultValue::Null);
        parent.dependents = vec!["b".into()];
        let values = ConfigDef::new([parent]).unwrap().validate_all(&raw(&[]));
        assert_eq!(values[1].errors, ["b is referred in the dependents, but not defined."]);
        assert!(!values[1].visible);
    }

    #[test]
    fn a_class_that_is_not_there_is_named() {
        let def = ConfigDef::new([key("c", ConfigType::Class, DefaultValue::Null)]).unwrap();
        let value = def.validate_all_with(&raw(&[("c", Some("Nope"))]), &|_, _| None).remove(0);
        assert_eq!(value.errors, ["Invalid value Nope for configuration c: Class Nope could not be found."]);
    }

    #[test]
    fn repeated_items_are_an_error_to_validation_and_dropped_in_use() {
        let def = ConfigDef::new([key("l", ConfigType::List, DefaultValue::Null).check(Validator::EachOnce)]).unwrap();
        let config = raw(&[("l", Some("a,b,a"))]);
        assert_eq!(def.validate_all(&config)[0].errors, ["Configuration 'l' values must not be duplicated."]);
        assert_eq!(def.parse(&config).unwrap().list("l"), Ok(vec!["a".to_owned(), "b".to_owned()]));
    }

    #[test]
    fn parsing_stops_at_the_first_error() {
        let def = ConfigDef::new([key("a", ConfigType::Long, DefaultValue::Required)]).unwrap();
        assert_eq!(
            def.parse(&raw(&[])).unwrap_err().0,
            "Missing required configuration \"a\" which has no default value."
        );
        assert_eq!(def.parse(&raw(&[("a", Some("7")), ("b", None)])).unwrap().number::<u16>("a"), Ok(7));
    }
}
