//! Who asks the cluster for things over REST, and follows where workers send it.

use std::collections::BTreeMap;

use super::super::action::Answer;
use super::super::event::{Request, RequestId};
use crate::herder::HerderError;

/// Requests that wait for an answer.
#[derive(Default)]
pub(super) struct Users {
    next: RequestId,
    waiting: BTreeMap<RequestId, (usize, Asked)>,
    pub(super) answered: usize,
}

/// Who asked, and how often it was sent on.
#[derive(Clone)]
pub(super) enum Asked {
    User {
        request: Request,
        hops: usize,
    },
    /// A worker that configures tasks of a connector.
    Worker {
        worker: usize,
        connector: std::sync::Arc<str>,
    },
}

impl Users {
    pub(super) fn ask(&mut self, worker: usize, asked: Asked) -> RequestId {
        self.next += 1;
        self.waiting.insert(self.next, (worker, asked));
        self.next
    }

    /// Each request is answered once.
    pub(super) fn answer(&mut self, id: RequestId, result: &Result<Answer, HerderError>) -> Asked {
        let (_, asked) = self.waiting.remove(&id).expect("each request is answered once");
        if result.is_ok() {
            self.answered += 1;
        }
        asked
    }

    /// A worker is gone, and so are the connections to it.
    pub(super) fn disconnect(&mut self, worker: usize) -> Vec<Asked> {
        let lost = self.waiting.extract_if(.., |_, (asked_of, _)| *asked_of == worker);
        lost.map(|(_, (_, asked))| asked).collect()
    }

    pub(super) fn are_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }
}
