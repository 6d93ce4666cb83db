//! Asks for what a converter lacks, again and again if nobody answers (the retries of Java's `RetryWithToleranceOperator`).

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::{ErrorHandling, Failure, PipelineStage, TaskFailure};
use crate::connect::caps;
use crate::converter::{ConvertError, Lookup, LookupError};
use crate::plugin::ports::StopSignal;

/// How long a retriable operation is tried again.
#[derive(Clone, Copy, Debug)]
pub struct RetryPolicy {
    /// `errors.retry.timeout`, from the first attempt; none: without end.
    pub timeout: Option<Duration>,
    /// `errors.retry.delay.max.ms`
    pub delay_max: Duration,
}

/// What a record's conversion waits for.
pub struct Lacking {
    pub lookup: Arc<dyn Lookup>,
    pub stage: PipelineStage,
    /// The converter's.
    pub class: Arc<str>,
}

/// How asking ended, unless it failed the task.
pub enum LookedUp {
    /// The record can be converted now.
    Found,
    /// It never can.
    Refused(ConvertError),
    /// The task is being stopped.
    Stopped,
}

impl ErrorHandling {
    /// Asks until there is an answer, the task is stopped, or `errors.retry.timeout` is over.
    ///
    /// # Errors
    /// Nobody answered in time. That ends the task whatever is tolerated: nothing is known against the record, so that skipping it
    /// would lose it.
    pub async fn look_up(&self, lacking: &Lacking, stop: &StopSignal) -> Result<LookedUp, TaskFailure> {
        let deadline = self.retry.timeout.map(|timeout| Instant::now() + timeout);
        let mut delay = caps::STAGE_RETRY_DELAY_MIN.min(self.retry.delay_max);
        loop {
            let answer = tokio::select! {
                biased;
                () = stop.stopped() => return Ok(LookedUp::Stopped),
                answer = lacking.lookup.run() => answer,
            };
            let message = match answer {
                Ok(()) => return Ok(LookedUp::Found),
                Err(LookupError::Failed(error)) => return Ok(LookedUp::Refused(error)),
                Err(LookupError::Retriable(message)) => message,
            };
            let now = Instant::now();
            let left = deadline.map_or(Duration::MAX, |deadline| deadline.saturating_duration_since(now));
            if left.is_zero() {
                return Err(self.unanswered(lacking, &message));
            }
            let wait = delay.min(left);
            tracing::warn!("{}: {message}; asking again in {} ms", self.task, wait.as_millis());
            tokio::select! {
                () = stop.stopped() => return Ok(LookedUp::Stopped),
                () = tokio::time::sleep(wait) => {}
            }
            delay = (delay * 2).min(self.retry.delay_max);
        }
    }

    fn unanswered(&self, lacking: &Lacking, message: &str) -> TaskFailure {
        let Lacking { stage, class, .. } = lacking;
        let exception = "org.apache.kafka.connect.errors.RetriableException";
        let failure = Failure { stage: *stage, class, exception, message };
        TaskFailure::caused_by("errors.retry.timeout is over", failure)
            .at(format_args!("stage '{stage}' with class '{class}'"))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use async_trait::async_trait;

    use super::*;
    use crate::config::connector_config::Tolerance;
    use crate::connect::ConnectorTaskId;

    struct Answers {
        retriable: usize,
        asked: AtomicUsize,
        last: Result<(), LookupError>,
    }

    #[async_trait]
    impl Lookup for Answers {
        async fn run(&self) -> Result<(), LookupError> {
            if self.asked.fetch_add(1, Ordering::Relaxed) < self.retriable {
                return Err(LookupError::Retriable("nobody there".to_owned()));
            }
            self.last.clone()
        }
    }

    /// What came of it, and after how many questions.
    async fn look_up(retriable: usize, timeout_ms: Option<u64>, last: Result<(), LookupError>) -> (String, usize) {
        let retry = RetryPolicy { timeout: timeout_ms.map(Duration::from_millis), delay_max: Duration::from_millis(2) };
        let task = ConnectorTaskId { connector: "c".into(), task: 0 };
        let errors =
            ErrorHandling { task, tolerance: Tolerance::All, log: false, log_messages: false, retry, queue: None };
        let answers = Arc::new(Answers { retriable, asked: AtomicUsize::new(0), last });
        let lacking =
            Lacking { lookup: answers.clone(), stage: PipelineStage::ValueConverter, class: "x.Converter".into() };
        let outcome = match errors.look_up(&lacking, &StopSignal::default()).await {
            Ok(LookedUp::Found) => "found".to_owned(),
            Ok(LookedUp::Refused(error)) => error.to_string(),
            Ok(LookedUp::Stopped) => "stopped".to_owned(),
            Err(failure) => failure.to_string(),
        };
        (outcome, answers.asked.load(Ordering::Relaxed))
    }

    #[tokio::test]
    async fn it_is_asked_again_until_there_is_an_answer() {
        assert_eq!(look_up(4, Some(60_000), Ok(())).await, ("found".to_owned(), 5));
        assert_eq!(look_up(4, None, Ok(())).await.0, "found");
        let refused = Err(LookupError::Failed(ConvertError("no such schema".into())));
        assert_eq!(look_up(1, Some(60_000), refused).await, ("no such schema".to_owned(), 2));
    }

    #[tokio::test]
    async fn the_task_ends_when_the_time_is_over_though_everything_is_tolerated() {
        let given_up = "errors.retry.timeout is over at stage 'VALUE_CONVERTER' with class 'x.Converter': \
                        org.apache.kafka.connect.errors.RetriableException: nobody there";
        assert_eq!(look_up(9, Some(0), Ok(())).await, (given_up.to_owned(), 1));
        let (outcome, asked) = look_up(usize::MAX, Some(20), Ok(())).await;
        assert_eq!(outcome, given_up);
        assert!(asked > 1, "{asked}");
    }
}
