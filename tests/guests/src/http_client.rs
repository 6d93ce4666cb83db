//! An attempt at `wasi:http`, which the worker serves: a request that follows redirects by itself, as libraries do.

use wasip2::http::outgoing_handler;
use wasip2::http::types::{
    ErrorCode, Fields, IncomingBody, IncomingResponse, Method, OutgoingBody, OutgoingRequest, Scheme,
};
use wasip2::io::streams::StreamError;
use wasm_connect_sdk::{Config, ConfigDef, ConfigKey, Error, Result};

use crate::attempts::{Attempt, given, server_and};
use crate::connectors::class;

const MAX_REDIRECTS: usize = 3;
/// What one write of a body may have.
const CHUNK_BYTES: usize = 4096;

/// Brings `200 <body>` of a URL.
pub struct HttpClient;

impl Attempt for HttpClient {
    class!("HttpClient");

    fn keys() -> ConfigDef {
        server_and("url", "What is asked for.")
            .define(ConfigKey::int("post.bytes").default(0).doc("The length of a body to be sent; none: GET."))
    }

    fn attempt(config: &Config) -> Result<String> {
        let mut url = given(config, "url")?.to_owned();
        let body = config.get("post.bytes").and_then(|bytes| bytes.parse().ok()).unwrap_or(0);
        for _ in 0..MAX_REDIRECTS {
            let failed = |error: ErrorCode| Error::fatal(format_args!("cannot get {url}: {error:?}"));
            let response = send(&url, body).map_err(failed)?;
            match location(&response) {
                Some(location) => url = location,
                None => return Ok(format!("{} {}", response.status(), text(&response).map_err(failed)?)),
            }
        }
        Err(Error::fatal("too many redirects"))
    }
}

fn send(url: &str, body_bytes: usize) -> Result<IncomingResponse, ErrorCode> {
    let (scheme, rest) = url.split_once("://").ok_or(ErrorCode::HttpRequestUriInvalid)?;
    let (authority, path) = rest.find('/').map_or((rest, "/"), |slash| rest.split_at(slash));
    let request = OutgoingRequest::new(Fields::new());
    let scheme = if scheme == "https" { Scheme::Https } else { Scheme::Http };
    let invalid = |()| ErrorCode::HttpRequestUriInvalid;
    request.set_scheme(Some(&scheme)).map_err(invalid)?;
    request.set_authority(Some(authority)).map_err(invalid)?;
    request.set_path_with_query(Some(path)).map_err(invalid)?;
    if body_bytes > 0 {
        request.set_method(&Method::Post).map_err(invalid)?;
    }
    let body = request.body().map_err(invalid)?;
    let answer = outgoing_handler::handle(request, None)?;
    let stream = body.write().map_err(invalid)?;
    let chunk = [b'x'; CHUNK_BYTES];
    for start in (0..body_bytes).step_by(CHUNK_BYTES) {
        let rest = CHUNK_BYTES.min(body_bytes - start);
        stream.blocking_write_and_flush(&chunk[..rest]).map_err(|_| ErrorCode::ConnectionTerminated)?;
    }
    drop(stream);
    OutgoingBody::finish(body, None)?;
    loop {
        match answer.get() {
            Some(response) => return response.unwrap_or(Err(ErrorCode::InternalError(None))),
            None => answer.subscribe().block(),
        }
    }
}

fn location(response: &IncomingResponse) -> Option<String> {
    let values = (300..400).contains(&response.status()).then(|| response.headers().get("location"))?;
    values.into_iter().next().and_then(|value| String::from_utf8(value).ok())
}

fn text(response: &IncomingResponse) -> Result<String, ErrorCode> {
    let body: IncomingBody = response.consume().map_err(|()| ErrorCode::InternalError(None))?;
    let stream = body.stream().map_err(|()| ErrorCode::InternalError(None))?;
    let mut text = Vec::new();
    loop {
        match stream.blocking_read(1 << 16) {
            Ok(bytes) => text.extend(bytes),
            Err(StreamError::Closed) => return Ok(String::from_utf8_lossy(&text).into_owned()),
            Err(StreamError::LastOperationFailed(_)) => return Err(ErrorCode::HttpResponseIncomplete),
        }
    }
}
