//! The definitions of keys against Java's, and what ours do on purpose and cannot be in Java's answers.

use std::borrow::Cow;

use wasm_connect_batch::{Schema, Struct, Value, logical};

use crate::config::config_def::Default;
use crate::config::definition::ConfigDef;
use crate::connect::{Config, RawConfig};
use crate::transform::{
    ConnectRecord, Part, TransformError, Transformation, builtin_predicates, builtin_transformation,
    builtin_transformations,
};

fn transformation(class: &str, config: &[(&str, &str)]) -> Result<Box<dyn Transformation>, TransformError> {
    let config: Config = config.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    builtin_transformation(&format!("org.apache.kafka.connect.transforms.{class}")).unwrap().create(&config)
}

fn record(schema: Option<Schema>, value: Value) -> ConnectRecord<'static> {
    ConnectRecord {
        topic: Cow::Borrowed("t"),
        partition: None,
        key: Part::NULL,
        value: Part::Owned { schema, value },
        headers: Vec::new(),
        timestamp: None,
        timestamp_type: None,
        kafka_offset: None,
        origin: None,
    }
}

fn value_of(
    class: &str,
    config: &[(&str, &str)],
    schema: Option<Schema>,
    value: Value,
) -> Result<Value, TransformError> {
    let result = transformation(class, config)?.apply(record(schema, value))?.unwrap();
    Ok(result.value.into_owned()?.1)
}

/// `config-defs.txt`, which `tests/scripts/golden.sh` writes: each class, and a line for each of its keys.
#[test]
fn keys_are_defined_as_java_s_are() {
    let transformations = builtin_transformations().iter().map(|builtin| (builtin.class, builtin.config_keys()));
    let predicates = builtin_predicates().iter().map(|builtin| (builtin.class, builtin.config_keys()));
    let mut ours = String::new();
    for (class, keys) in transformations.chain(predicates) {
        ours += &format!("{}\n", class.strip_prefix("org.apache.kafka.connect.transforms.").unwrap());
        let def = ConfigDef::new(keys).unwrap();
        for (key, value) in def.keys().zip(def.validate_all(&RawConfig::new())) {
            assert!(!key.documentation.is_empty(), "{class} {}", key.name);
            let default = match &key.default {
                Default::Required => "(required)",
                Default::Null => "null",
                Default::Value(text) => text,
            };
            let (ty, importance) = (format!("{:?}", key.ty), format!("{:?}", key.importance));
            let columns =
                ["", &key.name, &ty.to_uppercase(), default, &importance.to_uppercase(), &value.errors.join(" | ")];
            ours += &format!("{}\n", columns.join("\t"));
        }
    }
    assert_eq!(ours, include_str!("config-defs.txt"));
}

#[test]
fn tables_are_in_order() {
    assert!(builtin_transformations().is_sorted_by_key(|builtin| builtin.class));
    assert!(builtin_predicates().is_sorted_by_key(|builtin| builtin.class));
}

#[test]
fn masked_decimals_have_the_scale_of_their_schema() {
    let schema = Schema::structure().field("d", logical::decimal(2).build()).build();
    let masked = |replacement: Option<&str>| {
        let value = Struct::from_values(schema.clone(), vec![Value::Bytes(vec![1, 2])]).unwrap();
        let mut config = vec![("fields", "d")];
        config.extend(replacement.map(|text| ("replacement", text)));
        match value_of("MaskField$Value", &config, Some(schema.clone()), Value::Struct(value))? {
            Value::Struct(masked) => Ok(masked.values()[0].clone()),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(masked(None), Ok(Value::Bytes(vec![0])));
    assert_eq!(masked(Some("1.5")), Ok(Value::Bytes(vec![0, 150])));
    assert_eq!(
        masked(Some("1.555")).map_err(|error: TransformError| error.message),
        Err("Decimal value has mismatching scale for given Decimal schema. Schema has scale 2, value has scale 3."
            .to_owned())
    );
}

#[test]
fn schemas_of_all_types_can_be_named() {
    let named = |schema: Schema, value: Value| {
        let mut transformation = transformation("SetSchemaMetadata$Value", &[("schema.name", "n")]).unwrap();
        let result = transformation.apply(record(Some(schema), value.clone())).unwrap().unwrap();
        let (schema, kept) = result.value.into_owned().unwrap();
        assert_eq!(kept, value);
        schema.unwrap()
    };
    assert_eq!(named(Schema::string().build(), Value::String("x".into())), Schema::string().name("n").build());
    let list = Schema::array(Schema::int8().build());
    assert_eq!(named(list.clone().build(), Value::Array(vec![Value::Int8(1)])), list.name("n").build());
}

#[test]
fn a_pattern_of_timestamps_that_is_none_is_refused_at_once() {
    let error = transformation("TimestampRouter", &[("timestamp.format", "bad")]).err().unwrap();
    assert_eq!((error.class, &*error.message), ("java.lang.IllegalArgumentException", "Illegal pattern character 'b'"));
}

#[test]
fn a_record_that_fails_leaves_the_transform_as_it_was() {
    let schema = Schema::structure().field("a", Schema::string().build()).build();
    let value =
        |text: &str| Value::Struct(Struct::from_values(schema.clone(), vec![Value::String(text.to_owned())]).unwrap());
    let mut cast = transformation("Cast$Value", &[("spec", "a:int8")]).unwrap();
    for (text, is_number) in [("1", true), ("x", false), ("2", true), ("300", false), ("3", true)] {
        assert_eq!(cast.apply(record(Some(schema.clone()), value(text))).is_ok(), is_number, "{text}");
    }
}
