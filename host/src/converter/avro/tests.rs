//! Avro's schemas and bytes: as Java's converter writes them, as another implementation reads and writes them, and anything at all.

use apache_avro::types::Value as Theirs;
use wasm_connect_batch::{Schema, Struct, Type, Value, logical};

use super::*;
use crate::converter::testing::{read_as, through, write_as};
use crate::converter::tests::random::Random;

fn avro(change: impl FnOnce(&mut Options)) -> Avro {
    let mut options = Options {
        enhanced: false,
        scrub: false,
        connect_meta_data: true,
        allow_optional_map_keys: false,
        flatten_singleton_unions: true,
        discard_type_doc_default: false,
        ignore_default_for_nullables: false,
    };
    change(&mut options);
    Avro(options)
}

fn plain() -> Avro {
    avro(|_| {})
}

fn structure(schema: &Schema, values: Vec<Value>) -> Value {
    Value::Struct(Struct::from_values(schema.clone(), values).unwrap())
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

#[test]
fn schemas_are_written_as_java_writes_them() {
    let person = Schema::structure()
        .name("com.example.Person")
        .version(3)
        .field("name", Schema::string().build())
        .field("age", Schema::int8().optional().build())
        .field("score", Schema::float64().default_value(Value::Float64(1.5)).build())
        .field("nick", Schema::string().optional().default_value(text("x")).build());
    let nested = Schema::structure()
        .name("a.Outer")
        .field("one", Schema::structure().name("a.Inner").field("x", Schema::int32().build()).build())
        .field("two", Schema::structure().name("a.Inner").field("x", Schema::int32().build()).optional().build());
    let odd_map = Schema::map(Schema::int32().build(), Schema::string().optional().build());
    for (schema, expected) in [
        (Schema::string().build(), r#""string""#),
        (Schema::int64().optional().build(), r#"["null","long"]"#),
        (Schema::int16().build(), r#"{"type":"int","connect.type":"int16"}"#),
        (Schema::bytes().doc("d").version(2).build(), r#"{"type":"bytes","connect.doc":"d","connect.version":2}"#),
        (
            logical::decimal(2).build(),
            r#"{"type":"bytes","scale":2,"precision":64,"connect.version":1,"connect.parameters":{"scale":"2"},"connect.name":"org.apache.kafka.connect.data.Decimal","logicalType":"decimal"}"#,
        ),
        (
            logical::timestamp().optional().build(),
            r#"["null",{"type":"long","connect.version":1,"connect.name":"org.apache.kafka.connect.data.Timestamp","logicalType":"timestamp-millis"}]"#,
        ),
        (Schema::array(Schema::int32().build()).build(), r#"{"type":"array","items":"int"}"#),
        (
            Schema::map(Schema::string().build(), Schema::boolean().optional().build()).build(),
            r#"{"type":"map","values":["null","boolean"]}"#,
        ),
        (
            odd_map.build(),
            r#"{"type":"array","items":{"type":"record","name":"MapEntry","namespace":"io.confluent.connect.avro","fields":[{"name":"key","type":"int"},{"name":"value","type":["null","string"],"default":null}]}}"#,
        ),
        (
            person.build(),
            r#"{"type":"record","name":"Person","namespace":"com.example","fields":[{"name":"name","type":"string"},{"name":"age","type":["null",{"type":"int","connect.type":"int8"}],"default":null},{"name":"score","type":{"type":"double","connect.default":1.5},"default":1.5},{"name":"nick","type":[{"type":"string","connect.default":"x"},"null"],"default":"x"}],"connect.version":3,"connect.name":"com.example.Person"}"#,
        ),
        (
            nested.build(),
            r#"{"type":"record","name":"Outer","namespace":"a","fields":[{"name":"one","type":{"type":"record","name":"Inner","fields":[{"name":"x","type":"int"}],"connect.name":"a.Inner"}},{"name":"two","type":["null","Inner"],"default":null}],"connect.name":"a.Outer"}"#,
        ),
        (
            Schema::structure().field("a", Schema::structure().field("b", Schema::int32().build()).build()).build(),
            r#"{"type":"record","name":"ConnectDefault","namespace":"io.confluent.connect.avro","fields":[{"name":"a","type":{"type":"record","name":"ConnectDefault2","fields":[{"name":"b","type":"int"}]}}]}"#,
        ),
    ] {
        assert_eq!(plain().definition(Some(&schema)).unwrap().text, expected);
    }
    let anything = plain().definition(None).unwrap();
    assert_eq!(anything.record.as_deref(), Some("io.confluent.connect.avro.Anything"));
    serde_json::from_str::<serde_json::Value>(&anything.text).unwrap();
}

#[test]
fn options_change_the_schema() {
    let odd = Schema::structure().name("my-ns.The Type").field("a-b", Schema::int8().build()).build();
    let refused = plain().definition(Some(&odd)).err().unwrap().to_string();
    assert!(refused.contains("Illegal character in: "), "{refused}");
    let bare = avro(|options| {
        options.scrub = true;
        options.connect_meta_data = false;
    });
    let definition = bare.definition(Some(&odd)).unwrap();
    let expected = r#"{"type":"record","name":"The_Type","namespace":"my_ns","fields":[{"name":"a_b","type":"int"}]}"#;
    assert_eq!((definition.text.as_str(), definition.record.as_deref()), (expected, Some("my_ns.The_Type")));

    let enumeration =
        r#"{"type":"enum","name":"Suit","namespace":"cards","doc":"d","symbols":["A","B"],"default":"A"}"#;
    let enhanced = avro(|options| options.enhanced = true);
    let (schema, value) = read_as(&enhanced, enumeration, None, &[2]).unwrap();
    let schema = schema.unwrap();
    assert_eq!((schema.name(), schema.parameter("io.confluent.connect.avro.Enum.B")), (Some("cards.Suit"), Some("B")));
    let (text, bytes) = write_as(&enhanced, Some(&schema), &value).unwrap();
    assert!(text.starts_with(enumeration.trim_end_matches('}')), "{text}");
    assert_eq!(bytes, [2]);
    let (text, bytes) = write_as(&plain(), Some(&schema), &value).unwrap();
    assert!(text.starts_with(r#"{"type":"string","connect.parameters":{"#), "{text}");
    assert_eq!(bytes, [2, b'B']);
}

#[test]
fn values_are_written_as_the_specification_says() {
    let record = Schema::structure().name("R").field("a", Schema::int64().build()).field("b", Schema::string().build());
    let record = record.build();
    let of = |schema: Schema, value| (schema, value);
    for ((schema, value), expected) in [
        (of(Schema::int32().build(), Value::Int32(-3)), vec![5]),
        (of(Schema::boolean().build(), Value::Boolean(true)), vec![1]),
        (of(Schema::float32().build(), Value::Float32(1.0)), vec![0, 0, 128, 63]),
        (of(Schema::string().build(), text("foo")), vec![6, b'f', b'o', b'o']),
        (of(Schema::bytes().build(), Value::Bytes(vec![1, 2])), vec![1, 2]),
        (of(Schema::bytes().optional().build(), Value::Bytes(vec![1, 2])), vec![2, 4, 1, 2]),
        (of(record.clone(), structure(&record, vec![Value::Int64(27), text("foo")])), vec![54, 6, b'f', b'o', b'o']),
        (
            of(Schema::array(Schema::int64().build()).build(), Value::Array(vec![Value::Int64(3), Value::Int64(27)])),
            vec![4, 6, 54, 0],
        ),
        (of(Schema::string().optional().build(), text("a")), vec![2, 2, b'a']),
    ] {
        assert_eq!(write_as(&plain(), Some(&schema), &value).unwrap().1, expected, "{schema}");
        assert_eq!(
            read_as(&plain(), &plain().definition(Some(&schema)).unwrap().text, None, &expected),
            Ok((Some(schema), value))
        );
    }
}

#[test]
fn arrays_and_maps_may_come_in_blocks() {
    let array = r#"{"type":"array","items":"long"}"#;
    let numbers = |numbers: &[i64]| Value::Array(numbers.iter().map(|n| Value::Int64(*n)).collect());
    for (bytes, expected) in [
        (vec![0], numbers(&[])),
        (vec![4, 2, 4, 2, 6, 0], numbers(&[1, 2, 3])),
        // A negative count has the block's size behind it.
        (vec![3, 4, 2, 4, 2, 6, 0], numbers(&[1, 2, 3])),
    ] {
        assert_eq!(read_as(&plain(), array, None, &bytes).unwrap().1, expected);
    }
    let map = r#"{"type":"map","values":"int"}"#;
    let (_, value) = read_as(&plain(), map, None, &[4, 2, b'a', 2, 2, b'b', 4, 2, 2, b'a', 6, 0]).unwrap();
    assert_eq!(value, Value::Map(vec![(text("a"), Value::Int32(3)), (text("b"), Value::Int32(2))]));
}

#[test]
fn a_schema_of_somebody_else_becomes_connects() {
    let text_of = r#"{"type":"record","name":"R","namespace":"n","doc":"rec","fields":[
        {"name":"i","type":"int","doc":"an int","default":7},
        {"name":"o","type":["null","string"],"default":null},
        {"name":"d","type":{"type":"fixed","name":"D","size":4,"logicalType":"decimal","precision":9,"scale":2}},
        {"name":"u","type":["null","int",{"type":"record","name":"In","fields":[{"name":"x","type":"long"}]}]},
        {"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},
        {"name":"t","type":{"type":"int","logicalType":"time-millis"}},
        {"name":"us","type":{"type":"long","logicalType":"timestamp-micros"}}]}"#;
    let bytes = [14, 2, 2, b'x', 0, 0, 1, 2, 4, 10, 2, 8, 10];
    let (schema, value) = read_as(&plain(), text_of, Some(5), &bytes).unwrap();
    let schema = schema.unwrap();
    assert_eq!((schema.name(), schema.version()), (Some("n.R"), Some(5)));
    assert_eq!(schema.parameter("io.confluent.connect.avro.record.doc"), Some("rec"));
    assert_eq!(schema.parameter("io.confluent.connect.avro.field.doc.i"), Some("an int"));
    let field = |name: &str| schema.field(name).unwrap().1.schema.clone();
    assert_eq!(field("i").default_value(), Some(&Value::Int32(7)));
    assert_eq!(field("i").parameter("io.confluent.connect.avro.field.default"), Some("true"));
    assert!(field("o").is_optional() && field("o").default_value().is_none());
    let decimal = field("d");
    let parameters = ["scale", "connect.decimal.precision", "connect.fixed.size"].map(|key| decimal.parameter(key));
    assert_eq!((decimal.name(), parameters), (Some(logical::DECIMAL), [Some("2"), Some("9"), Some("4")]));
    let union = field("u");
    let names: Vec<_> = union.fields().iter().map(|field| field.name.as_str()).collect();
    assert_eq!((union.name(), names), (Some("io.confluent.connect.avro.Union"), vec!["int", "In"]));
    assert_eq!((field("t").name(), field("us").name(), field("us").ty()), (Some(logical::TIME), None, Type::Int64));
    let Value::Struct(value) = value else { panic!("no struct") };
    assert_eq!(value.get("d").unwrap(), &Value::Bytes(vec![0, 0, 1, 2]));
    let Value::Struct(member) = value.get("u").unwrap() else { panic!("no struct") };
    assert_eq!(member.get("int").unwrap(), &Value::Null);
    let Value::Struct(inner) = member.get("In").unwrap() else { panic!("no struct") };
    assert_eq!(inner.get("x").unwrap(), &Value::Int64(5));
    assert_eq!(value.get("e").unwrap(), &text("B"));

    // And back.
    let (own_text, own_bytes) = write_as(&plain(), Some(&schema), &Value::Struct(value.clone())).unwrap();
    let (again, value_again) = read_as(&plain(), &own_text, None, &own_bytes).unwrap();
    assert_eq!((again.as_ref(), value_again), (Some(&schema), Value::Struct(value)));
}

#[test]
fn schemaless_values_come_back() {
    for value in [
        Value::Boolean(true),
        Value::Int32(4),
        Value::Int64(-1),
        Value::Float32(0.5),
        Value::Float64(0.25),
        text("x"),
        Value::Bytes(vec![1]),
        Value::Array(vec![Value::Int32(1), Value::Null, text("y")]),
        Value::Map(vec![(text("k"), Value::Array(vec![])), (Value::Int32(2), Value::Null)]),
    ] {
        assert_eq!(through(&plain(), None, &value), Ok((None, value)));
    }
    assert_eq!(
        through(&plain(), None, &Value::Int8(1)),
        Ok((None, Value::Int32(1))),
        "there is one field for all ints"
    );
}

#[test]
fn another_version_of_the_subject_is_written_by_its_own_fields() {
    let schema = Schema::structure().name("R").field("a", Schema::int32().build()).field("b", Schema::string().build());
    let schema = schema.build();
    let latest = r#"{"type":"record","name":"R","fields":[
        {"name":"b","type":["null","string"]},{"name":"c","type":"string","default":"c"},{"name":"a","type":"long"}]}"#;
    let registered = RegisteredSchema { id: 1, text: latest.to_owned(), references: Vec::new() };
    let value = structure(&schema, vec![Value::Int32(1), text("b")]);
    let mut out = Vec::new();
    let writer = plain().writer(Some(&schema), &registered).unwrap();
    plain().write(&writer, SchemaAndValue::Owned(Some(&schema), &value), &mut out).unwrap();
    assert_eq!(out, [2, 2, b'b', 2, b'c', 2]);
    for (latest, part) in [
        (r#"{"type":"record","name":"R","fields":[{"name":"z","type":"int"}]}"#, "has no field z"),
        (r#"{"type":"record","name":"R","fields":[{"name":"a","type":"string"}]}"#, "field a: values of"),
        (r#""int""#, "cannot be written as Avro's int"),
    ] {
        let registered = RegisteredSchema { id: 1, text: latest.to_owned(), references: Vec::new() };
        let error = plain().writer(Some(&schema), &registered).err().unwrap().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn nulls_and_defaults_are_what_java_makes_of_them() {
    let schema = Schema::structure()
        .field("a", Schema::int32().optional().default_value(Value::Int32(9)).build())
        .field("b", Schema::int32().build())
        .build();
    let value = |b| structure(&schema, vec![Value::Null, b]);
    assert_eq!(write_as(&plain(), Some(&schema), &value(Value::Int32(1))).unwrap().1, [0, 18, 2]);
    let keeping = avro(|options| options.ignore_default_for_nullables = true);
    assert_eq!(write_as(&keeping, Some(&schema), &value(Value::Int32(1))).unwrap().1, [2, 2]);
    let missing = write_as(&plain(), Some(&schema), &value(Value::Null)).unwrap_err();
    assert_eq!(missing.to_string(), "field b: Found null value for non-optional schema");
    assert_eq!(plain().is_null_message(Some(&Schema::string().optional().build())), Ok(true));
    assert!(plain().is_null_message(Some(&Schema::string().build())).is_err());
}

#[test]
fn malformed_values_and_schemas_are_refused() {
    for (schema, bytes, part) in [
        (r#""int""#, vec![], "cut off"),
        (r#""int""#, vec![2, 2], "1 bytes are left after the value"),
        (r#""string""#, vec![20, b'a'], "10 bytes wanted"),
        (r#""string""#, vec![1], "length at 0 is -1"),
        (r#""string""#, vec![2, 0xff], "is no UTF-8"),
        (r#""boolean""#, vec![2], "boolean at 0 is 2"),
        (r#"["null","int"]"#, vec![4, 2], "union has no 2 but 2"),
        (r#"{"type":"array","items":"int"}"#, vec![0xfe, 0xff, 0xff, 0xff, 0x0f], "no room"),
        (
            r#"{"type":"array","items":{"type":"record","name":"E","fields":[]}}"#,
            vec![0xfe, 0xff, 0xff, 0xff, 0x0f, 0],
            "no room",
        ),
        (r#"{"type":"enum","name":"E","symbols":["A"]}"#, vec![2], "enum has no 1"),
        (r#"{"type":"bytes","logicalType":"decimal","precision":"x"}"#, vec![1], "must be a JSON Integer"),
        (r#""null""#, vec![], "Standalone null schemas are not supported"),
        (
            r#"{"type":"record","name":"L","fields":[{"name":"next","type":["null","L"]}]}"#,
            vec![0],
            "L contains itself",
        ),
        (r#"{"type":"int","connect.version":"x"}"#, vec![0], "Invalid Connect version found"),
    ] {
        let error = read_as(&plain(), schema, None, &bytes).unwrap_err().to_string();
        assert!(error.contains(part), "{schema}: {error}");
    }
}

/// Whether the keys of maps are no more than Avro knows of them.
fn has_plain_keys(schema: &Schema) -> bool {
    let is_avros = schema.key_schema().is_some_and(|key| key.ty() == Type::String && !key.is_optional());
    let children = schema.key_schema().into_iter().chain(schema.value_schema());
    (!is_avros || schema.key_schema() == Some(&Schema::string().build()))
        && children.chain(schema.fields().iter().map(|field| &field.schema)).all(has_plain_keys)
}

#[test]
fn random_values_come_back_and_another_implementation_agrees() {
    let (mut random, mut compared) = (Random::new(11), 0);
    for _ in 0..4000 {
        let schema = random.schema(3);
        let value = random.value(&schema);
        if value.is_null() {
            continue;
        }
        if !has_plain_keys(&schema) {
            continue;
        }
        let (text, bytes) = match write_as(&plain(), Some(&schema), &value) {
            Ok(written) => written,
            // Two maps whose keys are no strings have one name, in Java too.
            Err(error) if error.to_string().contains("Can't redefine") => continue,
            Err(error) => panic!("{error}"),
        };
        // Versions below zero count for nothing, and those of logical types are their own.
        if text.contains(r#""connect.version":-"#) {
            continue;
        }
        let (read_schema, read) = match read_as(&plain(), &text, None, &bytes) {
            Err(error) if error.to_string().contains("Mismatched versions") => continue,
            read => read.unwrap_or_else(|error| panic!("{error}: {text}")),
        };
        assert_eq!((read_schema.as_ref(), &read), (Some(&schema), &value), "{text}");
        // It refuses precisions and scales that Java takes, and reads bytes alone as others are.
        if text.contains("\"decimal\"") || text.starts_with("\"bytes\"") || text.starts_with("{\"type\":\"bytes\"") {
            continue;
        }
        let theirs = apache_avro::Schema::parse_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"));
        let datum: Theirs = apache_avro::from_avro_datum(&theirs, &mut bytes.as_slice(), None).unwrap();
        let again = apache_avro::to_avro_datum(&theirs, datum).unwrap();
        // It keeps the entries of a map in no order.
        if !text.contains("\"map\"") {
            assert_eq!(again, bytes, "{text}");
        }
        compared += 1;
    }
    assert!(compared > 1000, "{compared}");
}

#[test]
fn no_bytes_and_no_schemas_make_it_panic() {
    let mut random = Random::new(7);
    let avro = plain();
    for _ in 0..4000 {
        let schema = random.schema(3);
        let value = random.value(&schema);
        let Ok((text, mut bytes)) = write_as(&avro, Some(&schema), &value) else { continue };
        for _ in 0..4 {
            match random.below(3) {
                0 => bytes.truncate(random.below(bytes.len() as u64 + 1) as usize),
                1 if !bytes.is_empty() => {
                    let at = random.below(bytes.len() as u64) as usize;
                    bytes[at] = random.next() as u8;
                }
                _ => bytes.extend(random.bytes()),
            }
            let _ = read_as(&avro, &text, None, &bytes);
        }
        // A schema with a character changed.
        let mut damaged: Vec<char> = text.chars().collect();
        let at = random.below(damaged.len() as u64) as usize;
        damaged[at] = ['"', '[', '{', ',', '0', 'x', ':', '}'][random.below(8) as usize];
        let damaged: String = damaged.into_iter().collect();
        let _ = read_as(&avro, &damaged, Some(1), &bytes);
        let registered = RegisteredSchema { id: 1, text: damaged, references: Vec::new() };
        if let Ok(writer) = avro.writer(Some(&schema), &registered) {
            let _ = avro.write(&writer, SchemaAndValue::Owned(Some(&schema), &value), &mut Vec::new());
        }
    }
}
