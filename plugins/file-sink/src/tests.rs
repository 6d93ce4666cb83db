//! The task against real files.

use std::sync::atomic::{AtomicU32, Ordering};

use wasm_connect_sdk::batch::{BatchWriter, Limits};
use wasm_connect_sdk::{Batch, Config, FrameHead, Payload, Schema, SinkTask, SinkTaskContext, Struct, Value, logical};

use super::FileStreamSinkTask;

struct TestFile(String);

impl TestFile {
    fn new(name: &str, content: &str) -> Self {
        let path = std::env::temp_dir().join(format!("file-sink-{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        Self(path.to_str().unwrap().to_owned())
    }

    fn task(&self) -> FileStreamSinkTask {
        FileStreamSinkTask::start(Config::from_iter([("file", self.0.as_str())]), SinkTaskContext::for_tests()).unwrap()
    }

    fn content(&self) -> String {
        std::fs::read_to_string(&self.0).unwrap()
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn put(task: &mut FileStreamSinkTask, values: &[(Option<&Schema>, Value)]) {
    let mut writer = BatchWriter::new();
    for (schema, value) in values {
        let mut frame = writer.begin(&FrameHead::default());
        frame.value(Payload::Value(*schema, value)).unwrap();
        frame.finish();
    }
    let bytes = writer.finish();
    task.put(&Batch::parse(&bytes, &Limits::default()).unwrap()).unwrap();
}

fn check(schema: Option<&Schema>, value: Value, text: &str) {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let file = TestFile::new(&format!("value-{}", NEXT.fetch_add(1, Ordering::Relaxed)), "");
    put(&mut file.task(), &[(schema, value)]);
    assert_eq!(file.content(), format!("{text}\n"));
}

fn string(text: &str) -> Value {
    Value::String(text.to_owned())
}

#[test]
fn lines_are_appended() {
    let file = TestFile::new("append", "before\n");
    let mut task = file.task();
    put(&mut task, &[(Some(&Schema::string().build()), string("ä")), (None, string(""))]);
    put(&mut task, &[(None, string("c"))]);
    put(&mut task, &[]);
    assert_eq!(file.content(), "before\nä\n\nc\n");
}

#[test]
fn an_unterminated_last_line_is_ended_first() {
    let file = TestFile::new("torn", "one\ntw");
    put(&mut file.task(), &[(None, string("three"))]);
    assert_eq!(file.content(), "one\ntw\nthree\n");
}

#[test]
fn a_batch_larger_than_a_block_is_written_whole() {
    let file = TestFile::new("large", "");
    let line = "x".repeat(super::BLOCK - 1);
    put(&mut file.task(), &[(None, string(&line)), (None, string(&line)), (None, string("y"))]);
    assert_eq!(file.content(), format!("{line}\n{line}\ny\n"));
}

#[test]
fn scalars_are_rendered_as_in_java() {
    check(None, Value::Null, "null");
    check(None, Value::Int64(-42), "-42");
    check(None, Value::Float64(1e10), "1.0E10");
    check(None, Value::Boolean(true), "true");
    check(Some(&Schema::float32().build()), Value::Float32(0.5), "0.5");
    check(Some(&Schema::bytes().build()), Value::Bytes(b"raw".to_vec()), "raw");
    check(Some(&logical::decimal(2).build()), Value::Bytes(vec![0x30, 0x39]), "123.45");
    check(Some(&logical::timestamp().build()), Value::Int64(0), "Thu Jan 01 00:00:00 UTC 1970");
}

#[test]
fn structures_are_rendered_as_in_java() {
    let numbers = Value::Array(vec![Value::Int32(1), Value::Int32(2)]);
    check(None, numbers.clone(), "[1, 2]");
    check(None, Value::Map(vec![(string("a"), Value::Int32(1)), (string("b"), Value::Null)]), "{a=1, b=null}");
    let schema = Schema::structure()
        .field("n", Schema::array(Schema::int32().build()).build())
        .field("none", Schema::string().optional().build())
        .field("s", Schema::string().build())
        .build();
    let mut value = Struct::new(schema.clone()).unwrap();
    value.put("n", numbers).unwrap().put("s", string("x")).unwrap();
    check(Some(&schema), Value::Struct(value), "Struct{n=[1, 2],s=x}");
}

#[test]
fn a_file_that_cannot_be_created_is_named_as_in_java() {
    let config = Config::from_iter([("file", "/nonexistent/dir/x")]);
    let error = FileStreamSinkTask::start(config, SinkTaskContext::for_tests()).err().unwrap();
    assert!(
        error.message().starts_with("Couldn't find or create file '/nonexistent/dir/x' for FileStreamSinkTask: "),
        "{error}"
    );
}
