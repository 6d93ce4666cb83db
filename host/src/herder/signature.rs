//! Proof that a request comes from a worker of the same cluster (KIP-507, Java's `InternalRequestSignature`).

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::memcmp;
use openssl::pkey::PKey;
use openssl::sign::Signer;

use super::HerderError;
use crate::connect::{MacAlgorithm, SessionKey};

/// What came with an internal request, besides what it asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InternalRequest {
    /// None: it is not signed.
    pub signature: Option<RequestSignature>,
    /// As it was sent.
    pub body: Vec<u8>,
}

/// A signature over a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestSignature {
    /// Java's name.
    pub algorithm: String,
    pub mac: Vec<u8>,
}

/// The signature of `body` under the session key.
pub fn sign(key: &SessionKey, algorithm: MacAlgorithm, body: &[u8]) -> Result<RequestSignature, ErrorStack> {
    Ok(RequestSignature { algorithm: algorithm.name().to_owned(), mac: mac(key, algorithm, body)? })
}

impl InternalRequest {
    /// Whether it was signed with the cluster's session key, by one of the algorithms that are `allowed`; otherwise what to answer.
    pub fn verify(&self, key: Option<&SessionKey>, allowed: &[MacAlgorithm]) -> Result<(), HerderError> {
        let Some(signature) = &self.signature else {
            return Err(HerderError::BadRequest("Internal request missing required signature".into()));
        };
        let algorithm = MacAlgorithm::from_name(&signature.algorithm).filter(|algorithm| allowed.contains(algorithm));
        let Some(algorithm) = algorithm else {
            let known: Vec<&str> = allowed.iter().map(|algorithm| algorithm.name()).collect();
            return Err(HerderError::BadRequest(format!(
                "This worker does not support the '{}' key signing algorithm used by other workers. This worker is currently \
                 configured to use: [{}]. Check that all workers' configuration files permit the same set of signature algorithms, \
                 and correct any misconfigured worker and restart it.",
                signature.algorithm,
                known.join(", ")
            )));
        };
        let Some(key) = key else {
            return Err(HerderError::Unavailable(
                "This worker is still starting up and has not been able to read a session key from the config topic yet"
                    .into(),
            ));
        };
        match mac(key, algorithm, &self.body) {
            Ok(mac) if mac.len() == signature.mac.len() && memcmp::eq(&mac, &signature.mac) => Ok(()),
            Ok(_) => Err(HerderError::Forbidden("Internal request contained invalid signature.".into())),
            Err(error) => Err(HerderError::Internal(format!("a signature could not be checked: {error}"))),
        }
    }
}

fn mac(key: &SessionKey, algorithm: MacAlgorithm, body: &[u8]) -> Result<Vec<u8>, ErrorStack> {
    let digest = match algorithm {
        MacAlgorithm::HmacSha1 => MessageDigest::sha1(),
        MacAlgorithm::HmacSha256 => MessageDigest::sha256(),
        MacAlgorithm::HmacSha384 => MessageDigest::sha384(),
        MacAlgorithm::HmacSha512 => MessageDigest::sha512(),
    };
    let key = PKey::hmac(&key.key)?;
    Signer::new(digest, &key)?.sign_oneshot_to_vec(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(bytes: &[u8]) -> SessionKey {
        SessionKey { key: bytes.to_vec(), algorithm: "HmacSHA256".into(), creation_timestamp: 0 }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn macs_are_those_of_rfc_4231() {
        let message = b"what do ya want for nothing?";
        let expected = [
            (MacAlgorithm::HmacSha1, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79"),
            (MacAlgorithm::HmacSha256, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
            (
                MacAlgorithm::HmacSha384,
                "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649",
            ),
            (
                MacAlgorithm::HmacSha512,
                "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fd\
                 caeab1a34d4a6b4b636e070a38bce737",
            ),
        ];
        for (algorithm, mac) in expected {
            assert_eq!(hex(&sign(&key(b"Jefe"), algorithm, message).unwrap().mac), mac, "{algorithm}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_in_javas_order_and_words() {
        let (key, allowed) = (key(b"k"), [MacAlgorithm::HmacSha256]);
        let signed = |algorithm| InternalRequest {
            signature: Some(sign(&key, algorithm, b"body").unwrap()),
            body: b"body".to_vec(),
        };
        let check = |request: &InternalRequest, key: Option<&SessionKey>| {
            request.verify(key, &allowed).map_err(|error| error.to_string())
        };
        assert_eq!(check(&signed(MacAlgorithm::HmacSha256), Some(&key)), Ok(()));
        let unsigned = InternalRequest { signature: None, body: b"body".to_vec() };
        assert_eq!(check(&unsigned, None).unwrap_err(), "Internal request missing required signature");
        let other = check(&signed(MacAlgorithm::HmacSha512), None).unwrap_err();
        assert!(other.contains("'HmacSHA512'") && other.contains("to use: [HmacSHA256]."), "{other}");
        assert!(check(&signed(MacAlgorithm::HmacSha256), None).unwrap_err().contains("still starting up"));
        let forged = InternalRequest { body: b"other".to_vec(), ..signed(MacAlgorithm::HmacSha256) };
        assert_eq!(check(&forged, Some(&key)).unwrap_err(), "Internal request contained invalid signature.");
    }
}
