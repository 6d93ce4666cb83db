//! The definition of one configuration key (Java's `ConfigDef.ConfigKey`): one row feeds parsing, validation and documentation.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::config_exception::ConfigException;
use super::config_value::ParsedValue;

/// Java's `ConfigDef.Type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum ConfigType {
    Boolean,
    String,
    Int,
    Short,
    Long,
    Double,
    List,
    Class,
    /// Shown as `[hidden]` everywhere.
    Password,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Importance {
    High,
    Medium,
    Low,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Width {
    None,
    Short,
    Medium,
    Long,
}

/// What a key is worth when it is not given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Default {
    /// It must be given.
    Required,
    Null,
    Value(Cow<'static, str>),
}

/// What the value of a key asks the host to open for the connector and its tasks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grant {
    ReadFile,
    WriteFile,
    ReadDir,
    WriteDir,
    Connect { port_key: Option<String>, default_port: Option<u16> },
    Listen { port_key: Option<String>, default_port: Option<u16> },
    StdinIfAbsent,
    StdoutIfAbsent,
}

/// What a parsed value must be, beyond its type. The message texts are Java's.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Validator {
    Min(f64),
    Max(f64),
    OneOf(Vec<Cow<'static, str>>),
    OneOfIgnoreCase(Vec<Cow<'static, str>>),
    NonEmpty,
    NonEmptyWithoutControlChars,
    /// LIST that is not null and has each item once, none of them empty. A configuration that is used (not only checked) loses
    /// repeated items instead, as in Java.
    EachOnce,
    /// As [`Validator::EachOnce`], with at least one item.
    EachOnceNotEmpty,
    /// A regular expression in Java's dialect that the whole value must match.
    Pattern(String),
    /// Built-in checks that are more than a bound: gets the parsed value as text (a list joined by commas) and answers what is
    /// wrong with it, to which `Invalid value … for configuration …: ` is put in front.
    #[serde(skip)]
    Custom(fn(name: &str, value: Option<&str>) -> Result<(), String>),
    /// Built-in checks that see the parsed value and word the whole error (Java's `LambdaValidator`).
    #[serde(skip)]
    Lambda(fn(name: &str, value: &ParsedValue) -> Result<(), ConfigException>),
}

/// One key.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ConfigKey {
    pub name: Cow<'static, str>,
    #[serde(rename = "type")]
    pub ty: ConfigType,
    pub default: Default,
    pub validators: Vec<Validator>,
    pub importance: Importance,
    pub documentation: Cow<'static, str>,
    pub group: Option<Cow<'static, str>>,
    /// −1: not ordered.
    pub order_in_group: i32,
    pub width: Width,
    pub display_name: Cow<'static, str>,
    pub dependents: Vec<Cow<'static, str>>,
    pub grants: Vec<Grant>,
}

// === impl ConfigKey

impl ConfigKey {
    /// A key without validators, group, grants or dependents, shown under its own name.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        ty: ConfigType,
        default: Default,
        importance: Importance,
        documentation: impl Into<Cow<'static, str>>,
    ) -> Self {
        let name = name.into();
        Self {
            display_name: name.clone(),
            name,
            ty,
            default,
            validators: Vec::new(),
            importance,
            documentation: documentation.into(),
            group: None,
            order_in_group: -1,
            width: Width::None,
            dependents: Vec::new(),
            grants: Vec::new(),
        }
    }

    /// Adds a check; the first that fails is the one that is reported.
    #[must_use]
    pub fn check(mut self, validator: Validator) -> Self {
        self.validators.push(validator);
        self
    }

    /// Where a user interface shows the key.
    #[must_use]
    pub fn shown(
        mut self,
        group: impl Into<Cow<'static, str>>,
        order: i32,
        width: Width,
        display_name: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.group = Some(group.into());
        self.order_in_group = order;
        self.width = width;
        self.display_name = display_name.into();
        self
    }
}

impl Default {
    /// A default that is known at compile time.
    pub const fn value(text: &'static str) -> Self {
        Self::Value(Cow::Borrowed(text))
    }
}
