//! A token as an OAuth provider gives it, and how long it is good for.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

/// The part of its life after which a token is renewed (Java's `sasl.login.refresh.window.factor`).
const RENEWED_AFTER: f64 = 0.8;
/// A token is not renewed more often, however short it lives.
const LEAST_WAIT: Duration = Duration::from_millis(500);

/// What a client shows to a broker.
pub(in crate::kafka) struct Token {
    /// Never shown.
    pub text: String,
    /// Whom it is for, as it says itself.
    pub principal: String,
    pub expires_at: SystemTime,
}

#[derive(Deserialize)]
struct Given {
    access_token: Option<String>,
    id_token: Option<String>,
    /// Seconds.
    expires_in: Option<f64>,
}

/// What a JWT says of itself.
#[derive(Default, Deserialize)]
struct Claims {
    sub: Option<String>,
    /// Seconds since 1970.
    exp: Option<f64>,
}

impl Token {
    /// From a provider's answer; the error says what is wrong with it.
    pub(super) fn parse(answer: &[u8], now: SystemTime) -> Result<Self, &'static str> {
        let given: Given = serde_json::from_slice(answer).map_err(|_| "it is not JSON, or not a token's")?;
        let text = given.access_token.or(given.id_token).unwrap_or_default();
        // Of RFC 6750; anything else could end the message that the token is sent in.
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/=".contains(&b)) {
            return Err("it has no access_token");
        }
        let claims = claims(&text);
        let seconds = |seconds: f64| Duration::try_from_secs_f64(seconds).ok();
        let expires_at = match (claims.exp, given.expires_in) {
            (Some(at), _) => seconds(at).and_then(|at| SystemTime::UNIX_EPOCH.checked_add(at)),
            (None, lifetime) => lifetime.and_then(seconds).and_then(|lifetime| now.checked_add(lifetime)),
        };
        let expires_at = expires_at.ok_or("it does not say when the token expires")?;
        if expires_at <= now {
            return Err("its token has expired already");
        }
        Ok(Self { text, principal: claims.sub.unwrap_or_default(), expires_at })
    }

    /// When to ask for the next.
    pub(super) fn renew_in(&self, now: SystemTime) -> Duration {
        let left = self.expires_at.duration_since(now).unwrap_or_default();
        left.mul_f64(RENEWED_AFTER).max(LEAST_WAIT)
    }
}

/// None of them if it is no JWT: to the worker a token is what the broker makes of it.
fn claims(token: &str) -> Claims {
    let payload =
        token.split('.').nth(1).and_then(|payload| URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok());
    payload.and_then(|payload| serde_json::from_slice(&payload).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1000)
    }

    fn jwt(claims: &str) -> String {
        format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims))
    }

    #[test]
    fn a_token_says_when_it_expires_and_is_renewed_before() {
        let token = jwt(r#"{"sub":"worker","exp":1100}"#);
        let token = Token::parse(format!(r#"{{"access_token":"{token}","expires_in":5}}"#).as_bytes(), now()).unwrap();
        assert_eq!(token.principal, "worker");
        assert_eq!(token.renew_in(now()), Duration::from_secs(80));
        let opaque = Token::parse(br#"{"access_token":"a-b","expires_in":10}"#, now()).unwrap();
        assert_eq!(opaque.renew_in(now()), Duration::from_secs(8));
        assert_eq!(opaque.renew_in(opaque.expires_at), LEAST_WAIT);
    }

    #[test]
    fn answers_without_a_token_to_use_are_refused() {
        for (answer, part) in [
            ("<html>", "not JSON"),
            ("{}", "no access_token"),
            (r#"{"access_token":"a\u0001auth=x","expires_in":9}"#, "no access_token"),
            (r#"{"access_token":"a"}"#, "when the token expires"),
            (r#"{"access_token":"a","expires_in":1e300}"#, "when the token expires"),
            (r#"{"access_token":"a","expires_in":-1}"#, "when the token expires"),
            (&format!(r#"{{"access_token":"{}"}}"#, jwt(r#"{"exp":900}"#)), "expired"),
        ] {
            let error = Token::parse(answer.as_bytes(), now()).err().unwrap();
            assert!(error.contains(part), "{answer}: {error}");
        }
    }
}
