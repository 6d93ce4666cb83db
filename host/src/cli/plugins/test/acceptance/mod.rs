//! The suite that any plugin can be held against: what Connect's guide for connector developers asks, check by check.

mod any;
mod random;
mod records;
mod sink;
mod source;
mod stage;

use std::fmt::Write as _;
use std::future::Future;
use std::time::Duration;

use super::lines::Lines;
use super::play;
use super::refusals::Refusals;
use super::subject::Subject;
use super::temporary::TemporaryDirectory;
use super::{Answer, Args};
use crate::config::config_def::Grant;
use crate::connect::Config;
use crate::plugin::ports::PluginKind;

/// How long one check may take.
const DEADLINE: Duration = Duration::from_secs(120);

/// What a check found when nothing is wrong.
pub enum Found {
    /// With what was seen.
    Fine(String),
    /// The check says nothing about this plugin, or with this configuration.
    Moot(&'static str),
}

/// What a check found; an error is what is wrong.
pub type Verdict = Result<Found, String>;

/// What the checks work with.
pub struct Scene<'a> {
    pub subject: &'a Subject,
    pub lines: &'a Lines,
    /// What a sink or a stage is fed.
    pub input: Vec<String>,
    pub idempotent: bool,
    /// How long a source may take to bring records.
    pub patience: Duration,
}

impl Scene<'_> {
    /// The subject with the files that it writes in a directory of their own.
    pub fn redirected(&self) -> Result<(Subject, TemporaryDirectory), String> {
        let directory = TemporaryDirectory::new()?;
        let mut config = self.subject.config.clone();
        for key in self.subject.plugin.config.iter() {
            let writes = key.grants.iter().any(|grant| matches!(grant, Grant::WriteFile | Grant::WriteDir));
            if let (true, Some(value)) = (writes, config.get_mut(&*key.name)) {
                *value = directory.path().join(&*key.name).display().to_string();
                if key.grants.contains(&Grant::WriteDir) {
                    std::fs::create_dir_all(&*value).map_err(|error| format!("could not make {value}: {error}"))?;
                }
            }
        }
        Ok((self.subject.with(config), directory))
    }
}

/// The verdicts, a line each.
#[derive(Default)]
struct Report {
    text: String,
    failed: usize,
    checks: usize,
}

impl Report {
    async fn check(&mut self, what: &str, check: impl Future<Output = Verdict>) {
        let verdict = tokio::time::timeout(DEADLINE, check).await;
        self.add(what, verdict.unwrap_or_else(|_| Err(format!("it took longer than {DEADLINE:?}"))));
    }

    fn add(&mut self, what: &str, verdict: Verdict) {
        self.checks += 1;
        // Writing to a string cannot fail.
        let _ = match verdict {
            Ok(Found::Fine(seen)) if seen.is_empty() => writeln!(self.text, "ok      {what}"),
            Ok(Found::Fine(seen)) => writeln!(self.text, "ok      {what}: {seen}"),
            Ok(Found::Moot(why)) => writeln!(self.text, "moot    {what}: {why}"),
            Err(reason) => {
                self.failed += 1;
                writeln!(self.text, "failed  {what}: {reason}")
            }
        };
    }
}

/// All checks that are for this kind of plugin.
pub async fn run(subject: &Subject, lines: &Lines, args: &Args, refusals: &Refusals) -> Result<Answer, String> {
    let input = match &args.input {
        Some(path) => play::read_lines(path)?,
        None => (0..20).map(|number| format!("\"text {number}\"")).collect(),
    };
    let (idempotent, patience) = (args.idempotent, Duration::from_secs(args.seconds));
    let scene = Scene { subject, lines, input, idempotent, patience };
    let mut report = Report::default();
    report.add("its keys are well formed", any::keys(&scene));
    report.check("its configuration is valid", any::valid(&scene)).await;
    report.check("its validation answers whatever it is asked", any::validation(&scene)).await;
    report.check("its start says what is wrong with a configuration", any::starts(&scene)).await;
    match subject.plugin.kind {
        PluginKind::Source => {
            report.check("task configurations are as many as there may be", any::task_configs(&scene)).await;
            report.check("its batches are well formed", source::batches(&scene)).await;
            report.check("its batches are within the limits of a poll", source::limits(&scene)).await;
            report.check("after a kill it resumes, and loses and repeats nothing", source::resumes(&scene)).await;
            report.check("it stops promptly", source::stops(&scene)).await;
            report.check("a stream that vanishes is no trap", source::vanishes(&scene)).await;
        }
        PluginKind::Sink => {
            report.check("task configurations are as many as there may be", any::task_configs(&scene)).await;
            report.check("it takes records and commits no more than it got", sink::takes(&scene)).await;
            report.check("it takes an empty batch", sink::takes_nothing(&scene)).await;
            report.check("partitions come and go", sink::partitions(&scene)).await;
            report.check("a batch that comes again after a crash is taken", sink::comes_again(&scene)).await;
            report.check("two tasks create the same target at once", sink::two_tasks(&scene)).await;
            report.check("a schema changes midway", sink::schema_changes(&scene)).await;
            report.check("it stops promptly", sink::stops(&scene)).await;
        }
        PluginKind::Transformation | PluginKind::Predicate | PluginKind::Converter | PluginKind::HeaderConverter => {
            report.check("it answers each record of a batch", stage::takes(&scene)).await;
            report.check("it takes an empty batch", stage::takes_nothing(&scene)).await;
            report.check("tombstones and other nulls are no trap", stage::nulls(&scene)).await;
            report.check("values of every type are no trap", stage::types(&scene)).await;
            report.check("a schema changes midway", stage::schema_changes(&scene)).await;
            report.check("a record becomes the same whatever came before it", stage::independent(&scene)).await;
            report.check("it is closed promptly", stage::closes(&scene)).await;
        }
    }
    let refused = refusals.all();
    let granted = if refused.is_empty() {
        Ok(Found::Fine(String::new()))
    } else {
        Err(format!("it was refused {} times, first to {}", refused.len(), refused[0]))
    };
    report.add("it tries nothing that it did not ask a grant for", granted);
    let Report { mut text, failed, checks } = report;
    let _ = writeln!(text, "{} {}: {failed} of {checks} checks failed", subject.plugin.kind, subject.plugin.class);
    Ok(if failed == 0 { Answer::Fine(text) } else { Answer::Faulty(text) })
}

/// The configuration with one value replaced.
pub fn with(config: &Config, key: &str, value: impl Into<String>) -> Config {
    let mut with = config.clone();
    with.insert(key.to_owned(), value.into());
    with
}
