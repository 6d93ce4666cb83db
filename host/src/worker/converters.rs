//! The three converters of a task, and their class names for errors.

use crate::converter::Converter;

/// A converter and the class name that configs and errors know it by.
pub struct NamedConverter {
    pub class: String,
    pub converter: Box<dyn Converter>,
}

/// What stands between Kafka's bytes and the records of one task.
pub struct Converters {
    pub key: NamedConverter,
    pub value: NamedConverter,
    pub header: NamedConverter,
}
