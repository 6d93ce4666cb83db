//! Protobuf's schemas and bytes: as Java's converter writes them, as another implementation reads and writes them, and anything at all.

use prost_reflect::prost::Message as _;
use prost_reflect::{DynamicMessage, ReflectMessage};
use wasm_connect_batch::{Struct, Type, Value, logical};

use super::*;
use crate::converter::testing::{read_as, through, write_as};
use crate::converter::tests::random::Random;

fn protobuf(change: impl FnOnce(&mut Options)) -> Protobuf {
    let mut options = Options {
        enhanced: false,
        scrub: false,
        int_for_enums: false,
        optional_for_nullables: false,
        optional_for_proto2: true,
        wrapper_for_nullables: false,
        wrapper_for_raw_primitives: true,
        struct_for_nulls: false,
        index_for_unions: true,
        flatten_unions: false,
        ignore_default_for_nullables: false,
    };
    change(&mut options);
    Protobuf(options)
}

fn plain() -> Protobuf {
    protobuf(|_| {})
}

fn structure(schema: &Schema, values: Vec<Value>) -> Value {
    Value::Struct(Struct::from_values(schema.clone(), values).unwrap())
}

fn text(value: &str) -> Value {
    Value::String(value.to_owned())
}

fn tagged(builder: wasm_connect_batch::SchemaBuilder, number: u32) -> Schema {
    builder.optional().parameter(names::TAG, number.to_string()).build()
}

/// A message of one field `value`, behind the index of the first message.
fn proto3(field: &str) -> String {
    format!("syntax = \"proto3\";\nmessage M {{ {field} }}")
}

fn read(format: &Protobuf, schema: &str, bytes: &[u8]) -> Result<(Schema, Value), ConvertError> {
    let bytes: Vec<u8> = std::iter::once(0).chain(bytes.iter().copied()).collect();
    read_as(format, schema, None, &bytes).map(|(schema, value)| (schema.unwrap(), value))
}

/// The field of a struct.
fn get(value: &Value, name: &str) -> Value {
    match value {
        Value::Struct(fields) => fields.get(name).unwrap().clone(),
        other => panic!("no struct: {other:?}"),
    }
}

fn field(schema: &Schema, name: &str) -> Schema {
    schema.field(name).unwrap().1.schema.clone()
}

// === schemas to text

#[test]
fn schemas_are_written_as_java_writes_them() {
    let status = Schema::string()
        .name("Status")
        .optional()
        .parameter(names::ENUM, "Status")
        .parameter(format!("{}.ACTIVE", names::ENUM), "0")
        .parameter(format!("{}.INACTIVE", names::ENUM), "1");
    let complex = Schema::structure()
        .field("int8", Schema::int8().default_value(Value::Int8(2)).doc("int8 field").build())
        .field("int64", Schema::int64().build())
        .field("float32", Schema::float32().build())
        .field("float64", Schema::float64().build())
        .field("boolean", Schema::boolean().build())
        .field("string", Schema::string().build())
        .field("bytes", Schema::bytes().build())
        .field("array", Schema::array(Schema::string().build()).build())
        .field("map", Schema::map(Schema::string().build(), Schema::int32().build()).build())
        .field("enum", status.build());
    let nested = Schema::structure()
        .name("com.example.Outer")
        .field("inner", Schema::structure().name("inner").field("x", Schema::int32().build()).build())
        .field("when", logical::timestamp().build())
        .field("until", logical::timestamp().optional().build())
        .field("price", logical::decimal(2).parameter(names::CONNECT_PRECISION, "8").build())
        .field("many", Schema::array(Schema::structure().field("y", Schema::int16().build()).build()).build());
    let union = Schema::structure().name(format!("{}.id", names::UNION)).optional();
    let union = union.field("a", tagged(Schema::string(), 4)).field("b", tagged(Schema::int32(), 5));
    let with_union = Schema::structure()
        .name("U")
        .field("id_0", union.build())
        .field("k", tagged(Schema::int64().parameter(names::TYPE, "uint32"), 2));
    for (schema, record, expected) in [
        (
            complex.build(),
            "ConnectDefault1",
            r#"syntax = "proto3";

message ConnectDefault1 {
  int32 int8 = 1 [(confluent.field_meta) = {
    params: [
      {
        key: "connect.type",
        value: "int8"
      }
    ]
  }];
  int64 int64 = 2;
  float float32 = 3;
  double float64 = 4;
  bool boolean = 5;
  string string = 6;
  bytes bytes = 7;
  repeated string array = 8;
  repeated ConnectDefault2Entry map = 9;
  Status enum = 10;

  message ConnectDefault2Entry {
    string key = 1;
    int32 value = 2;
  }
  enum Status {
    ACTIVE = 0;
    INACTIVE = 1;
  }
}
"#,
        ),
        (
            nested.build(),
            "com.example.Outer",
            r#"syntax = "proto3";
package com.example;

import "google/protobuf/timestamp.proto";
import "confluent/type/decimal.proto";

message Outer {
  innerMessage inner = 1;
  google.protobuf.Timestamp when = 2;
  google.protobuf.Timestamp until = 3;
  confluent.type.Decimal price = 4 [(confluent.field_meta) = {
    params: [
      {
        value: "8",
        key: "precision"
      },
      {
        value: "2",
        key: "scale"
      }
    ]
  }];
  repeated ConnectDefault1 many = 5;

  message innerMessage {
    int32 x = 1;
  }
  message ConnectDefault1 {
    int32 y = 1 [(confluent.field_meta) = {
      params: [
        {
          key: "connect.type",
          value: "int16"
        }
      ]
    }];
  }
}
"#,
        ),
        (
            with_union.build(),
            "U",
            "syntax = \"proto3\";\n\nmessage U {\n  uint32 k = 2;\n\n  oneof id {\n    string a = 4;\n    int32 b = 5;\n  }\n}\n",
        ),
        (Schema::structure().name("E").build(), "E", "syntax = \"proto3\";\n\nmessage E {}\n"),
        (Schema::string().optional().build(), "google.protobuf.StringValue", known::WRAPPERS),
    ] {
        let definition = plain().definition(Some(&schema)).unwrap();
        assert_eq!(definition.text, expected);
        assert_eq!(definition.record.as_deref(), Some(record));
        ProtoFile::parse(expected, &[]).unwrap();
    }
}

#[test]
fn options_change_the_schema() {
    let odd = Schema::structure().name("org.acme-corp.invalid record-name");
    let odd = odd.field("invalid field-name", Schema::string().build()).build();
    let refused = plain().definition(Some(&odd)).err().unwrap().to_string();
    assert!(refused.contains("\"acme-corp\" is not a valid identifier"), "{refused}");
    let scrubbing = protobuf(|options| options.scrub = true);
    let definition = scrubbing.definition(Some(&odd)).unwrap();
    assert_eq!(definition.record.as_deref(), Some("org.acme_corp.invalid_record_name"));
    assert!(definition.text.contains("string invalid_field_name = 1;"), "{}", definition.text);
    let value = structure(&odd, vec![text("foo")]);
    assert_eq!(write_as(&scrubbing, Some(&odd), &value).unwrap().1, [0, 0x0a, 3, b'f', b'o', b'o']);

    let nullable = Schema::structure().name("N").field("o", Schema::int32().optional().build());
    let nullable = nullable.field("r", Schema::string().build()).build();
    let values = [Value::Null, text("")];
    let of = |format: &Protobuf| {
        let (text, bytes) = write_as(format, Some(&nullable), &structure(&nullable, values.to_vec())).unwrap();
        (
            text.lines().find(|line| line.contains(" o = ")).unwrap().trim().to_owned(),
            bytes,
            through(format, Some(&nullable), &structure(&nullable, values.to_vec())),
        )
    };
    let (line, bytes, back) = of(&plain());
    assert_eq!((line.as_str(), bytes), ("int32 o = 1;", vec![0]));
    assert_eq!(get(&back.unwrap().1, "o"), Value::Int32(0), "without presence a null is a zero");
    for (format, expected) in [
        (protobuf(|options| options.optional_for_nullables = true), "optional int32 o = 1;"),
        (protobuf(|options| options.wrapper_for_nullables = true), "google.protobuf.Int32Value o = 1;"),
    ] {
        let (line, bytes, back) = of(&format);
        assert_eq!((line.as_str(), bytes), (expected, vec![0]));
        let (schema, back) = back.unwrap();
        assert_eq!((get(&back, "o"), get(&back, "r")), (Value::Null, text("")));
        let schema = schema.unwrap();
        assert!(field(&schema, "o").is_optional() && !field(&schema, "r").is_optional());
    }
}

#[test]
fn what_cannot_be_a_schema_is_refused() {
    let in_struct = |schema: Schema| Schema::structure().name("S").field("f", schema).build();
    let twice =
        Schema::structure().name("S").field("f", tagged(Schema::int32(), 1)).field("g", Schema::int32().build());
    let strings = || Schema::array(Schema::string().build()).build();
    for (schema, part) in [
        (strings(), "Unsupported root schema of type ARRAY"),
        (
            Schema::map(Schema::string().build(), Schema::string().build()).build(),
            "Unsupported root schema of type MAP",
        ),
        (logical::timestamp().build(), "Unsupported root schema of type org.apache.kafka.connect.data.Timestamp"),
        (in_struct(Schema::array(strings()).build()), "field f: Array cannot be nested"),
        (twice.build(), "Field number 1 has already been used in \"S\" by field \"f\"."),
        (in_struct(tagged(Schema::int32(), 0)), "0 is no number that a field may have"),
        (in_struct(tagged(Schema::int32(), 19_500)), "19500 is no number"),
        (in_struct(Schema::int32().parameter(names::TAG, "x").build()), "is no field number: x"),
        (in_struct(Schema::int32().parameter(names::TYPE, "double").build()), "is no type of such numbers: double"),
    ] {
        let error = plain().definition(Some(&schema)).err().unwrap().to_string();
        assert!(error.contains(part), "{schema}: {error}");
    }
    assert!(plain().definition(None).err().unwrap().to_string().contains("values without a schema"));
    assert_eq!(plain().is_null_message(None), Ok(true));
}

// === values

#[test]
fn values_are_written_as_the_specification_says() {
    let one = |schema: Schema| Schema::structure().name("M").field("value", schema).build();
    let with_type = |ty: &str| {
        let builder = if ty.ends_with("64") || ty.starts_with('u') || ty == "fixed32" {
            Schema::int64()
        } else {
            Schema::int32()
        };
        builder.parameter(names::TYPE, ty).build()
    };
    for (schema, value, expected) in [
        (Schema::int32().build(), Value::Int32(150), vec![0x08, 0x96, 1]),
        (Schema::int32().build(), Value::Int32(-1), vec![8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
        (Schema::int32().build(), Value::Int32(0), vec![]),
        (Schema::int8().build(), Value::Int8(15), vec![8, 15]),
        (Schema::int16().build(), Value::Int16(15), vec![8, 15]),
        (with_type("sint32"), Value::Int32(-2), vec![8, 3]),
        (with_type("sfixed32"), Value::Int32(-2), vec![13, 254, 255, 255, 255]),
        (with_type("uint32"), Value::Int64(4_294_967_295), vec![8, 255, 255, 255, 255, 15]),
        (with_type("fixed32"), Value::Int64(4_294_967_295), vec![13, 255, 255, 255, 255]),
        (with_type("uint64"), Value::Int64(-1), vec![8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1]),
        (with_type("sint64"), Value::Int64(-1), vec![8, 1]),
        (with_type("fixed64"), Value::Int64(1), vec![9, 1, 0, 0, 0, 0, 0, 0, 0]),
        (Schema::float32().build(), Value::Float32(1.0), vec![13, 0, 0, 128, 63]),
        (Schema::float64().build(), Value::Float64(-0.0), vec![9, 0, 0, 0, 0, 0, 0, 0, 128]),
        (Schema::boolean().build(), Value::Boolean(true), vec![8, 1]),
        (Schema::string().build(), text("foo"), vec![10, 3, b'f', b'o', b'o']),
        (Schema::bytes().build(), Value::Bytes(vec![1, 2]), vec![10, 2, 1, 2]),
        (logical::timestamp().build(), Value::Int64(1500), vec![10, 8, 8, 1, 16, 128, 202, 181, 238, 1]),
        (logical::date().build(), Value::Int32(17_427), vec![10, 7, 8, 225, 15, 16, 9, 24, 18]),
        (logical::time().build(), Value::Int32(40_333_140), vec![10, 11, 8, 11, 16, 12, 24, 13, 32, 128, 246, 224, 66]),
        (
            logical::decimal(3).parameter(names::CONNECT_PRECISION, "8").build(),
            Value::Bytes(12_345_678i32.to_be_bytes().to_vec()),
            vec![10, 10, 10, 4, 0, 188, 97, 78, 16, 8, 24, 3],
        ),
        (
            Schema::array(Schema::int32().build()).build(),
            Value::Array(vec![Value::Int32(3), Value::Int32(0), Value::Int32(270)]),
            vec![10, 4, 3, 0, 142, 2],
        ),
        (
            Schema::array(Schema::string().build()).build(),
            Value::Array(vec![text("a"), text("")]),
            vec![10, 1, b'a', 10, 0],
        ),
        (Schema::array(Schema::string().build()).build(), Value::Array(vec![]), vec![]),
        (
            Schema::map(Schema::string().build(), Schema::int32().build()).build(),
            Value::Map(vec![(text("k"), Value::Int32(1)), (text(""), Value::Int32(0))]),
            vec![10, 5, 10, 1, b'k', 16, 1, 10, 0],
        ),
    ] {
        let schema = one(schema);
        let value = structure(&schema, vec![value]);
        let (text, bytes) = write_as(&plain(), Some(&schema), &value).unwrap();
        assert_eq!(bytes.split_first(), Some((&0, expected.as_slice())), "{text}");
        let (_, back) = read_as(&plain(), &text, None, &bytes).unwrap();
        assert_eq!(get(&back, "value"), get(&value, "value"), "{text}");
    }
}

#[test]
fn a_primitive_alone_is_in_a_wrapper() {
    for (value, index, bytes) in [
        (Value::Float64(1.0), 0, vec![9, 0, 0, 0, 0, 0, 0, 240, 63]),
        (Value::Float32(1.0), 1, vec![13, 0, 0, 128, 63]),
        (Value::Int64(15), 2, vec![8, 15]),
        (Value::Int32(15), 4, vec![8, 15]),
        (Value::Int32(0), 4, vec![]),
        (Value::Boolean(true), 6, vec![8, 1]),
        (text("foo"), 7, vec![10, 3, b'f', b'o', b'o']),
        (text(""), 7, vec![]),
        (Value::Bytes(vec![1]), 8, vec![10, 1, 1]),
    ] {
        let schema = Schema::new(value.ty().unwrap()).build();
        let (text, written) = write_as(&plain(), Some(&schema), &value).unwrap();
        let prefix = if index == 0 { vec![0] } else { vec![2, index * 2] };
        assert_eq!(written, [prefix, bytes].concat());
        assert_eq!(read_as(&plain(), &text, None, &written), Ok((Some(schema), value)));
    }
    let as_struct = protobuf(|options| options.wrapper_for_raw_primitives = false);
    let (schema, value) = read_as(&as_struct, known::WRAPPERS, Some(3), &[2, 14, 10, 1, b'x']).unwrap();
    let schema = schema.unwrap();
    assert_eq!((schema.name(), schema.version(), get(&value, "value")), (Some("StringValue"), Some(3), text("x")));
}

#[test]
fn a_schema_of_somebody_else_becomes_connects() {
    let schema_text = r#"
        syntax = "proto3";
        package com.example;
        import "google/protobuf/timestamp.proto";
        import "google/type/date.proto";
        import "confluent/type/decimal.proto";
        option java_package = "x.y";
        message Other { string s = 1; }
        message Main {
          enum Suit { option allow_alias = true; NONE = 0; HEART = 1; COEUR = 1; }
          message Inner { int32 x = 1; repeated Suit suits = 2; }
          uint32 id = 1;
          oneof who { string name = 2; Inner inner = 3; }
          map<string, Inner> by_name = 4;
          repeated sint64 numbers = 5 [packed = false, (some.option).x = {y: [1, 2]}];
          optional bool flag = 6;
          Suit suit = 7;
          google.protobuf.Timestamp at = 8;
          google.type.Date day = 9;
          confluent.type.Decimal price = 10 [(confluent.field_meta) = { params: [{key: "scale", value: "2"}] }];
          int32 small = 11 [(confluent.field_meta).params = {key: "connect.type", value: "int8"}];
          reserved 20 to 30;
        }
        service S { rpc Call (Unknown) returns (Unknown); }"#;
    let registered = RegisteredSchema { id: 1, text: schema_text.to_owned(), references: Vec::new() };
    let format = plain();
    let reader = format.reader(&registered, Some(4)).unwrap();
    let planned = reader.other(&[1], &format.0);
    let schema = planned.as_ref().as_ref().unwrap().0.clone();
    assert_eq!((schema.name(), schema.version(), schema.is_optional()), (Some("Main"), Some(4), false));
    let names: Vec<_> = schema.fields().iter().map(|field| field.name.as_str()).collect();
    assert_eq!(names, ["who_0", "id", "by_name", "numbers", "flag", "suit", "at", "day", "price", "small"]);
    assert_eq!(field(&schema, "id"), tagged(Schema::int64().parameter(names::TYPE, "uint32"), 1));
    let union = field(&schema, "who_0");
    assert_eq!((union.name(), union.is_optional()), (Some("io.confluent.connect.protobuf.Union.who"), true));
    assert_eq!(field(&union, "name"), tagged(Schema::string(), 2));
    let map = field(&schema, "by_name");
    assert_eq!((map.ty(), map.name(), map.parameter(names::TAG)), (Type::Map, Some("by_name"), Some("4")));
    assert_eq!(map.key_schema(), Some(&tagged(Schema::string(), 1)));
    let sint64 = Schema::int64().parameter(names::TYPE, "sint64").optional().build();
    assert_eq!(field(&schema, "numbers"), tagged(Schema::array(sint64), 5));
    let suit = field(&schema, "suit");
    let numbers = ["", ".NONE", ".HEART", ".COEUR"].map(|end| suit.parameter(&format!("{}{end}", names::ENUM)));
    assert_eq!((suit.name(), numbers), (Some("Suit"), [Some("Suit"), Some("0"), Some("1"), Some("1")]));
    assert_eq!(field(&schema, "at"), tagged(logical::timestamp(), 8));
    assert_eq!(field(&schema, "price"), tagged(logical::decimal(2), 10));
    assert_eq!(field(&schema, "small"), tagged(Schema::int8(), 11));

    let (inner, value) = read_as(&format, schema_text, None, &[4, 2, 0, 0x10, 3]).unwrap();
    assert_eq!(
        (inner.unwrap().name(), get(&value, "suits")),
        (Some("Inner"), Value::Array(vec![text("UNKNOWN_ENUM_VALUE_Suit_3")]))
    );

    // Out of order, a oneof set twice, a map's key twice, numbers packed and apart, a timestamp in two parts, a field nobody knows.
    let message = [
        &[2, 2][..],
        &[0x58, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1],
        &[0x12, 1, b'n', 0x1a, 2, 8, 7, 0x1a, 3, 0x12, 1, 1],
        &[0x22, 7, 10, 1, b'k', 0x12, 2, 8, 1, 0x22, 7, 10, 1, b'k', 0x12, 2, 8, 2, 0x22, 3, 10, 1, b'l'],
        &[0x28, 2, 0x2a, 2, 4, 1, 0x28, 6],
        &[0x42, 2, 8, 1, 0x42, 4, 16, 0x80, 0x89, 0x7a, 0xfa, 7, 1, 0],
        &[0x52, 8, 10, 2, 4, 0xd2, 16, 4, 24, 1, 8, 5],
    ];
    let (_, value) = read_as(&format, schema_text, None, &message.concat()).unwrap();
    assert_eq!(get(&value, "small"), Value::Int8(-1));
    let union = get(&value, "who_0");
    let inner = get(&union, "inner");
    assert_eq!((get(&union, "name"), get(&inner, "x")), (Value::Null, Value::Int32(7)), "its parts are merged");
    assert_eq!(get(&inner, "suits"), Value::Array(vec![text("HEART")]));
    let Value::Map(entries) = get(&value, "by_name") else { panic!("no map") };
    let found: Vec<_> = entries.iter().map(|(key, value)| (key.clone(), get(value, "x"))).collect();
    assert_eq!(found, [(text("k"), Value::Int32(2)), (text("l"), Value::Int32(0))]);
    assert_eq!(get(&value, "numbers"), Value::Array([1, 2, -1, 3].map(Value::Int64).to_vec()));
    assert_eq!((get(&value, "flag"), get(&value, "suit")), (Value::Null, text("NONE")));
    assert_eq!((get(&value, "at"), get(&value, "day")), (Value::Int64(1002), Value::Null));
    assert_eq!(get(&value, "price"), Value::Bytes(vec![0x30, 0x34]), "at the scale of the schema");
    assert_eq!(get(&value, "id"), Value::Int64(5));
}

#[test]
fn options_change_what_is_read() {
    let schema_text = r#"syntax = "proto3"; package p; import "google/protobuf/wrappers.proto";
        message M { enum E { A = 0; B = 1; } message N { int32 x = 1; }
          oneof o { int32 i = 1; google.protobuf.StringValue s = 2; }
          E e = 3; N n = 4; optional string t = 5; google.protobuf.Int64Value w = 6; }"#;
    let bytes = [0x12, 3, 10, 1, b'x', 0x18, 1];
    let (schema, value) = read(&plain(), schema_text, &bytes).unwrap();
    assert_eq!(get(&get(&get(&value, "o_0"), "s"), "value"), text("x"));
    assert_eq!((get(&value, "e"), get(&value, "n"), get(&value, "w")), (text("B"), Value::Null, Value::Null));
    assert!(schema.fields().iter().all(|field| field.schema.is_optional()));

    let (schema, value) = read(&protobuf(|options| options.enhanced = true), schema_text, &bytes).unwrap();
    let names = ["o_0", "e", "n"].map(|name| field(&schema, name).name().unwrap().to_owned());
    assert_eq!(schema.name(), Some("p.M"));
    assert_eq!(names, ["io.confluent.connect.protobuf.Union.p.M.o", "p.M.E", "p.M.N"]);
    assert_eq!(get(&value, "e"), text("B"));

    let flat = protobuf(|options| (options.flatten_unions, options.int_for_enums) = (true, true));
    let (schema, value) = read(&flat, schema_text, &bytes).unwrap();
    assert_eq!((get(&value, "i"), get(&get(&value, "s"), "value")), (Value::Null, text("x")));
    assert_eq!((field(&schema, "e").ty(), get(&value, "e")), (Type::Int32, Value::Int32(1)));

    let wrapping = protobuf(|options| (options.wrapper_for_nullables, options.index_for_unions) = (true, false));
    let (schema, value) = read(&wrapping, schema_text, &bytes).unwrap();
    let member = field(&field(&schema, "o"), "s");
    assert_eq!((member.ty(), member.parameter(names::WRAPPER)), (Type::String, Some("true")));
    assert_eq!((get(&get(&value, "o"), "s"), get(&value, "w")), (text("x"), Value::Null));
    assert!(!field(&schema, "t").is_optional() && field(&schema, "w").is_optional());
    // And back.
    let (own, written) = write_as(&wrapping, Some(&schema), &value).unwrap();
    assert!(own.contains("    google.protobuf.StringValue s = 2;"), "{own}");
    assert_eq!(written.get(1..), Some(&bytes[..]));

    let filling = protobuf(|options| options.struct_for_nulls = true);
    let (_, value) = read(&filling, schema_text, &[]).unwrap();
    assert_eq!((get(&get(&value, "n"), "x"), get(&value, "t")), (Value::Int32(0), text("")));
    assert_eq!((get(&value, "o_0"), get(&get(&value, "w"), "value")), (Value::Null, Value::Int64(0)));
}

#[test]
fn proto2_has_defaults_and_required_fields() {
    let schema_text = r#"syntax = "proto2"; message M { required int32 r = 1 [default = 7]; optional string o = 2 [default = "d"];
        optional E e = 3 [default = B]; repeated int32 p = 4 [packed = true]; enum E { A = 1; B = 2; } }"#;
    let (schema, value) = read(&plain(), schema_text, &[]).unwrap();
    assert_eq!((get(&value, "r"), get(&value, "o"), get(&value, "e")), (Value::Int32(7), Value::Null, Value::Null));
    let filled = protobuf(|options| options.optional_for_proto2 = false);
    let (_, value) = read(&filled, schema_text, &[0x22, 2, 1, 2]).unwrap();
    assert_eq!((get(&value, "o"), get(&value, "e")), (text("d"), text("B")));
    assert_eq!(get(&value, "p"), Value::Array(vec![Value::Int32(1), Value::Int32(2)]));
    let strict = protobuf(|options| options.optional_for_nullables = true);
    let (schema_of_strict, _) = read(&strict, schema_text, &[]).unwrap();
    assert!(field(&schema_of_strict, "o").is_optional() && !field(&schema_of_strict, "r").is_optional());

    // As the latest version of a subject.
    let registered = RegisteredSchema { id: 1, text: schema_text.to_owned(), references: Vec::new() };
    let writer = plain().writer(Some(&schema), &registered).unwrap();
    let value = structure(&schema, vec![Value::Null, text("x"), text("A"), Value::Array(vec![Value::Int32(0)])]);
    let missing = plain().write(&writer, SchemaAndValue::Owned(Some(&schema), &value), &mut Vec::new()).unwrap_err();
    assert_eq!(missing.to_string(), "field r: Found null value for required field");
}

#[test]
fn another_version_of_the_subject_is_written_by_its_own_fields() {
    let schema = Schema::structure().name("M").field("a", Schema::int32().build());
    let schema = schema.field("b", Schema::string().optional().build()).build();
    let write = |latest: &str, value: Value| {
        let registered = RegisteredSchema { id: 1, text: latest.to_owned(), references: Vec::new() };
        let writer = plain().writer(Some(&schema), &registered)?;
        let mut out = Vec::new();
        plain().write(&writer, SchemaAndValue::Owned(Some(&schema), &value), &mut out)?;
        Ok::<_, ConvertError>(out)
    };
    let full = || structure(&schema, vec![Value::Int32(1), text("b")]);
    let latest = "syntax = \"proto3\"; message First { } message M { int64 a = 7; string b = 3; string c = 1; }";
    assert_eq!(write(latest, full()), Ok(vec![2, 2, 0x1a, 1, b'b', 0x38, 1]));
    let without = "syntax = \"proto3\"; message Other { int32 a = 1; }";
    assert_eq!(write(without, structure(&schema, vec![Value::Int32(1), Value::Null])), Ok(vec![0, 8, 1]));
    for (latest, part) in [
        (without, "the registered schema has no field b"),
        ("syntax = \"proto3\"; message M { string a = 1; }", "field a: values of"),
        ("syntax = \"proto3\"; message M { repeated int32 a = 1; }", "cannot be written as Protobuf's repeated int32"),
        ("syntax = \"proto2\"; message M { required int32 z = 1; }", "has no field z, which is required"),
        ("syntax = \"proto3\"; enum E { A = 0; }", "Invalid message indexes: [0]"),
    ] {
        let error = write(latest, full()).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
}

#[test]
fn references_and_other_forms_of_schemas_are_understood() {
    let imported = ("a/b.proto".to_owned(), "syntax = \"proto3\"; package a; message B { int32 x = 1; }".to_owned());
    let read = |text: &str, references: Vec<(String, String)>, bytes: &[u8]| {
        let registered = RegisteredSchema { id: 1, text: text.to_owned(), references };
        let format = plain();
        let reader = format.reader(&registered, None)?;
        let (_, message) = split(bytes)?;
        let planned = reader.first.get_or_init(|| reader.plan(&[0], &format.0));
        assert!(message.is_empty() || planned.is_ok());
        planned.as_ref().map(|(schema, _)| schema.clone()).map_err(Clone::clone)
    };
    let importing = "syntax = \"proto3\"; import \"a/b.proto\"; message M { a.B b = 1; }";
    let schema = read(importing, vec![imported.clone()], &[0]).unwrap();
    assert_eq!(field(&field(&schema, "b"), "x"), tagged(Schema::int32(), 1));
    let error = read(importing, vec![], &[0]).unwrap_err().to_string();
    assert!(error.contains("imported file 'a/b.proto' is neither a reference of the schema nor known"), "{error}");
    // A file that only imports another for others stands for it.
    let wrapper = "syntax = \"proto3\"; import public \"a/b.proto\";";
    assert_eq!(read(wrapper, vec![imported.clone()], &[0]).unwrap().name(), Some("B"));
    // A reference whose own import is missing.
    let broken = ("a/b.proto".to_owned(), "syntax = \"proto3\"; import \"c.proto\";".to_owned());
    let error = read(importing, vec![broken], &[0]).unwrap_err().to_string();
    assert!(error.contains("import a/b.proto: imported file 'c.proto'"), "{error}");
    // Every file that is known can be imported.
    for (name, _) in known::FILES {
        let text =
            format!("syntax = \"proto3\"; import \"{name}\"; import \"google/protobuf/any.proto\"; message M {{}}");
        assert!(read(&text, vec![], &[0]).is_ok(), "{name}");
    }
    // In base64, as `format=serialized` gives it.
    let file = protox_parse::parse("m.proto", "syntax = \"proto3\"; message M { map<string, int32> m = 1; }").unwrap();
    use base64::Engine;
    let serialized = base64::prelude::BASE64_STANDARD.encode(file.encode_to_vec());
    assert_eq!(field(&read(&serialized, vec![], &[0]).unwrap(), "m").ty(), Type::Map);
    // A map as Java's serializer registers it.
    let explicit = "syntax = \"proto3\"; message M { repeated MEntry m = 1; message MEntry { option map_entry = true; string key = 1; int32 value = 2; } }";
    assert_eq!(field(&read(explicit, vec![], &[0]).unwrap(), "m").name(), Some("m"));
}

#[test]
fn malformed_values_and_schemas_are_refused() {
    let message = |field: &str| proto3(field);
    for (schema, bytes, part) in [
        (message("int32 x = 1;"), vec![0, 8], "cut off"),
        (message("int32 x = 1;"), vec![0, 8, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1], "has no end"),
        (message("string x = 1;"), vec![0, 10, 9, b'a'], "9 bytes wanted"),
        (message("string x = 1;"), vec![0, 10, 1, 255], "field x: malformed Protobuf: string at 2 is no UTF-8"),
        (message("int32 x = 1;"), vec![0, 7], "wire type 7"),
        (message("int32 x = 1;"), vec![0, 12], "without a start"),
        (message("int32 x = 1;"), vec![], "cut off"),
        (message("int32 x = 1;"), vec![1], "-1 indexes"),
        (message("int32 x = 1;"), vec![255, 255, 255, 255, 15], "indexes"),
        (message("int32 x = 1;"), vec![2, 2], "Invalid message indexes: [1]"),
        (message("int32 x = 1;"), vec![4, 0, 0], "Invalid message indexes: [0, 0]"),
        (message("M m = 1;"), vec![0], "M contains itself"),
        (message("Nobody m = 1;"), vec![0], "name 'Nobody' is not defined"),
        (message("int32 x = 1; int32 y = 1;"), vec![0], "field number '1' is already used"),
        ("syntax = \"proto3\";\n\nmessage M { int32 }".to_owned(), vec![0], "Could not parse Protobuf - line 3:"),
        (String::new(), vec![0], "Invalid message indexes: [0]"),
        ("{\"type\":\"string\"}".to_owned(), vec![0], "Could not parse Protobuf - line 1:"),
        ("syntax = \"proto2\"; message M { optional group G = 1 { } }".to_owned(), vec![0], "GROUP"),
        (
            "syntax = \"proto3\"; import \"google/protobuf/struct.proto\"; message M { google.protobuf.Struct s = 1; }"
                .to_owned(),
            vec![0],
            "google.protobuf.Struct contains itself",
        ),
        (
            "syntax = \"proto3\"; import \"google/type/date.proto\"; message M { google.type.Date d = 1; }".to_owned(),
            vec![0, 10, 4, 8, 1, 16, 13],
            "field d: Date 1-13-0 is not valid",
        ),
    ] {
        let error = read_as(&plain(), &schema, None, &bytes).unwrap_err().to_string();
        assert!(error.contains(part), "{schema}: {error}");
    }
    let deep = format!("syntax = \"proto3\";{}{}", "message M {".repeat(10_000), "}".repeat(10_000));
    assert!(read_as(&plain(), &deep, None, &[0]).unwrap_err().to_string().contains("recursion limit"));
    let nested = |depth: usize| {
        let one = |i: usize| format!("message M{i} {{ M{0} a = 1; M{0} b = 2; }}\n", i + 1);
        let all: String = (0..depth).map(one).collect();
        format!("syntax = \"proto3\"; {all} message M{depth} {{}}")
    };
    let wide = read_as(&plain(), &nested(30), None, &[0]).unwrap_err().to_string();
    assert!(wide.contains("nodes"), "{wide}");
    let deep = read_as(&plain(), &nested(300), None, &[0]).unwrap_err().to_string();
    assert!(deep.contains("deeper") || deep.contains("nodes"), "{deep}");
    let options = format!(
        "syntax = \"proto3\"; message M {{ int32 x = 1 [(confluent.field_meta) = {{{}]; }}",
        "params: {".repeat(10_000)
    );
    assert!(read_as(&plain(), &options, None, &[0]).is_err());
}

// === at random

/// A schema that Protobuf can express, and nothing that it takes for something else.
fn random_struct(random: &mut Random, depth: u32) -> Schema {
    let mut builder = Schema::structure().name(format!("S{}", random.next()));
    for i in 0..random.below(6) {
        builder = builder.field(format!("f{i}"), random_field(random, depth, true));
    }
    builder.build()
}

fn random_field(random: &mut Random, depth: u32, lists: bool) -> Schema {
    let choices = if depth == 0 { 12 } else { 13 } + if lists && depth > 0 { 2 } else { 0 };
    match random.below(choices) {
        0 => Schema::int8().build(),
        1 => Schema::int16().build(),
        2 => Schema::int32().build(),
        3 => Schema::int64().build(),
        4 => Schema::float32().build(),
        5 => Schema::float64().build(),
        6 => Schema::boolean().build(),
        7 => Schema::string().build(),
        8 => Schema::bytes().build(),
        9 => logical::timestamp().build(),
        10 => logical::time().build(),
        11 => logical::decimal(random.below(9) as i32).build(),
        12 => random_struct(random, depth.saturating_sub(1)),
        13 => Schema::array(random_field(random, depth - 1, false)).build(),
        _ => {
            let key = [Schema::string(), Schema::int32(), Schema::boolean(), Schema::int64()][random.below(4) as usize]
                .clone();
            let name = format!("m{}", random.next());
            Schema::map(key.build(), random_field(random, depth - 1, false)).name(name).build()
        }
    }
}

/// The same, but for what a null of a list, or a decimal's bytes that could be fewer, come back as.
fn random_value(random: &mut Random, schema: &Schema) -> Value {
    match (schema.ty(), schema.name()) {
        (Type::Int32, Some(logical::TIME)) => Value::Int32(random.below(86_400_000) as i32),
        (Type::Int64, Some(logical::TIMESTAMP)) => {
            Value::Int64(random.below(4_000_000_000_000) as i64 - 2_000_000_000_000)
        }
        (Type::Array, _) => {
            let items = schema.value_schema().unwrap();
            Value::Array((0..random.below(4)).map(|_| random_value(random, items)).collect())
        }
        (Type::Map, _) => {
            let mut entries: Vec<(Value, Value)> = Vec::new();
            for _ in 0..random.below(4) {
                let key = random_value(random, schema.key_schema().unwrap());
                if entries.iter().all(|(known, _)| *known != key) {
                    entries.push((key, random_value(random, schema.value_schema().unwrap())));
                }
            }
            Value::Map(entries)
        }
        (Type::Struct, _) => {
            let values = schema.fields().iter().map(|field| random_value(random, &field.schema)).collect();
            structure(schema, values)
        }
        _ => random.value(schema),
    }
}

/// Without schemas, which have more to say when they come back.
fn bare(value: &Value) -> String {
    match value {
        Value::Struct(fields) => format!("{{{}}}", fields.values().iter().map(bare).collect::<Vec<_>>().join(",")),
        Value::Array(items) => format!("[{}]", items.iter().map(bare).collect::<Vec<_>>().join(",")),
        Value::Map(entries) => {
            let all: Vec<_> = entries.iter().map(|(key, value)| format!("{}:{}", bare(key), bare(value))).collect();
            format!("<{}>", all.join(","))
        }
        value => format!("{value:?}"),
    }
}

#[test]
fn random_values_come_back_and_another_implementation_agrees() {
    let mut random = Random::new(11);
    for _ in 0..2000 {
        let schema = random_struct(&mut random, 3);
        let value = random_value(&mut random, &schema);
        let (text, bytes) =
            write_as(&plain(), Some(&schema), &value).unwrap_or_else(|error| panic!("{error}: {schema}"));
        let (read_schema, read) =
            read_as(&plain(), &text, None, &bytes).unwrap_or_else(|error| panic!("{error}: {text}"));
        assert_eq!(bare(&read), bare(&value), "{text}");
        // What was read is written the same, under the same schema.
        let (text_again, bytes_again) = write_as(&plain(), read_schema.as_ref(), &read).unwrap();
        assert_eq!((&text_again, &bytes_again), (&text, &bytes));
        let file = ProtoFile::parse(&text, &[]).unwrap();
        let theirs = DynamicMessage::decode(file.message_at(&[0]).unwrap(), &bytes[1..]).unwrap();
        assert!(theirs.unknown_fields().next().is_none(), "{text}");
        assert_eq!(theirs.encode_to_vec(), bytes[1..], "{text}");
        assert_eq!(theirs.descriptor().name(), schema.name().unwrap());
    }
}

#[test]
fn no_bytes_and_no_schemas_make_it_panic() {
    let mut random = Random::new(7);
    for _ in 0..2000 {
        let format = protobuf(|options| {
            options.struct_for_nulls = random.chance(2);
            options.flatten_unions = random.chance(2);
            options.wrapper_for_nullables = random.chance(2);
        });
        let schema = random_struct(&mut random, 3);
        let value = random_value(&mut random, &schema);
        let Ok((text, mut bytes)) = write_as(&format, Some(&schema), &value) else { continue };
        for _ in 0..4 {
            match random.below(3) {
                0 => bytes.truncate(random.below(bytes.len() as u64 + 1) as usize),
                1 if !bytes.is_empty() => {
                    let at = random.below(bytes.len() as u64) as usize;
                    bytes[at] = random.next() as u8;
                }
                _ => bytes.extend(random.bytes()),
            }
            let _ = read_as(&format, &text, None, &bytes);
        }
        // A schema with a character changed.
        let mut damaged: Vec<char> = text.chars().collect();
        let at = random.below(damaged.len() as u64) as usize;
        damaged[at] = ['"', '[', '{', ';', '0', 'x', ':', '}', '='][random.below(9) as usize];
        let damaged: String = damaged.into_iter().collect();
        let _ = read_as(&format, &damaged, Some(1), &bytes);
        let registered = RegisteredSchema { id: 1, text: damaged, references: Vec::new() };
        if let Ok(writer) = format.writer(Some(&schema), &registered) {
            let _ = format.write(&writer, SchemaAndValue::Owned(Some(&schema), &value), &mut Vec::new());
        }
        // A descriptor with bytes changed.
        let Ok(file) = protox_parse::parse("x.proto", &text) else { continue };
        use base64::Engine;
        let mut descriptor = file.encode_to_vec();
        for _ in 0..2 {
            let at = random.below(descriptor.len() as u64) as usize;
            descriptor[at] = random.next() as u8;
        }
        let _ = read_as(&format, &base64::prelude::BASE64_STANDARD.encode(descriptor), None, &bytes);
    }
}
