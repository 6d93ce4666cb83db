//! What a restart request covers, given the states (KIP-745, Java's `RestartPlan`).

use super::RestartRequest;
use crate::connect::{ConnectorStateInfo, State};

/// Which instances to restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestartPlan {
    pub connector: bool,
    pub tasks: Vec<u32>,
}

/// The plan, and the states with `RESTARTING` marks on what it covers.
pub fn plan(request: RestartRequest, mut info: ConnectorStateInfo) -> (RestartPlan, ConnectorStateInfo) {
    let covered = |state: State| !request.only_failed || state == State::Failed;
    let connector = covered(info.connector.state);
    let mut tasks = Vec::new();
    if connector {
        info.connector.state = State::Restarting;
    }
    for task in info.tasks.iter_mut().filter(|task| request.include_tasks && covered(task.state)) {
        tasks.push(task.id);
        task.state = State::Restarting;
    }
    (RestartPlan { connector, tasks }, info)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connect::{ConnectorState, ConnectorType, TaskState};

    fn info(connector: State, tasks: &[State]) -> ConnectorStateInfo {
        let (worker_id, version, trace) = ("w:8083".to_owned(), None, None);
        let task = |(id, state): (usize, &State)| {
            let (worker_id, version, trace) = (worker_id.clone(), None, None);
            TaskState { id: id as u32, state: *state, worker_id, version, trace }
        };
        ConnectorStateInfo {
            name: "c".into(),
            tasks: tasks.iter().enumerate().map(task).collect(),
            connector: ConnectorState { state: connector, worker_id: worker_id.clone(), version, trace },
            kind: ConnectorType::Source,
        }
    }

    fn check(include_tasks: bool, only_failed: bool, connector: bool, tasks: &[u32]) {
        let states = info(State::Running, &[State::Failed, State::Running]);
        let (plan, marked) = plan(RestartRequest { include_tasks, only_failed }, states);
        assert_eq!(plan, RestartPlan { connector, tasks: tasks.to_vec() });
        assert_eq!(marked.connector.state == State::Restarting, connector);
        let restarting = marked.tasks.iter().filter(|task| task.state == State::Restarting).map(|task| task.id);
        assert_eq!(restarting.collect::<Vec<_>>(), tasks);
    }

    #[test]
    fn only_what_the_request_covers_is_restarted() {
        check(false, false, true, &[]);
        check(true, false, true, &[0, 1]);
        check(true, true, false, &[0]);
        check(false, true, false, &[]);
    }
}
