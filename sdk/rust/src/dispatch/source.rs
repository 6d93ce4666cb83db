//! The interfaces `source-connector` and `source-task`.

use super::{Component, Entries, Role, find, milliseconds, start, stop, with_source_task};
use crate::bindings::imports::kafka::connect::types;
use crate::bindings::source::exports::kafka::connect::{source_connector, source_task};
use crate::plugins::{Plugins, SourceClass};
use crate::{Acks, Config, Error, Polled, Records, Result, ScalarMap, SourceTask};
use std::time::Duration;

type Offsets = Vec<(String, Option<String>)>;

fn class<P: Plugins>(class: &str) -> Result<&'static SourceClass> {
    find(P::SOURCES, |entry| &entry.identity, class)
}

impl<P: Plugins> source_connector::Guest for Component<P> {
    fn start(name: String, config: Entries) -> Result<(), types::Error> {
        let class = class::<P>(&name)?;
        Ok(start(|| Ok(Role::Connector((class.start)(config.into())?)))?)
    }

    fn task_configs(max_tasks: u32) -> Result<Vec<Entries>, types::Error> {
        Ok(super::task_configs(max_tasks)?)
    }

    fn monitor() -> Result<Option<u32>, types::Error> {
        Ok(super::monitor()?)
    }

    fn stop() {
        stop();
    }

    fn exactly_once_support(name: String, config: Entries) -> source_connector::ExactlyOnce {
        class::<P>(&name)
            .map_or(source_connector::ExactlyOnce::Unknown, |class| (class.exactly_once_support)(&config.into()))
    }

    fn can_define_transaction_boundaries(name: String, config: Entries) -> bool {
        class::<P>(&name).is_ok_and(|class| (class.can_define_transaction_boundaries)(&config.into()))
    }

    fn alter_offsets(name: String, config: Entries, offsets: Offsets) -> Result<bool, types::Error> {
        let class = class::<P>(&name)?;
        let config = Config::from(config);
        Ok((class.alter_offsets)(&config, &parse_offsets(&offsets)?)?)
    }
}

impl<P: Plugins> source_task::Guest for Component<P> {
    fn start(name: String, config: Entries) -> Result<source_task::Options, types::Error> {
        let class = class::<P>(&name)?;
        start(|| Ok(Role::SourceTask((class.start_task)(config.into())?, Box::default())))?;
        let options = with_source_task("start", |task, _| Ok(task.options()))?;
        Ok(source_task::Options { acknowledge_records: options.acknowledge_records, commit: options.commit })
    }

    fn poll(limits: source_task::Limits) -> Result<source_task::Polled, types::Error> {
        Ok(with_source_task("poll", |task, records| poll(task, records, limits))?)
    }

    fn acknowledged(acks: Vec<u8>) -> Result<(), types::Error> {
        Ok(with_source_task("acknowledged", |task, _| {
            let acks = Acks::parse(&acks, &wasm_connect_batch::Limits::default())?;
            task.acknowledged(&acks)
        })?)
    }

    fn commit() -> Result<(), types::Error> {
        Ok(with_source_task("commit", |task, _| task.commit())?)
    }

    fn stop() {
        stop();
    }
}

fn poll(task: &mut dyn SourceTask, records: &mut Records, limits: source_task::Limits) -> Result<source_task::Polled> {
    if let Some(time) = records.take_idle() {
        return Ok(source_task::Polled::Idle(milliseconds(time)));
    }
    records.restart(crate::Limits {
        max_records: limits.max_records as usize,
        max_bytes: limits.max_bytes as usize,
        max_wait: Duration::from_millis(limits.max_wait_ms.into()),
    });
    match task.poll(records)? {
        Polled::Records if records.is_empty() => Ok(source_task::Polled::Idle(0)),
        Polled::Idle(time) if records.is_empty() => Ok(source_task::Polled::Idle(milliseconds(time))),
        polled => {
            records.idle_next(polled);
            Ok(source_task::Polled::Records(records.finish()))
        }
    }
}

fn parse_offsets(offsets: &Offsets) -> Result<Vec<(ScalarMap, Option<ScalarMap>)>> {
    let parse = |text: &String| {
        ScalarMap::parse(text).map_err(|error| Error::config(format_args!("cannot read {text}: {error}")))
    };
    offsets.iter().map(|(partition, offset)| Ok((parse(partition)?, offset.as_ref().map(parse).transpose()?))).collect()
}
