//! The task against real files, with the SDK's stand-in for the host.

use std::time::Duration;

use wasm_connect_sdk::{
    Batch, Config, Limits, Polled, Records, ScalarMap, SourceConnector, SourceTask, SourceTaskContext, testing,
};

use super::{FileStreamSourceConnector, FileStreamSourceTask};

struct TestFile(String);

impl TestFile {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("file-source-task-{}-{name}", std::process::id()));
        std::fs::write(&path, content).unwrap();
        Self(path.to_str().unwrap().to_owned())
    }

    fn config(&self) -> Config {
        Config::from_iter([("file", self.0.as_str()), ("topic", "t")])
    }

    fn task(&self) -> FileStreamSourceTask {
        FileStreamSourceTask::start(self.config(), SourceTaskContext::for_tests()).unwrap()
    }
}

impl Drop for TestFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// One poll: the values with their offsets, and what the task said.
fn poll(task: &mut FileStreamSourceTask, max_records: usize) -> (Vec<(String, String)>, Polled) {
    let mut records = Records::new(Limits { max_records, ..Limits::default() });
    let polled = task.poll(&mut records).unwrap();
    let bytes = records.finish();
    let batch = Batch::parse(&bytes, &wasm_connect_sdk::batch::Limits::default()).unwrap();
    let text = |bytes: Option<&[u8]>| String::from_utf8(bytes.unwrap().to_vec()).unwrap();
    let values =
        batch.records().map(|(_, record)| (text(record.value().raw()), record.source_offset().unwrap().to_owned()));
    (values.collect(), polled)
}

fn line(text: &str, position: u64) -> (String, String) {
    (text.to_owned(), format!("{{\"position\":{position}}}"))
}

#[test]
fn positions_count_bytes() {
    let file = TestFile::new("bytes", "ä\r\n\n\u{1F600}\rtail".as_bytes());
    let (lines, polled) = poll(&mut file.task(), 100);
    assert_eq!(lines, [line("ä", 4), line("", 5), line("\u{1F600}", 10)]);
    assert_eq!(polled, Polled::Records);
}

#[test]
fn a_partial_line_is_kept_until_it_is_complete() {
    let file = TestFile::new("partial", b"one\ntw");
    let mut task = file.task();
    assert_eq!(poll(&mut task, 100).0, [line("one", 4)]);
    std::fs::write(&file.0, "one\ntwo\n").unwrap();
    assert_eq!(poll(&mut task, 100).0, [line("two", 8)]);
}

#[test]
fn a_batch_ends_at_its_limit_and_the_rest_follows_at_once() {
    let file = TestFile::new("limit", b"1\n2\n3\n4\n5\n");
    let mut task = file.task();
    assert_eq!(poll(&mut task, 2), (vec![line("1", 2), line("2", 4)], Polled::Records));
    assert_eq!(poll(&mut task, 2).0, [line("3", 6), line("4", 8)]);
    assert_eq!(poll(&mut task, 2).0, [line("5", 10)]);
}

#[test]
fn reading_resumes_from_the_committed_offset() {
    let file = TestFile::new("resume", b"one\ntwo\nthree\n");
    testing::commit_offset(ScalarMap::of("filename", file.0.as_str()), "{\"position\":4}");
    assert_eq!(poll(&mut file.task(), 100).0, [line("two", 8), line("three", 14)]);
}

#[test]
fn a_position_within_a_line_goes_back_and_warns() {
    let file = TestFile::new("torn", b"one\ntwo\n");
    testing::commit_offset(ScalarMap::of("filename", file.0.as_str()), "{\"position\":6}");
    assert_eq!(poll(&mut file.task(), 100).0, [line("two", 8)]);
    let log = testing::take_log();
    assert!(log.iter().any(|(_, message)| message.contains("going back to byte 4")), "{log:?}");
}

#[test]
fn a_truncated_file_is_read_from_its_start() {
    let file = TestFile::new("truncated", b"one\ntwo\npart");
    let mut task = file.task();
    assert_eq!(poll(&mut task, 100).0.len(), 2);
    std::fs::write(&file.0, "x\n").unwrap();
    assert_eq!(poll(&mut task, 100).0, [line("x", 2)]);
}

#[test]
fn a_missing_file_is_waited_for() {
    let file = TestFile::new("missing", b"");
    std::fs::remove_file(&file.0).unwrap();
    let mut task = file.task();
    assert_eq!(poll(&mut task, 100), (vec![], Polled::Idle(Duration::from_secs(1))));
    std::fs::write(&file.0, "here\n").unwrap();
    assert_eq!(poll(&mut task, 100).0, [line("here", 5)]);
}

#[test]
fn waiting_grows_from_a_tenth_of_a_second_until_the_host_is_to_watch_the_file() {
    let file = TestFile::new("idle", b"x\n");
    let mut task = file.task();
    poll(&mut task, 100);
    let mut waits = (0..7).map(|_| match poll(&mut task, 100).1 {
        Polled::Idle(time) => time.as_millis(),
        Polled::Records => 0,
    });
    assert_eq!([(); 7].map(|()| waits.next().unwrap()), [100, 200, 400, 800, 1000, 30_000, 30_000]);
}

#[test]
fn offsets_are_checked_as_in_java() {
    let config = Config::from_iter([("file", "/data/a.txt"), ("topic", "t")]);
    let check = |partition: &str, offset: Option<&str>, expected: &str| {
        let offset = offset.map(|text| ScalarMap::parse(text).unwrap());
        let answer =
            FileStreamSourceConnector::alter_offsets(&config, &[(ScalarMap::parse(partition).unwrap(), offset)]);
        assert_eq!(answer.map(|ok| ok.to_string()).unwrap_or_else(|error| error.to_string()), expected);
    };
    let file = "{\"filename\":\"/data/a.txt\"}";
    check(file, Some("{\"position\":3}"), "true");
    check("{\"other\":1}", None, "true");
    check(file, Some("{\"pos\":3}"), "Offset objects should either be null or contain the key 'position'");
    check(
        file,
        Some("{\"position\":\"3\"}"),
        "The value for the 'position' key in the offset is expected to be a Long value",
    );
    check(
        file,
        Some("{\"position\":-1}"),
        "The value for the 'position' key in the offset should be a non-negative value",
    );
    check("{\"name\":1}", Some("{\"position\":3}"), "Partition objects should contain the key 'filename'");
}

#[test]
fn a_missing_topic_is_a_configuration_error() {
    let config = Config::from_iter([("file", "/data/a.txt")]);
    let error = FileStreamSourceTask::start(config, SourceTaskContext::for_tests()).err().unwrap();
    assert_eq!(error.message(), "Missing required configuration \"topic\" which has no default value.");
}
