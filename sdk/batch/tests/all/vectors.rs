//! The vectors of `wit/vectors`, both ways; `UPDATE_VECTORS=1` writes the bytes anew.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::batch_json::{decode, decode_acks, encode, encode_acks};
use crate::value_json::{from_hex, to_hex};

pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/vectors")
}

/// All described vectors by name, the malformed ones not among them.
pub fn all() -> Vec<(String, Json)> {
    let files = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
    let mut vectors: Vec<(String, Json)> = files
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap())
        })
        .filter(|(name, _)| !name.starts_with("bad-"))
        .collect();
    vectors.sort_by(|a, b| a.0.cmp(&b.0));
    vectors
}

/// The bytes of a vector.
pub fn bytes(name: &str) -> Vec<u8> {
    from_hex(&fs::read_to_string(folder().join(format!("{name}.hex"))).unwrap())
}

/// Writes a vector's bytes if told to, 32 a line.
pub fn update(name: &str, bytes: &[u8]) {
    if is_update() {
        let lines: Vec<String> = bytes.chunks(32).map(to_hex).collect();
        fs::write(folder().join(format!("{name}.hex")), lines.join("\n") + "\n").unwrap();
    }
}

pub fn is_update() -> bool {
    std::env::var_os("UPDATE_VECTORS").is_some()
}

#[test]
fn each_batch_is_its_bytes_both_ways() {
    let mut checked = 0;
    for (name, json) in all().iter().filter(|(name, _)| !name.starts_with("acks")) {
        let encoded = encode(json);
        update(name, &encoded);
        assert_eq!(to_hex(&encoded), to_hex(&bytes(name)), "{name}: written");
        let decoded = decode(&bytes(name)).unwrap();
        for part in ["strings", "schemas", "records"] {
            assert_eq!(decoded[part], json[part], "{name}: {part} as read");
        }
        checked += 1;
    }
    assert!(checked >= 20, "only {checked} vectors were found");
}

#[test]
fn each_list_of_acks_is_its_bytes_both_ways() {
    for (name, json) in all().iter().filter(|(name, _)| name.starts_with("acks")) {
        let encoded = encode_acks(json);
        update(name, &encoded);
        assert_eq!(to_hex(&encoded), to_hex(&bytes(name)), "{name}: written");
        assert_eq!(decode_acks(&bytes(name)).unwrap(), json["acks"], "{name}: as read");
    }
}
