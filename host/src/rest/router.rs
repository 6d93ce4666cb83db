//! From a request to its answer: path, method, media types, body, resource; in the order in which Java checks them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Bytes, HttpBody};
use axum::extract::rejection::{BytesRejection, FailedToBufferBody};
use axum::extract::{ConnectInfo, DefaultBodyLimit, FromRequest, Request, State};
use axum::http::Method;
use axum::response::{IntoResponse, Response};

use super::answer_headers::{AnswerHeaders, Origin};
use super::connection::Peer;
use super::error::RestError;
use super::forwarding;
use super::negotiation;
use super::reply;
use super::resource::Resource;
use super::resources::{Call, connector_plugins, connectors, health, internal, loggers, root};
use super::route::{Route, Verb};
use super::worker_client::WorkerClient;
use crate::connect::TargetState;
use crate::connect::caps::MAX_REST_BODY;
use crate::herder::{Herder, HerderError};

/// What every request needs.
pub(super) struct Service {
    pub herder: Arc<dyn Herder>,
    /// Where clients that name no host find the worker.
    pub advertised_url: String,
    /// The longest that a request takes, its body included.
    pub request_timeout: Duration,
    pub surface: Surface,
    pub headers: AnswerHeaders,
    /// Asks other workers what this one cannot answer; none: there are no others.
    pub peers: Option<Arc<WorkerClient>>,
}

/// Which resources a listener serves (`admin.listeners`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Surface {
    All,
    AllButAdmin,
    Admin,
}

impl Surface {
    fn has(self, resource: &Resource) -> bool {
        match self {
            Self::All => true,
            Self::AllButAdmin => !resource.is_admin(),
            Self::Admin => resource.is_admin(),
        }
    }
}

/// The whole API.
pub(super) fn router(service: Service) -> Router {
    Router::new().fallback(handle).layer(DefaultBodyLimit::max(MAX_REST_BODY)).with_state(Arc::new(service))
}

async fn handle(State(service): State<Arc<Service>>, request: Request) -> Response {
    let started = Instant::now();
    let peer = request.extensions().get::<ConnectInfo<Peer>>().map(|ConnectInfo(Peer(peer))| peer.ip());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let origin = Origin::of(&method, request.headers());

    let answer = service.answer(request).await.unwrap_or_else(|error| {
        if error.is_fault() {
            tracing::error!("REST request {method} {uri} failed: {error}");
        }
        error.into_response()
    });

    let mut response = if method == Method::HEAD { reply::without_body(answer) } else { answer };
    service.headers.add(&origin, response.headers_mut());
    tracing::info!(
        target: "wasm_connect::rest::access",
        "{} \"{method} {uri}\" {} {} {} ms",
        peer.map_or_else(|| "-".to_owned(), |peer| peer.to_string()),
        response.status().as_u16(),
        response.body().size_hint().exact().unwrap_or_default(),
        started.elapsed().as_millis(),
    );
    response
}

impl Service {
    async fn answer(&self, request: Request) -> Result<Response, RestError> {
        let (resource, route) = Route::parse(request.uri().path())?;
        if !self.surface.has(resource) {
            return Err(RestError::NoSuchPath);
        }
        if request.method() == Method::OPTIONS {
            let is_text = negotiation::accepts_text(request.headers());
            return Ok(reply::options(&resource.allow(), is_text));
        }
        let Some(verb) = Verb::of(request.method()).filter(|verb| resource.operation(*verb).is_some()) else {
            return Err(RestError::MethodNotAllowed { allow: resource.allow() });
        };
        if resource.consumes_json() && negotiation::sends_json(request.headers()) == Some(false) {
            return Err(RestError::UnsupportedMediaType);
        }
        if !negotiation::accepts_json(request.headers()) {
            return Err(RestError::NotAcceptable);
        }
        let answer = tokio::time::timeout(self.request_timeout, self.run(request, route, verb));
        answer.await.unwrap_or(Err(RestError::TimedOut))
    }

    async fn run(&self, request: Request, route: Route, verb: Verb) -> Result<Response, RestError> {
        let (head, body) = request.into_parts();
        let body =
            if verb.has_body() { read_body(Request::from_parts(head.clone(), body)).await? } else { Bytes::new() };
        let call = Call::new(Arc::clone(&self.herder), &head, body.clone(), &self.advertised_url);
        let peers = self.peers.clone();
        // In a task of its own: neither the timeout nor a client that hangs up may cut a change of the herder in half.
        let answer = tokio::spawn(async move {
            match (dispatch(&call, route, verb).await, peers) {
                (Err(RestError::Herder(HerderError::NotTarget { forward_url, .. })), Some(peers)) => {
                    forwarding::forward(&peers, &head, &body, forward_url, &call.base_url).await
                }
                (answer, _) => answer,
            }
        });
        answer.await.unwrap_or_else(|error| {
            tracing::error!("the handler of a REST request broke off: {error}");
            Err(RestError::Internal)
        })
    }
}

async fn read_body(request: Request) -> Result<Bytes, RestError> {
    Bytes::from_request(request, &()).await.map_err(|rejection| match rejection {
        BytesRejection::FailedToBufferBody(FailedToBufferBody::LengthLimitError(_)) => {
            RestError::BodyTooLarge { limit: MAX_REST_BODY }
        }
        other => RestError::BadRequest(format!("Cannot read the request body: {}", other.body_text())),
    })
}

async fn dispatch(call: &Call, route: Route, verb: Verb) -> Result<Response, RestError> {
    match (verb, &route) {
        (Verb::Get, Route::Root) => root::server_info(call).await,
        (Verb::Get, Route::OpenApi) => Ok(root::openapi()),
        (Verb::Get, Route::Health) => health::health(call).await,
        (Verb::Get, Route::Connectors) => connectors::list(call).await,
        (Verb::Post, Route::Connectors) => connectors::create(call).await,
        (Verb::Get, Route::Connector(name)) => connectors::info(call, name).await,
        (Verb::Delete, Route::Connector(name)) => connectors::delete(call, name).await,
        (Verb::Get, Route::ConnectorConfig(name)) => connectors::config(call, name).await,
        (Verb::Put, Route::ConnectorConfig(name)) => connectors::put_config(call, name).await,
        (Verb::Patch, Route::ConnectorConfig(name)) => connectors::patch_config(call, name).await,
        (Verb::Get, Route::ConnectorStatus(name)) => connectors::status(call, name).await,
        (Verb::Put, Route::ConnectorPause(name)) => connectors::set_target_state(call, name, TargetState::Paused).await,
        (Verb::Put, Route::ConnectorResume(name)) => {
            connectors::set_target_state(call, name, TargetState::Started).await
        }
        (Verb::Put, Route::ConnectorStop(name)) => connectors::stop(call, name).await,
        (Verb::Post, Route::ConnectorRestart(name)) => connectors::restart(call, name).await,
        (Verb::Get, Route::ConnectorTopics(name)) => connectors::topics(call, name).await,
        (Verb::Put, Route::ConnectorTopicsReset(name)) => connectors::reset_topics(call, name).await,
        (Verb::Get, Route::ConnectorOffsets(name)) => connectors::offsets(call, name).await,
        (Verb::Patch, Route::ConnectorOffsets(name)) => connectors::alter_offsets(call, name).await,
        (Verb::Delete, Route::ConnectorOffsets(name)) => connectors::reset_offsets(call, name).await,
        (Verb::Get, Route::ConnectorTasks(name)) => connectors::tasks(call, name).await,
        (Verb::Post, Route::ConnectorTasks(name)) => internal::put_task_configs(call, name).await,
        (Verb::Put, Route::ConnectorFence(name)) => internal::fence(call, name).await,
        (Verb::Get, Route::TaskStatus(id)) => connectors::task_status(call, id).await,
        (Verb::Post, Route::TaskRestart(id)) => connectors::restart_task(call, id).await,
        (Verb::Get, Route::ConnectorPlugins) => connector_plugins::list(call).await,
        (Verb::Get, Route::PluginConfig(plugin)) => connector_plugins::config(call, plugin).await,
        (Verb::Put, Route::PluginConfigValidate(plugin)) => connector_plugins::validate(call, plugin).await,
        (Verb::Get, Route::Loggers) => loggers::list(call).await,
        (Verb::Get, Route::Logger(logger)) => loggers::level(call, logger).await,
        (Verb::Put, Route::Logger(logger)) => loggers::set_level(call, logger).await,
        // The table has no such operation.
        _ => Err(RestError::Internal),
    }
}
