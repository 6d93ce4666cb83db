//! `/connectors` and what is below it.

use axum::response::Response;
use indexmap::IndexMap;

use super::Call;
use crate::connect::{ConnectorTaskId, TargetState};
use crate::herder::{HerderError, RestartRequest};
use crate::rest::entities::{
    ConnectorExpansions, CreateConnectorRequest, config_map, connector_offsets, forwarded_state_info,
};
use crate::rest::error::RestError;
use crate::rest::reply;

type Reply = Result<Response, RestError>;

/// The connectors' names; with `expand` (`status`, `info`, both), an object for each.
pub(in crate::rest) async fn list(call: &Call) -> Reply {
    let names = call.herder.connectors().await?;
    if call.parameters("expand").next().is_none() {
        return Ok(reply::ok(&names));
    }
    let mut expanded = IndexMap::with_capacity(names.len());
    for name in names {
        match expansions(call, &name).await {
            Ok(expansions) => {
                expanded.insert(name, expansions);
            }
            // It was deleted meanwhile, or has no status yet: Java leaves it out.
            Err(HerderError::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(reply::ok(&expanded))
}

async fn expansions(call: &Call, name: &str) -> Result<ConnectorExpansions, HerderError> {
    let mut expansions = ConnectorExpansions { status: None, info: None };
    for expansion in call.parameters("expand") {
        match expansion {
            "status" => expansions.status = Some(call.herder.connector_status(name).await?),
            "info" => expansions.info = Some(call.herder.connector_info(name).await?),
            _ => tracing::debug!("ignoring the unknown expansion '{expansion}' of connectors"),
        }
    }
    Ok(expansions)
}

/// Creates a connector; a conflict if it exists.
pub(in crate::rest) async fn create(call: &Call) -> Reply {
    let CreateConnectorRequest { name, config, initial_state } = CreateConnectorRequest::parse(call.body()?)?;
    let put = call.herder.put_connector(&name, config, initial_state, false).await?;
    Ok(reply::created(&put.info, &call.connector_url(&put.info.name)))
}

/// A connector with its configuration and tasks.
pub(in crate::rest) async fn info(call: &Call, name: &str) -> Reply {
    Ok(reply::ok(&call.herder.connector_info(name).await?))
}

/// Stops and forgets a connector; its offsets stay.
pub(in crate::rest) async fn delete(call: &Call, name: &str) -> Reply {
    call.herder.delete_connector(name).await?;
    Ok(reply::no_content())
}

/// A connector's configuration.
pub(in crate::rest) async fn config(call: &Call, name: &str) -> Reply {
    Ok(reply::ok(&call.herder.connector_config(name).await?))
}

/// Creates or reconfigures a connector.
pub(in crate::rest) async fn put_config(call: &Call, name: &str) -> Reply {
    let put = call.herder.put_connector(name, config_map(call.body()?)?, None, true).await?;
    if put.created {
        return Ok(reply::created(&put.info, &call.connector_url(name)));
    }
    Ok(reply::ok(&put.info))
}

/// Changes some keys of a connector's configuration; a null removes its key.
pub(in crate::rest) async fn patch_config(call: &Call, name: &str) -> Reply {
    let put = call.herder.patch_connector_config(name, config_map(call.body()?)?).await?;
    Ok(reply::ok(&put.info))
}

/// What a connector and its tasks are doing.
pub(in crate::rest) async fn status(call: &Call, name: &str) -> Reply {
    Ok(reply::ok(&call.herder.connector_status(name).await?))
}

/// Pauses or resumes a connector, in a while.
pub(in crate::rest) async fn set_target_state(call: &Call, name: &str, target: TargetState) -> Reply {
    call.herder.set_target_state(name, target).await?;
    Ok(reply::accepted())
}

/// Stops a connector and its tasks; it keeps its configuration and offsets.
pub(in crate::rest) async fn stop(call: &Call, name: &str) -> Reply {
    call.herder.set_target_state(name, TargetState::Stopped).await?;
    Ok(reply::no_content())
}

/// Restarts the connector instance, or with `includeTasks` or `onlyFailed` what these cover (KIP-745).
pub(in crate::rest) async fn restart(call: &Call, name: &str) -> Reply {
    let request =
        RestartRequest { include_tasks: call.flag("includeTasks", false), only_failed: call.flag("onlyFailed", false) };
    if request == RestartRequest::default() {
        call.herder.restart_connector(name).await?;
        return Ok(reply::no_content());
    }
    let info = call.herder.restart_connector_and_tasks(name, request).await?;
    if call.is_forwarded_by_java()
        && let Ok(info) = forwarded_state_info(&info)
    {
        return Ok(reply::accepted_with(&info));
    }
    Ok(reply::accepted_with(&info))
}

/// The topics that a connector has used since it was created or they were reset (KIP-558).
pub(in crate::rest) async fn topics(call: &Call, name: &str) -> Reply {
    Ok(reply::ok(&call.herder.active_topics(name).await?))
}

/// Forgets which topics a connector has used.
pub(in crate::rest) async fn reset_topics(call: &Call, name: &str) -> Reply {
    call.herder.reset_active_topics(name).await?;
    Ok(reply::accepted())
}

/// How far a connector has come.
pub(in crate::rest) async fn offsets(call: &Call, name: &str) -> Reply {
    Ok(reply::ok(&call.herder.connector_offsets(name).await?))
}

/// Sets or forgets some offsets of a stopped connector (KIP-875).
pub(in crate::rest) async fn alter_offsets(call: &Call, name: &str) -> Reply {
    let offsets = connector_offsets(call.body()?)?;
    if offsets.is_empty() {
        let message = "Partitions / offsets need to be provided for an alter offsets request";
        return Err(RestError::BadRequest(message.to_owned()));
    }
    Ok(reply::ok(&call.herder.alter_connector_offsets(name, offsets).await?))
}

/// Forgets all offsets of a stopped connector.
pub(in crate::rest) async fn reset_offsets(call: &Call, name: &str) -> Reply {
    Ok(reply::ok(&call.herder.reset_connector_offsets(name).await?))
}

/// A connector's tasks with their configurations.
pub(in crate::rest) async fn tasks(call: &Call, name: &str) -> Reply {
    Ok(reply::ok(&call.herder.task_configs(name).await?))
}

/// What a task is doing.
pub(in crate::rest) async fn task_status(call: &Call, id: &ConnectorTaskId) -> Reply {
    Ok(reply::ok(&call.herder.task_status(id).await?))
}

/// Restarts a task.
pub(in crate::rest) async fn restart_task(call: &Call, id: &ConnectorTaskId) -> Reply {
    call.herder.restart_task(id).await?;
    Ok(reply::no_content())
}
