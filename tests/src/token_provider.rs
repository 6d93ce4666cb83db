//! An OAuth provider that gives tokens to one client, and whose keys a broker can be told.

use std::time::{Duration, SystemTime};

use openssl::base64::encode_block;
use openssl::hash::MessageDigest;
use openssl::pkey::{PKey, Private};
use openssl::rsa::Rsa;
use openssl::sign::Signer;
use serde_json::json;

use crate::identity::Identity;
use crate::server::{Server, answer};

const KEY_ID: &str = "test";

/// A running provider, which speaks https.
#[derive(Debug)]
pub struct TokenProvider {
    server: Server,
    key: PKey<Private>,
}

impl TokenProvider {
    /// Tokens for the client with this id and secret, asked for with this scope.
    pub fn start(authority: &Identity, client_id: &str, secret: &str, scope: &str, lifetime: Duration) -> Self {
        let key = Rsa::generate(2048).and_then(PKey::from_rsa).expect("a key");
        let signing = key.clone();
        let authorization = format!("Basic {}", encode_block(format!("{client_id}:{secret}").as_bytes()));
        let asked = format!("grant_type=client_credentials&scope={scope}");
        let (client_id, scope) = (client_id.to_owned(), scope.to_owned());
        let server = Server::https_with_headers(&authority.of("127.0.0.1"), move |head, body| {
            let known = head.lines().any(|line| {
                line.split_once(": ").is_some_and(|(name, value)| {
                    name.eq_ignore_ascii_case("authorization") && value.trim() == authorization
                })
            });
            if !head.starts_with("POST /token ") || !known || body != asked.as_bytes() {
                return answer(401, "", r#"{"error":"invalid_client","error_description":"nobody knows you"}"#);
            }
            let token = jwt(&signing, &client_id, &scope, lifetime);
            let body = json!({ "access_token": token, "token_type": "Bearer", "expires_in": lifetime.as_secs() });
            answer(200, "Content-Type: application/json\r\n", &body.to_string())
        });
        Self { server, key }
    }

    pub fn url(&self) -> String {
        format!("https://127.0.0.1:{}/token", self.server.port())
    }

    /// How often a token was asked for.
    pub fn asked(&self) -> usize {
        self.server.connections()
    }

    /// The public key, as brokers read it.
    pub fn jwks(&self) -> String {
        let rsa = self.key.rsa().expect("an RSA key");
        let key = json!({
            "kty": "RSA", "kid": KEY_ID, "alg": "RS256", "use": "sig",
            "n": base64url(&rsa.n().to_vec()), "e": base64url(&rsa.e().to_vec()),
        });
        json!({ "keys": [key] }).to_string()
    }
}

fn jwt(key: &PKey<Private>, subject: &str, scope: &str, lifetime: Duration) -> String {
    let now = SystemTime::UNIX_EPOCH.elapsed().expect("a time after 1970").as_secs();
    let header = json!({ "alg": "RS256", "kid": KEY_ID });
    let claims = json!({ "sub": subject, "scope": scope, "iat": now, "exp": now + lifetime.as_secs() });
    let signed = format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()));
    let mut signer = Signer::new(MessageDigest::sha256(), key).expect("a signer");
    let signature = signer.sign_oneshot_to_vec(signed.as_bytes()).expect("a signature");
    format!("{signed}.{}", base64url(&signature))
}

fn base64url(bytes: &[u8]) -> String {
    encode_block(bytes).trim_end_matches('=').replace('+', "-").replace('/', "_")
}
