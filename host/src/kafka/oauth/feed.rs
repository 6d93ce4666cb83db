//! Gives librdkafka's clients each new token.

use std::collections::BTreeMap;
use std::ffi::{CString, NulError, c_char};
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::SystemTime;

use rdkafka::bindings as rd;
use rdkafka::types::{RDKafka, RDKafkaRespErr};

use super::{Answer, OAuthSettings, Token, TokenSource};
use crate::kafka::native::text;
use crate::kafka::ports::KafkaError;

/// Has a client fed with tokens as long as it lives. It must be dropped before the client.
pub(in crate::kafka) struct TokenFeed {
    client: Arc<Fed>,
    _source: Arc<TokenSource>,
}

/// The clients of one source.
pub(super) struct FedClients {
    /// Keys and values in turn, as librdkafka takes them.
    extensions: Vec<(String, String)>,
    clients: Mutex<Vec<Weak<Fed>>>,
}

/// None: it is gone, or about to.
struct Fed(Mutex<Option<NonNull<RDKafka>>>);

// SAFETY: librdkafka's clients may be used from any thread, and this one is used only while the lock says that it is there.
unsafe impl Send for Fed {}
// SAFETY: as above.
unsafe impl Sync for Fed {}

impl TokenFeed {
    /// Feeds a client; none: it logs in otherwise.
    ///
    /// # Safety
    /// `client` must be alive, and outlive the feed.
    pub(in crate::kafka) unsafe fn start(
        settings: Option<&OAuthSettings>,
        client: *mut RDKafka,
    ) -> Result<Option<Self>, KafkaError> {
        let Some(settings) = settings else { return Ok(None) };
        let source = TokenSource::of(settings)?;
        let client = Arc::new(Fed(Mutex::new(NonNull::new(client))));
        source.fed.add(&client);
        // Whichever comes first, this or the next answer, nothing is missed.
        source.fed.give(&client, &source.answer.borrow());
        Ok(Some(Self { client, _source: source }))
    }
}

impl Drop for TokenFeed {
    fn drop(&mut self) {
        *self.client.0.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

impl FedClients {
    pub(super) fn new(extensions: BTreeMap<String, String>) -> Self {
        Self { extensions: extensions.into_iter().collect(), clients: Mutex::default() }
    }

    fn add(&self, client: &Arc<Fed>) {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::downgrade(client));
    }

    /// Tells all clients.
    pub(super) fn tell(&self, answer: &Answer) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.retain(|client| client.strong_count() > 0);
        let clients: Vec<Arc<Fed>> = clients.iter().filter_map(Weak::upgrade).collect();
        clients.iter().for_each(|client| self.give(client, answer));
    }

    fn give(&self, client: &Fed, answer: &Answer) {
        let client = client.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(client) = *client else { return };
        let failure = match answer {
            None => return,
            Some(Ok(token)) => match self.set(client, token) {
                Ok(()) => return,
                Err(failure) => failure,
            },
            // It goes on waiting for one.
            Some(Err(error)) if error.retriable => return,
            Some(Err(error)) => error.message.clone(),
        };
        // A zero inside would be an answer's, which has none.
        let failure = CString::new(failure).unwrap_or_default();
        // SAFETY: the client is alive while the lock is held, and the text during the call.
        unsafe { rd::rd_kafka_oauthbearer_set_token_failure(client.as_ptr(), failure.as_ptr()) };
    }

    fn set(&self, client: NonNull<RDKafka>, token: &Token) -> Result<(), String> {
        let c_string = |text: &str| CString::new(text).map_err(|error: NulError| error.to_string());
        let extensions = self.extensions.iter().flat_map(|(key, value)| [key, value]);
        let extensions = extensions.map(|text| c_string(text)).collect::<Result<Vec<CString>, String>>()?;
        let mut pointers: Vec<*const c_char> = extensions.iter().map(|text| text.as_ptr()).collect();
        let (value, principal) = (c_string(&token.text)?, c_string(&token.principal)?);
        let lifetime = token.expires_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_millis();
        let mut error: [c_char; 512] = [0; 512];
        // SAFETY: the client is alive while the lock is held; librdkafka copies the texts, and cuts the error to its buffer.
        unsafe {
            let code = rd::rd_kafka_oauthbearer_set_token(
                client.as_ptr(),
                value.as_ptr(),
                i64::try_from(lifetime).unwrap_or(i64::MAX / 1000),
                principal.as_ptr(),
                pointers.as_mut_ptr(),
                pointers.len(),
                error.as_mut_ptr(),
                error.len(),
            );
            if code == RDKafkaRespErr::RD_KAFKA_RESP_ERR_NO_ERROR { Ok(()) } else { Err(text(error.as_ptr())) }
        }
    }
}
