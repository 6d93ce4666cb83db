//! What cannot be read off Java's answers: schemas that Java's output does not show, and where ours differ on purpose.

use wasm_connect_batch::{Schema, Struct, Type, Value, logical};

use crate::config::config_def::{ConfigType, Default, Importance, Width};
use crate::connect::Config;
use crate::converter::testing::{converter, create, decode, encode, encode_text};
use crate::converter::{ConverterType, DEFAULT_HEADER_CONVERTER, VERSION, builtin, builtin_converters};

fn string(text: &str) -> Value {
    Value::String(text.into())
}

#[test]
fn strings_pass_as_they_are() {
    let converter = converter("StringConverter", &[]);
    let schema = Schema::string().build();
    let (optional, value) = decode(&*converter, Some("é\u{fffd}".as_bytes())).unwrap();
    assert_eq!((optional, &value), (Some(Schema::string().optional().build()), &string("é\u{fffd}")));
    assert_eq!(encode_text(&*converter, Some(&schema), &value), "é\u{fffd}");
    assert_eq!(encode(&*converter, Some(&schema.with_optional(true)), &Value::Null).unwrap(), None);
    assert_eq!(decode(&*converter, None).unwrap(), (Some(Schema::string().optional().build()), Value::Null));
    assert_eq!(encode_text(&*converter, None, &Value::Bytes(vec![1, 2])), "AQI=", "Java prints an address");
}

#[test]
fn null_bytes_are_null_with_the_converters_schema() {
    let optional = |ty: Type| Some(Schema::new(ty).optional().build());
    let cases = [
        ("ShortConverter", optional(Type::Int16)),
        ("IntegerConverter", optional(Type::Int32)),
        ("LongConverter", optional(Type::Int64)),
        ("FloatConverter", optional(Type::Float32)),
        ("DoubleConverter", optional(Type::Float64)),
        ("BooleanConverter", optional(Type::Boolean)),
        ("ByteArrayConverter", optional(Type::Bytes)),
        ("JsonConverter", None),
        ("SimpleHeaderConverter", None),
    ];
    for (class, schema) in cases {
        assert_eq!(decode(&*converter(class, &[]), None).unwrap(), (schema, Value::Null), "{class}");
    }
}

#[test]
fn null_without_a_schema_is_null() {
    for builtin in builtin_converters().iter().filter(|builtin| builtin.is_header_converter) {
        let converter = builtin.create(&Config::new(), ConverterType::Header).unwrap();
        assert_eq!(encode(&*converter, None, &Value::Null).unwrap(), None, "{}", builtin.class);
    }
}

#[test]
fn decimals_are_brought_to_the_scale_of_their_schema() {
    let converter = converter("JsonConverter", &[("decimal.format", "NUMERIC")]);
    let through = |scale: &str, payload: &str| {
        let name = logical::DECIMAL;
        let text = format!(
            r#"{{"schema":{{"type":"bytes","name":"{name}","version":1,"parameters":{{"scale":"{scale}"}}}},"payload":{payload}}}"#
        );
        decode(&*converter, Some(text.as_bytes())).map(|(_, value)| value)
    };
    assert_eq!(through("2", "1.5").unwrap(), Value::Bytes(vec![0, 150]));
    assert_eq!(through("-3", "1000").unwrap(), Value::Bytes(vec![1]));
    assert_eq!(
        through("2", "1.555").unwrap_err().0,
        "Decimal value has mismatching scale for given Decimal schema. Schema has scale 2, value has scale 3."
    );
    assert!(through("0", "1e1000000000").unwrap_err().0.contains("more than 10000 digits"));
}

#[test]
fn lists_without_a_common_schema_are_schemaless() {
    let converter = converter("SimpleHeaderConverter", &[]);
    let header = |text: &str| decode(&*converter, Some(text.as_bytes())).unwrap();
    assert_eq!(header("[1,\"a\"]"), (None, Value::Array(vec![Value::Int8(1), string("a")])));
    assert_eq!(header("[2020-01-01,\"a\"]"), (None, Value::Array(vec![string("2020-01-01"), string("a")])));
    assert_eq!(
        header("[1,9223372036854775808]"),
        (None, Value::Array(vec![Value::Int8(1), string("9223372036854775808")]))
    );
    assert_eq!(header("{\"a\":null}"), (None, Value::Map(vec![(string("a"), Value::Null)])));
}

#[test]
fn floats_are_written_as_java_does_and_what_is_no_number_as_text() {
    let floats = [1.0, 1e10, 1e-7, 100.0, 1e7, 123_456_789.0, 0.1, f64::NAN, f64::INFINITY, f64::NEG_INFINITY];
    let mut items: Vec<Value> = floats.into_iter().map(Value::Float64).collect();
    items.extend([Value::Float32(f32::NAN), Value::Int64(i64::MAX)]);
    assert_eq!(
        encode_text(&*converter("JsonConverter", &[("schemas.enable", "false")]), None, &Value::Array(items)),
        r#"[1.0,1.0E10,1.0E-7,100.0,1.0E7,1.23456789E8,0.1,"NaN","Infinity","-Infinity","NaN",9223372036854775807]"#
    );
}

#[test]
fn values_are_as_deep_as_a_batch_may_be() {
    let json = converter("JsonConverter", &[("schemas.enable", "false")]);
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(decode(&*json, Some(nested(100).as_bytes())).is_ok());
    assert_eq!(decode(&*json, Some(nested(101).as_bytes())).unwrap_err().0, "value is nested deeper than 100");
    assert!(
        decode(&*json, Some(nested(1_000_000).as_bytes()))
            .unwrap_err()
            .0
            .contains("document is nested deeper than 1000")
    );
}

#[test]
fn schemas_are_as_deep_as_a_batch_may_be() {
    let json = converter("JsonConverter", &[]);
    let nested = |depth: usize| {
        let schema = "{\"type\":\"array\",\"items\":".repeat(depth) + "{\"type\":\"int8\"}" + &"}".repeat(depth);
        format!("{{\"schema\":{schema},\"payload\":[]}}")
    };
    assert!(decode(&*json, Some(nested(99).as_bytes())).is_ok());
    for depth in [100, 150, 500] {
        let error = decode(&*json, Some(nested(depth).as_bytes())).unwrap_err().0;
        assert_eq!(error, "schema is nested deeper than 100");
    }
}

#[test]
fn the_last_member_of_a_name_counts() {
    let json = converter("JsonConverter", &[]);
    let schema = r#"{"type":"struct","fields":[{"type":"array","items":{"type":"struct","fields":[]},"field":"a"},{"type":"int32","field":"b"}]}"#;
    let read = |payload: &str| decode(&*json, Some(format!(r#"{{"schema":{schema},"payload":{payload}}}"#).as_bytes()));
    assert!(
        read(r#"{"a":[5],"b":1}"#)
            .unwrap_err()
            .0
            .starts_with("Structs should be encoded as JSON objects, but found NUMBER")
    );
    assert!(read(r#"{"a":[5],"b":1,"a":[]}"#).is_ok(), "the first one is replaced, so that it need not fit");
    assert!(read(r#"{"a":[5],"b":1"#).unwrap_err().0.starts_with("Converting byte[]"), "malformed text comes first");
    assert_eq!(read("{}").unwrap_err().0, "Invalid null value for required ARRAY field");
}

#[test]
fn headers_that_cannot_be_read_are_bytes() {
    let converter = converter("SimpleHeaderConverter", &[]);
    for text in ["[".repeat(100_000) + &"]".repeat(100_000), "1".repeat(20_000)] {
        let expected = (Some(Schema::bytes().build()), Value::Bytes(text.clone().into_bytes()));
        assert_eq!(decode(&*converter, Some(text.as_bytes())).unwrap(), expected);
    }
}

#[test]
fn a_default_stands_for_null_in_json() {
    let inner = Schema::structure().field("x", Schema::int32().build());
    let mut default = Struct::new(inner.clone().build()).unwrap();
    default.put("x", Value::Int32(7)).unwrap();
    let schema = inner.optional().default_value(Value::Struct(default)).build();
    let keep = [("replace.null.with.default", "false"), ("schemas.enable", "false")];
    assert_eq!(
        encode_text(&*converter("JsonConverter", &[("schemas.enable", "false")]), Some(&schema), &Value::Null),
        r#"{"x":7}"#
    );
    assert_eq!(encode_text(&*converter("JsonConverter", &keep), Some(&schema), &Value::Null), "null");
    let json = converter("JsonConverter", &[]);
    let text = encode_text(&*json, Some(&schema), &Value::Null);
    assert!(text.contains(r#","optional":true,"default":{"x":7}},"payload":{"x":7}}"#), "{text}");
    let (read, value) = decode(&*json, Some(text.as_bytes())).unwrap();
    assert_eq!(encode_text(&*json, read.as_ref(), &value), text);
}

#[test]
fn the_text_of_a_cause_follows_java_s_text() {
    let json = converter("JsonConverter", &[("schemas.enable", "false")]);
    assert_eq!(
        decode(&*json, Some(b"{bad")).unwrap_err().0,
        "Converting byte[] to Kafka Connect data failed due to serialization error: unexpected character 'b' at byte 1"
    );
    assert_eq!(
        decode(&*converter("IntegerConverter", &[]), Some(b"x")).unwrap_err().0,
        "Failed to deserialize integer: Size of data received by IntegerDeserializer is not 4"
    );
    assert_eq!(
        encode(&*converter("IntegerConverter", &[]), None, &string("x")).unwrap_err().0,
        "Failed to serialize to integer (was class java.lang.String): "
    );
}

#[test]
fn schemas_are_cached_and_need_not_be() {
    for size in ["0", "1", "1000", "-1"] {
        let json = converter("JsonConverter", &[("schemas.cache.size", size)]);
        for round in 0..3 {
            for field in ["a", "b", "c", "d", "e", "f"] {
                let text = format!(
                    r#"{{"schema":{{"type":"struct","fields":[{{"type":"int32","optional":false,"field":"{field}"}}],"optional":false}},"payload":{{"{field}":{round}}}}}"#
                );
                let (schema, value) = decode(&*json, Some(text.as_bytes())).unwrap();
                assert_eq!(encode_text(&*json, schema.as_ref(), &value), text, "cache of {size}");
            }
        }
    }
}

#[test]
fn wrong_configuration_is_refused_in_java_s_words() {
    let refused = |class: &str, key: &str, value: &str| {
        create(class, &[(key, value)]).err().map(|error| error.0).unwrap_or_default()
    };
    assert_eq!(
        refused("JsonConverter", "schemas.enable", "yes"),
        "Invalid value yes for configuration schemas.enable: Expected value to be either true or false"
    );
    assert_eq!(
        refused("JsonConverter", "schemas.cache.size", "x"),
        "Invalid value x for configuration schemas.cache.size: Not a number of type INT"
    );
    assert_eq!(
        refused("JsonConverter", "decimal.format", "x"),
        "Invalid value x for configuration decimal.format: String must be one of (case insensitive): NUMERIC, BASE64"
    );
    assert_eq!(refused("StringConverter", "converter.encoding", "x"), "Unsupported encoding x");
    let headers_only = builtin(DEFAULT_HEADER_CONVERTER).unwrap();
    assert!(headers_only.create(&Config::new(), ConverterType::Value).is_err());
}

#[test]
fn every_builtin_is_known_by_its_class() {
    assert_eq!(VERSION, "4.3.1");
    assert_eq!(builtin_converters().iter().filter(|known| known.is_header_converter).count(), 10);
    for known in builtin_converters() {
        assert!(builtin(known.class).is_some_and(|found| std::ptr::eq(found, known)));
        let keys = known.config_keys();
        let type_keys = usize::from(known.is_converter);
        assert_eq!(
            keys.iter().filter(|key| key.name == "converter.type" && key.default == Default::Required).count(),
            type_keys
        );
    }
    assert!(builtin("JsonConverter").is_none(), "aliases are the registry's");
}

#[test]
fn the_keys_of_the_json_converter_are_java_s() {
    let keys = builtin("org.apache.kafka.connect.json.JsonConverter").unwrap().config_keys();
    let rows: Vec<_> = keys
        .iter()
        .map(|key| {
            (
                key.name.as_ref(),
                key.ty,
                key.importance,
                key.group.as_deref(),
                key.order_in_group,
                key.width,
                key.display_name.as_ref(),
            )
        })
        .collect();
    use ConfigType::{Boolean, Int, String};
    use Importance::{High, Low};
    let (schemas, serialization) = (Some("Schemas"), Some("Serialization"));
    assert_eq!(
        rows,
        [
            ("converter.type", String, Low, None, -1, Width::None, "converter.type"),
            ("schemas.enable", Boolean, High, schemas, 0, Width::Medium, "Enable Schemas"),
            ("schemas.cache.size", Int, High, schemas, 1, Width::Medium, "Schema Cache Size"),
            ("schema.content", String, High, schemas, 2, Width::Medium, "Schema Content"),
            ("decimal.format", String, Low, serialization, 0, Width::Medium, "Decimal Format"),
            ("replace.null.with.default", Boolean, Low, serialization, 1, Width::Medium, "Replace null with default"),
        ]
    );
}
