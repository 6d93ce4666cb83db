//! FieldEquals: a predicate that holds for records whose value has a field with a certain value.

use wasm_connect_sdk::{
    Config, ConfigDef, ConfigKey, Importance, Predicate, Record, Result, Validator, ValueRef, java,
};

wasm_connect_sdk::export! { predicates: [FieldEquals] }

/// Holds where the field, as text, is what the configuration says.
pub struct FieldEquals {
    field: String,
    value: String,
}

impl Predicate for FieldEquals {
    const CLASS: &'static str = "wasmconnect.predicates.FieldEquals";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DOCUMENTATION: &'static str = "Holds for records whose value, a struct or map, has a field that equals a text. \
        Numbers and booleans are compared as Java prints them. It does not hold without the field.";

    fn config_def() -> ConfigDef {
        let field = ConfigKey::string("field").required().validator(Validator::NonEmpty).importance(Importance::High);
        let value = ConfigKey::string("value").required().importance(Importance::High);
        ConfigDef::new().define(field.doc("The name of the field.")).define(value.doc("What it has to equal."))
    }

    fn configure(config: Config) -> Result<Self> {
        let parsed = Self::config_def().parse(&config)?;
        let text = |name| parsed.string(name).unwrap_or_default().to_owned();
        Ok(Self { field: text("field"), value: text("value") })
    }

    fn test(&mut self, record: &Record<'_>) -> Result<bool> {
        match record.value().value()? {
            ValueRef::Struct(whole) => match whole.get_by_name(&self.field) {
                Some(field) => Ok(self.equals(&field?)),
                None => Ok(false),
            },
            ValueRef::Map(map) => {
                for entry in map.iter() {
                    let (name, value) = entry?;
                    if matches!(name, ValueRef::String(name) if name == self.field) {
                        return Ok(self.equals(&value));
                    }
                }
                Ok(false)
            }
            _ => Ok(false),
        }
    }
}

impl FieldEquals {
    fn equals(&self, field: &ValueRef<'_>) -> bool {
        match field {
            ValueRef::String(text) => *text == self.value,
            ValueRef::Boolean(value) => value.to_string() == self.value,
            ValueRef::Int8(value) => value.to_string() == self.value,
            ValueRef::Int16(value) => value.to_string() == self.value,
            ValueRef::Int32(value) => value.to_string() == self.value,
            ValueRef::Int64(value) => value.to_string() == self.value,
            ValueRef::Float32(value) => java::float(*value) == self.value,
            ValueRef::Float64(value) => java::double(*value) == self.value,
            ValueRef::Null | ValueRef::Bytes(_) | ValueRef::Array(_) | ValueRef::Map(_) | ValueRef::Struct(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_connect_sdk::batch::{BatchWriter, FrameHead, Limits, Payload};
    use wasm_connect_sdk::{Batch, Schema, Struct, Value};

    use super::*;

    #[track_caller]
    fn check(value: &str, record: &Value, expected: bool) {
        let config = Config::from_iter([("field", "f"), ("value", value)]);
        let mut predicate = FieldEquals::configure(config).unwrap();
        let mut writer = BatchWriter::new();
        let mut frame = writer.begin(&FrameHead::default());
        frame.value(Payload::Value(None, record)).unwrap();
        frame.finish();
        let bytes = writer.finish();
        let batch = Batch::parse(&bytes, &Limits::default()).unwrap();
        assert_eq!(predicate.test(&batch.record(0).unwrap()).unwrap(), expected, "{value} {record:?}");
    }

    #[test]
    fn a_field_is_compared_as_text() {
        let map = |value| Value::Map(vec![(Value::String("f".into()), value)]);
        check("x", &map(Value::String("x".into())), true);
        check("X", &map(Value::String("x".into())), false);
        check("7", &map(Value::Int64(7)), true);
        check("1.0", &map(Value::Float64(1.0)), true);
        check("true", &map(Value::Boolean(true)), true);
        check("null", &map(Value::Null), false);
        check("x", &Value::Map(vec![(Value::String("g".into()), Value::String("x".into()))]), false);
        let schema = Schema::structure().field("f", Schema::int32().build()).build();
        check("7", &Value::Struct(Struct::from_values(schema, vec![Value::Int32(7)]).unwrap()), true);
        check("x", &Value::String("x".into()), false);
        check("x", &Value::Null, false);
    }
}
