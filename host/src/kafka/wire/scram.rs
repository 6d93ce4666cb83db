//! The client's side of SCRAM (RFC 5802, RFC 7677): the password is proved to the broker, and the broker to us, without telling it.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openssl::error::ErrorStack;
use openssl::hash::{MessageDigest, hash};
use openssl::pkcs5::pbkdf2_hmac;
use openssl::pkey::PKey;
use openssl::rand::rand_bytes;
use openssl::sign::Signer;

/// Without channel binding: `n,,` in base64.
const NO_CHANNEL_BINDING: &str = "c=biws";
/// Fewer are not safe (RFC 7677); many more would keep us busy at a stranger's word.
const ITERATIONS: std::ops::RangeInclusive<usize> = 4096..=1_000_000;

/// The hash function of the mechanism.
#[derive(Clone, Copy)]
pub(super) enum Hash {
    Sha256,
    Sha512,
}

impl Hash {
    fn digest(self) -> MessageDigest {
        match self {
            Self::Sha256 => MessageDigest::sha256(),
            Self::Sha512 => MessageDigest::sha512(),
        }
    }
}

/// Waits for the broker's first message.
pub(super) struct Scram {
    hash: Hash,
    nonce: String,
    first_bare: String,
}

/// Waits for the broker's last message.
pub(super) struct Proved {
    server_signature: Vec<u8>,
}

impl Scram {
    /// The first message.
    pub(super) fn start(hash: Hash, username: &str) -> Result<(String, Self), String> {
        let mut random = [0; 24];
        rand_bytes(&mut random).map_err(text)?;
        Ok(Self::with_nonce(hash, username, STANDARD.encode(random)))
    }

    fn with_nonce(hash: Hash, username: &str, nonce: String) -> (String, Self) {
        let username = username.replace('=', "=3D").replace(',', "=2C");
        let first_bare = format!("n={username},r={nonce}");
        (format!("n,,{first_bare}"), Self { hash, nonce, first_bare })
    }

    /// The second message: the answer to the broker's first.
    pub(super) fn answer(self, server_first: &[u8], password: &str) -> Result<(String, Proved), String> {
        let server_first = str::from_utf8(server_first).map_err(|_| "the broker's message is no text")?;
        let field = |name: &str| server_first.split(',').find_map(|field| field.strip_prefix(name));
        let nonce = field("r=").filter(|nonce| nonce.starts_with(&self.nonce) && nonce.len() > self.nonce.len());
        let nonce = nonce.ok_or("the broker's nonce is not made from ours")?;
        let salt = field("s=").and_then(|salt| STANDARD.decode(salt).ok()).ok_or("the broker sent no salt")?;
        let iterations = field("i=").and_then(|count| count.parse().ok()).filter(|count| ITERATIONS.contains(count));
        let iterations = iterations.ok_or("the broker sent no number of iterations that is safe")?;

        let digest = self.hash.digest();
        let mut salted = vec![0; digest.size()];
        pbkdf2_hmac(password.as_bytes(), &salt, iterations, digest, &mut salted).map_err(text)?;
        let client_key = hmac(digest, &salted, b"Client Key").map_err(text)?;
        let stored_key = hash(digest, &client_key).map_err(text)?;
        let last_bare = format!("{NO_CHANNEL_BINDING},r={nonce}");
        let auth_message = format!("{},{server_first},{last_bare}", self.first_bare);
        let signature = hmac(digest, &stored_key, auth_message.as_bytes()).map_err(text)?;
        let proof: Vec<u8> = client_key.iter().zip(&signature).map(|(key, signature)| key ^ signature).collect();
        let server_key = hmac(digest, &salted, b"Server Key").map_err(text)?;
        let server_signature = hmac(digest, &server_key, auth_message.as_bytes()).map_err(text)?;
        Ok((format!("{last_bare},p={}", STANDARD.encode(proof)), Proved { server_signature }))
    }
}

impl Proved {
    /// Whether the broker knows the password too.
    pub(super) fn check(&self, server_last: &[u8]) -> Result<(), String> {
        let signature = server_last.strip_prefix(b"v=").and_then(|signature| {
            let end = signature.iter().position(|byte| *byte == b',').unwrap_or(signature.len());
            STANDARD.decode(&signature[..end]).ok()
        });
        match signature {
            Some(signature) if signature == self.server_signature => Ok(()),
            _ => Err("the broker could not prove that it knows the password".to_owned()),
        }
    }
}

fn hmac(digest: MessageDigest, key: &[u8], message: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let key = PKey::hmac(key)?;
    Signer::new(digest, &key)?.sign_oneshot_to_vec(message)
}

fn text(error: ErrorStack) -> String {
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_rfc_comes_out() {
        let (first, scram) = Scram::with_nonce(Hash::Sha256, "user", "rOprNGfwEbeRWgbNEkqO".to_owned());
        assert_eq!(first, "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
        let server_first = "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
        let (last, proved) = scram.answer(server_first.as_bytes(), "pencil").unwrap();
        assert_eq!(
            last,
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
        );
        assert!(proved.check(b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=").is_ok());
        for wrong in [&b"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G5="[..], b"e=other-error", b""] {
            assert!(proved.check(wrong).is_err());
        }
    }

    #[test]
    fn a_broker_that_is_none_is_found_out() {
        for (server_first, reason) in [
            ("r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "nonce"),
            ("r=abc,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", "nonce"),
            ("r=abcd,i=4096", "salt"),
            ("r=abcd,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1", "iterations"),
            ("", "nonce"),
        ] {
            let (_, scram) = Scram::with_nonce(Hash::Sha512, "a=b,c", "abc".to_owned());
            let error = scram.answer(server_first.as_bytes(), "p").err().unwrap();
            assert!(error.contains(reason), "{server_first}: {error}");
        }
        let (first, _) = Scram::with_nonce(Hash::Sha512, "a=b,c", "abc".to_owned());
        assert_eq!(first, "n,,n=a=3Db=2Cc,r=abc");
    }
}
