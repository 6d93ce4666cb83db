//! Promise: a worker is a member of its group as long as it wants to be, and hears of everything that concerns it.

use std::time::Duration;

use tokio::time::timeout;
use wasm_connect::kafka::KafkaClients;
use wasm_connect::kafka::ports::{
    Clients, GroupEvent, GroupMembership, GroupMembershipOptions, JoinProtocol, MemberMetadata,
};
use wasm_connect_tests::kafka::Kafka;

use crate::cluster::{DEADLINE, settings};

/// A member that says its name, and as a leader tells everybody the names of all.
struct Member {
    name: &'static str,
    membership: Box<dyn GroupMembership>,
    protocols: &'static [&'static str],
    /// What happened, in short.
    heard: Vec<String>,
    members: String,
    generation: i32,
}

impl Member {
    async fn new(name: &'static str, kafka: &Kafka, group: &str) -> Self {
        Self::with_settings(name, settings(kafka, &[]), options(group)).await
    }

    async fn with_settings(
        name: &'static str,
        settings: wasm_connect::kafka::ports::ClientSettings,
        options: GroupMembershipOptions,
    ) -> Self {
        let membership = KafkaClients::new().group_membership(name, &settings, options).await.unwrap();
        let (protocols, heard, members) = (&["new", "old"][..], Vec::new(), String::new());
        Self { name, membership, protocols, heard, members, generation: 0 }
    }

    /// Takes part in whatever happens.
    async fn live(&mut self) -> ! {
        loop {
            let event = self.membership.poll().await.unwrap_or_else(|error| panic!("{}: {error}", self.name));
            self.take(event);
        }
    }

    fn take(&mut self, event: GroupEvent) {
        match event {
            GroupEvent::Joining => {
                self.heard.push("joining".into());
                let protocol = |name: &&str| JoinProtocol { name: (*name).into(), metadata: self.name.into() };
                self.membership.join(self.protocols.iter().map(protocol).collect());
            }
            GroupEvent::Leading { members, protocol, .. } => {
                self.heard.push(format!("leading {protocol}"));
                let name = |member: &MemberMetadata| String::from_utf8(member.metadata.clone()).unwrap();
                let mut names: Vec<String> = members.iter().map(name).collect();
                names.sort();
                let assignment = names.join(",").into_bytes();
                self.membership.sync(members.into_iter().map(|m| (m.member_id, assignment.clone())).collect());
            }
            GroupEvent::Joined { generation, protocol, assignment, .. } => {
                self.members = String::from_utf8(assignment).unwrap();
                self.generation = generation;
                self.heard.push(format!("joined {protocol}"));
            }
            GroupEvent::Lost { .. } => self.heard.push("lost".into()),
            GroupEvent::CoordinatorUnreachable => self.heard.push("unreachable".into()),
            GroupEvent::PollTimeout => self.heard.push("poll timeout".into()),
        }
    }

    /// Until the condition holds.
    async fn live_until(&mut self, what: &str, mut holds: impl FnMut(&Self) -> bool) {
        let waited = timeout(DEADLINE, async {
            while !holds(self) {
                let event = self.membership.poll().await.unwrap_or_else(|error| panic!("{}: {error}", self.name));
                self.take(event);
            }
        });
        let waited = waited.await;
        assert!(waited.is_ok(), "waited {DEADLINE:?} in vain for {}: {what}; heard {:?}", self.name, self.heard);
    }

    async fn live_until_members(&mut self, members: &str) {
        self.live_until(&format!("members {members}"), |member| member.members == members).await;
    }
}

fn options(group: &str) -> GroupMembershipOptions {
    GroupMembershipOptions {
        group_id: group.to_owned(),
        protocol_type: "connect".to_owned(),
        session_timeout: Duration::from_secs(6),
        heartbeat_interval: Duration::from_millis(300),
        rebalance_timeout: Duration::from_secs(30),
    }
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Runtime::new().unwrap().block_on(test);
}

#[test]
fn members_come_and_go_and_the_others_are_told() {
    let kafka = Kafka::shared();
    let group = kafka.unique_topic("group");
    run(async {
        let mut a = Member::new("a", kafka, &group).await;
        a.live_until_members("a").await;
        assert_eq!(a.heard, ["joining", "leading new", "joined new"]);
        let generation = a.generation;

        let mut b = Member::new("b", kafka, &group).await;
        tokio::select! {
            _ = a.live() => {}
            () = b.live_until_members("a,b") => {}
        }
        a.live_until_members("a,b").await;
        assert!(a.generation > generation);

        // One that only knows the old protocol makes it everybody's.
        let mut c = Member::new("c", kafka, &group).await;
        c.protocols = &["old"];
        tokio::select! {
            _ = a.live() => {}
            _ = b.live() => {}
            () = c.live_until_members("a,b,c") => {}
        }
        assert_eq!(c.heard.last().unwrap(), "joined old");

        // It leaves, and the others need not wait for its session to end.
        c.membership.leave("test").await;
        let left = std::time::Instant::now();
        let without_c = |member: &Member| member.members == "a,b" && member.heard.last().unwrap() == "joined new";
        tokio::select! {
            _ = b.live() => {}
            () = a.live_until("the group without c", without_c) => {}
        }
        assert!(left.elapsed() < options(&group).session_timeout, "{:?}", left.elapsed());
        b.live_until("the group without c", without_c).await;

        // It is polled again, and so comes back.
        tokio::select! {
            _ = a.live() => {}
            _ = b.live() => {}
            () = c.live_until("coming back", |c| c.heard.join(" ") == "joining joined old joining joined old") => {}
        }
        c.membership.close().await;

        // One that vanishes is missed after its session timeout.
        drop(b);
        a.live_until_members("a").await;
        a.membership.close().await;
    });
}

#[test]
fn a_member_that_asks_for_it_makes_a_rebalance() {
    let kafka = Kafka::shared();
    let group = kafka.unique_topic("group");
    run(async {
        let mut a = Member::new("a", kafka, &group).await;
        a.live_until_members("a").await;
        let before = a.generation;
        a.membership.request_rejoin("test");
        a.live_until("a new generation", |a| a.generation > before).await;
        a.membership.close().await;
    });
}

#[test]
fn a_member_that_nobody_asks_what_happens_leaves() {
    let kafka = Kafka::shared();
    let group = kafka.unique_topic("group");
    run(async {
        let short = GroupMembershipOptions { rebalance_timeout: Duration::from_secs(1), ..options(&group) };
        let mut stuck = Member::with_settings("stuck", settings(kafka, &[]), short).await;
        stuck.live_until_members("stuck").await;
        // It is not polled meanwhile, and its heart beats on.
        let mut other = Member::new("other", kafka, &group).await;
        other.live_until_members("other").await;
        tokio::select! {
            _ = other.live() => {}
            () = stuck.live_until_members("other,stuck") => {}
        }
        let heard = stuck.heard.iter().skip_while(|heard| *heard != "poll timeout").collect::<Vec<_>>();
        assert_eq!(heard[..2], ["poll timeout", "joining"], "{:?}", stuck.heard);
    });
}

#[test]
fn a_member_whose_session_has_ended_is_told_and_comes_back() {
    let kafka = Kafka::shared();
    let group = kafka.unique_topic("group");
    run(async {
        let mut short = GroupMembershipOptions { session_timeout: Duration::from_millis(600), ..options(&group) };
        short.heartbeat_interval = Duration::from_secs(3);
        let mut silent = Member::with_settings("silent", settings(kafka, &[]), short).await;
        silent.live_until_members("silent").await;
        silent.live_until("that it is lost", |member| member.heard.contains(&"lost".to_owned())).await;
        let before = silent.generation;
        silent.live_until("a new membership", |member| member.generation > before).await;
    });
}

#[test]
fn a_broker_that_restarts_is_found_again() {
    let kafka = Kafka::start("group-kafka");
    run(async {
        let mut a = Member::new("a", &kafka, "g").await;
        a.live_until_members("a").await;
        let before = a.generation;
        kafka.stop();
        a.live_until("that the coordinator is away", |a| a.heard.contains(&"unreachable".to_owned())).await;
        kafka.start_again();
        a.live_until("a new generation", |a| a.generation > before).await;
        assert_eq!(a.members, "a");
    });
}

#[test]
fn a_group_of_another_kind_is_refused() {
    let kafka = Kafka::shared();
    let group = kafka.unique_topic("group");
    run(async {
        let mut a = Member::new("a", kafka, &group).await;
        a.live_until_members("a").await;
        let other = GroupMembershipOptions { protocol_type: "consumer".to_owned(), ..options(&group) };
        let mut other = Member::with_settings("other", settings(kafka, &[]), other).await;
        let refused = async {
            loop {
                match other.membership.poll().await {
                    Ok(event) => other.take(event),
                    Err(error) => return error,
                }
            }
        };
        let error = tokio::select! {
            _ = a.live() => unreachable!(),
            error = timeout(DEADLINE, refused) => error.expect("refused in time"),
        };
        assert!(!error.retriable, "{error}");
        assert!(error.message.contains("join the group"), "{error}");
    });
}
