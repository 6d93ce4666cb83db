//! The malformed vectors, `bad-*`: each is refused, for the reason and the record that its description names.

use std::fs;

use serde_json::{Value as Json, json};
use wasm_connect_batch::{BatchWriter, FrameHead, Payload, Schema, Value, tagged};

use crate::batch_json::{encode, encode_acks};
use crate::value_json::to_hex;
use crate::vectors;
use crate::walk::{walk, walk_acks};

/// Where the first frame is, and its payloads.
const FRAME: usize = 28;
const PAYLOAD: usize = FRAME + 60;

struct Case {
    name: &'static str,
    about: &'static str,
    bytes: Vec<u8>,
}

fn case(name: &'static str, about: &'static str, mut bytes: Vec<u8>, patches: &[(usize, &[u8])]) -> Case {
    for (at, patch) in patches {
        bytes[*at..at + patch.len()].copy_from_slice(patch);
    }
    Case { name, about, bytes }
}

/// Null without a schema.
fn nothing() -> Json {
    json!({"schema": 0, "value": null})
}

/// A batch of records without keys, of the topic `t`.
fn batch(schemas: Json, values: &[Json]) -> Vec<u8> {
    let record = |value: &Json| json!({"topic": "t", "offset": "0", "key": nothing(), "value": value});
    let records: Vec<Json> = values.iter().map(record).collect();
    encode(&json!({"strings": ["t"], "schemas": schemas, "records": records}))
}

fn one(schemas: Json, schema: u32, value: Json) -> Vec<u8> {
    batch(schemas, &[json!({"schema": schema, "value": value})])
}

/// A batch whose value's row is written as it is.
fn raw(schema: &Schema, row: &[u8]) -> Vec<u8> {
    let mut writer = BatchWriter::new();
    let schema = writer.schema(schema);
    let mut frame = writer.begin(&FrameHead::default());
    frame.value(Payload::Raw { schema, row }).unwrap();
    frame.finish();
    writer.finish()
}

fn untyped(row: &[u8]) -> Vec<u8> {
    let mut writer = BatchWriter::new();
    let mut frame = writer.begin(&FrameHead::default());
    frame.value(Payload::Raw { schema: wasm_connect_batch::SchemaId::NONE, row }).unwrap();
    frame.finish();
    writer.finish()
}

/// An empty batch with that schema section.
fn with_schemas(section: &[u8]) -> Vec<u8> {
    let mut bytes = vectors::bytes("empty");
    bytes.truncate(32);
    bytes.extend_from_slice(section);
    let total = (bytes.len() as u32).to_le_bytes();
    bytes[24..28].copy_from_slice(&total);
    bytes
}

fn header_cases() -> Vec<Case> {
    let empty = || vectors::bytes("empty");
    let text = || one(json!([]), 16, json!("text"));
    let two = || batch(json!([]), &[json!({"schema": 16, "value": "a"}), json!({"schema": 16, "value": "b"})]);
    let mut longer = empty();
    longer.push(0);
    let mut shorter = text();
    shorter.pop();
    let index = PAYLOAD + 61;
    vec![
        case("bad-magic", "The first bytes are not KCB.", empty(), &[(0, b"X")]),
        case("bad-version", "Version 2.", empty(), &[(3, &[2])]),
        case("bad-batch-flags", "A flag of the batch that no version knows.", empty(), &[(4, &[1])]),
        case("bad-total-long", "A byte more than the header says.", longer, &[]),
        case("bad-total-short", "A byte less than the header says.", shorter, &[]),
        case("bad-count", "A record count without index entries.", empty(), &[(8, &[1])]),
        case("bad-count-huge", "More records than any limit allows.", empty(), &[(8, &[255; 4])]),
        case("bad-sections", "The index lies behind the strings.", text(), &[(12, &[0xf0])]),
        case(
            "bad-frame-overlap",
            "Two index entries with the same frame.",
            two(),
            &[(PAYLOAD + 62 + 4, &[FRAME as u8])],
        ),
        case(
            "bad-frame-gap",
            "An index entry one byte behind the end of the frame before.",
            two(),
            &[(PAYLOAD + 62 + 4, &[90])],
        ),
        case("bad-frame-unused", "A frame that no index entry names.", two(), &[(PAYLOAD + 62 + 4, &[255; 4])]),
        case(
            "bad-string-end",
            "A string that ends before it starts, or behind its section.",
            text(),
            &[(index - 57 + 4 + 4, &[9])],
        ),
        case("bad-string-utf8", "A string that is not UTF-8.", text(), &[(PAYLOAD + 4 + 4 + 8, &[0xff])]),
        case(
            "bad-string-rest",
            "A string table with bytes behind its last string.",
            text(),
            &[(PAYLOAD + 4 + 4 + 4, &[0])],
        ),
        case("bad-string-count", "More strings than fit.", text(), &[(PAYLOAD + 4 + 4, &[255; 4])]),
    ]
}

fn frame_cases() -> Vec<Case> {
    let text = || one(json!([]), 16, json!("text"));
    let at = |field: usize| FRAME + field;
    let source = || {
        encode(&json!({"strings": ["{}"], "schemas": [], "records": [null,
            {"offset": "0", "key": nothing(), "value": nothing(), "source_partition": "{}", "source_offset": "{}",
             "headers": [["{}", nothing()]]}]}))
    };
    vec![
        case("bad-frame-flags", "A flag of a frame that no version knows.", text(), &[(at(1), &[0x80])]),
        case("bad-timestamp-type", "Timestamp type 3.", text(), &[(at(0), &[0x0d])]),
        case("bad-timestamp-none", "A timestamp without a type.", text(), &[(at(28), &[1])]),
        case("bad-null-with-bytes", "A null value that has four bytes.", text(), &[(at(0), &[3])]),
        case("bad-topic", "A topic that is not in the string table.", text(), &[(at(4), &[1])]),
        case("bad-partition", "The partition -2.", text(), &[(at(8), &[0xfe])]),
        case("bad-schema-reserved", "Schema id 1, which nothing has.", text(), &[(at(40), &[1])]),
        case("bad-schema-builtin", "Schema id 20, which nothing has.", text(), &[(at(40), &[20])]),
        case("bad-schema-own", "Schema id 32 in a batch without schemas.", text(), &[(at(40), &[32])]),
        case("bad-key-length", "A key that reaches behind the frames.", text(), &[(at(0), &[0]), (at(44), &[200])]),
        case("bad-value-length", "A value of 4 GiB.", text(), &[(at(48), &[255; 4])]),
        case("bad-headers", "A header that is not there.", text(), &[(at(2), &[1])]),
        case(
            "bad-source-partition",
            "A source partition that is not in the string table.",
            text(),
            &[(at(52), &[7, 0, 0, 0])],
        ),
        case(
            "bad-source-offset-alone",
            "A source offset without a source partition.",
            source(),
            &[(at(52), &[255; 4])],
        ),
        case(
            "bad-source-offset-utf8",
            "A source offset that is not UTF-8, in record 1.",
            source(),
            &[(PAYLOAD, &[0xc0])],
        ),
        case("bad-header-name", "A header's name that is not in the string table.", source(), &[(PAYLOAD + 2, &[1])]),
        case("bad-header-schema", "A header's schema that is not in the table.", source(), &[(PAYLOAD + 6, &[33])]),
        case(
            "bad-header-length",
            "A header's value that reaches behind the frames.",
            source(),
            &[(PAYLOAD + 10, &[1, 0, 0, 0])],
        ),
    ]
}

fn schema_cases() -> Vec<Case> {
    let field = |name: u8, id: u8| [1, 0, 0, 0, name, id, 0, 0, 0];
    let twice = [&[1, 0, 0, 0, 12, 0, 2, 0, 0, 0][..], &field(b'a', 2), &field(b'a', 4)].concat();
    let mut deep = vec![101, 0, 0, 0];
    deep.extend((0..101_u32).flat_map(|i| {
        let [a, b, c, d] = (if i == 0 { 2 } else { 31 + i }).to_le_bytes();
        [10, 0, a, b, c, d]
    }));
    let mut bomb = vec![20, 0, 0, 0];
    for i in 0..20 {
        let child = if i == 0 { 2 } else { 31 + i };
        bomb.extend_from_slice(&[&[12, 0, 2, 0, 0, 0][..], &field(b'a', child), &field(b'b', child)].concat());
    }
    let none: &[(usize, &[u8])] = &[];
    vec![
        case("bad-schema-type", "Type 13.", with_schemas(&[1, 0, 0, 0, 13, 0]), none),
        case(
            "bad-schema-flags",
            "A flag of a schema that no version knows.",
            with_schemas(&[1, 0, 0, 0, 1, 0x40]),
            none,
        ),
        case("bad-schema-count", "More schemas than fit.", with_schemas(&[255, 255, 255, 255]), none),
        case("bad-schema-rest", "A byte behind the last schema.", with_schemas(&[1, 0, 0, 0, 1, 0, 0]), none),
        case("bad-schema-forward", "An array of itself.", with_schemas(&[1, 0, 0, 0, 10, 0, 32, 0, 0, 0]), none),
        case(
            "bad-schema-schemaless-child",
            "An array of schemaless items.",
            with_schemas(&[1, 0, 0, 0, 10, 0, 0, 0, 0, 0]),
            none,
        ),
        case("bad-schema-field-twice", "Two fields of the same name.", with_schemas(&twice), none),
        case(
            "bad-schema-field-empty",
            "A field without a name.",
            with_schemas(&[1, 0, 0, 0, 12, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0]),
            none,
        ),
        case(
            "bad-schema-name-utf8",
            "A name that is not UTF-8.",
            with_schemas(&[1, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0xff]),
            none,
        ),
        case(
            "bad-schema-parameters",
            "The flag of parameters, but none.",
            with_schemas(&[1, 0, 0, 0, 1, 16, 0, 0, 0, 0]),
            none,
        ),
        case(
            "bad-schema-default",
            "An int8 whose default has two bytes.",
            with_schemas(&[1, 0, 0, 0, 1, 32, 2, 0, 0, 0, 7, 7]),
            none,
        ),
        case("bad-schema-deep", "Arrays nested 100 deep, of int8: 101 levels.", with_schemas(&deep), none),
        case(
            "bad-schema-bomb",
            "20 structs of two fields, each the struct before: 2 million nodes.",
            with_schemas(&bomb),
            none,
        ),
    ]
}

fn row_cases() -> Vec<Case> {
    let none: &[(usize, &[u8])] = &[];
    let pair = Schema::structure().field("a", Schema::string().build()).field("b", Schema::string().build()).build();
    let flag = Schema::structure().field("f", Schema::boolean().optional().build()).build();
    let texts = Schema::array(Schema::string().build()).build();
    let bytes = Schema::array(Schema::int8().build()).build();
    let map = Schema::map(Schema::int8().build(), Schema::string().build()).build();
    let pair_row = |slots: [u8; 4], rest: &[u8]| {
        let [a, b, c, d] = slots;
        [&[0, a, 0, 0, 0, b, 0, 0, 0, c, 0, 0, 0, d, 0, 0, 0][..], rest].concat()
    };
    vec![
        case("bad-row-int32", "An int32 of three bytes.", raw(&Schema::int32().build(), &[1, 2, 3]), none),
        case("bad-row-int64", "An int64 of nine bytes.", raw(&Schema::int64().build(), &[0; 9]), none),
        case("bad-row-boolean", "The boolean 2.", raw(&Schema::boolean().build(), &[2]), none),
        case("bad-row-utf8", "A string that is not UTF-8.", raw(&Schema::string().build(), &[b'a', 0xe4]), none),
        case("bad-row-struct-short", "A struct that is shorter than its slots.", raw(&pair, &[0; 16]), none),
        case(
            "bad-row-struct-rest",
            "A byte behind the last variable part.",
            raw(&pair, &pair_row([17, 1, 18, 1], b"abc")),
            none,
        ),
        case(
            "bad-row-struct-gap",
            "A variable part that starts a byte late.",
            raw(&pair, &pair_row([17, 1, 19, 1], b"abc")),
            none,
        ),
        case(
            "bad-row-struct-shared",
            "Two slots that point to the same bytes.",
            raw(&pair, &pair_row([17, 1, 17, 1], b"a")),
            none,
        ),
        case(
            "bad-row-struct-order",
            "Variable parts that are not in slot order.",
            raw(&pair, &pair_row([18, 1, 17, 1], b"ab")),
            none,
        ),
        case(
            "bad-row-struct-behind",
            "A variable part that reaches behind the row.",
            raw(&pair, &pair_row([17, 1, 18, 9], b"ab")),
            none,
        ),
        case(
            "bad-row-field-utf8",
            "A field whose string is not UTF-8.",
            raw(&pair, &pair_row([17, 1, 18, 1], &[b'a', 0x80])),
            none,
        ),
        case("bad-row-null-slot", "A null whose slot is not zero.", raw(&flag, &[1, 1]), none),
        case("bad-row-spare-bits", "A null bit of a field that does not exist.", raw(&flag, &[2, 0]), none),
        case(
            "bad-row-array-count",
            "An array of 2^32 - 1 items in nine bytes.",
            raw(&bytes, &[255, 255, 255, 255, 0, 1, 2, 3, 4]),
            none,
        ),
        case("bad-row-array-short", "An array without a count.", raw(&bytes, &[1, 0, 0]), none),
        case(
            "bad-row-array-spare-bits",
            "A null bit of an item that does not exist.",
            raw(&bytes, &[1, 0, 0, 0, 2, 9]),
            none,
        ),
        case("bad-row-array-rest", "A byte behind the last item.", raw(&bytes, &[1, 0, 0, 0, 0, 9, 9]), none),
        case(
            "bad-row-array-item",
            "The item's variable part starts in the slots.",
            raw(&texts, &[1, 0, 0, 0, 0, 5, 0, 0, 0, 1, 0, 0, 0, b'a']),
            none,
        ),
        case(
            "bad-row-map-short",
            "A map whose values' slots are missing.",
            raw(&map, &[1, 0, 0, 0, 0, 0, 7, 0, 0]),
            none,
        ),
        case(
            "bad-row-map-null-key",
            "A null key whose slot is not zero.",
            raw(&map, &[1, 0, 0, 0, 1, 0, 7, 15, 0, 0, 0, 0, 0, 0, 0]),
            none,
        ),
    ]
}

fn schemaless_cases() -> Vec<Case> {
    let none: &[(usize, &[u8])] = &[];
    let nested = |levels: usize| {
        let mut row = Vec::new();
        let open: Vec<_> = (0..levels).map(|_| tagged::array(&mut row)).collect();
        let count = open.len();
        for (i, open) in open.into_iter().rev().enumerate() {
            open.end(&mut row, u32::from(i > 0 && count > 0));
        }
        row
    };
    vec![
        case("bad-tag-unknown", "Tag 12: a struct has no schemaless form.", untyped(&[12, 0, 0]), none),
        case("bad-tag-null", "A null at the top, which the frame's flag says.", untyped(&[0]), none),
        case("bad-tag-missing", "No tag.", untyped(&[]), none),
        case("bad-tag-rest", "A byte behind an int8.", untyped(&[1, 7, 7]), none),
        case("bad-tag-string", "A string that is longer than its row.", untyped(&[8, 5, 0, 0, 0, b'a']), none),
        case(
            "bad-tag-array-count",
            "An array of three items in two bytes.",
            untyped(&[10, 6, 0, 0, 0, 3, 0, 0, 0, 0, 0]),
            none,
        ),
        case("bad-tag-array-rest", "A byte behind the last item.", untyped(&[10, 6, 0, 0, 0, 1, 0, 0, 0, 0, 0]), none),
        case(
            "bad-tag-array-empty",
            "A byte in an array without items.",
            untyped(&[10, 5, 0, 0, 0, 0, 0, 0, 0, 0]),
            none,
        ),
        case("bad-tag-map-value", "A map's key without a value.", untyped(&[11, 6, 0, 0, 0, 1, 0, 0, 0, 1, 7]), none),
        case("bad-tag-deep", "Arrays nested 101 deep, the last one empty.", untyped(&nested(101)), none),
    ]
}

fn acks_cases() -> Vec<Case> {
    let acks = || {
        encode_acks(&json!({"strings": ["t"], "acks": [{"sequence": "0"},
            {"sequence": "1", "topic": "t", "partition": 0, "offset": "0", "timestamp": "0"}]}))
    };
    vec![
        case("bad-acks-magic", "The magic of a batch.", acks(), &[(2, b"B")]),
        case("bad-acks-version", "Version 2.", acks(), &[(3, &[2])]),
        case("bad-acks-count", "A count that does not fit the strings' offset.", acks(), &[(4, &[1])]),
        case("bad-acks-topic", "A topic that is not in the string table.", acks(), &[(16 + 32 + 8, &[1])]),
        case(
            "bad-acks-partition",
            "The partition -1 of a record that is in Kafka.",
            acks(),
            &[(16 + 32 + 12, &[255; 4])],
        ),
        case("bad-acks-dropped", "An offset of a record that was dropped.", acks(), &[(16 + 16, &[0; 8])]),
    ]
}

fn all() -> Vec<Case> {
    [header_cases(), frame_cases(), schema_cases(), row_cases(), schemaless_cases(), acks_cases()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn each_is_refused_with_its_record_and_its_reason() {
    for case in all() {
        let malformed = if case.name.starts_with("bad-acks") { walk_acks(&case.bytes) } else { walk(&case.bytes) };
        let malformed = malformed.expect_err(case.name);
        let found = json!({"about": case.about, "record": malformed.record, "reason": malformed.what});
        let path = vectors::folder().join(format!("{}.json", case.name));
        vectors::update(case.name, &case.bytes);
        if vectors::is_update() {
            fs::write(&path, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
        }
        let expected: Json = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        assert_eq!(found, expected, "{}", case.name);
        assert_eq!(to_hex(&case.bytes), to_hex(&vectors::bytes(case.name)), "{}", case.name);
    }
}

#[test]
fn each_malformed_vector_is_of_a_case_here() {
    let named: Vec<&str> = all().iter().map(|case| case.name).collect();
    for entry in fs::read_dir(vectors::folder()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_str().unwrap();
        assert!(!name.starts_with("bad-") || named.contains(&name), "{name} is left over");
    }
}

#[test]
fn a_writer_refuses_what_a_reader_would() {
    let deep = (0..101).fold(Value::Int8(1), |inner, _| Value::Array(vec![inner]));
    let mut writer = BatchWriter::new();
    let mut frame = writer.begin(&FrameHead::default());
    assert!(frame.value(Payload::Value(None, &deep)).is_err());
    let deep = (0..100).fold(Schema::int8().build(), |inner, _| Schema::array(inner).build());
    assert!(frame.value(Payload::Null(Some(&deep))).is_err());
    frame.finish();
    assert_eq!(walk(&writer.finish()), Ok(1));
}
