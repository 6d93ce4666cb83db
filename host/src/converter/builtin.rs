//! The built-in converters by class name, for the registry and for REST.

use super::byte_array::ByteArrayConverter;
use super::json::JsonConverter;
use super::number::{BooleanConverter, NumberConverter};
use super::simple_header::SimpleHeaderConverter;
use super::string::StringConverter;
use super::{ConvertError, Converter, ConverterType, avro, json_schema, keys, protobuf};
use crate::config::config_def::ConfigKey;
use crate::connect::Config;

/// What the built-in converters report as their version: the Kafka Connect release whose behaviour they have.
pub const VERSION: &str = "4.3.1";

/// The class of `header.converter` if none is configured.
pub const DEFAULT_HEADER_CONVERTER: &str = "org.apache.kafka.connect.storage.SimpleHeaderConverter";

/// Configures a converter.
type Create = fn(&Config, ConverterType) -> Result<Box<dyn Converter>, ConvertError>;

/// A converter that is part of the worker.
pub struct BuiltinConverter {
    /// Full name of Java's class.
    pub class: &'static str,
    /// Whether it may be a `key.converter` or `value.converter`.
    pub is_converter: bool,
    /// Whether it may be a `header.converter`.
    pub is_header_converter: bool,
    pub version: &'static str,
    config_keys: fn() -> Vec<ConfigKey>,
    create: Create,
}

impl BuiltinConverter {
    /// The keys of its configuration.
    pub fn config_keys(&self) -> Vec<ConfigKey> {
        (self.config_keys)()
    }

    /// Configures one. `config` has the keys without their prefix (`value.converter.`); unknown ones are ignored.
    ///
    /// # Errors
    /// A value that is not allowed, in Java's words, or a class that is no converter for `of`.
    pub fn create(&self, config: &Config, of: ConverterType) -> Result<Box<dyn Converter>, ConvertError> {
        match of {
            ConverterType::Header if !self.is_header_converter => {
                Err(ConvertError(format!("{} converts no headers", self.class)))
            }
            ConverterType::Key | ConverterType::Value if !self.is_converter => {
                Err(ConvertError(format!("{} converts headers only", self.class)))
            }
            of => (self.create)(config, of),
        }
    }
}

const fn plain(class: &'static str, config_keys: fn() -> Vec<ConfigKey>, create: Create) -> BuiltinConverter {
    BuiltinConverter { class, is_converter: true, is_header_converter: true, version: VERSION, config_keys, create }
}

/// One that has its schemas in a registry.
const fn registered(class: &'static str, config_keys: fn() -> Vec<ConfigKey>, create: Create) -> BuiltinConverter {
    let version = env!("CARGO_PKG_VERSION");
    BuiltinConverter { class, is_converter: true, is_header_converter: false, version, config_keys, create }
}

static BUILTINS: [BuiltinConverter; 13] = [
    registered("io.confluent.connect.avro.AvroConverter", avro::config_keys, avro::converter),
    registered("io.confluent.connect.json.JsonSchemaConverter", json_schema::config_keys, json_schema::converter),
    registered("io.confluent.connect.protobuf.ProtobufConverter", protobuf::config_keys, protobuf::converter),
    plain("org.apache.kafka.connect.converters.BooleanConverter", keys::common, |_, _| Ok(Box::new(BooleanConverter))),
    plain("org.apache.kafka.connect.converters.ByteArrayConverter", keys::common, |_, _| {
        Ok(Box::new(ByteArrayConverter))
    }),
    plain("org.apache.kafka.connect.converters.DoubleConverter", keys::common, |_, _| {
        Ok(Box::new(NumberConverter::DOUBLE))
    }),
    plain("org.apache.kafka.connect.converters.FloatConverter", keys::common, |_, _| {
        Ok(Box::new(NumberConverter::FLOAT))
    }),
    plain("org.apache.kafka.connect.converters.IntegerConverter", keys::common, |_, _| {
        Ok(Box::new(NumberConverter::INTEGER))
    }),
    plain("org.apache.kafka.connect.converters.LongConverter", keys::common, |_, _| {
        Ok(Box::new(NumberConverter::LONG))
    }),
    plain("org.apache.kafka.connect.converters.ShortConverter", keys::common, |_, _| {
        Ok(Box::new(NumberConverter::SHORT))
    }),
    plain("org.apache.kafka.connect.json.JsonConverter", keys::json, |config, _| {
        Ok(Box::new(JsonConverter::new(config)?))
    }),
    plain("org.apache.kafka.connect.storage.StringConverter", keys::string, |config, _| {
        Ok(Box::new(StringConverter::new(config)?))
    }),
    BuiltinConverter {
        class: DEFAULT_HEADER_CONVERTER,
        is_converter: false,
        is_header_converter: true,
        version: VERSION,
        config_keys: keys::none,
        create: |_, _| Ok(Box::new(SimpleHeaderConverter)),
    },
];

/// Hands bytes on as they are (Java's `ByteArrayConverter`).
pub fn opaque() -> Box<dyn Converter> {
    Box::new(ByteArrayConverter)
}

/// The built-in converter of that full class name.
pub fn builtin(class: &str) -> Option<&'static BuiltinConverter> {
    BUILTINS.iter().find(|builtin| builtin.class == class)
}

/// All built-in converters, ordered by class name.
pub fn builtin_converters() -> &'static [BuiltinConverter] {
    &BUILTINS
}
