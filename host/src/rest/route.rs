//! Which resource of the table a path names, and which methods it has.
//!
//! Paths are split before they are decoded, so that a connector's name may hold whatever a client percent-encodes, a
//! slash too. One slash at the end makes no difference.

use std::fmt::Write;

use axum::http::Method;
use percent_encoding::percent_decode_str;

use super::error::RestError;
use super::resource::{Operation, Resource};
use crate::connect::ConnectorTaskId;

/// A resource of the API, with the names that its path holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Root,
    Health,
    OpenApi,
    Connectors,
    Connector(String),
    ConnectorConfig(String),
    ConnectorStatus(String),
    ConnectorPause(String),
    ConnectorResume(String),
    ConnectorStop(String),
    ConnectorRestart(String),
    ConnectorTopics(String),
    ConnectorTopicsReset(String),
    ConnectorOffsets(String),
    ConnectorTasks(String),
    ConnectorFence(String),
    TaskStatus(ConnectorTaskId),
    TaskRestart(ConnectorTaskId),
    ConnectorPlugins,
    PluginConfig(String),
    PluginConfigValidate(String),
    Loggers,
    Logger(String),
}

/// The methods that resources have; `HEAD` goes with `GET`, `OPTIONS` with each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Get,
    Put,
    Delete,
    Post,
    Patch,
}

impl Route {
    /// The resource that the undecoded `path` names.
    pub(super) fn parse(path: &str) -> Result<(&'static Resource, Self), RestError> {
        let trimmed = path.strip_prefix('/').unwrap_or(path);
        let trimmed = trimmed.strip_suffix('/').unwrap_or(trimmed);
        let mut segments = Vec::new();
        if !trimmed.is_empty() {
            segments = trimmed.split('/').map(decode).collect::<Result<_, _>>()?;
        }
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        Resource::find(&segments).ok_or(RestError::NoSuchPath)
    }
}

impl Resource {
    pub(super) fn operation(&self, verb: Verb) -> Option<&'static Operation> {
        self.operations.iter().find(|operation| operation.verb == verb)
    }

    /// The resource's methods as the `Allow` header lists them, in the order in which Java's hash set happens to.
    pub(super) fn allow(&self) -> String {
        let mut allow = String::new();
        if self.operation(Verb::Get).is_some() {
            allow.push_str("HEAD,");
        }
        for verb in [Verb::Delete, Verb::Post, Verb::Get] {
            if self.operation(verb).is_some() {
                let _ = write!(allow, "{},", verb.name());
            }
        }
        allow.push_str("OPTIONS");
        for verb in [Verb::Put, Verb::Patch] {
            if self.operation(verb).is_some() {
                let _ = write!(allow, ",{}", verb.name());
            }
        }
        allow
    }
}

// === impl Verb ===

impl Verb {
    /// The verb that answers `method`; none: no resource has it.
    pub(super) fn of(method: &Method) -> Option<Self> {
        let verb = match *method {
            Method::GET | Method::HEAD => Self::Get,
            Method::PUT => Self::Put,
            Method::DELETE => Self::Delete,
            Method::POST => Self::Post,
            Method::PATCH => Self::Patch,
            _ => return None,
        };
        Some(verb)
    }

    /// Whether a request may have a body that is looked at.
    pub(super) fn has_body(self) -> bool {
        matches!(self, Self::Put | Self::Post | Self::Patch)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
            Self::Post => "POST",
            Self::Patch => "PATCH",
        }
    }
}

fn decode(segment: &str) -> Result<String, RestError> {
    let bad = |why: &str| RestError::BadRequest(format!("Malformed path: '{segment}' {why}"));
    let mut rest = segment;
    while let Some(percent) = rest.find('%') {
        let code = rest.as_bytes().get(percent + 1..percent + 3);
        if !code.is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit)) {
            return Err(bad("has a '%' that two hexadecimal digits do not follow"));
        }
        rest = &rest[percent + 3..];
    }
    let decoded = percent_decode_str(segment).decode_utf8().map_err(|_| bad("is not percent-encoded UTF-8"))?;
    Ok(decoded.into_owned())
}

/// None: the second name is no number, which for Java is a path that does not exist.
pub(super) fn task_id(names: &[&str]) -> Option<ConnectorTaskId> {
    let [connector, task] = *names else { return None };
    let task: i32 = task.parse().ok()?;
    Some(ConnectorTaskId::new(connector, u32::try_from(task).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_after_the_path_is_split() {
        let check = |path: &str, expected: Route| assert_eq!(Route::parse(path).unwrap().1, expected, "{path}");
        check("/", Route::Root);
        check("/health/", Route::Health);
        check("/connectors/", Route::Connectors);
        check("/connectors/a", Route::Connector("a".into()));
        check("/connectors/a%2Fb%20c/status", Route::ConnectorStatus("a/b c".into()));
        check("/connectors/a%2fstatus", Route::Connector("a/status".into()));
        check("/connectors/a+b", Route::Connector("a+b".into()));
        check("/connectors/%C3%A9%25/config/", Route::ConnectorConfig("é%".into()));
        check("/connectors/config", Route::Connector("config".into()));
        check("/connectors/a/tasks/7/restart", Route::TaskRestart(ConnectorTaskId::new("a", 7)));
        check("/connector-plugins/Transform$Key/config", Route::PluginConfig("Transform$Key".into()));
    }

    #[test]
    fn other_paths_do_not_exist() {
        for path in [
            "/nope",
            "/connectors//status",
            "//connectors",
            "/connectors/a/status//",
            "/connectors/a/tasks/abc/restart",
            "/connectors/a/tasks/-1/status",
            "/connectors/a/tasks/4294967295/status",
            "/connectors/a/tasks/0",
            "/Connectors",
            "/connectors/a//status",
            "/admin",
            "/admin/loggers//",
            "*",
        ] {
            assert!(matches!(Route::parse(path), Err(RestError::NoSuchPath)), "{path}");
        }
    }

    #[test]
    fn a_path_that_cannot_be_decoded_is_a_bad_request() {
        for path in ["/connectors/%", "/connectors/%zz", "/connectors/%f", "/connectors/%ff"] {
            assert!(matches!(Route::parse(path), Err(RestError::BadRequest(_))), "{path}");
        }
    }

    #[test]
    fn methods_are_listed_in_javas_order() {
        let check = |path: &str, allow: &str| assert_eq!(Route::parse(path).unwrap().0.allow(), allow, "{path}");
        check("/connectors", "HEAD,POST,GET,OPTIONS");
        check("/connectors/a", "HEAD,DELETE,GET,OPTIONS");
        check("/connectors/a/config", "HEAD,GET,OPTIONS,PUT,PATCH");
        check("/connectors/a/restart", "POST,OPTIONS");
    }
}
