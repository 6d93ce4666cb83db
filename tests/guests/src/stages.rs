//! Transforms, predicates and converters: one that does what a built-in one does, and ones that misbehave where a value says so.

use wasm_connect_sdk::{
    Changes, Config, ConfigDef, ConfigKey, Converter, ConverterRole, Datum, Error, Grant, NewRecord, Payload,
    Predicate, Record, RecordFailure, Result, Schema, SchemaAndValue, SchemaId, Struct, Transformation, Value,
    ValueRef, info,
};

use crate::acts;

/// Does what Kafka's `HoistField$Value` does.
pub struct Hoist {
    field: String,
}

impl Transformation for Hoist {
    const CLASS: &'static str = "tests.guests.Hoist";
    const VERSION: &'static str = "1.0.0";

    fn config_def() -> ConfigDef {
        ConfigDef::new().define(ConfigKey::string("field").required().doc("The name of the only field."))
    }

    fn configure(config: Config) -> Result<Self> {
        Ok(Self { field: config.get("field").unwrap_or_default().to_owned() })
    }

    fn apply(&mut self, record: &Record<'_>, out: &mut NewRecord<'_>) -> Result<(), RecordFailure> {
        let part = record.value();
        let value = part.to_value()?;
        match part.schema() {
            None => {
                let value = Value::Map(vec![(Value::String(self.field.clone()), value)]);
                out.write(record, Changes { value: Some(Payload::Value(None, &value)), ..Changes::default() })
            }
            Some(schema) => {
                let schema = Schema::structure().field(&self.field, schema.clone()).build();
                let hoisted = Struct::from_values(schema.clone(), vec![value]).map_err(RecordFailure::data)?;
                let value = Value::Struct(hoisted);
                out.write(record, Changes { value: Some(Payload::Value(Some(&schema), &value)), ..Changes::default() })
            }
        }
    }
}

/// Says in a header which version it is, and does what the value of a record says: `trap`, `loop`, `eat memory`, `drop`, `refuse`.
pub struct Obedient {
    mark: Option<String>,
}

/// The version that a test replaces; it says itself so, unlike the others.
const OBEDIENT_VERSION: &str = "1.0.0";

impl Transformation for Obedient {
    const CLASS: &'static str = "tests.guests.Obedient";
    const VERSION: &'static str = OBEDIENT_VERSION;
    const DOCUMENTATION: &'static str = "Obeys.";

    fn config_def() -> ConfigDef {
        let mark = ConfigKey::string("mark").doc("The name of a header that gets the version.");
        let file = ConfigKey::string("file").grants(Grant::ReadFile).doc("A file that may be read.");
        ConfigDef::new().define(mark).define(file)
    }

    fn configure(config: Config) -> Result<Self> {
        if let Some(file) = config.get("file") {
            let read = std::fs::read_to_string(file);
            let read = read.map_err(|error| Error::config(format_args!("cannot read {file}: {error}")))?;
            info!("the transform has read {read}");
        }
        Ok(Self { mark: config.get("mark").map(str::to_owned) })
    }

    fn apply(&mut self, record: &Record<'_>, out: &mut NewRecord<'_>) -> Result<(), RecordFailure> {
        match record.value().value()? {
            ValueRef::String("drop") => return Ok(()),
            ValueRef::String("refuse") => return Err(RecordFailure::data("it was told to refuse")),
            ValueRef::String(text) => acts::obey(text),
            _ => {}
        }
        let Some(mark) = &self.mark else { return out.keep(record) };
        let headers = [(mark.as_str(), Payload::Str(SchemaId::STRING, OBEDIENT_VERSION))];
        out.write(record, Changes { headers: Some(&headers), ..Changes::default() })
    }
}

/// Holds for values that are this text, and ends of `trap`.
pub struct IsText {
    text: String,
}

impl Predicate for IsText {
    const CLASS: &'static str = "tests.guests.IsText";
    const VERSION: &'static str = "1.0.0";

    fn config_def() -> ConfigDef {
        ConfigDef::new().define(ConfigKey::string("text").required().doc("The value for which it holds."))
    }

    fn configure(config: Config) -> Result<Self> {
        Ok(Self { text: config.get("text").unwrap_or_default().to_owned() })
    }

    fn test(&mut self, record: &Record<'_>) -> Result<bool> {
        match record.value().value()? {
            ValueRef::String(text) => {
                acts::obey(text);
                Ok(text == self.text)
            }
            _ => Ok(false),
        }
    }
}

/// Text between angle brackets in Kafka; ends of `<trap>` and refuses what has no brackets.
pub struct Bracketed;

impl Converter for Bracketed {
    const CLASS: &'static str = "tests.guests.Bracketed";
    const VERSION: &'static str = "1.0.0";

    fn config_def() -> ConfigDef {
        ConfigDef::new()
    }

    fn configure(_config: Config, _role: ConverterRole) -> Result<Self> {
        Ok(Self)
    }

    fn from_connect(&mut self, _topic: &str, value: Datum<'_>, out: &mut Vec<u8>) -> Result<bool, RecordFailure> {
        match value.value()? {
            ValueRef::Null => Ok(false),
            ValueRef::String(text) => {
                acts::obey(text);
                out.extend_from_slice(format!("<{text}>").as_bytes());
                Ok(true)
            }
            _ => Err(RecordFailure::data("only text goes between brackets")),
        }
    }

    fn to_connect(&mut self, _topic: &str, bytes: Option<&[u8]>) -> Result<SchemaAndValue, RecordFailure> {
        let Some(bytes) = bytes else { return Ok(SchemaAndValue::NULL) };
        let text = std::str::from_utf8(bytes).map_err(RecordFailure::data)?;
        let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
        let inner = inner.ok_or_else(|| RecordFailure::data(format_args!("there are no brackets: {text}")))?;
        acts::obey(inner);
        Ok(SchemaAndValue::new(Schema::string().build(), Value::String(inner.to_owned())))
    }
}
