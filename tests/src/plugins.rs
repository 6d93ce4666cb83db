//! Plugins to drop into the path of a running worker: copies in other versions, and slow or bad ones.

use std::fs;
use std::path::Path;

use crate::paths;

/// The version that the guests of `tests/guests` say they have.
pub const GUESTS_VERSION: &str = "1.0.0";
/// The version that the file plugins say they have: Kafka's, whose configurations they take.
pub const FILE_VERSION: &str = "4.3.1";

/// The component of the guests of `tests/guests`, in another version.
pub fn guests(version: &str) -> Vec<u8> {
    in_version(&fs::read(paths::test_plugins().join("test-guests.wasm")).expect("the guests"), GUESTS_VERSION, version)
}

/// The component of the file source, in another version.
pub fn file_source(version: &str) -> Vec<u8> {
    in_version(&fs::read(paths::plugins().join("file-source.wasm")).expect("the file source"), FILE_VERSION, version)
}

/// The component of the file sink, in another version.
pub fn file_sink(version: &str) -> Vec<u8> {
    in_version(&fs::read(paths::plugins().join("file-sink.wasm")).expect("the file sink"), FILE_VERSION, version)
}

/// A component that says it has another version, of the same length, both in its code and in its description.
fn in_version(component: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = component.to_vec();
    let at: Vec<usize> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from.as_bytes())).collect();
    assert!(!at.is_empty(), "the component does not say its version {from}");
    at.into_iter().for_each(|at| bytes[at..at + to.len()].copy_from_slice(to.as_bytes()));
    bytes
}

/// Puts a component at `path` as a whole: written under another name and moved.
pub fn install(path: &Path, component: &[u8]) {
    let name = path.file_name().expect("a file name").to_string_lossy();
    let temporary = path.with_file_name(format!(".{name}"));
    fs::write(&temporary, component).expect("the plugin can be written");
    fs::rename(&temporary, path).expect("the plugin can be moved");
}

/// The component with a module more, which is valid and small and asks too much of any compiler: each of the many ways back to the
/// start of a loop carries all of its many variables.
pub fn compile_bomb(component: &[u8]) -> Vec<u8> {
    const VARIABLES: u32 = 40_000;
    const WAYS_BACK: u32 = 20_000;
    const I32: u8 = 0x7f;
    let mut body = vec![1];
    leb128(VARIABLES, &mut body);
    body.extend([I32, 0x03, 0x40]); // loop
    for variable in 0..VARIABLES {
        body.push(0x20); // local.get
        leb128(variable, &mut body);
        body.extend([0x41, 1, 0x6a, 0x21]); // i32.const 1, i32.add, local.set
        leb128(variable, &mut body);
    }
    for variable in 0..WAYS_BACK {
        body.push(0x20); // local.get
        leb128(variable, &mut body);
        body.extend([0x0d, 0]); // br_if 0
    }
    body.extend([0x0b, 0x0b]); // the ends of the loop and of the function
    let mut code = vec![1];
    leb128(body.len() as u32, &mut code);
    code.extend(body);
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    section(1, &[1, 0x60, 0, 0], &mut module); // one type: a function of nothing to nothing
    section(3, &[1, 0], &mut module); // one function of it
    section(10, &code, &mut module);
    let mut bomb = component.to_vec();
    section(1, &module, &mut bomb); // a module in a component
    bomb
}

fn section(id: u8, content: &[u8], to: &mut Vec<u8>) {
    to.push(id);
    leb128(content.len() as u32, to);
    to.extend_from_slice(content);
}

fn leb128(mut number: u32, to: &mut Vec<u8>) {
    while number >= 0x80 {
        to.push(number as u8 | 0x80);
        number >>= 7;
    }
    to.push(number as u8);
}
