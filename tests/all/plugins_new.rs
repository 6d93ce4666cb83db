//! Promise: `wasm-connect plugins new` writes projects that build with one command, pass their test, and are plugins.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use wasm_connect_tests::paths;
use wasm_connect_tests::temp::TempDir;

fn new(directory: &TempDir, name: &str, lang: &str, kind: &str, sdk: &str) -> Output {
    let mut command = Command::new(paths::worker());
    command.args(["plugins", "new", name, "--lang", lang, "--kind", kind, "--sdk", sdk, "--directory"]);
    command.arg(directory.path()).output().expect("wasm-connect plugins new")
}

/// A new project in `directory`.
#[track_caller]
fn project(directory: &TempDir, name: &str, lang: &str, kind: &str) -> PathBuf {
    let sdk = paths::repository().join("sdk");
    let output = new(directory, name, lang, kind, sdk.to_str().expect("a path in UTF-8"));
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains(&format!("a {kind} in {lang}")) && said.contains("README.md"), "{said}");
    directory.file(name)
}

#[track_caller]
fn succeed(command: &mut Command) -> String {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let both = [&output.stdout[..], &output.stderr[..]].map(String::from_utf8_lossy).concat();
    assert!(output.status.success(), "{command:?}: {both}");
    both
}

/// The component says what it is when it is packaged, and the suite finds nothing wrong with it.
#[track_caller]
fn check_plugin(component: &Path, kind: &str, class: &str) {
    let packaged = component.with_file_name("packaged.wasm");
    let mut package = Command::new(paths::worker());
    package.env("WASM_TOOLS", paths::wasm_tools()).args(["plugins", "package"]).arg(component).arg("-o").arg(&packaged);
    let said = succeed(&mut package);
    let kind_in_the_contract = if kind == "transform" { "transformation" } else { kind };
    assert!(said.contains(&format!("{kind_in_the_contract} com.example.{class} 0.1.0")), "{said}");
    let mut accept = Command::new(paths::worker());
    accept.args(["plugins", "test", "--acceptance"]).arg(&packaged);
    if kind != "transform" {
        accept.arg("--config").arg(acceptance_config(component, kind, class));
    }
    let said = succeed(&mut accept);
    assert!(said.contains(": 0 of "), "{said}");
}

/// The configuration of a connector.
fn acceptance_config(component: &Path, kind: &str, class: &str) -> PathBuf {
    let (config, target) = (component.with_file_name("acceptance.properties"), component.with_file_name("lines.txt"));
    let own = if kind == "source" { "topic=t".to_owned() } else { format!("topics=t\nfile={}", target.display()) };
    std::fs::write(&config, format!("name=new\nconnector.class=com.example.{class}\n{own}\n")).expect("a file");
    config
}

#[test]
fn a_project_in_rust_builds_and_passes_its_test() {
    let directory = TempDir::new("new-rust");
    // Of its own, and kept: other packages than this workspace's are compiled there, once.
    let target = paths::target().join("new-plugins");
    for (name, kind, class) in [
        ("orders-source", "source", "OrdersSourceConnector"),
        ("s3-sink", "sink", "S3SinkConnector"),
        ("loud-lines", "transform", "LoudLines"),
    ] {
        let project = project(&directory, name, "rust", kind);
        // The versions that this workspace has, so that nothing has to be fetched.
        let lock = paths::repository().join("Cargo.lock");
        std::fs::copy(lock, project.join("Cargo.lock")).expect("the lock file can be copied");
        let cargo = |arguments: &[&str]| {
            let mut command = Command::new("cargo");
            command.current_dir(&project).env("CARGO_TARGET_DIR", &target).args(arguments).arg("--offline");
            succeed(&mut command)
        };
        let tested = cargo(&["test", "--release"]);
        assert!(tested.contains("test result: ok.") && !tested.contains("warning"), "{tested}");
        cargo(&["build", "--release", "--target", "wasm32-wasip2"]);
        let file = format!("wasm32-wasip2/release/{}.wasm", name.replace('-', "_"));
        check_plugin(&target.join(file), kind, class);
    }
}

#[test]
fn a_project_in_python_builds_and_passes_its_test() {
    let directory = TempDir::new("new-python");
    for (name, kind, class) in [
        ("orders-source", "source", "OrdersSourceConnector"),
        ("table-sink", "sink", "TableSinkConnector"),
        ("loud-text", "transform", "LoudText"),
    ] {
        let project = project(&directory, name, "python", kind);
        let python = |arguments: &[&str]| {
            let mut command = Command::new("python3");
            let (sdk, toolchain) = (paths::repository().join("sdk/python/src"), paths::componentize_py());
            let path = std::env::join_paths([&sdk, &toolchain.join("site-packages")]).expect("paths");
            command.current_dir(&project).env("PYTHONPATH", path).env("VIRTUAL_ENV", toolchain);
            succeed(command.env("PYTHONDONTWRITEBYTECODE", "1").args(arguments))
        };
        let tested = python(&["-W", "error", "-m", "unittest"]);
        assert!(tested.contains("OK") && !tested.contains("Ran 0 tests"), "{tested}");
        let module = name.replace('-', "_");
        python(&["-m", "wasm_connect", "build", &module]);
        check_plugin(&project.join(format!("{module}.wasm")), kind, class);
    }
}

#[test]
fn a_project_in_go_builds_and_passes_its_test() {
    let directory = TempDir::new("new-go");
    for (name, kind, class) in [
        ("orders-source", "source", "OrdersSourceConnector"),
        ("table-sink", "sink", "TableSinkConnector"),
        ("loud-lines", "transform", "LoudLines"),
    ] {
        let project = project(&directory, name, "go", kind);
        let run = |program: &str, arguments: &[&str], wasm: bool| {
            let mut command = Command::new(program);
            command.current_dir(&project).env("GOTOOLCHAIN", "local").env("GOWORK", "off").args(arguments);
            if wasm {
                command.env("GOOS", "wasip1").env("GOARCH", "wasm");
            }
            succeed(&mut command)
        };
        assert_eq!(run("gofmt", &["-l", "."], false), "", "files that are not formatted");
        run("go", &["vet", "./..."], false);
        let tested = run("go", &["test", "./..."], false);
        assert!(tested.contains("ok ") && !tested.contains("no test"), "{tested}");
        run("go", &["build", "-buildmode=c-shared", "-o", "core.wasm", "."], true);
        check_plugin(&project.join("core.wasm"), kind, class);
    }
}

#[test]
fn a_project_in_javascript_builds_and_passes_its_test() {
    let directory = TempDir::new("new-javascript");
    for (name, kind, class) in [
        ("orders-source", "source", "OrdersSourceConnector"),
        ("lines-sink", "sink", "LinesSinkConnector"),
        ("loud-text", "transform", "LoudText"),
    ] {
        let project = project(&directory, name, "javascript", kind);
        // What `npm install` makes of the project's one dependency, without asking a registry.
        let modules = project.join("node_modules");
        std::fs::create_dir_all(modules.join(".bin")).expect("a directory");
        let sdk = paths::javascript_sdk();
        symlink(&sdk, modules.join("wasm-connect")).expect("a link");
        symlink(sdk.join("dist/build/cli.js"), modules.join(".bin/wasm-connect-js")).expect("a link");
        let npm = |arguments: &[&str]| succeed(Command::new("npm").current_dir(&project).args(arguments));
        let tested = npm(&["test"]);
        assert!(tested.contains("fail 0") && !tested.contains("pass 0"), "{tested}");
        npm(&["run", "build"]);
        check_plugin(&project.join(format!("{name}.wasm")), kind, class);
    }
}

#[test]
fn a_project_in_c_builds_and_passes_its_test() {
    let directory = TempDir::new("new-c");
    for (name, kind, class) in [
        ("orders-source", "source", "OrdersSourceConnector"),
        ("lines-sink", "sink", "LinesSinkConnector"),
        ("loud-lines", "transform", "LoudLines"),
    ] {
        let project = project(&directory, name, "c", kind);
        let make = |arguments: &[&str]| {
            let mut command = Command::new("make");
            command.current_dir(&project).env("PYTHONPATH", paths::zig().join("site-packages"));
            // What the library and the C library are made of is compiled once.
            command.env("ZIG_GLOBAL_CACHE_DIR", paths::target().join("c/cache"));
            succeed(command.arg("-s").args(arguments))
        };
        let tested = make(&["test"]);
        assert!(tested.contains("passed, 0 failed") && !tested.contains("warning"), "{tested}");
        make(&[]);
        check_plugin(&project.join(format!("build/{name}.core.wasm")), kind, class);
    }
}

#[test]
fn what_is_there_is_left_alone_and_names_are_checked() {
    let directory = TempDir::new("new-refused");
    directory.write("taken", "mine");
    for (name, reason) in [("taken", "is there already"), ("../evil", "is no name"), ("Orders", "is no name")] {
        let output = new(&directory, name, "rust", "source", "sdk");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && said.contains(reason), "{name}: {said}");
    }
    assert_eq!(std::fs::read_to_string(directory.file("taken")).expect("the file"), "mine");
}
