//! The keys of the REST server (Java's `RestServerConfig`).

use super::super::config_def::{ConfigKey, ConfigType as T, Importance as I, Validator};
use super::{NONE, is, key};

pub fn keys() -> Vec<ConfigKey> {
    vec![
        key(
            "listeners",
            T::List,
            is("http://:8083"),
            I::Low,
            "Where the REST API is served: http://host:port, separated by commas. Without a host, or with 0.0.0.0, on all interfaces.",
        )
        .check(Validator::NonEmpty),
        key(
            "rest.advertised.host.name",
            T::String,
            NONE,
            I::Low,
            "The host name that others are told to reach this worker's REST API at.",
        ),
        key("rest.advertised.port", T::Int, NONE, I::Low, "The port that others are told to reach this worker's REST API at."),
        key(
            "rest.advertised.listener",
            T::String,
            NONE,
            I::Low,
            "Which of the listeners others are told of: http or https.",
        ),
        key(
            "access.control.allow.origin",
            T::String,
            is(""),
            I::Low,
            "Origins, separated by commas, whose pages may use the REST API (CORS). Empty: none.",
        ),
        key(
            "access.control.allow.methods",
            T::String,
            is(""),
            I::Low,
            "The methods that pages of other origins may use. Empty: GET, POST and HEAD.",
        ),
        key(
            "response.http.headers.config",
            T::String,
            is(""),
            I::Low,
            "Rules for headers of all answers: [action] [name]:[value], separated by commas.",
        ),
        key("rest.extension.classes", T::List, is(""), I::Low, "Java classes that extend the REST API."),
        key("admin.listeners", T::List, NONE, I::Low, "Where the admin endpoints are served; by default with the others, empty: not at all."),
    ]
}
