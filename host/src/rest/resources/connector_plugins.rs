//! `/connector-plugins` and what is below it.

use axum::response::Response;

use super::Call;
use crate::rest::entities::config_map;
use crate::rest::error::RestError;
use crate::rest::reply;

type Reply = Result<Response, RestError>;

/// The plugins that can be used; connectors only unless `connectorsOnly=false`.
pub(in crate::rest) async fn list(call: &Call) -> Reply {
    let connectors_only = call.flag("connectorsOnly", true);
    Ok(reply::ok(&call.herder.connector_plugins(connectors_only).await?))
}

/// What can be configured of a plugin (KIP-769), in its newest version or in the newest of a range (KIP-891).
pub(in crate::rest) async fn config(call: &Call, plugin: &str) -> Reply {
    let version = call.parameters("version").next();
    Ok(reply::ok(&call.herder.plugin_config(plugin, version).await?))
}

/// What is right and wrong with a configuration; 200 even with errors.
pub(in crate::rest) async fn validate(call: &Call, plugin: &str) -> Reply {
    Ok(reply::ok(&call.herder.validate(plugin, config_map(call.body()?)?).await?))
}
