//! What a plugin can be configured with (Java's `ConfigDef`), and what the value of a key allows the plugin to open.

use crate::bindings::plugin::exports::kafka::connect::plugin as wit;

pub use wit::{ConfigType, Importance, Width};

/// The keys of a plugin, in the order in which tools show them.
#[derive(Clone, Debug, Default)]
pub struct ConfigDef {
    keys: Vec<ConfigKey>,
}

/// One key: name, type, default, and how to show it. Not required and without default: null when absent.
#[derive(Clone, Debug)]
pub struct ConfigKey(pub(crate) wit::ConfigKey);

/// What the value of a key asks the host to open. The worker's allowlist has the last word.
#[derive(Clone, Debug)]
pub enum Grant {
    /// The file that the value names, to be read; it need not be there yet. Nothing beside it.
    ReadFile,
    /// The file that the value names, to be written and created, and read as well.
    WriteFile,
    /// The directory that the value names and what is under it, to be read.
    ReadDir,
    /// The same, to be written too.
    WriteDir,
    /// Connect to the host, `host:port`, URL or comma-separated list of them that the value names, by TCP, UDP or `wasi:http`.
    Connect {
        /// The key that holds the port where the value has none.
        port_key: Option<&'static str>,
        /// The port where neither value nor key nor the URL's scheme says one. Without any there is no grant.
        default_port: Option<u16>,
    },
    /// Listen by TCP on the IP address that the value names.
    Listen {
        /// The key that holds the port where the value has none.
        port_key: Option<&'static str>,
        /// The port where neither value nor key nor the URL's scheme says one. Without any there is no grant.
        default_port: Option<u16>,
    },
    /// The worker's standard input while the key has no value; standalone mode only.
    StdinIfAbsent,
    /// The worker's standard output while the key has no value; standalone mode only.
    StdoutIfAbsent,
}

/// A check that the host makes before it asks the plugin.
#[derive(Clone, Debug)]
pub enum Validator {
    /// A number that is at least this.
    Min(f64),
    /// A number that is at most this.
    Max(f64),
    /// One of these texts.
    OneOf(Vec<String>),
    /// Not the empty text (Java's `NonEmptyString`).
    NonEmpty,
    /// A text that matches this regular expression of Java's as a whole.
    Pattern(String),
}

// === impl ConfigDef ===

impl ConfigDef {
    /// No keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// The same with one more key.
    pub fn define(mut self, key: ConfigKey) -> Self {
        self.keys.push(key);
        self
    }

    /// The keys in the order of their definition.
    pub fn keys(&self) -> &[ConfigKey] {
        &self.keys
    }
}

impl From<ConfigDef> for Vec<wit::ConfigKey> {
    fn from(def: ConfigDef) -> Self {
        def.keys.into_iter().map(|key| key.0).collect()
    }
}

// === impl ConfigKey ===

impl ConfigKey {
    /// A key of medium importance, optional, without default, displayed under its name.
    pub fn new(name: impl Into<String>, ty: ConfigType) -> Self {
        let name = name.into();
        Self(wit::ConfigKey {
            display_name: name.clone(),
            name,
            type_: ty,
            default_value: None,
            required: false,
            importance: Importance::Medium,
            documentation: String::new(),
            group: None,
            order_in_group: -1,
            width: Width::None,
            dependents: Vec::new(),
            grants: Vec::new(),
            validators: Vec::new(),
            extra: Vec::new(),
        })
    }

    /// A key of type STRING.
    pub fn string(name: impl Into<String>) -> Self {
        Self::new(name, ConfigType::String)
    }

    /// A key of type INT (32 bits).
    pub fn int(name: impl Into<String>) -> Self {
        Self::new(name, ConfigType::Int)
    }

    /// A key of type LONG (64 bits).
    pub fn long(name: impl Into<String>) -> Self {
        Self::new(name, ConfigType::Long)
    }

    /// A key of type BOOLEAN.
    pub fn boolean(name: impl Into<String>) -> Self {
        Self::new(name, ConfigType::Boolean)
    }

    /// A key of type LIST: texts separated by commas.
    pub fn list(name: impl Into<String>) -> Self {
        Self::new(name, ConfigType::List)
    }

    /// A key of type PASSWORD: hidden in logs and answers.
    pub fn password(name: impl Into<String>) -> Self {
        Self::new(name, ConfigType::Password)
    }

    /// A value must be given.
    pub fn required(mut self) -> Self {
        self.0.required = true;
        self
    }

    /// What an absent key means, as text.
    pub fn default(mut self, value: impl ToString) -> Self {
        self.0.default_value = Some(value.to_string());
        self
    }

    /// How much the key matters to somebody who configures the plugin.
    pub fn importance(mut self, importance: Importance) -> Self {
        self.0.importance = importance;
        self
    }

    /// What the key does.
    pub fn doc(mut self, documentation: impl Into<String>) -> Self {
        self.0.documentation = documentation.into();
        self
    }

    /// Where forms show the key: group, place in it from 1.
    pub fn group(mut self, group: impl Into<String>, order: i32) -> Self {
        self.0.group = Some(group.into());
        self.0.order_in_group = order;
        self
    }

    /// How wide a form's field is.
    pub fn width(mut self, width: Width) -> Self {
        self.0.width = width;
        self
    }

    /// What forms show in place of the name.
    pub fn display_name(mut self, name: impl Into<String>) -> Self {
        self.0.display_name = name.into();
        self
    }

    /// Keys whose validity depends on this one.
    pub fn dependents(mut self, names: &[&str]) -> Self {
        self.0.dependents = names.iter().map(ToString::to_string).collect();
        self
    }

    /// What the value allows the plugin to open; may be called more than once.
    pub fn grants(mut self, grant: Grant) -> Self {
        self.0.grants.push(grant.into());
        self
    }

    /// A check by the host; may be called more than once.
    pub fn validator(mut self, validator: Validator) -> Self {
        self.0.validators.push(validator.into());
        self
    }
}

// === into the contract's types

impl From<Grant> for wit::Grant {
    fn from(grant: Grant) -> Self {
        let net =
            |port_key: Option<&str>, default_port| wit::Net { port_key: port_key.map(str::to_owned), default_port };
        match grant {
            Grant::ReadFile => Self::ReadFile,
            Grant::WriteFile => Self::WriteFile,
            Grant::ReadDir => Self::ReadDir,
            Grant::WriteDir => Self::WriteDir,
            Grant::Connect { port_key, default_port } => Self::Connect(net(port_key, default_port)),
            Grant::Listen { port_key, default_port } => Self::Listen(net(port_key, default_port)),
            Grant::StdinIfAbsent => Self::StdinIfAbsent,
            Grant::StdoutIfAbsent => Self::StdoutIfAbsent,
        }
    }
}

impl From<Validator> for wit::Validator {
    fn from(validator: Validator) -> Self {
        match validator {
            Validator::Min(least) => Self::Min(least),
            Validator::Max(most) => Self::Max(most),
            Validator::OneOf(values) => Self::OneOf(values),
            Validator::NonEmpty => Self::NonEmpty,
            Validator::Pattern(pattern) => Self::Pattern(pattern),
        }
    }
}
