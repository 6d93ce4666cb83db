//! Tokens of an OAuth provider, with which clients log in to brokers (OAUTHBEARER, client credentials): clients with equal settings
//! share one, which is renewed before it expires.

mod endpoint;
mod feed;
mod token;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use hyper::Uri;
use tokio::sync::watch;

use self::feed::FedClients;
pub(super) use self::feed::TokenFeed;
pub(super) use self::token::Token;
use super::ports::KafkaError;

/// Who asks which provider for tokens. Never shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct OAuthSettings {
    /// `sasl.oauthbearer.token.endpoint.url`; http or https, with a host.
    pub endpoint: Uri,
    pub client_id: String,
    pub client_secret: String,
    pub scope: Option<String>,
    /// `sasl.oauthbearer.header.urlencode`
    pub encode_credentials: bool,
    /// What the broker is told beside the token (`extension_…` in the JAAS entry).
    pub extensions: BTreeMap<String, String>,
    /// For https: librdkafka's names, as for connections to brokers.
    pub tls: BTreeMap<String, String>,
    pub connect_timeout: Duration,
    /// For the whole answer.
    pub read_timeout: Duration,
    /// Between attempts: doubled each time, from this to that.
    pub retry_backoff: (Duration, Duration),
}

impl OAuthSettings {
    /// Equal for equal settings, so that clients with others are not shared.
    pub(super) fn key(&self) -> String {
        let own = [
            &self.endpoint.to_string(),
            &self.client_id,
            &self.client_secret,
            self.scope.as_ref().unwrap_or(&String::new()),
        ]
        .map(|text| format!("{text:?}"))
        .join(" ");
        format!("{own} {:?} {:?}", self.extensions, self.tls)
    }
}

/// None: the provider was not asked to the end yet.
type Answer = Option<Result<Arc<Token>, KafkaError>>;

/// Where clients with equal settings have their token from, as long as one of them lives.
pub(super) struct TokenSource {
    settings: OAuthSettings,
    answer: watch::Receiver<Answer>,
    fed: Arc<FedClients>,
}

impl TokenSource {
    /// That of these settings; the first to want it starts it.
    pub(super) fn of(settings: &OAuthSettings) -> Result<Arc<Self>, KafkaError> {
        static SOURCES: LazyLock<Mutex<Vec<Weak<TokenSource>>>> = LazyLock::new(Mutex::default);
        let mut sources = SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
        sources.retain(|source| source.strong_count() > 0);
        let known = sources.iter().filter_map(Weak::upgrade).find(|source| source.settings == *settings);
        if let Some(known) = known {
            return Ok(known);
        }
        let source = Arc::new(Self::start(settings.clone())?);
        sources.push(Arc::downgrade(&source));
        Ok(source)
    }

    /// On a thread of its own, as clients live longer and in other places than any one runtime.
    fn start(settings: OAuthSettings) -> Result<Self, KafkaError> {
        let failed = |error: std::io::Error| KafkaError {
            retriable: true,
            message: format!("failed to start the renewal of OAuth tokens: {error}"),
        };
        let (tell, answer) = watch::channel(None);
        let fed = Arc::new(FedClients::new(settings.extensions.clone()));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(failed)?;
        let renewal = renew(settings.clone(), tell, Arc::clone(&fed));
        let thread = std::thread::Builder::new().name("oauth-token".to_owned());
        thread.spawn(move || runtime.block_on(renewal)).map_err(failed)?;
        Ok(Self { settings, answer, fed })
    }

    /// The token, or why there is none; waits for the first answer of the provider, which has its own deadline.
    pub(super) async fn token(&self) -> Result<Arc<Token>, KafkaError> {
        let mut answer = self.answer.clone();
        let answer = answer.wait_for(Option::is_some).await;
        answer.ok().and_then(|answer| answer.clone()).unwrap_or_else(|| {
            Err(KafkaError { retriable: true, message: "the renewal of OAuth tokens has ended".to_owned() })
        })
    }

    pub(super) fn extensions(&self) -> &BTreeMap<String, String> {
        &self.settings.extensions
    }
}

/// Has a token renewed again and again, until nobody wants it any more.
async fn renew(settings: OAuthSettings, tell: watch::Sender<Answer>, fed: Arc<FedClients>) {
    let (first, longest) = settings.retry_backoff;
    let mut backoff = first;
    loop {
        let wait = match endpoint::fetch(&settings).await {
            Ok(token) => {
                backoff = first;
                let wait = token.renew_in(SystemTime::now());
                tell.send_replace(Some(Ok(Arc::new(token))));
                wait
            }
            Err(error) => {
                tracing::warn!("{error}");
                let expired =
                    |answer: &Answer| !matches!(answer, Some(Ok(token)) if token.expires_at > SystemTime::now());
                let wait = if error.retriable { backoff } else { longest };
                backoff = (backoff * 2).min(longest);
                // A token that is good for a while yet is better than none.
                tell.send_if_modified(|answer| {
                    let give_up = expired(answer);
                    if give_up {
                        *answer = Some(Err(error));
                    }
                    give_up
                });
                wait
            }
        };
        fed.tell(&tell.borrow());
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = tell.closed() => return,
        }
    }
}
