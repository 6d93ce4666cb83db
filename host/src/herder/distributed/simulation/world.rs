//! The workers, the topic, and what can happen to them.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::super::action::{Action, ConfigWrite, ConnectorStart, StopWork, TaskStart};
use super::super::event::{Event, ForwardError, Request, TaskConfigsAnswer};
use super::super::{Moment, Options, SessionKeyOptions, State, step};
use super::Random;
use super::coordinator::{Coordinator, Told};
use super::user::{Asked, Users};
use crate::connect::{Config, ConnectorTaskId, RestartRequest, SessionKey, State as Status, TargetState};
use crate::herder::HerderError;
use crate::herder::protocol::{ConnectProtocol, ConnectorsAndTasks};
use crate::herder::restart_plan::RestartPlan;
use crate::kafka::ports::GroupEvent;
use crate::storage::config_store::{ConfigRecord, ConfigReplay};
use crate::storage::status_store::{GenerationStatus, StatusRecord, Statuses};

const MAX_DELAY_MS: i64 = 20_000;

pub(super) struct World {
    random: Random,
    now_ms: i64,
    workers: BTreeMap<usize, Worker>,
    topic: Vec<(String, Option<Vec<u8>>)>,
    /// All of the topic.
    replay: ConfigReplay,
    /// The versions of configurations that tasks of each connector ever had.
    committed: BTreeMap<Arc<str>, BTreeSet<String>>,
    /// Connectors that have lost their tasks, but not their target state: as in Java, a leader that dies between the two writes of
    /// a stop leaves them running without tasks.
    half_stopped: BTreeSet<Arc<str>>,
    coordinator: Coordinator,
    users: Users,
    statuses: Statuses,
    /// What each member was assigned in the newest generation that reached anybody.
    assigned: BTreeMap<i32, BTreeMap<usize, ConnectorsAndTasks>>,
    protocols: Vec<String>,
    plugins_differ: bool,
    /// Of configurations: each is another one.
    versions: usize,
    started: usize,
    calm: bool,
}

struct Worker {
    state: State,
    replay: ConfigReplay,
    read: usize,
    inbox: VecDeque<Event>,
    /// What was begun and is not done.
    doing: Vec<Action>,
    runs: ConnectorsAndTasks,
    configs: BTreeMap<ConnectorTaskId, Arc<Config>>,
    generation: i32,
    classes: Option<BTreeSet<String>>,
}

impl Worker {
    fn is_lost(&self) -> bool {
        self.inbox.iter().any(|event| matches!(event, Event::Group(GroupEvent::Lost { .. })))
    }
}

fn url(worker: usize) -> String {
    format!("http://w{worker}/")
}

impl World {
    pub(super) fn new(random: Random, protocols: &[&str], plugins_differ: bool) -> Self {
        let mut world = Self {
            random,
            now_ms: 1_000_000,
            workers: BTreeMap::new(),
            topic: Vec::new(),
            replay: ConfigReplay::default(),
            committed: BTreeMap::new(),
            half_stopped: BTreeSet::new(),
            coordinator: Coordinator::default(),
            users: Users::default(),
            statuses: Statuses::default(),
            assigned: BTreeMap::new(),
            protocols: protocols.iter().map(|protocol| (*protocol).to_owned()).collect(),
            plugins_differ,
            versions: 0,
            started: 0,
            calm: false,
        };
        (0..2).for_each(|worker| world.start_worker(worker));
        world
    }

    // === what happens

    pub(super) fn something_happens(&mut self) {
        let worker = self.random.below(5);
        match self.random.below(100) {
            0 if self.workers.len() > 1 => self.crash(worker),
            1 if !self.workers.contains_key(&worker) => self.start_worker(worker),
            2 => self.now_ms += self.random.below(MAX_DELAY_MS as usize) as i64,
            3 if self.coordinator.is_member(worker) => {
                let told = self.coordinator.leave(worker);
                self.tell(told);
                self.post(worker, Event::Group(GroupEvent::Lost { reason: "expired".into() }));
                self.enter(worker);
            }
            4 if self.coordinator.is_member(worker) && !self.coordinator.is_rebalancing() => {
                self.post(worker, Event::Group(GroupEvent::CoordinatorUnreachable));
            }
            5..10 => self.ask_something(worker),
            10..30 => self.read_a_record(worker),
            30..60 => self.finish_something(worker),
            60..65 => self.turn(worker, Event::Tick),
            _ => self.take_an_event(worker),
        }
        self.now_ms += self.random.below(20) as i64;
    }

    fn start_worker(&mut self, worker: usize) {
        let mut replay = ConfigReplay::default();
        for (offset, (key, value)) in self.topic.iter().enumerate() {
            let _ = replay.read(offset as i64, Some(key.as_bytes()), value.as_deref());
        }
        replay.started();
        let protocol = &self.protocols[self.random.below(self.protocols.len())];
        let options = Options {
            url: url(worker),
            protocol: ConnectProtocol::from_config(protocol).unwrap(),
            max_delay_ms: MAX_DELAY_MS,
            sync_timeout_ms: 3000,
            unsync_backoff_ms: 30_000,
            session_keys: SessionKeyOptions { algorithm: "HmacSHA256", length: 32, ttl_ms: Some(100_000) },
        };
        let classes = ["A", "B"].into_iter().filter(|_| !self.plugins_differ || self.random.one_in(2));
        let started = Worker {
            state: State::new(options, replay.snapshot()),
            replay,
            read: self.topic.len(),
            inbox: VecDeque::new(),
            doing: Vec::new(),
            runs: ConnectorsAndTasks::default(),
            configs: BTreeMap::new(),
            generation: -1,
            classes: Some(classes.map(str::to_owned).collect()),
        };
        self.workers.insert(worker, started);
        self.enter(worker);
    }

    fn enter(&mut self, worker: usize) {
        let told = self.coordinator.enter(worker);
        self.tell(told);
    }

    fn crash(&mut self, worker: usize) {
        if self.workers.remove(&worker).is_some() {
            let told = self.coordinator.leave(worker);
            self.tell(told);
            self.hang_up(worker);
        }
    }

    fn hang_up(&mut self, worker: usize) {
        for asked in self.users.disconnect(worker) {
            if let Asked::Worker { worker, connector } = asked {
                let result = Err(ForwardError { status: None, message: "connection reset".into() });
                self.post(worker, Event::Forwarded { connector, result });
            }
        }
    }

    fn ask_something(&mut self, worker: usize) {
        let connector: Arc<str> = format!("c{}", self.random.below(6)).into();
        let id = ConnectorTaskId::new(connector.clone(), self.random.below(4) as u32);
        let request = match self.random.below(12) {
            0..5 => {
                let class = ["A", "B"][self.random.below(2)];
                self.versions += 1;
                let (tasks, version) = (self.random.below(5).to_string(), self.versions.to_string());
                let entries = [("connector.class", class.to_owned()), ("tasks", tasks), ("version", version)];
                let config = entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
                let target = self.random.one_in(5).then_some(TargetState::Paused);
                Request::PutConnector { connector, config, target, replace: self.random.one_in(2) }
            }
            5 | 6 => Request::DeleteConnector { connector },
            7 => Request::StopConnector { connector },
            8 => {
                let request = RestartRequest { include_tasks: self.random.one_in(2), only_failed: false };
                Request::RestartConnectorAndTasks { connector, request }
            }
            9 => Request::RestartConnector { connector },
            10 => Request::RestartTask { id },
            _ => {
                // Any worker may write a target state.
                if self.workers.get(&worker).is_some_and(|worker| worker.state.config().contains(&connector)) {
                    let target = [TargetState::Started, TargetState::Paused][self.random.below(2)];
                    self.append(ConfigRecord::TargetState { connector: connector.to_string(), target: Some(target) });
                }
                return;
            }
        };
        self.ask(worker, Asked::User { request, hops: 0 });
    }

    fn ask(&mut self, worker: usize, asked: Asked) {
        let request = match &asked {
            Asked::User { request, .. } => request.clone(),
            Asked::Worker { .. } => unreachable!("workers ask with their configurations"),
        };
        if self.workers.contains_key(&worker) {
            let id = self.users.ask(worker, asked);
            self.post(worker, Event::Request { id, request });
        }
    }

    fn read_a_record(&mut self, number: usize) {
        let Some(worker) = self.workers.get_mut(&number) else { return };
        let Some((key, value)) = self.topic.get(worker.read) else { return };
        let read = worker.replay.read(worker.read as i64, Some(key.as_bytes()), value.as_deref());
        worker.read += 1;
        if let Ok(Some(update)) = read {
            self.post(number, Event::Config(update));
        }
    }

    fn read_to_end(&mut self, worker: usize) {
        while self.workers[&worker].read < self.topic.len() {
            self.read_a_record(worker);
        }
    }

    /// I3: at all times the tasks of a connector are of one commit.
    fn append(&mut self, record: ConfigRecord) {
        let (key, value) = record.encode();
        self.replay.read(self.topic.len() as i64, Some(key.as_bytes()), value.as_deref()).unwrap();
        self.topic.push((key, value));
        let state = self.replay.snapshot();
        for connector in state.connectors() {
            let versions = state.tasks(connector).map(|task| state.task_config(&task).unwrap()["version"].clone());
            let versions: BTreeSet<_> = versions.collect();
            assert!(versions.len() <= 1, "I3: tasks of {connector} are of {versions:?}");
            self.committed.entry(connector.clone()).or_default().extend(versions);
        }
    }

    fn post(&mut self, worker: usize, event: Event) {
        if let Some(worker) = self.workers.get_mut(&worker) {
            worker.inbox.push_back(event);
        }
    }

    fn tell(&mut self, told: Told) {
        for (number, event) in told {
            let Some(worker) = self.workers.get_mut(&number) else { continue };
            if event == GroupEvent::Joining {
                // The rebalance before has failed.
                worker
                    .inbox
                    .retain(|event| !matches!(event, Event::Group(GroupEvent::Joining | GroupEvent::Leading { .. })));
            }
            worker.inbox.push_back(Event::Group(event));
        }
    }

    fn take_an_event(&mut self, worker: usize) {
        if let Some(event) = self.workers.get_mut(&worker).and_then(|worker| worker.inbox.pop_front()) {
            self.turn(worker, event);
        }
    }

    // === a worker's turn

    fn turn(&mut self, number: usize, event: Event) {
        let Some(worker) = self.workers.get_mut(&number) else { return };
        let latest = worker.replay.snapshot();
        let actions = step(&mut worker.state, Moment { now_ms: self.now_ms, latest: &latest }, event);
        for action in actions {
            self.act(number, action);
        }
    }

    fn act(&mut self, number: usize, action: Action) {
        let Some(worker) = self.workers.get_mut(&number) else { return };
        match action {
            // What was said under a name that the coordinator has forgotten does not reach it.
            Action::Join(_) | Action::Sync(_) if worker.is_lost() => {}
            Action::Join(offered) => {
                // It answers all that the coordinator has asked meanwhile.
                worker.inbox.retain(|event| !matches!(event, Event::Group(GroupEvent::Joining)));
                let told = self.coordinator.join(number, offered);
                self.tell(told);
            }
            Action::Sync(assignments) => {
                let told = self.coordinator.sync(number, assignments);
                self.tell(told);
            }
            Action::RequestRejoin(_) => {
                if self.coordinator.is_member(number) && !self.coordinator.is_rebalancing() {
                    let told = self.coordinator.rebalance();
                    self.tell(told);
                }
            }
            Action::LeaveGroup(_) => {
                let told = self.coordinator.leave(number);
                self.tell(told);
                self.enter(number);
            }
            Action::Write(write) => {
                let is_target = matches!(write, ConfigWrite::TargetState { .. });
                assert!(is_target || worker.state.is_leader(), "I4: {write:?} by one that does not lead");
                worker.doing.push(Action::Write(write));
            }
            Action::StartConnector(start) => {
                self.check_assigned(number, |assigned| assigned.connectors.contains(&start.connector));
                let worker = self.workers.get_mut(&number).unwrap();
                assert!(worker.runs.connectors.insert(start.connector.clone()), "{} runs already", start.connector);
                worker.doing.push(Action::StartConnector(start));
            }
            Action::StartTask(start) => self.start_task(number, start),
            Action::SetGeneration(generation) => {
                worker.generation = generation;
                let assigned = worker.state.assigned().cloned().unwrap_or_default();
                self.note_assigned(generation, number, assigned);
            }
            Action::Reply { id, result } => {
                let asked = self.users.answer(id, &result);
                self.answered(asked, result.map(drop));
            }
            Action::ForwardTaskConfigs { connector, leader_url, configs } => {
                let leader = self.workers.keys().copied().find(|worker| url(*worker) == leader_url);
                match leader {
                    Some(leader) => {
                        let asked = Asked::Worker { worker: number, connector: connector.clone() };
                        let id = self.users.ask(leader, asked);
                        let request = Request::PutTaskConfigs { connector, configs };
                        self.post(leader, Event::Request { id, request });
                    }
                    None => {
                        let result = Err(ForwardError { status: None, message: "connection refused".into() });
                        self.post(number, Event::Forwarded { connector, result });
                    }
                }
            }
            Action::CleanStatuses => {
                let gone: Vec<_> = self.statuses.connectors().map(str::to_owned).collect();
                let config = worker.state.config().clone();
                for connector in gone.into_iter().filter(|connector| !config.contains(connector)) {
                    self.statuses.read(StatusRecord::Connector { connector, status: None });
                }
            }
            Action::Quit(reason) => panic!("all read one topic, but: {reason}"),
            Action::MarkRestarting(_) | Action::SetLoggerLevel { .. } => {}
            action => worker.doing.push(action),
        }
    }

    fn check_assigned(&self, number: usize, is_in: impl Fn(&ConnectorsAndTasks) -> bool) {
        let assigned = self.workers[&number].state.assigned();
        assert!(assigned.is_some_and(is_in), "worker {number} starts what it was not assigned");
    }

    fn start_task(&mut self, number: usize, TaskStart { id, config, .. }: TaskStart) {
        self.check_assigned(number, |assigned| assigned.tasks.contains(&id));
        self.started += 1;
        let worker = self.workers.get_mut(&number).unwrap();
        assert!(worker.runs.tasks.insert(id.clone()), "{id} runs already on worker {number}");
        let committed = self.committed.get(&id.connector).is_some_and(|versions| versions.contains(&config["version"]));
        assert!(committed, "I3: {id} is started before its configuration was committed");
        worker.configs.insert(id.clone(), config);
        let generation = worker.generation;
        self.put_status(number, &id, Status::Running, generation);
    }

    fn put_status(&mut self, number: usize, id: &ConnectorTaskId, state: Status, generation: i32) {
        let status = crate::storage::status_store::Status { state, trace: None, worker_id: url(number), version: None };
        let status = Some(GenerationStatus { status, generation });
        let record = StatusRecord::Task { id: id.clone(), status };
        if state == Status::Running || self.statuses.can_put_safely(&record) {
            self.statuses.read(record);
        }
    }

    /// I6: in one generation everything is assigned at most once.
    fn note_assigned(&mut self, generation: i32, number: usize, assigned: ConnectorsAndTasks) {
        let members = self.assigned.entry(generation).or_default();
        for (other, theirs) in members.iter().filter(|(other, _)| **other != number) {
            let mut both = theirs.clone();
            both.retain_all(&assigned);
            assert!(both.is_empty(), "I6: workers {other} and {number} both have {both:?} in generation {generation}");
        }
        members.insert(number, assigned);
    }

    fn answered(&mut self, asked: Asked, result: Result<(), HerderError>) {
        match asked {
            Asked::User { request, hops } => {
                let Err(HerderError::NotTarget { forward_url: Some(there), .. }) = result else { return };
                let next = self.workers.keys().copied().find(|worker| url(*worker) == there);
                if let Some(next) = next.filter(|_| hops < 2) {
                    self.ask(next, Asked::User { request, hops: hops + 1 });
                }
            }
            Asked::Worker { worker, connector } => {
                let result = result.map_err(|error| ForwardError { status: Some(500), message: error.to_string() });
                self.post(worker, Event::Forwarded { connector, result });
            }
        }
    }

    // === what takes time

    fn finish_something(&mut self, number: usize) {
        let Some(worker) = self.workers.get_mut(&number) else { return };
        if worker.doing.is_empty() {
            return;
        }
        let action = worker.doing.remove(self.random.below(worker.doing.len()));
        let event = match action {
            Action::ReadConfig { .. } => {
                let in_time = self.calm || !self.random.one_in(6);
                if in_time {
                    self.read_to_end(number);
                }
                Event::ConfigRead(in_time)
            }
            Action::Write(write) => self.write(number, write),
            Action::Stop(StopWork { work, .. }) => {
                worker.runs.remove_all(&work);
                let generation = worker.generation;
                work.tasks.iter().for_each(|id| self.put_status(number, id, Status::Unassigned, generation));
                Event::Stopped
            }
            Action::StartConnector(ConnectorStart { connector, target, .. }) => {
                Event::ConnectorReached { connector, result: Ok(target) }
            }
            Action::SetTarget { connector, target } => {
                if !worker.runs.connectors.contains(&connector) {
                    return;
                }
                Event::ConnectorReached { connector, result: Ok(target) }
            }
            Action::AskTaskConfigs { connector, config } => {
                let answer = match self.random.below(8) {
                    0 if !self.calm => TaskConfigsAnswer::Failed("not now".into()),
                    _ if !worker.runs.connectors.contains(&connector) => TaskConfigsAnswer::NotRunning,
                    _ => {
                        let count = config["tasks"].parse().unwrap();
                        let task = Config::from([("version".into(), config["version"].clone())]);
                        TaskConfigsAnswer::Configs(vec![task; count])
                    }
                };
                Event::TaskConfigs { connector, answer }
            }
            Action::PlanRestart { connector, request } => {
                let tasks = self.statuses.tasks(&connector).map(|(task, _)| task).filter(|_| request.include_tasks);
                let plan = RestartPlan { connector: true, tasks: tasks.collect() };
                Event::RestartPlanned { connector, plan: Some(plan) }
            }
            Action::AskPlugins(urls) => {
                let classes = |asked: &String| {
                    let asked = self.workers.iter().find(|(worker, _)| url(**worker) == *asked);
                    asked.and_then(|(_, worker)| worker.classes.clone())
                };
                Event::Plugins(urls.iter().map(|url| (url.clone(), classes(url))).collect())
            }
            other => unreachable!("{other:?} takes no time"),
        };
        self.turn(number, event);
    }

    fn write(&mut self, number: usize, write: ConfigWrite) -> Event {
        if !self.calm && self.random.one_in(10) {
            return Event::Written(Err("Error writing to Kafka".into()));
        }
        let name = |connector: &Arc<str>| connector.to_string();
        match write {
            ConfigWrite::Connector { connector, config, target } => {
                if target.is_some() {
                    self.append(ConfigRecord::TargetState { connector: name(&connector), target });
                }
                self.append(ConfigRecord::Connector { connector: name(&connector), config: Some(config) });
            }
            ConfigWrite::RemoveConnector(connector) => {
                self.append(ConfigRecord::Connector { connector: name(&connector), config: None });
                self.append(ConfigRecord::TargetState { connector: name(&connector), target: None });
            }
            ConfigWrite::TaskConfigs { connector, configs } => {
                if configs.is_empty() {
                    self.half_stopped.insert(connector.clone());
                }
                let tasks = configs.len() as u32;
                for (task, config) in configs.into_iter().enumerate() {
                    // The leader dies in the middle, or Kafka does.
                    if !self.calm && self.random.one_in(30) {
                        return Event::Written(Err("Error writing task configurations to Kafka".into()));
                    }
                    let id = ConnectorTaskId::new(connector.clone(), task as u32);
                    self.append(ConfigRecord::Task { id, config });
                }
                self.append(ConfigRecord::Commit { connector: name(&connector), tasks });
            }
            ConfigWrite::TargetState { connector, target } => {
                self.half_stopped.remove(&connector);
                self.append(ConfigRecord::TargetState { connector: name(&connector), target: Some(target) });
            }
            ConfigWrite::SessionKey { created_ms } => self.append(ConfigRecord::SessionKey(SessionKey {
                key: vec![7; 32],
                algorithm: "HmacSHA256".into(),
                creation_timestamp: created_ms,
            })),
            ConfigWrite::Restart { connector, request } => {
                self.append(ConfigRecord::Restart { connector: name(&connector), request });
            }
        }
        self.read_to_end(number);
        Event::Written(Ok(()))
    }

    // === the end

    /// Nobody crashes any more, everything that was begun is done, and delays pass.
    pub(super) fn calm_down(&mut self) {
        self.calm = true;
        for round in 0.. {
            assert!(round < 2000, "the cluster does not come to rest");
            let mut busy = self.users.are_waiting() || self.coordinator.is_rebalancing();
            let workers: Vec<_> = self.workers.keys().copied().collect();
            for number in workers {
                self.read_to_end(number);
                while !self.workers[&number].doing.is_empty() || !self.workers[&number].inbox.is_empty() {
                    busy = true;
                    self.finish_something(number);
                    self.take_an_event(number);
                }
                self.turn(number, Event::Tick);
                let worker = &self.workers[&number];
                let state = &worker.state;
                let waits_for = [state.membership.scheduled_rebalance_ms, state.catching_up.not_before_ms];
                busy |= waits_for.iter().any(Option::is_some) || !state.reconfigurations.is_empty();
                busy |= !worker.doing.is_empty() || !state.is_settled();
                busy |= worker.read < self.topic.len();
            }
            if !busy {
                break;
            }
            self.now_ms += 500;
        }
        self.calm = false;
    }

    pub(super) fn check_everything_runs_once(&self) {
        let Some(first) = self.workers.values().next() else { return };
        let config = first.replay.snapshot();
        assert!(self.topic.is_empty() || config.session_key().is_some() || !first.state.is_sessioned());
        let mut connectors = BTreeMap::new();
        let mut tasks = BTreeMap::new();
        for (number, worker) in &self.workers {
            worker.runs.connectors.iter().for_each(|connector| {
                assert_eq!(connectors.insert(connector.clone(), *number), None, "{connector} runs twice");
            });
            worker.runs.tasks.iter().for_each(|task| {
                assert_eq!(tasks.insert(task.clone(), *number), None, "{task} runs twice");
                assert_eq!(worker.configs.get(task), config.task_config(task), "{task} has an old configuration");
                let status = self.statuses.task(task).expect("each running task has a status");
                assert_eq!(status.status.state, Status::Running, "I5: {task} runs on worker {number}");
                assert_eq!(status.status.worker_id, url(*number), "I5: {task}");
            });
        }
        let configured: BTreeSet<_> = config.connectors().cloned().collect();
        assert_eq!(connectors.keys().cloned().collect::<BTreeSet<_>>(), configured);
        let configured: BTreeSet<_> = configured.iter().flat_map(|connector| config.tasks(connector)).collect();
        assert_eq!(tasks.keys().cloned().collect::<BTreeSet<_>>(), configured);
        for connector in config.connectors() {
            let started = config.target_state(connector) == Some(TargetState::Started);
            if started && !self.half_stopped.contains(connector) {
                let wanted: usize = config.connector_config(connector).unwrap()["tasks"].parse().unwrap();
                assert_eq!(config.tasks(connector).count(), wanted, "{connector} was not configured to its end");
            }
        }
        self.check_placement(&connectors, &tasks);
    }

    fn check_placement(&self, connectors: &BTreeMap<Arc<str>, usize>, tasks: &BTreeMap<ConnectorTaskId, usize>) {
        let Some(first) = self.workers.values().next() else { return };
        let tasks = tasks.iter().map(|(task, worker)| (&task.connector, worker));
        for (connector, worker) in connectors.iter().chain(tasks) {
            let config = first.replay.snapshot();
            let class = &config.connector_config(connector).unwrap()["connector.class"];
            let able = |worker: &Worker| worker.classes.as_ref().is_some_and(|classes| classes.contains(class));
            if self.workers.values().any(able) {
                assert!(able(&self.workers[worker]), "{connector} runs on worker {worker}, which has not its class");
            }
        }
    }
}
