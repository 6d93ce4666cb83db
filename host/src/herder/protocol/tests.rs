//! Subscriptions and assignments byte for byte as Java writes them, and what is refused.

use std::sync::Arc;

use super::*;
use crate::connect::ConnectorTaskId;
use crate::herder::assignor::eager;
use crate::herder::assignor::tests::{connectors_and_tasks, snapshot};

/// By `tests/golden/GroupProtocol.java`.
const GOLDEN: &str = include_str!("golden.txt");

fn lines(kind: &str) -> impl Iterator<Item = Vec<&'static str>> {
    let lines = GOLDEN.lines().map(|line| line.split('\t').collect::<Vec<_>>());
    lines.filter(move |columns| columns[0] == kind).map(|mut columns| columns.split_off(1))
}

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn protocol(version: &str) -> ConnectProtocol {
    ConnectProtocol::ALL[version.parse::<usize>().unwrap()]
}

#[test]
fn assignments_are_the_bytes_that_java_writes() {
    for columns in lines("assignment") {
        let [version, error, leader, url, offset, assigned, revoked, delay, bytes] = columns[..] else { panic!() };
        let assignment = Assignment {
            error: (error == "1").then_some(AssignmentError::ConfigMismatch),
            leader: leader.into(),
            leader_url: url.into(),
            offset: offset.parse().unwrap(),
            assigned: connectors_and_tasks(assigned),
            revoked: connectors_and_tasks(revoked),
            delay_ms: delay.parse().unwrap(),
        };
        let bytes = hex(bytes);
        assert_eq!(assignment.encode(protocol(version)), bytes);
        // Read back, the order is that of the bytes.
        let decoded = Assignment::decode(&bytes).unwrap();
        let sorted = |assignment: &Assignment| {
            let mut sorted = assignment.clone();
            for part in [&mut sorted.assigned, &mut sorted.revoked] {
                part.connectors.sort();
                part.tasks.sort();
            }
            sorted
        };
        assert_eq!(sorted(&decoded), sorted(&assignment));
    }
}

#[test]
fn states_of_workers_are_the_bytes_that_java_writes() {
    for columns in lines("metadata") {
        let [version, url, offset, bytes, assignment] = columns[..] else { panic!() };
        let decoded = WorkerState::decode(&hex(bytes)).unwrap();
        assert_eq!((decoded.url.as_str(), decoded.offset), (url, offset.parse().unwrap()));
        let expected = (assignment != "-").then(|| Assignment::decode(&hex(assignment)).unwrap());
        assert_eq!(decoded.assignment, expected);
        if expected.is_none_or(|assignment| assignment.assigned.connectors.len() < 2) {
            assert_eq!(decoded.encode(protocol(version)), hex(bytes));
        }
    }
}

#[test]
fn the_eager_assignor_answers_as_java_does() {
    for columns in lines("eager") {
        let [own, config, members, answers] = columns[..] else { panic!() };
        let config = snapshot(config.split_whitespace().map(|connector| {
            let (name, tasks) = connector.split_once('=').unwrap();
            (name, tasks.parse().unwrap())
        }));
        let members: Vec<_> = members.split_whitespace().map(|member| member.split_once('=').unwrap()).collect();
        let ids = members.iter().map(|(id, _)| (*id).to_owned()).collect();
        let mut assigned = eager::assign(&config, ids, &crate::herder::assignor::Placement::anywhere());
        let leader_url = WorkerState::decode(&hex(members[0].1)).unwrap().url;
        for ((id, _), answer) in members.iter().zip(answers.split_whitespace()) {
            let assignment = Assignment {
                error: None,
                leader: members[0].0.into(),
                leader_url: leader_url.clone(),
                offset: own.parse().unwrap(),
                assigned: assigned.remove(*id).unwrap(),
                revoked: ConnectorsAndTasks::default(),
                delay_ms: 0,
            };
            assert_eq!(assignment.encode(ConnectProtocol::Eager), hex(answer));
        }
    }
}

#[test]
fn no_bytes_make_a_decoder_panic() {
    for columns in lines("metadata") {
        let bytes = hex(columns[3]);
        for end in 0..bytes.len() {
            let _ = WorkerState::decode(&bytes[..end]);
            for byte in [0, 0x7f, 0x80, 0xff] {
                let mut bytes = bytes.clone();
                bytes[end] = byte;
                let _ = WorkerState::decode(&bytes);
                let _ = Assignment::decode(&bytes);
            }
        }
    }
}

#[test]
fn missing_fields_at_the_end_have_their_defaults() {
    let eager = Assignment {
        error: None,
        leader: "l".into(),
        leader_url: "http://l/".into(),
        offset: 3,
        assigned: ConnectorsAndTasks {
            connectors: [Arc::from("c")].into(),
            tasks: [ConnectorTaskId::new("c", 0)].into(),
        },
        revoked: ConnectorsAndTasks::default(),
        delay_ms: 0,
    };
    assert_eq!(Assignment::decode(&eager.encode(ConnectProtocol::Eager)).unwrap(), eager);
    let state = WorkerState { url: "http://l/".into(), offset: 3, assignment: None };
    assert_eq!(WorkerState::decode(&state.encode(ConnectProtocol::Eager)).unwrap(), state);
}

#[test]
fn a_worker_offers_its_protocol_and_all_before() {
    let offered = |name| ConnectProtocol::from_config(name).unwrap().offered().map(ConnectProtocol::name);
    assert_eq!(offered("sessioned").collect::<Vec<_>>(), ["sessioned", "compatible", "default"]);
    assert_eq!(offered("Compatible").collect::<Vec<_>>(), ["compatible", "default"]);
    assert_eq!(offered("eager").collect::<Vec<_>>(), ["default"]);
    assert_eq!(ConnectProtocol::from_config("default"), None);
    assert_eq!(ConnectProtocol::from_name("default"), Some(ConnectProtocol::Eager));
}
