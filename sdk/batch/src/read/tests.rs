//! What reading promises besides the vectors.

use crate::*;

fn batch(count: usize) -> Vec<u8> {
    let mut writer = BatchWriter::new();
    let schema = Schema::structure().field("a", Schema::string().build()).build();
    let id = writer.schema(&schema);
    let topic = writer.string("t");
    for _ in 0..count {
        let mut frame = writer.begin(&FrameHead { topic: Some(topic), ..FrameHead::default() });
        frame
            .value_with(id, |buf| {
                let mut row = RowWriter::structure(buf, &schema)?;
                row.string("x")?;
                row.finish()
            })
            .unwrap();
        frame.finish();
    }
    writer.finish()
}

#[test]
fn each_limit_is_named_when_it_is_exceeded() {
    let bytes = batch(3);
    let refused = |limits: Limits| Batch::parse(&bytes, &limits).unwrap_err().to_string();
    let none = Limits::default();
    assert!(refused(Limits { max_bytes: 10, ..none }).contains("max_bytes is 10"));
    assert!(refused(Limits { max_records: 2, ..none }).contains("has 3 records, max_records is 2"));
    assert!(refused(Limits { max_strings: 0, ..none }).contains("max_strings is 0"));
    assert!(refused(Limits { max_schemas: 0, ..none }).contains("max_schemas is 0"));
    assert!(refused(Limits { max_schema_bytes: 4, ..none }).contains("max_schema_bytes is 4"));
    assert!(refused(Limits { max_schema_nodes: 1, ..none }).contains("max_schema_nodes is 1"));
    assert!(refused(Limits { max_depth: 1, ..none }).contains("max_depth is 1"));
}

#[test]
fn a_field_is_read_by_name_and_by_index() {
    let bytes = batch(1);
    let batch = Batch::parse(&bytes, &Limits::default()).unwrap();
    let Ok(ValueRef::Struct(row)) = batch.record(0).unwrap().value().value() else { panic!("no struct") };
    assert!(matches!(row.get_by_name("a"), Some(Ok(ValueRef::String("x")))));
    assert!(row.get_by_name("b").is_none());
    assert!(row.get(1).is_err());
}

#[test]
fn a_record_can_be_kept_as_long_as_its_batch() {
    fn first<'a>(batch: &'a Batch<'_>) -> Option<&'a str> {
        batch.record(0)?.topic()
    }
    let bytes = batch(1);
    assert_eq!(first(&Batch::parse(&bytes, &Limits::default()).unwrap()), Some("t"));
}

#[test]
fn an_error_names_record_and_field() {
    let mut bytes = batch(2);
    let row = bytes.iter().rposition(|&byte| byte == b'x').unwrap();
    bytes[row] = 0xff;
    let batch = Batch::parse(&bytes, &Limits::default()).unwrap();
    let error = batch.record(1).unwrap().value().to_value().unwrap_err();
    assert_eq!(error.to_string(), "malformed batch: record 1: value: field \"a\": string is not valid UTF-8");
}
