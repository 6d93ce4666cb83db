//! Promise: the examples in README.md and on the SDKs' pages compile as they stand there, outside of the repository. (Those in Python
//! and JavaScript are tested beside their SDKs.)

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasm_connect_tests::paths;
use wasm_connect_tests::temp::TempDir;

/// A page's blocks of code in one language, each to be used once.
struct Examples {
    page: &'static str,
    blocks: Vec<String>,
}

impl Examples {
    fn of(page: &'static str, language: &str) -> Self {
        let text = fs::read_to_string(paths::repository().join(page)).expect("the page");
        let fence = format!("```{language}\n");
        let blocks = text.split(&fence).skip(1).filter_map(|rest| rest.split_once("```"));
        Self { page, blocks: blocks.map(|(block, _)| block.to_owned()).collect() }
    }

    /// The block that begins so.
    #[track_caller]
    fn take(&mut self, beginning: &str) -> String {
        let at = self.blocks.iter().position(|block| block.starts_with(beginning));
        self.blocks.remove(at.unwrap_or_else(|| panic!("{} has no example that begins {beginning:?}", self.page)))
    }

    /// `text` with what follows an `@` on a line replaced by the block that begins so.
    #[track_caller]
    fn within(&mut self, text: &str) -> String {
        let line = |line: &str| match line.split_once('@') {
            Some((before, beginning)) => format!("{before}{}", self.take(beginning)),
            None => format!("{line}\n"),
        };
        text.lines().map(line).collect()
    }
}

impl Drop for Examples {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert!(self.blocks.is_empty(), "examples of {} that nobody compiles: {:#?}", self.page, self.blocks);
        }
    }
}

/// A directory for a project, beside which the repository is, as pages say, and outside of it.
fn project(directory: &TempDir, name: &str) -> PathBuf {
    let project = directory.file(name);
    fs::create_dir_all(project.join("src")).expect("a directory");
    symlink(paths::repository(), directory.file("wasm-connect")).expect("a link");
    project
}

#[track_caller]
fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let both = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat();
    assert!(output.status.success(), "{command:?}: {both}");
    both
}

/// What the component says it is.
#[track_caller]
fn packaged(component: &Path) -> String {
    let mut package = Command::new(paths::worker());
    package.env("WASM_TOOLS", paths::wasm_tools()).args(["plugins", "package"]).arg(component);
    succeed(package.arg("-o").arg(component.with_extension("packaged.wasm")))
}

/// Builds a project in Rust; answers what its component says it is.
#[track_caller]
fn build_rust(project: &Path, manifest: &str, code: &str) -> String {
    fs::write(project.join("Cargo.toml"), manifest).expect("a file");
    fs::write(project.join("src/lib.rs"), code).expect("a file");
    // The versions that this workspace has, so that nothing has to be fetched.
    fs::copy(paths::repository().join("Cargo.lock"), project.join("Cargo.lock")).expect("the lock file can be copied");
    let target = paths::target().join("new-plugins");
    let mut build = Command::new("cargo");
    build.current_dir(project).env("CARGO_TARGET_DIR", &target);
    let said = succeed(build.args(["build", "--release", "--target", "wasm32-wasip2", "--offline"]));
    assert!(!said.contains("warning"), "{said}");
    let name = project.file_name().expect("a name").to_string_lossy();
    packaged(&target.join(format!("wasm32-wasip2/release/{name}.wasm")))
}

#[test]
fn the_first_connector_of_the_readme() {
    let directory = TempDir::outside("readme-countdown");
    let project = project(&directory, "countdown");
    let manifest = Examples::of("README.md", "toml").take("# countdown/Cargo.toml");
    let said = build_rust(&project, &manifest, &Examples::of("README.md", "rust").take("// countdown/src/lib.rs"));
    assert!(said.contains("source com.example.CountdownConnector 0.1.0"), "{said}");
}

#[test]
fn the_examples_in_rust() {
    const PAGE: &str = "sdk/rust/README.md";
    let directory = TempDir::outside("readme-rust");
    let project = project(&directory, "counter");
    let mut examples = Examples::of(PAGE, "rust");
    let manifest = Examples::of(PAGE, "toml").take("[package]");
    let said = build_rust(&project, &manifest, &examples.take("use std::time::Duration;"));
    assert!(said.contains("source example.CounterSourceConnector 0.1.0"), "{said}");
    let code = "use wasm_connect_sdk::*;\n\nexport! { transformations: [Shout] }\n\n@pub struct Shout";
    let said = build_rust(&project, &manifest, &examples.within(code));
    assert!(said.contains("transformation example.Shout 0.1.0"), "{said}");
}

const GO_MOD: &str = "module countdown

go 1.26

require github.com/wasm-connect/wasm-connect/sdk/go v0.1.0

replace github.com/wasm-connect/wasm-connect/sdk/go => ../wasm-connect/sdk/go
";

const GO_TEST: &str = r#"package main

import (
	"testing"

	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/connecttest"
	"github.com/wasm-connect/wasm-connect/sdk/go/source"
)

@func TestItGoesOnFromItsOffset
"#;

const GO_PARTS: &str = r#"// Package parts has what the page shows in parts.
package parts

import (
	"time"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/data"
	"github.com/wasm-connect/wasm-connect/sdk/go/sink"
	"github.com/wasm-connect/wasm-connect/sdk/go/source"
)

var _ = @connect.ConfigDef{

func bring(records *source.Records, route *source.Route) error {
	position := connect.NewNumberOffset("position")
@var user = data.BuildStruct()
	return err
}

type task struct{ seen []any }

func (t *task) gather(id any, topic string, at time.Time) { t.seen = append(t.seen, id, topic, at) }

@func (t *task) Put(
var _ = bring
"#;

const GO_TRANSFORM: &str = r#"// Shout is the page's transform.
package main

import (
	"strings"

	"github.com/wasm-connect/wasm-connect/sdk/go/batch"
	"github.com/wasm-connect/wasm-connect/sdk/go/connect"
	"github.com/wasm-connect/wasm-connect/sdk/go/data"
	"github.com/wasm-connect/wasm-connect/sdk/go/transform"
)

func main() {}

@var keys = connect.ConfigDef{
"#;

#[test]
fn the_examples_in_go() {
    let directory = TempDir::outside("readme-go");
    let project = project(&directory, "countdown");
    let mut examples = Examples::of("sdk/go/README.md", "go");
    for package in ["parts", "shout"] {
        fs::create_dir(project.join(package)).expect("a directory");
    }
    for (file, code) in [
        ("go.mod", GO_MOD.to_owned()),
        ("main.go", examples.take("package main")),
        ("main_test.go", examples.within(GO_TEST)),
        ("parts/parts.go", examples.within(GO_PARTS)),
        ("shout/main.go", examples.within(GO_TRANSFORM)),
    ] {
        fs::write(project.join(file), code).expect("a file");
    }
    let go = |arguments: &[&str], wasm: bool| {
        let mut command = Command::new("go");
        command.current_dir(&project).env("GOTOOLCHAIN", "local").env("GOWORK", "off").args(arguments);
        if wasm {
            command.env("GOOS", "wasip1").env("GOARCH", "wasm");
        }
        succeed(&mut command)
    };
    go(&["vet", "./..."], false);
    let tested = go(&["test", "."], false);
    assert!(tested.contains("ok "), "{tested}");
    for (package, class) in
        [(".", "source com.example.CountdownConnector"), ("./shout", "transformation com.example.Shout")]
    {
        go(&["build", "-buildmode=c-shared", "-o", "core.wasm", package], true);
        let said = packaged(&project.join("core.wasm"));
        assert!(said.contains(&format!("{class} 0.1.0")), "{said}");
    }
}

const C_MAKEFILE: &str = "NAME := countdown\ninclude ../wasm-connect/sdk/c/plugin.mk\n";

/// What the page takes for granted around its examples.
const C_CODE: &str = r#"#include <stdlib.h>

#include "wasm_connect.h"

@static const wc_config_key KEYS[]

typedef struct {
  wc_arena *arena;
  wc_text topic;
  wc_text partition;
} countdown;

static void *start(wc_arena *arena, const wc_config *config, wc_error *error) {
  (void)arena;
  countdown *task = calloc(1, sizeof *task);
  if (task == NULL) abort();
  task->arena = wc_arena_new();
  if (wc_config_text(config, "file", &task->topic, error)) return task;
  return NULL;
}

static bool bring(countdown *task, wc_records *records, wc_text line, int64_t end, wc_error *error) {
@wc_record record = WC_RECORD;
  wc_arena *arena = task->arena;
@const wc_field fields[]
  return wc_writer_add(records->writer, &record, error);
}

static bool poll(void *task, wc_records *records, wc_error *error) {
  return bring(task, records, wc_str("line"), 4, error);
}

static void stop(void *task) { free(task); }

static void keep(void *task, wc_text line) { ((countdown *)task)->partition = line; }

@static bool task_configs(
@static bool put(
@static const wc_source COUNTDOWN
/* What the table above has no use for. */
const wc_sink SINK = {.connector = {.task_configs = task_configs}, .put = put};
"#;

/// The same around its transform.
const C_TRANSFORM: &str = r#"#include <stdlib.h>
#include <string.h>

#include "wasm_connect.h"

static const wc_config_key KEYS[] = {{.name = "suffix", .type = WC_CONFIG_STRING, .fallback = "!"}};

static void *configure(wc_arena *arena, const wc_config *config, wc_error *error) {
  wc_text suffix;
  return wc_config_text(config, "suffix", &suffix, error) ? strdup(wc_format(arena, "%.*s", WC_ARG(suffix)).at) : NULL;
}

@static enum wc_fate apply(
"#;

#[test]
fn the_examples_in_c() {
    let directory = TempDir::outside("readme-c");
    let project = project(&directory, "countdown");
    fs::write(project.join("Makefile"), C_MAKEFILE).expect("a file");
    let mut examples = Examples::of("sdk/c/README.md", "c");
    for (code, class) in
        [(C_CODE, "source com.example.CountdownConnector"), (C_TRANSFORM, "transformation com.example.Shout")]
    {
        fs::write(project.join("src/plugin.c"), examples.within(code)).expect("a file");
        let mut make = Command::new("make");
        make.current_dir(&project).env("PYTHONPATH", paths::zig().join("site-packages"));
        // What the library and the C library are made of is compiled once.
        make.env("ZIG_GLOBAL_CACHE_DIR", paths::target().join("c/cache"));
        let said = succeed(make.arg("-s"));
        assert!(!said.contains("warning"), "{said}");
        let said = packaged(&project.join("build/countdown.core.wasm"));
        assert!(said.contains(&format!("{class} 0.1.0")), "{said}");
    }
}
