//! What writing promises.

use crate::*;

#[test]
fn a_batch_is_read_back_as_it_was_written() {
    let person = Schema::structure()
        .field("name", Schema::string().build())
        .field("age", Schema::int32().optional().build())
        .build();
    let mut value = Struct::new(person.clone()).unwrap();
    value.put("name", Value::String("Ada".into())).unwrap();
    let mut writer = BatchWriter::new();
    let topic = writer.string("t");
    let mut frame = writer.begin(&FrameHead { topic: Some(topic), offset: 7, ..FrameHead::default() });
    frame.key(Payload::Str(SchemaId::STRING, "k")).unwrap();
    frame.value(Payload::Value(Some(&person), &Value::Struct(value.clone()))).unwrap();
    let name = frame.string("h");
    frame.header(name, Payload::Bytes(SchemaId::NONE, b"x")).unwrap();
    frame.finish();
    writer.hole();
    let estimate = writer.bytes();
    let bytes = writer.finish();
    assert_eq!(bytes.len(), estimate);

    let batch = Batch::parse(&bytes, &Limits::default()).unwrap();
    assert_eq!(batch.len(), 2);
    assert!(batch.record(1).is_none());
    let record = batch.record(0).unwrap();
    assert_eq!((record.topic(), record.partition(), record.offset()), (Some("t"), None, 7));
    assert_eq!(record.key().raw(), Some(b"k".as_slice()));
    assert_eq!(record.value().to_value().unwrap(), Value::Struct(value));
    let (name, header) = record.headers().next().unwrap();
    assert_eq!((name, header.to_value().unwrap()), ("h", Value::Bytes(b"x".to_vec())));
}

#[test]
fn an_unfinished_frame_was_never_there() {
    let mut writer = BatchWriter::new();
    let empty = writer.bytes();
    let mut frame = writer.begin(&FrameHead::default());
    frame.key(Payload::Str(SchemaId::STRING, "lost")).unwrap();
    drop(frame);
    assert_eq!((writer.len(), writer.bytes()), (0, empty));
    let mut frame = writer.begin(&FrameHead::default());
    frame.key(Payload::Str(SchemaId::STRING, "kept")).unwrap();
    frame.finish();
    let bytes = writer.finish();
    let batch = Batch::parse(&bytes, &Limits::default()).unwrap();
    assert_eq!(batch.record(0).unwrap().key().raw(), Some(b"kept".as_slice()));
}

#[test]
fn a_payload_that_fails_is_as_if_not_written() {
    let mut writer = BatchWriter::new();
    let mut frame = writer.begin(&FrameHead::default());
    let failed: Result<_, EncodeError> = frame.value_with(SchemaId::BYTES, |buf| {
        buf.extend_from_slice(b"half");
        Err(EncodeError::TooDeep)
    });
    assert_eq!(failed.err(), Some(EncodeError::TooDeep));
    let taken: Result<_, EncodeError> = frame.value_with(SchemaId::BYTES, |buf| {
        buf.clear();
        Ok(())
    });
    assert!(taken.is_err());
    assert!(frame.value(Payload::Str(SchemaId::BYTES, "no bytes")).is_err());
    frame.value(Payload::Bytes(SchemaId::BYTES, b"whole")).unwrap();
    frame.finish();
    let bytes = writer.finish();
    let batch = Batch::parse(&bytes, &Limits::default()).unwrap();
    assert_eq!(batch.record(0).unwrap().value().raw(), Some(b"whole".as_slice()));
}

#[test]
fn parts_of_a_frame_come_in_order_and_once() {
    let mut writer = BatchWriter::new();
    let mut frame = writer.begin(&FrameHead::default());
    frame.value(Payload::Null(None)).unwrap();
    assert_eq!(frame.key(Payload::Null(None)).err(), Some(EncodeError::Order("key")));
    assert_eq!(frame.value(Payload::Null(None)).err(), Some(EncodeError::Order("value")));
    assert!(frame.source_offset("{}").is_err());
}

#[test]
fn equal_strings_and_schemas_have_one_id() {
    let mut writer = BatchWriter::new();
    for i in 0..20 {
        assert_eq!(writer.string(&format!("s{i}")).index(), i);
    }
    for i in 0..20 {
        assert_eq!(writer.string(&format!("s{i}")).index(), i);
    }
    let schema = |name: &str| Schema::array(Schema::int8().name("child").build()).name(name).build();
    let (a, b) = (writer.schema(&schema("a")), writer.schema(&schema("b")));
    assert_ne!(a, b);
    assert_eq!(a, writer.schema(&schema("a")));
    assert_eq!(SchemaId::OPTIONAL_STRING, writer.schema(&Schema::string().optional().build()));
    writer.finish();
    assert_eq!(writer.string("other").index(), 0);
    assert_eq!(a, writer.schema(&schema("b")), "ids start over");
}

#[test]
fn a_schema_of_another_batch_or_an_invalid_one_is_refused_when_used() {
    let mut writer = BatchWriter::new();
    let named = Schema::int8().name("n").build();
    let stale = writer.schema(&named);
    writer.finish();
    let invalid = writer.schema(&Schema::new(Type::Array).build());
    let mut frame = writer.begin(&FrameHead::default());
    let raw = |schema| Payload::Raw { schema, row: &[1] };
    assert!(matches!(frame.value(raw(stale)), Err(EncodeError::UnknownSchema(32))));
    assert!(matches!(frame.value(raw(invalid)), Err(EncodeError::Schema(_))));
}

#[test]
fn a_row_wants_all_its_slots_and_their_types() {
    let schema = Schema::structure().field("a", Schema::int8().build()).field("b", Schema::string().build()).build();
    let mut buf = Vec::new();
    let mut row = RowWriter::structure(&mut buf, &schema).unwrap();
    assert!(matches!(row.string("x"), Err(EncodeError::Mismatch(_))));
    row.int8(1).unwrap();
    assert_eq!(row.next_schema(), Some(&Schema::string().build()));
    assert!(matches!(row.finish(), Err(EncodeError::Slots(_))));
    assert!(RowWriter::array(&mut buf, &schema, 1).is_err());
}

#[test]
fn a_recycled_buffer_is_used_again() {
    let mut writer = BatchWriter::with_capacity(1 << 16);
    writer.hole();
    let bytes = writer.finish();
    let address = bytes.as_ptr();
    writer.recycle(bytes);
    writer.hole();
    let bytes = writer.finish();
    assert_eq!(bytes.as_ptr(), address);
}

#[test]
fn a_writer_has_room_until_a_table_is_half_full() {
    let limits = Limits { max_schemas: 10, max_strings: 10, ..Limits::default() };
    let mut writer = BatchWriter::new();
    for i in 0..5 {
        writer.schema(&Schema::structure().name(format!("s{i}")).build());
        writer.string(&format!("s{i}"));
        assert!(writer.has_room(&limits), "{i}");
    }
    writer.schema(&Schema::structure().name("one more").build());
    assert!(!writer.has_room(&limits));
    writer.reset();
    for i in 0..6 {
        writer.string(&format!("s{i}"));
    }
    assert!(!writer.has_room(&limits));
    assert!(writer.has_room(&Limits::default()));
}
