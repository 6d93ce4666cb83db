//! Which resource a path names, and which methods it has.
//!
//! Paths are split before they are decoded, so that a connector's name may hold whatever a client percent-encodes, a
//! slash too. One slash at the end makes no difference.

use std::fmt::Write;

use axum::http::Method;
use percent_encoding::percent_decode_str;

use super::error::RestError;
use crate::connect::ConnectorTaskId;

/// A resource of the API, with the names that its path holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    Root,
    Health,
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

// === impl Route ===

impl Route {
    /// The resource that the undecoded `path` names.
    pub(super) fn parse(path: &str) -> Result<Self, RestError> {
        let trimmed = path.strip_prefix('/').unwrap_or(path);
        let trimmed = trimmed.strip_suffix('/').unwrap_or(trimmed);
        if trimmed.is_empty() {
            return Ok(Self::Root);
        }
        let segments = trimmed.split('/').map(decode).collect::<Result<Vec<_>, _>>()?;
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        Self::of_segments(&segments).ok_or(RestError::NoSuchPath)
    }

    fn of_segments(segments: &[&str]) -> Option<Self> {
        let route = match *segments {
            ["health"] => Self::Health,
            ["connectors"] => Self::Connectors,
            ["connectors" | "connector-plugins", "", ..] => return None,
            ["connectors", name] => Self::Connector(name.to_owned()),
            ["connectors", name, ref rest @ ..] => return Self::of_connector(name, rest),
            ["connector-plugins"] => Self::ConnectorPlugins,
            ["connector-plugins", plugin, "config"] => Self::PluginConfig(plugin.to_owned()),
            ["connector-plugins", plugin, "config", "validate"] => Self::PluginConfigValidate(plugin.to_owned()),
            ["admin", "loggers"] => Self::Loggers,
            ["admin", "loggers", logger] if !logger.is_empty() => Self::Logger(logger.to_owned()),
            _ => return None,
        };
        Some(route)
    }

    fn of_connector(name: &str, rest: &[&str]) -> Option<Self> {
        let connector = name.to_owned();
        let route = match *rest {
            ["config"] => Self::ConnectorConfig(connector),
            ["status"] => Self::ConnectorStatus(connector),
            ["pause"] => Self::ConnectorPause(connector),
            ["resume"] => Self::ConnectorResume(connector),
            ["stop"] => Self::ConnectorStop(connector),
            ["restart"] => Self::ConnectorRestart(connector),
            ["topics"] => Self::ConnectorTopics(connector),
            ["topics", "reset"] => Self::ConnectorTopicsReset(connector),
            ["offsets"] => Self::ConnectorOffsets(connector),
            ["tasks"] => Self::ConnectorTasks(connector),
            ["tasks", task, "status"] => Self::TaskStatus(task_id(name, task)?),
            ["tasks", task, "restart"] => Self::TaskRestart(task_id(name, task)?),
            _ => return None,
        };
        Some(route)
    }

    /// The resource's methods; the router has a handler for each.
    pub(super) fn verbs(&self) -> &'static [Verb] {
        match self {
            Self::Root
            | Self::Health
            | Self::ConnectorStatus(_)
            | Self::ConnectorTopics(_)
            | Self::ConnectorTasks(_)
            | Self::TaskStatus(_)
            | Self::ConnectorPlugins
            | Self::PluginConfig(_)
            | Self::Loggers => &[Verb::Get],
            Self::ConnectorPause(_)
            | Self::ConnectorResume(_)
            | Self::ConnectorStop(_)
            | Self::ConnectorTopicsReset(_)
            | Self::PluginConfigValidate(_) => &[Verb::Put],
            Self::ConnectorRestart(_) | Self::TaskRestart(_) => &[Verb::Post],
            Self::Connectors => &[Verb::Post, Verb::Get],
            Self::Connector(_) => &[Verb::Delete, Verb::Get],
            Self::ConnectorOffsets(_) => &[Verb::Delete, Verb::Get, Verb::Patch],
            Self::Logger(_) => &[Verb::Put, Verb::Get],
            Self::ConnectorConfig(_) => &[Verb::Put, Verb::Get, Verb::Patch],
        }
    }

    /// The resource's methods as the `Allow` header lists them, in the order in which Java's hash set happens to.
    pub(super) fn allow(&self) -> String {
        let verbs = self.verbs();
        let mut allow = String::new();
        if verbs.contains(&Verb::Get) {
            allow.push_str("HEAD,");
        }
        for verb in [Verb::Delete, Verb::Post, Verb::Get] {
            if verbs.contains(&verb) {
                let _ = write!(allow, "{},", verb.name());
            }
        }
        allow.push_str("OPTIONS");
        for verb in [Verb::Put, Verb::Patch] {
            if verbs.contains(&verb) {
                let _ = write!(allow, ",{}", verb.name());
            }
        }
        allow
    }

    /// Whether Java declares the resource to take JSON only, so that another `Content-Type` is refused even without a body.
    pub(super) fn consumes_json(&self) -> bool {
        !matches!(self, Self::Root | Self::Health)
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

    fn name(self) -> &'static str {
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

/// None: `task` is no number, which for Java is a path that does not exist.
fn task_id(connector: &str, task: &str) -> Option<ConnectorTaskId> {
    let task: i32 = task.parse().ok()?;
    Some(ConnectorTaskId::new(connector, u32::try_from(task).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_decoded_after_the_path_is_split() {
        let check = |path: &str, expected: Route| assert_eq!(Route::parse(path).unwrap(), expected, "{path}");
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
        assert_eq!(Route::Connectors.allow(), "HEAD,POST,GET,OPTIONS");
        assert_eq!(Route::Connector("a".into()).allow(), "HEAD,DELETE,GET,OPTIONS");
        assert_eq!(Route::ConnectorConfig("a".into()).allow(), "HEAD,GET,OPTIONS,PUT,PATCH");
        assert_eq!(Route::ConnectorRestart("a".into()).allow(), "POST,OPTIONS");
    }
}
