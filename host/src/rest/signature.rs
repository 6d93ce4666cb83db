//! The headers that carry the signature of a request between workers (KIP-507).

use axum::http::{HeaderMap, HeaderName, HeaderValue};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::error::RestError;
use crate::connect::{MacAlgorithm, SessionKey};
use crate::herder::signature::{self, RequestSignature};

const SIGNATURE: HeaderName = HeaderName::from_static("x-connect-authorization");
const ALGORITHM: HeaderName = HeaderName::from_static("x-connect-request-signature-algorithm");

/// Both headers.
pub(super) const HEADERS: [HeaderName; 2] = [SIGNATURE, ALGORITHM];

/// Adds the signature of `body`.
pub(super) fn sign(
    headers: &mut HeaderMap,
    key: &SessionKey,
    algorithm: MacAlgorithm,
    body: &[u8],
) -> Result<(), openssl::error::ErrorStack> {
    let signature = signature::sign(key, algorithm, body)?;
    // Base64 is always a header's value.
    if let Ok(value) = HeaderValue::from_str(&STANDARD.encode(signature.mac)) {
        headers.insert(SIGNATURE, value);
        headers.insert(ALGORITHM, HeaderValue::from_static(algorithm.name()));
    }
    Ok(())
}

/// The signature of a request; none: it is not signed.
pub(super) fn of(headers: &HeaderMap) -> Result<Option<RequestSignature>, RestError> {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let (Some(mac), Some(algorithm)) = (text(SIGNATURE), text(ALGORITHM)) else { return Ok(None) };
    let mac = STANDARD.decode(mac).map_err(|error| RestError::BadRequest(format!("Malformed signature: {error}")))?;
    Ok(Some(RequestSignature { algorithm: algorithm.to_owned(), mac }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_survives_its_headers() {
        let key = SessionKey { key: b"k".to_vec(), algorithm: "HmacSHA256".into(), creation_timestamp: 0 };
        for algorithm in MacAlgorithm::ALL {
            let mut headers = HeaderMap::new();
            sign(&mut headers, &key, algorithm, b"body").unwrap();
            assert_eq!(of(&headers).unwrap().unwrap(), signature::sign(&key, algorithm, b"body").unwrap());
        }
        assert_eq!(of(&HeaderMap::new()).unwrap(), None);
        let malformed = HeaderMap::from_iter(
            [(SIGNATURE, "?"), (ALGORITHM, "HmacSHA256")].map(|(name, value)| (name, HeaderValue::from_static(value))),
        );
        assert!(of(&malformed).is_err());
    }
}
