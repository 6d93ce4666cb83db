//! HashField: replaces fields of a record by their SHA-256, so that what they held can be compared and not read.

use std::fmt::Write;

use sha2::{Digest, Sha256};
use wasm_connect_sdk::{
    Changes, Config, ConfigDef, ConfigKey, Datum, Importance, NewRecord, Payload, Record, RecordFailure, Result,
    Struct, Transformation, Validator, Value,
};

wasm_connect_sdk::export! { transformations: [HashKeyField, HashValueField] }

/// `HashField$Key`.
pub struct HashKeyField(HashField);

/// `HashField$Value`.
pub struct HashValueField(HashField);

/// What both do.
struct HashField {
    fields: Vec<String>,
    salt: String,
}

const VERSION: &str = env!("CARGO_PKG_VERSION");
const DOCUMENTATION: &str = "Replaces string fields of a struct or map by the SHA-256 of salt and text, in hexadecimal digits. Null stays null.";

macro_rules! transformation {
    ($transformation:ident, $class:literal, $part:ident) => {
        impl Transformation for $transformation {
            const CLASS: &'static str = $class;
            const VERSION: &'static str = VERSION;
            const DOCUMENTATION: &'static str = DOCUMENTATION;

            fn config_def() -> ConfigDef {
                config_def()
            }

            fn configure(config: Config) -> Result<Self> {
                Ok(Self(HashField::new(&config)?))
            }

            fn apply(&mut self, record: &Record<'_>, out: &mut NewRecord<'_>) -> Result<(), RecordFailure> {
                let part = record.$part();
                let Some(hashed) = self.0.hashed(part)? else { return out.keep(record) };
                let payload = Some(Payload::Value(part.schema(), &hashed));
                out.write(record, Changes { $part: payload, ..Changes::default() })
            }
        }
    };
}

transformation!(HashKeyField, "wasmconnect.transforms.HashField$Key", key);
transformation!(HashValueField, "wasmconnect.transforms.HashField$Value", value);

fn config_def() -> ConfigDef {
    let fields = ConfigKey::list("fields").required().validator(Validator::NonEmpty).importance(Importance::High);
    let salt = ConfigKey::password("salt").default("").importance(Importance::Medium);
    ConfigDef::new()
        .define(fields.doc("The names of the fields to be hashed."))
        .define(salt.doc("What is hashed before each value, so that common values cannot be looked up."))
}

impl HashField {
    fn new(config: &Config) -> Result<Self> {
        let parsed = config_def().parse(config)?;
        let fields = parsed.list("fields").unwrap_or_default().to_vec();
        Ok(Self { fields, salt: parsed.string("salt").unwrap_or_default().to_owned() })
    }

    /// The part with its fields hashed; none: it has none of them.
    fn hashed(&self, part: Datum<'_>) -> Result<Option<Value>, RecordFailure> {
        match part.to_value()? {
            Value::Struct(whole) => {
                let schema = whole.schema().clone();
                let mut values = whole.into_values();
                let mut changed = false;
                for (field, value) in schema.fields().iter().zip(&mut values) {
                    if self.fields.contains(&field.name) {
                        changed |= self.hash(&field.name, value)?;
                    }
                }
                let rebuilt = || Struct::from_values(schema, values).map_err(RecordFailure::data);
                if changed { Ok(Some(Value::Struct(rebuilt()?))) } else { Ok(None) }
            }
            Value::Map(mut entries) => {
                let mut changed = false;
                for (name, value) in &mut entries {
                    if let Value::String(name) = name
                        && self.fields.contains(name)
                    {
                        changed |= self.hash(name, value)?;
                    }
                }
                Ok(changed.then_some(Value::Map(entries)))
            }
            // A tombstone has nothing to hide.
            Value::Null => Ok(None),
            _ => Err(RecordFailure::data("Only a struct or map has fields to be hashed")),
        }
    }

    /// Whether it was one to be hashed.
    fn hash(&self, name: &str, value: &mut Value) -> Result<bool, RecordFailure> {
        match value {
            Value::Null => Ok(false),
            Value::String(text) => {
                let digest = Sha256::new().chain_update(&self.salt).chain_update(&*text).finalize();
                text.clear();
                digest.iter().for_each(|byte| _ = write!(text, "{byte:02x}"));
                Ok(true)
            }
            _ => Err(RecordFailure::data(format_args!("The field '{name}' is no string"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use wasm_connect_sdk::batch::{BatchWriter, FrameHead, Limits};
    use wasm_connect_sdk::{Batch, RecordError, Schema, apply_batch};

    use super::*;

    fn hash() -> HashValueField {
        let config = Config::from_iter([("fields", "name,nick"), ("salt", "salt")]);
        HashValueField::configure(config).unwrap()
    }

    fn apply(parts: &[(Option<&Schema>, Value)]) -> (Vec<Value>, Vec<RecordError>) {
        let mut writer = BatchWriter::new();
        for (schema, value) in parts {
            let mut frame = writer.begin(&FrameHead::default());
            frame.value(Payload::Value(*schema, value)).unwrap();
            frame.finish();
        }
        let bytes = writer.finish();
        let (answer, failed) = apply_batch(&mut hash(), &Batch::parse(&bytes, &Limits::default()).unwrap()).unwrap();
        let answer = Batch::parse(&answer, &Limits::default()).unwrap();
        (answer.records().map(|(_, record)| record.value().to_value().unwrap()).collect(), failed)
    }

    fn sha256(text: &str) -> String {
        Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn named_fields_of_structs_and_maps_are_hashed() {
        let string = || Schema::string().build();
        let schema = Schema::structure().field("name", string()).field("city", string());
        let schema = schema.field("nick", Schema::string().optional().build()).build();
        let values = vec![Value::String("Ada".into()), Value::String("London".into()), Value::Null];
        let person = Value::Struct(Struct::from_values(schema.clone(), values).unwrap());
        let text = |text: &str| Value::String(text.to_owned());
        let map = Value::Map(vec![(text("name"), text("Ada")), (text("age"), Value::Int32(36))]);
        let (answers, failed) = apply(&[(Some(&schema), person), (None, map), (None, Value::Null)]);
        assert_eq!(failed, []);
        let hashed = text(&sha256("saltAda"));
        let Value::Struct(person) = &answers[0] else { panic!("a struct") };
        assert_eq!(person.values(), [hashed.clone(), text("London"), Value::Null]);
        assert_eq!(answers[1], Value::Map(vec![(text("name"), hashed), (text("age"), Value::Int32(36))]));
        assert_eq!(answers[2], Value::Null);
    }

    #[test]
    fn a_field_that_is_no_string_fails_its_record_alone() {
        let map = |value| Value::Map(vec![(Value::String("name".into()), value)]);
        let good = map(Value::String("Ada".into()));
        let (answers, failed) = apply(&[(None, map(Value::Int8(1))), (None, Value::Int8(1)), (None, good)]);
        let reasons: Vec<_> = failed.iter().map(|error| (error.index, error.message.as_str())).collect();
        assert_eq!(
            reasons,
            [(0, "The field 'name' is no string"), (1, "Only a struct or map has fields to be hashed")]
        );
        assert_eq!(answers, [map(Value::String(sha256("saltAda")))]);
    }
}
