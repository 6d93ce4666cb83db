//! Stores that the JDK's keytool wrote (`tests/golden/key-stores.sh`), and what became of such files on bad ways.

use openssl::nid::Nid;

use super::*;

fn vector(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/key_store/vectors").join(name)
}

fn store(name: &str, password: Option<&str>) -> StoreFile {
    StoreFile {
        path: vector(name),
        store_type: StoreType::Java,
        password: password.map(str::to_owned),
        key_password: None,
    }
}

fn jks_key() -> StoreFile {
    StoreFile { key_password: Some("key-secret".to_owned()), ..store("key.jks", Some("store-Größe€")) }
}

fn names(certificates: &[X509]) -> Vec<String> {
    let name = |certificate: &X509| {
        let entry = certificate.subject_name().entries_by_nid(Nid::COMMONNAME).next().unwrap();
        String::from_utf8(entry.data().as_slice().to_vec()).unwrap()
    };
    certificates.iter().map(name).collect()
}

#[test]
fn keys_and_chains_are_those_that_keytool_wrote() {
    for file in [jks_key(), store("key.p12", Some("store-secret"))] {
        let identity = file.identity().unwrap();
        assert_eq!(names(&identity.chain[..2]), ["me", "ca"], "{file:?}");
    }
}

#[test]
fn trusted_certificates_are_those_that_keytool_wrote() {
    for file in [
        store("trust.jks", Some("store-secret")),
        store("trust.jks", None),
        store("trust.p12", Some("store-secret")),
        StoreFile { store_type: StoreType::Any, ..store("trust.p12", Some("store-secret")) },
        StoreFile { store_type: StoreType::Any, ..store("ca.pem", None) },
        StoreFile { store_type: StoreType::Pem, ..store("ca.pem", None) },
    ] {
        assert_eq!(names(&file.trusted().unwrap()), ["ca"], "{file:?}");
    }
    let mut both = names(&jks_key().trusted().unwrap());
    both.sort();
    assert_eq!(both, ["ca", "me"], "a key's owner is trusted, too");
}

#[test]
fn a_store_that_cannot_be_used_says_why_and_tells_no_password() {
    let other_key = StoreFile { key_password: Some("wrong-secret".to_owned()), ..jks_key() };
    let pem = StoreFile { store_type: StoreType::Pem, ..store("trust.jks", None) };
    for (file, part) in [
        (store("key.jks", Some("wrong-secret")), "Keystore was tampered with, or password was incorrect"),
        (other_key, "Cannot recover key"),
        (store("key.p12", Some("wrong-secret")), "keystore password was incorrect"),
        (store("key.p12", None), "keystore password was incorrect"),
        (store("trust.jks", Some("store-secret")), "no private key"),
        (store("trust.p12", Some("store-secret")), "no private key"),
        (store("legacy.p12", Some("store-secret")), "keytool -importkeystore"),
        (store("other.jceks", Some("store-secret")), "JCEKS"),
        (store("ca.pem", None), "neither a JKS nor a PKCS12 store"),
        (pem, "no certificate in PEM"),
        (store("missing.jks", None), "No such file"),
    ] {
        let error = file.identity().err().unwrap().to_string();
        assert!(error.contains(part) && error.contains(&file.path.display().to_string()), "{error}");
        assert!(!error.contains("secret:") && !error.contains("wrong-secret") && !error.contains("Größe"), "{error}");
    }
    assert!(!format!("{:?}", jks_key()).contains("secret"));
}

#[test]
fn stores_that_are_cut_off_or_changed_are_errors_and_nothing_else() {
    let scratch = std::env::temp_dir().join(format!("wasm-connect-key-store-{}", std::process::id()));
    let check = |bytes: &[u8], password: Option<&str>, key_password: &str| {
        std::fs::write(&scratch, bytes).unwrap();
        let (path, store_type) = (scratch.clone(), StoreType::Java);
        let (password, key_password) = (password.map(str::to_owned), Some(key_password.to_owned()));
        let file = StoreFile { path, store_type, password, key_password };
        (file.identity().is_ok(), file.trusted().is_ok())
    };
    let bytes = std::fs::read(vector("key.jks")).unwrap();
    for length in (0..bytes.len()).step_by(3) {
        assert_eq!(check(&bytes[..length], Some("store-Größe€"), "key-secret"), (false, false), "{length}");
        // Without the password the digest does not stand in the way of the parser.
        check(&bytes[..length], None, "key-secret");
    }
    for at in (0..bytes.len()).step_by(3) {
        let mut changed = bytes.clone();
        changed[at] ^= 0xff;
        assert_eq!(check(&changed, Some("store-Größe€"), "key-secret"), (false, false), "{at}");
        check(&changed, None, "key-secret");
    }
    let bytes = std::fs::read(vector("trust.p12")).unwrap();
    for length in (0..bytes.len()).step_by(7) {
        assert_eq!(check(&bytes[..length], Some("store-secret"), ""), (false, false), "{length}");
    }
    std::fs::remove_file(scratch).unwrap();
}
