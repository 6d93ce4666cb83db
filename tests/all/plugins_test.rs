//! Promise: `wasm-connect plugins test` runs a plugin without Kafka, and its suite tells good plugins from bad ones; ours are good.

use std::io::Write;
use std::net::TcpStream;
use std::path::Path;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use serde_json::Value;
use wasm_connect_tests::server::{Server, answer};
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::{paths, ports};

/// Runs the command for a plugin with a configuration, and further arguments.
fn test(directory: &TempDir, plugin: &Path, config: &str, arguments: &[&str]) -> Output {
    let file = directory.write("plugin.properties", config);
    let mut command = Command::new(paths::worker());
    command.args(["plugins", "test"]).arg(plugin).arg("--config").arg(file).args(arguments);
    command.output().expect("wasm-connect plugins test")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The suite finds nothing wrong; answers what it says.
#[track_caller]
fn passes(directory: &TempDir, plugin: &str, config: &str, arguments: &[&str]) -> String {
    let plugin = paths::all_plugins().join(plugin);
    let output = test(directory, &plugin, config, &[&["--acceptance"], arguments].concat());
    let said = text(&output.stdout);
    assert!(output.status.success() && said.contains(": 0 of "), "{said}{}", text(&output.stderr));
    said
}

#[test]
fn the_file_plugins_pass_the_suite() {
    let directory = TempDir::new("suite-files");
    let lines: Vec<String> = (0..500).map(|number| format!("line {number}")).collect();
    let input = directory.write("input.txt", lines.join("\n") + "\n");
    let config = format!("name=file\nconnector.class=FileStreamSource\ntopic=t\nfile={}\n", input.display());
    let said = passes(&directory, "file-source.wasm", &config, &[]);
    assert!(said.contains("it resumes, and loses and repeats nothing: 500 records, killed after 250"), "{said}");
    assert!(said.contains("file not there: it goes on; file removed: it goes on"), "{said}");
    let output = directory.file("output.txt");
    let config = format!("name=file\nconnector.class=FileStreamSink\ntopics=t\nfile={}\n", output.display());
    passes(&directory, "file-sink.wasm", &config, &[]);
    assert!(!output.exists(), "what a sink writes is redirected");
    let said = test(&directory, &paths::plugins().join("file-sink.wasm"), &config, &["--acceptance", "--idempotent"]);
    assert!(!said.status.success() && text(&said.stdout).contains("it changes the files that it wrote"), "{said:?}");
}

#[test]
fn the_plugins_in_python_pass_the_suite() {
    let directory = TempDir::new("suite-python");
    let config = "name=gen\nconnector.class=DatagenSource\ntopic=t\nfields=id: sequence; user: choice(ada, bob)\n\
                  records.per.second=2000\nrecords.max=1000\n";
    passes(&directory, "datagen-source.wasm", config, &[]);
    let table = directory.file("table.csv");
    let config = format!("name=csv\nconnector.class=CsvSink\ntopics=t\nfile={}\n", table.display());
    passes(&directory, "csv-sink.wasm", &config, &[]);
}

#[test]
fn the_plugin_in_go_passes_the_suite() {
    let directory = TempDir::new("suite-go");
    let server = Server::http(|_, _| answer(204, "", ""));
    let config =
        format!("name=hook\nconnector.class=WebhookSink\ntopics=t\nurl=http://127.0.0.1:{}/x\n", server.port());
    passes(&directory, "webhook-sink.wasm", &config, &[]);
}

#[test]
fn the_plugin_in_typescript_passes_the_suite() {
    let directory = TempDir::new("suite-javascript");
    let items: Vec<String> = (0..50).map(|id| format!("{{\"id\":{id}}}")).collect();
    let body = format!("[{}]", items.join(","));
    let server = Server::http(move |_, _| answer(200, "", &body));
    let config = format!(
        "name=poll\nconnector.class=HttpPollSource\ntopic=t\nurl=http://127.0.0.1:{}/\nkey.field=id\ninterval.ms=500\n\
         timeout.ms=2000\n",
        server.port()
    );
    let said = passes(&directory, "http-poll-source.wasm", &config, &[]);
    assert!(said.contains("50 records, killed after 25"), "{said}");
}

/// Sends syslog to whoever listens on the port, message after message, until it is dropped.
struct Sender(Arc<AtomicBool>);

impl Sender {
    fn start(port: u16) -> Self {
        let is_over = Arc::new(AtomicBool::new(false));
        let over = is_over.clone();
        std::thread::spawn(move || {
            while !over.load(Ordering::SeqCst) {
                let stream = TcpStream::connect(("127.0.0.1", port));
                while let Ok(mut stream) = stream.as_ref()
                    && stream.write_all(b"<13>a message\n<34>another one\n").is_ok()
                    && !over.load(Ordering::SeqCst)
                {
                    std::thread::sleep(Duration::from_millis(1));
                }
                // Nobody listens now.
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        Self(is_over)
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn the_plugin_in_c_passes_the_suite_while_somebody_sends() {
    let directory = TempDir::new("suite-c");
    let port = ports::free();
    let _sender = Sender::start(port);
    let config = format!("name=syslog\nconnector.class=SyslogSource\ntopic=t\nlisten=127.0.0.1:{port}\n");
    let said = passes(&directory, "syslog-source.wasm", &config, &[]);
    assert!(said.contains("it resumes, and loses and repeats nothing: "), "{said}");
}

/// The suite finds nothing wrong with a stage of a file.
#[track_caller]
fn stage_passes(directory: &TempDir, plugin: &Path, class: &str, keys: &str, lines: &[&str]) {
    let input = directory.write("stage.jsonl", lines.join("\n") + "\n").display().to_string();
    let output = test(directory, plugin, keys, &["--acceptance", "--class", class, "--input", &input]);
    let said = text(&output.stdout);
    assert!(output.status.success() && said.contains(": 0 of "), "{said}{}", text(&output.stderr));
}

#[test]
fn transforms_predicates_and_converters_pass_the_suite() {
    let directory = TempDir::new("suite-stages");
    let named = r#"{"schema":{"type":"struct","fields":[{"field":"name","type":"string"}]},"payload":{"name":"Ada"}}"#;
    let lines = [named, r#"{"name":"Bob"}"#, r#"{"value":null,"key":"k"}"#];
    let plugin = |name: &str| paths::plugins().join(name);
    let keys = "fields=name\n";
    for class in ["wasmconnect.transforms.HashField$Key", "wasmconnect.transforms.HashField$Value"] {
        let line = if class.ends_with("Key") { r#"{"key":{"name":"Bob"},"value":1}"# } else { named };
        stage_passes(&directory, &plugin("hash-field.wasm"), class, keys, &[line]);
    }
    stage_passes(&directory, &plugin("field-equals.wasm"), "FieldEquals", "field=name\nvalue=Ada\n", &lines);
    stage_passes(&directory, &plugin("csv-converter.wasm"), "CsvConverter", "columns=name\n", &lines);
    stage_passes(&directory, &plugin("hex-header-converter.wasm"), "HexHeaderConverter", "", &["\"a\"", "\"b\""]);
    let (go, c) = (paths::go_guests().join("go-guests.wasm"), paths::c_guests().join("c-guests.wasm"));
    let texts = ["\"below\"", "\"above\"", "null"];
    for (file, class, keys) in [
        (&go, "tests.go.Reverses", "header=h\n"),
        (&go, "tests.go.IsLong", "than=4\n"),
        (&go, "tests.go.Angled", ""),
        (&go, "tests.go.Named", ""),
        (&c, "tests.c.Tags", "header=h\n"),
        (&c, "tests.c.Begins", "with=be\n"),
        (&c, "tests.c.Angled", ""),
        (&c, "tests.c.Named", ""),
    ] {
        stage_passes(&directory, file, class, keys, &texts);
    }
}

#[test]
fn a_transform_prints_what_becomes_of_lines_and_a_predicate_those_that_it_holds_for() {
    let directory = TempDir::new("test-stages");
    let input = directory.write("in.jsonl", "\"lena\"\n\"drop\"\n\"refuse\"\n\"bert\"\n").display().to_string();
    let run = |plugin: &Path, class: &str, keys: &str| {
        let output = test(&directory, plugin, keys, &["--class", class, "--input", &input, "--batch", "3"]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        (text(&output.stdout), text(&output.stderr))
    };
    let go = paths::go_guests().join("go-guests.wasm");
    let (printed, said) = run(&go, "tests.go.Reverses", "");
    let lines: Vec<&str> = printed.lines().collect();
    assert!(lines[0].contains(r#""value":"anel""#) && lines[2].contains(r#""value":"treb""#), "{printed}");
    assert_eq!((lines.len(), lines[1]), (3, "record 2 was refused: it was told to refuse"));
    assert!(said.contains("processed 4 records"), "{said}");
    let c = paths::c_guests().join("c-guests.wasm");
    assert_eq!(run(&c, "tests.c.Begins", "with=be\n").0, "\"bert\"\n");
    let unsaid = test(&directory, &c, "", &["--acceptance"]);
    assert!(text(&unsaid.stderr).contains("say with --class which one is meant: tests.c.Tags"), "{unsaid:?}");
}

#[test]
fn a_source_that_is_killed_again_and_again_prints_each_record_once() {
    let directory = TempDir::new("test-source");
    let lines: Vec<String> = (0..100).map(|number| format!("line {number}")).collect();
    let input = directory.write("input.txt", lines.join("\n") + "\n");
    let config = format!("name=file\nconnector.class=FileStreamSource\ntopic=t\nfile={}\n", input.display());
    let plugin = paths::plugins().join("file-source.wasm");
    let output = test(&directory, &plugin, &config, &["--records", "100", "--kill-every", "17", "--seconds", "60"]);
    let said = text(&output.stderr);
    assert!(
        output.status.success() && said.contains("polled 100 records") && said.contains("records a second"),
        "{said}"
    );
    assert_eq!(said.matches("killed after").count(), 5, "{said}");
    let printed: Vec<Value> =
        text(&output.stdout).lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect();
    let values: Vec<&str> = printed.iter().filter_map(|record| record["value"].as_str()).collect();
    assert_eq!(values, lines);
    assert_eq!(printed[0]["source_offset"]["position"], 7);
}

#[test]
fn a_sink_is_fed_lines_and_goes_on_after_kills() {
    let directory = TempDir::new("test-sink");
    let lines: Vec<String> = (0..100).map(|number| format!("\"line {number}\"")).collect();
    let input = directory.write("records.jsonl", lines.join("\n") + "\n{\"value\": \"last\", \"key\": 1}\n");
    let target = directory.file("output.txt");
    let config = format!("name=file\nconnector.class=FileStreamSink\ntopics=t\nfile={}\n", target.display());
    let plugin = paths::plugins().join("file-sink.wasm");
    let input = input.display().to_string();
    let output = test(&directory, &plugin, &config, &["--input", &input, "--batch", "7", "--kill-every", "40"]);
    let said = text(&output.stderr);
    assert!(output.status.success() && said.contains("put 101 records") && said.contains("killed after 80"), "{said}");
    let written = std::fs::read_to_string(target).expect("the sink's file");
    assert_eq!(written.lines().count(), 101);
    assert!(written.starts_with("line 0\nline 1\n") && written.ends_with("line 99\nlast\n"), "{written}");
}

#[test]
fn the_suite_finds_what_is_wrong() {
    let directory = TempDir::new("suite-bad");
    let plugin = paths::go_guests().join("go-guests.wasm");
    let config = "name=bad\nconnector.class=tests.go.Fails\nkind=panic\n";
    let output = test(&directory, &plugin, config, &["--acceptance", "--seconds", "3"]);
    let said = text(&output.stdout);
    assert!(!output.status.success(), "{said}");
    for wrong in [
        "failed  its keys are well formed: topic has no documentation",
        "failed  its batches are well formed: ",
        "on purpose",
    ] {
        assert!(said.contains(wrong), "{wrong:?} is missing in: {said}");
    }
}
