//! The built-in transforms by class name, for the registry and for tasks: one file each, `$Key` and `$Value` are two rows.

/// `Cast`.
mod cast;
/// One value as another type.
mod cast_value;
/// `DropHeaders`.
mod drop_headers;
/// `ExtractField`.
mod extract_field;
/// `Filter`.
mod filter;
/// `Flatten`.
mod flatten;
/// `HeaderFrom`.
mod header_from;
/// `HoistField`.
mod hoist_field;
/// `InsertField`.
mod insert_field;
/// `InsertHeader`.
mod insert_header;
/// `MaskField`.
mod mask_field;
/// `RegexRouter`.
mod regex_router;
/// `ReplaceField`.
mod replace_field;
/// `SetSchemaMetadata`.
mod set_schema_metadata;
/// `TimestampConverter`.
mod timestamp_converter;
/// The forms that a time can have.
mod timestamp_form;
/// `TimestampRouter`.
mod timestamp_router;
/// `ValueToKey`.
mod value_to_key;

use super::operand::Operand::{Key, Value};
use super::{TransformError, Transformation, parse};
use crate::config::config_def::ConfigKey;
use crate::config::definition::ParsedConfig;
use crate::connect::Config;

/// A transform that is part of the worker.
pub struct BuiltinTransformation {
    /// Full name of Java's class.
    pub class: &'static str,
    config_keys: fn() -> Vec<ConfigKey>,
    create: fn(&ParsedConfig) -> Result<Box<dyn Transformation>, TransformError>,
}

const fn row(
    class: &'static str,
    config_keys: fn() -> Vec<ConfigKey>,
    create: fn(&ParsedConfig) -> Result<Box<dyn Transformation>, TransformError>,
) -> BuiltinTransformation {
    BuiltinTransformation { class, config_keys, create }
}

/// Ordered by class name.
static BUILTINS: [BuiltinTransformation; 26] = [
    row("org.apache.kafka.connect.transforms.Cast$Key", cast::keys, |config| {
        Ok(Box::new(cast::Cast::new(Key, config)?))
    }),
    row("org.apache.kafka.connect.transforms.Cast$Value", cast::keys, |config| {
        Ok(Box::new(cast::Cast::new(Value, config)?))
    }),
    row("org.apache.kafka.connect.transforms.DropHeaders", drop_headers::keys, |config| {
        Ok(Box::new(drop_headers::DropHeaders::new(config)?))
    }),
    row("org.apache.kafka.connect.transforms.ExtractField$Key", extract_field::keys, |config| {
        Ok(Box::new(extract_field::ExtractField::new(Key, config)?))
    }),
    row("org.apache.kafka.connect.transforms.ExtractField$Value", extract_field::keys, |config| {
        Ok(Box::new(extract_field::ExtractField::new(Value, config)?))
    }),
    row("org.apache.kafka.connect.transforms.Filter", Vec::new, |_| Ok(Box::new(filter::Filter))),
    row("org.apache.kafka.connect.transforms.Flatten$Key", flatten::keys, |config| {
        Ok(Box::new(flatten::Flatten::new(Key, config)?))
    }),
    row("org.apache.kafka.connect.transforms.Flatten$Value", flatten::keys, |config| {
        Ok(Box::new(flatten::Flatten::new(Value, config)?))
    }),
    row("org.apache.kafka.connect.transforms.HeaderFrom$Key", header_from::keys, |config| {
        Ok(Box::new(header_from::HeaderFrom::new(Key, config)?))
    }),
    row("org.apache.kafka.connect.transforms.HeaderFrom$Value", header_from::keys, |config| {
        Ok(Box::new(header_from::HeaderFrom::new(Value, config)?))
    }),
    row("org.apache.kafka.connect.transforms.HoistField$Key", hoist_field::keys, |config| {
        Ok(Box::new(hoist_field::HoistField::new(Key, config)?))
    }),
    row("org.apache.kafka.connect.transforms.HoistField$Value", hoist_field::keys, |config| {
        Ok(Box::new(hoist_field::HoistField::new(Value, config)?))
    }),
    row("org.apache.kafka.connect.transforms.InsertField$Key", insert_field::keys, |config| {
        Ok(Box::new(insert_field::InsertField::new(Key, config)?))
    }),
    row("org.apache.kafka.connect.transforms.InsertField$Value", insert_field::keys, |config| {
        Ok(Box::new(insert_field::InsertField::new(Value, config)?))
    }),
    row("org.apache.kafka.connect.transforms.InsertHeader", insert_header::keys, |config| {
        Ok(Box::new(insert_header::InsertHeader::new(config)?))
    }),
    row("org.apache.kafka.connect.transforms.MaskField$Key", mask_field::keys, |config| {
        Ok(Box::new(mask_field::MaskField::new(Key, config)?))
    }),
    row("org.apache.kafka.connect.transforms.MaskField$Value", mask_field::keys, |config| {
        Ok(Box::new(mask_field::MaskField::new(Value, config)?))
    }),
    row("org.apache.kafka.connect.transforms.RegexRouter", regex_router::keys, |config| {
        Ok(Box::new(regex_router::RegexRouter::new(config)?))
    }),
    row("org.apache.kafka.connect.transforms.ReplaceField$Key", replace_field::keys, |config| {
        Ok(Box::new(replace_field::ReplaceField::new(Key, config)?))
    }),
    row("org.apache.kafka.connect.transforms.ReplaceField$Value", replace_field::keys, |config| {
        Ok(Box::new(replace_field::ReplaceField::new(Value, config)?))
    }),
    row("org.apache.kafka.connect.transforms.SetSchemaMetadata$Key", set_schema_metadata::keys, |config| {
        Ok(Box::new(set_schema_metadata::SetSchemaMetadata::new(Key, config)?))
    }),
    row("org.apache.kafka.connect.transforms.SetSchemaMetadata$Value", set_schema_metadata::keys, |config| {
        Ok(Box::new(set_schema_metadata::SetSchemaMetadata::new(Value, config)?))
    }),
    row("org.apache.kafka.connect.transforms.TimestampConverter$Key", timestamp_converter::keys, |config| {
        Ok(Box::new(timestamp_converter::TimestampConverter::new(Key, config)?))
    }),
    row("org.apache.kafka.connect.transforms.TimestampConverter$Value", timestamp_converter::keys, |config| {
        Ok(Box::new(timestamp_converter::TimestampConverter::new(Value, config)?))
    }),
    row("org.apache.kafka.connect.transforms.TimestampRouter", timestamp_router::keys, |config| {
        Ok(Box::new(timestamp_router::TimestampRouter::new(config)?))
    }),
    row("org.apache.kafka.connect.transforms.ValueToKey", value_to_key::keys, |config| {
        Ok(Box::new(value_to_key::ValueToKey::new(config)?))
    }),
];

// === impl BuiltinTransformation ===

impl BuiltinTransformation {
    /// The keys of its configuration.
    pub fn config_keys(&self) -> Vec<ConfigKey> {
        (self.config_keys)()
    }

    /// Configures one. `config` has the keys without their prefix (`transforms.ALIAS.`); unknown ones are ignored.
    ///
    /// # Errors
    /// A value that is not allowed, in Java's words.
    pub fn create(&self, config: &Config) -> Result<Box<dyn Transformation>, TransformError> {
        (self.create)(&parse(self.config_keys(), config)?)
    }
}

/// The built-in transform of that full class name.
pub fn builtin_transformation(class: &str) -> Option<&'static BuiltinTransformation> {
    BUILTINS.iter().find(|builtin| builtin.class == class)
}

/// All built-in transforms, ordered by class name.
pub fn builtin_transformations() -> &'static [BuiltinTransformation] {
    &BUILTINS
}
