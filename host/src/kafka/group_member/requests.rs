//! The requests of a member to its coordinator, and what their errors mean.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{GroupId, HeartbeatRequest, JoinGroupRequest, LeaveGroupRequest, SyncGroupRequest};
use kafka_protocol::protocol::StrBytes;

use crate::kafka::ports::{GroupMembershipOptions, JoinProtocol, KafkaError};

/// Why a request to the coordinator came to nothing.
#[derive(Debug)]
pub(super) enum Failure {
    /// The coordinator is another one, or cannot be reached.
    CoordinatorUnknown(KafkaError),
    /// Nothing has changed; the same may succeed in a moment.
    Later(KafkaError),
    /// The group begins a new generation.
    Rebalance,
    /// The coordinator wants the member to come back with this name.
    MemberIdRequired(String),
    /// The coordinator knows no such member, or not in this generation.
    NotAMember(String),
    /// Trying again changes nothing.
    Refused(KafkaError),
}

/// What an error of the coordinator means for the member; `what` was attempted.
pub(super) fn check(code: i16, what: &str) -> Result<(), Failure> {
    use ResponseError as E;
    let Some(error) = E::try_from_code(code) else { return Ok(()) };
    let failed = |retriable| KafkaError { retriable, message: format!("failed to {what}: {error}") };
    Err(match error {
        E::NotCoordinator | E::CoordinatorNotAvailable => Failure::CoordinatorUnknown(failed(true)),
        E::RebalanceInProgress => Failure::Rebalance,
        E::UnknownMemberId | E::IllegalGeneration => Failure::NotAMember(error.to_string()),
        E::InconsistentGroupProtocol
        | E::InvalidSessionTimeout
        | E::InvalidGroupId
        | E::GroupAuthorizationFailed
        | E::GroupMaxSizeReached
        | E::FencedInstanceId
        | E::UnsupportedVersion => Failure::Refused(failed(false)),
        // The coordinator may still be loading; and nothing that is not known to be final ends a worker.
        _ => Failure::Later(failed(true)),
    })
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

fn group(options: &GroupMembershipOptions) -> GroupId {
    GroupId(text(&options.group_id))
}

fn millis(duration: Duration) -> i32 {
    i32::try_from(duration.as_millis()).unwrap_or(i32::MAX)
}

pub(super) fn join(
    options: &GroupMembershipOptions,
    member_id: &str,
    protocols: &[JoinProtocol],
    reason: &str,
    version: i16,
) -> JoinGroupRequest {
    let mut request = JoinGroupRequest::default();
    request.group_id = group(options);
    request.session_timeout_ms = millis(options.session_timeout);
    if version >= 1 {
        request.rebalance_timeout_ms = millis(options.rebalance_timeout);
    }
    request.member_id = text(member_id);
    request.protocol_type = text(&options.protocol_type);
    request.protocols = protocols
        .iter()
        .map(|protocol| {
            let mut offered = JoinGroupRequestProtocol::default();
            offered.name = text(&protocol.name);
            offered.metadata = Bytes::copy_from_slice(&protocol.metadata);
            offered
        })
        .collect();
    if version >= 8 {
        request.reason = Some(text(&cut(reason)));
    }
    request
}

pub(super) fn sync(
    options: &GroupMembershipOptions,
    generation: &super::member::Generation,
    assignments: &[(String, Vec<u8>)],
    version: i16,
) -> SyncGroupRequest {
    let mut request = SyncGroupRequest::default();
    request.group_id = group(options);
    request.generation_id = generation.id;
    request.member_id = text(&generation.member_id);
    if version >= 5 {
        request.protocol_type = Some(text(&options.protocol_type));
        request.protocol_name = Some(text(&generation.protocol));
    }
    request.assignments = assignments
        .iter()
        .map(|(member_id, assignment)| {
            let mut given = SyncGroupRequestAssignment::default();
            given.member_id = text(member_id);
            given.assignment = Bytes::copy_from_slice(assignment);
            given
        })
        .collect();
    request
}

pub(super) fn heartbeat(options: &GroupMembershipOptions, generation: &super::member::Generation) -> HeartbeatRequest {
    let mut request = HeartbeatRequest::default();
    request.group_id = group(options);
    request.generation_id = generation.id;
    request.member_id = text(&generation.member_id);
    request
}

pub(super) fn leave(
    options: &GroupMembershipOptions,
    member_id: &str,
    reason: &str,
    version: i16,
) -> LeaveGroupRequest {
    let mut request = LeaveGroupRequest::default();
    request.group_id = group(options);
    if version < 3 {
        request.member_id = text(member_id);
        return request;
    }
    let mut member = MemberIdentity::default();
    member.member_id = text(member_id);
    if version >= 5 {
        member.reason = Some(text(&cut(reason)));
    }
    request.members = vec![member];
    request
}

/// Brokers take no longer reasons (Java's `JoinGroupRequest.maybeTruncateReason`).
fn cut(reason: &str) -> String {
    reason.chars().take(255).collect()
}

#[cfg(test)]
mod tests {
    use kafka_protocol::protocol::{Encodable, Message};

    use super::super::member::Generation;
    use super::*;

    fn options() -> GroupMembershipOptions {
        GroupMembershipOptions {
            group_id: "g".into(),
            protocol_type: "connect".into(),
            session_timeout: Duration::from_secs(10),
            heartbeat_interval: Duration::from_secs(3),
            rebalance_timeout: Duration::from_secs(60),
        }
    }

    /// A field that a version has not makes its request impossible to write.
    #[test]
    fn requests_can_be_written_in_every_version_that_brokers_still_take() {
        let generation = Generation { id: 1, member_id: "m".into(), protocol: "p".into() };
        let protocols = [JoinProtocol { name: "p".into(), metadata: vec![1] }];
        for version in 2..=JoinGroupRequest::VERSIONS.max {
            join(&options(), "m", &protocols, "r", version).encode(&mut Vec::new(), version).unwrap();
        }
        for version in 1..=SyncGroupRequest::VERSIONS.max {
            let assignments = [("m".to_owned(), vec![2])];
            sync(&options(), &generation, &assignments, version).encode(&mut Vec::new(), version).unwrap();
        }
        for version in 1..=HeartbeatRequest::VERSIONS.max {
            heartbeat(&options(), &generation).encode(&mut Vec::new(), version).unwrap();
        }
        for version in 1..=LeaveGroupRequest::VERSIONS.max {
            leave(&options(), "m", &"r".repeat(1000), version).encode(&mut Vec::new(), version).unwrap();
        }
    }

    #[test]
    fn only_what_is_final_ends_a_membership() {
        let kind = |error: ResponseError| check(error.code(), "join").unwrap_err();
        assert!(matches!(kind(ResponseError::NotCoordinator), Failure::CoordinatorUnknown(_)));
        assert!(matches!(kind(ResponseError::CoordinatorLoadInProgress), Failure::Later(_)));
        assert!(matches!(kind(ResponseError::UnknownServerError), Failure::Later(_)));
        assert!(matches!(kind(ResponseError::RebalanceInProgress), Failure::Rebalance));
        assert!(matches!(kind(ResponseError::UnknownMemberId), Failure::NotAMember(_)));
        assert!(matches!(kind(ResponseError::GroupAuthorizationFailed), Failure::Refused(error) if !error.retriable));
        assert!(check(0, "join").is_ok());
    }
}
