//! What writing promises.

use crate::*;

#[test]
fn a_batch_is_read_back_as_it_was_written() {
    let person = Schema::structure().field("name", Schema::string().build()).field("age", Schema::int32().optional().build()).build();
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
