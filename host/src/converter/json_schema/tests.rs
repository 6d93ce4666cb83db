//! JSON Schema and its values: as Java's converter writes them, from somebody else, and anything at all.

use wasm_connect_batch::{Schema, Struct, Type, Value, logical};

use super::*;
use crate::converter::testing::{read_as, through, write_as};
use crate::converter::tests::random::Random;

fn format(change: impl FnOnce(&mut Options)) -> JsonSchema {
    let mut options = Options {
        additional_properties: true,
        optional_for_non_required: false,
        numeric_decimals: false,
        flatten_singleton_unions: true,
        ignore_default_for_nullables: false,
    };
    change(&mut options);
    JsonSchema(options)
}

fn plain() -> JsonSchema {
    format(|_| {})
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

#[test]
fn schemas_are_written_as_java_writes_them() {
    let closed = format(|options| options.additional_properties = false);
    let numeric = format(|options| options.numeric_decimals = true);
    let person = Schema::structure()
        .name("Person")
        .version(3)
        .field("name", Schema::string().build())
        .field("age", Schema::int8().optional().doc("years").default_value(Value::Int8(1)).build())
        .build();
    for (json, schema, expected) in [
        (plain(), Schema::int32().build(), r#"{"type":"integer","connect.type":"int32"}"#),
        (plain(), Schema::string().optional().build(), r#"{"oneOf":[{"type":"null"},{"type":"string"}]}"#),
        (
            plain(),
            Schema::map(Schema::string().build(), Schema::boolean().build()).build(),
            r#"{"type":"object","additionalProperties":{"type":"boolean"},"connect.type":"map"}"#,
        ),
        (
            plain(),
            Schema::map(Schema::int64().build(), Schema::string().build()).build(),
            r#"{"type":"array","items":{"type":"object","properties":{"key":{"type":"integer","connect.type":"int64","connect.index":0},"value":{"type":"string","connect.index":1}}},"connect.type":"map"}"#,
        ),
        (
            closed,
            person,
            r#"{"type":"object","title":"Person","properties":{"name":{"type":"string","connect.index":0},"age":{"oneOf":[{"type":"null"},{"type":"integer","description":"years","default":1,"connect.type":"int8"}],"connect.index":1}},"additionalProperties":false,"connect.version":3}"#,
        ),
        (
            numeric,
            logical::decimal(2).build(),
            r#"{"type":"number","title":"org.apache.kafka.connect.data.Decimal","connect.type":"bytes","connect.version":1,"connect.parameters":{"scale":"2"}}"#,
        ),
    ] {
        assert_eq!(json.definition(Some(&schema)).unwrap().text, expected);
    }
    assert_eq!(plain().definition(None).unwrap().text, "{}");
}

#[test]
fn a_schema_of_somebody_else_becomes_connects() {
    let registered = r##"{"title":"Order","type":"object","required":["id"],"properties":{
        "id":{"type":"integer"},"price":{"type":"number","description":"in cents"},
        "state":{"type":"string","enum":["new","done",null]},"tags":{"type":"array","items":{"$ref":"#/definitions/tag"}},
        "note":{"type":["string","null"]},"any":{"oneOf":[{"type":"string"},{"type":"integer"},{"$ref":"#/definitions/tag"}]},
        "both":{"allOf":[{"$ref":"#/definitions/tag"},{"type":"object","properties":{"x":{"type":"boolean"}}}]}},
        "definitions":{"tag":{"type":"object","properties":{"t":{"type":"string"}}}}}"##;
    let value = br#"{"id":3,"price":1.5,"state":"done","tags":[{"t":"a"}],"note":null,"any":{"t":"b"},"both":{"t":"c","x":true},"more":1}"#;
    let lenient = format(|options| options.optional_for_non_required = true);
    let (schema, value) = read_as(&lenient, registered, Some(2), value).unwrap();
    let schema = schema.unwrap();
    assert_eq!((schema.name(), schema.version(), schema.fields().len()), (Some("Order"), Some(2), 7));
    let field = |name: &str| schema.field(name).unwrap().1.schema.clone();
    assert_eq!((field("id").ty(), field("id").is_optional()), (Type::Int64, false));
    assert_eq!((field("price").doc(), field("price").is_optional()), (Some("in cents"), true));
    assert_eq!(field("state").parameter("io.confluent.connect.json.Enum.<NULL>"), Some("<NULL>"));
    assert_eq!(field("any").name(), Some("io.confluent.connect.json.OneOf"));
    let Value::Struct(value) = value else { panic!("no struct") };
    let get = |name: &str| value.get(name).unwrap().clone();
    assert_eq!((get("id"), get("price"), get("note")), (Value::Int64(3), Value::Float64(1.5), Value::Null));
    let member = |value: Value, name: &str| match value {
        Value::Struct(value) => value.get(name).unwrap().clone(),
        other => panic!("{other:?}"),
    };
    let any = member(get("any"), "io.confluent.connect.json.OneOf.field.2");
    assert_eq!(member(any, "t"), text("b"));
    assert_eq!((member(get("both"), "t"), member(get("both"), "x")), (text("c"), Value::Boolean(true)));

    let union = read_as(&plain(), r#"{"oneOf":[{"type":"string"},{"type":"integer"}]}"#, None, b"7").unwrap();
    assert_eq!(write_as(&plain(), union.0.as_ref(), &union.1).unwrap().1, b"7");
}

#[test]
fn references_to_other_schemas_are_followed() {
    let registered = RegisteredSchema {
        id: 1,
        text:
            r##"{"type":"object","properties":{"t":{"$ref":"tag.json"},"u":{"$ref":"http://x/tag#/definitions/u"}}}"##
                .to_owned(),
        references: vec![(
            "tag.json".to_owned(),
            r##"{"$id":"http://x/tag","type":"string","definitions":{"u":{"type":"boolean"}}}"##.to_owned(),
        )],
    };
    let schema = plain().reader(&registered, None).unwrap().unwrap();
    let types: Vec<_> = schema.fields().iter().map(|field| field.schema.ty()).collect();
    assert_eq!(types, [Type::String, Type::Boolean]);
}

#[test]
fn schemaless_values_come_back() {
    for value in [
        Value::Null,
        Value::Boolean(true),
        Value::Int64(-3),
        Value::Float64(0.5),
        text("x"),
        Value::Array(vec![Value::Int64(1), Value::Null]),
        Value::Map(vec![(text("k"), Value::Boolean(false))]),
    ] {
        assert_eq!(through(&plain(), None, &value), Ok((None, value)));
    }
}

#[test]
fn nulls_are_messages_as_in_java() {
    let optional = Schema::string().optional();
    assert_eq!(plain().is_null_message(None), Ok(true));
    assert_eq!(plain().is_null_message(Some(&optional.clone().build())), Ok(false));
    assert_eq!(write_as(&plain(), Some(&optional.build()), &Value::Null).unwrap().1, b"null");
    let schema = Schema::structure()
        .field("o", Schema::int8().optional().build())
        .field("d", Schema::int8().optional().default_value(Value::Int8(2)).build())
        .build();
    let value = Value::Struct(Struct::from_values(schema.clone(), vec![Value::Null, Value::Null]).unwrap());
    assert_eq!(write_as(&plain(), Some(&schema), &value).unwrap().1, br#"{"o":null,"d":2}"#);
}

#[test]
fn malformed_values_and_schemas_are_refused() {
    for (schema, value, part) in [
        (r#"{"type":"integer"}"#, "{", "it is no JSON"),
        (r#"{"type":"integer"}"#, "1 2", "more after the value"),
        (r#"{"type":"integer"}"#, "\"x\"", "Invalid type for INT64: STRING"),
        (r#"{"type":"integer"}"#, "null", "Invalid null value for required INT64 field"),
        (
            r#"{"type":"object","properties":{"a":{"type":"boolean"}}}"#,
            "[]",
            "Structs should be encoded as JSON objects, but found ARRAY",
        ),
        (
            r#"{"type":"object","properties":{"a":{"type":"boolean"}}}"#,
            "{\"a\":1}",
            "field a: Invalid type for BOOLEAN: NUMBER",
        ),
        (r#"{"type":"array"}"#, "[]", "Array schema did not specify the items type"),
        (r#"{"type":"null"}"#, "null", "Standalone null"),
        (r##"{"type":"object","properties":{"a":{"$ref":"#"}}}"##, "{}", "contains itself"),
        (r##"{"$ref":"#/nowhere"}"##, "{}", "leads nowhere"),
        (r#"{"oneOf":[{"type":"string"},{"type":"integer"}]}"#, "true", "Did not find matching oneof field for data"),
        ("oops", "1", "the schema is no JSON"),
    ] {
        let error = read_as(&plain(), schema, None, value.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(part), "{schema}: {error}");
    }
    let deep = "[".repeat(5000);
    assert!(read_as(&plain(), "{}", None, deep.as_bytes()).is_err());
}

#[test]
fn random_values_come_back() {
    let mut random = Random::new(5);
    let mut compared = 0;
    for round in 0..3000 {
        let json = format(|options| options.numeric_decimals = round % 2 == 0);
        let schema = random.schema(3);
        let value = random.value(&schema);
        let (text, bytes) = write_as(&json, Some(&schema), &value).unwrap_or_else(|error| panic!("{error}"));
        if !has_plain_keys(&schema) {
            continue;
        }
        let (read_schema, read) = read_as(&json, &text, None, &bytes).unwrap_or_else(|error| panic!("{error}: {text}"));
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!((read_schema.as_ref(), &read), (Some(&schema), &value), "{text} {shown}");
        compared += 1;
    }
    assert!(compared > 1000, "{compared}");
}

/// Whether the keys of maps are no more than JSON knows of them.
fn has_plain_keys(schema: &Schema) -> bool {
    let is_object = has_object_keys(schema.key_schema());
    let children = schema.key_schema().into_iter().chain(schema.value_schema());
    (!is_object || schema.key_schema() == Some(&Schema::string().build()))
        && children.chain(schema.fields().iter().map(|field| &field.schema)).all(has_plain_keys)
}

#[test]
fn no_bytes_and_no_schemas_make_it_panic() {
    let (mut random, json) = (Random::new(9), plain());
    for _ in 0..4000 {
        let schema = random.schema(3);
        let value = random.value(&schema);
        let Ok((text, mut bytes)) = write_as(&json, Some(&schema), &value) else { continue };
        let mut damaged: Vec<char> = text.chars().collect();
        let at = random.below(damaged.len() as u64) as usize;
        damaged[at] = ['"', '[', '{', ',', '0', 'x', ':', '}'][random.below(8) as usize];
        let damaged: String = damaged.into_iter().collect();
        let _ = read_as(&json, &damaged, Some(1), &bytes);
        if !bytes.is_empty() {
            let at = random.below(bytes.len() as u64) as usize;
            bytes[at] = random.next() as u8;
        }
        let _ = read_as(&json, &text, None, &bytes);
    }
}
