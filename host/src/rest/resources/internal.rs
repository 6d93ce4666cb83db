//! What workers of one cluster ask each other (Java's `InternalClusterResource`), signed with their session key.

use axum::response::Response;

use super::Call;
use crate::connect::Config;
use crate::rest::entities::task_configs;
use crate::rest::error::RestError;
use crate::rest::reply;

/// Takes the configurations of a connector's tasks from the worker that runs it.
pub(in crate::rest) async fn put_task_configs(call: &Call, name: &str) -> Result<Response, RestError> {
    let configs: Vec<Config> = task_configs(call.body()?)?;
    call.herder.put_task_configs(name, configs, call.internal()?).await?;
    Ok(reply::no_content())
}

/// Takes care that no task of an earlier generation of the connector writes any more.
pub(in crate::rest) async fn fence(call: &Call, name: &str) -> Result<Response, RestError> {
    call.herder.fence_zombie_source_tasks(name, call.internal()?).await?;
    Ok(reply::no_content())
}
