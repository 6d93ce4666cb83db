//! A connector's status as the answer to a Java worker that passed a request on.

use serde_json::Value;

use crate::connect::ConnectorStateInfo;

/// Without versions: Java Connect before 4.1 fails the request when it meets a field that it does not know, and newer ones do
/// without.
///
/// # Errors
/// None that is known: a status can be written as JSON.
pub(in crate::rest) fn forwarded_state_info(info: &ConnectorStateInfo) -> serde_json::Result<Value> {
    let mut info = serde_json::to_value(info)?;
    let forget = |state: &mut Value| {
        if let Some(state) = state.as_object_mut() {
            state.shift_remove("version");
        }
    };
    info.get_mut("connector").into_iter().for_each(forget);
    info.get_mut("tasks").and_then(Value::as_array_mut).into_iter().flatten().for_each(forget);
    Ok(info)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::{ConnectorState, ConnectorType, State, TaskState};

    #[test]
    fn an_old_java_worker_can_read_it() {
        let (worker_id, version, trace) = ("w:1".to_owned(), Some("4.3.1".to_owned()), None);
        let connector = ConnectorState {
            state: State::Running,
            worker_id: worker_id.clone(),
            version: version.clone(),
            trace: Some("why".into()),
        };
        let tasks = vec![TaskState { id: 0, state: State::Restarting, worker_id, version, trace }];
        let info = ConnectorStateInfo { name: "c".into(), connector, tasks, kind: ConnectorType::Source };
        assert_eq!(
            forwarded_state_info(&info).unwrap().to_string(),
            r#"{"name":"c","connector":{"state":"RUNNING","worker_id":"w:1","trace":"why"},"tasks":[{"id":0,"state":"RESTARTING","worker_id":"w:1"}],"type":"source"}"#
        );
    }
}
