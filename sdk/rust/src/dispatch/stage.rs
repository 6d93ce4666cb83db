//! The interfaces `transformation`, `predicate` and `converter`.

use super::{Component, Entries, Role, find, start, stop, with_converter, with_predicate, with_transformation};
use crate::bindings::converter::exports::kafka::connect::converter;
use crate::bindings::imports::kafka::connect::types;
use crate::bindings::predicate::exports::kafka::connect::predicate;
use crate::bindings::transformation::exports::kafka::connect::transformation;
use crate::converter::{ConverterRole, Direction};
use crate::plugins::Plugins;
use crate::{Batch, Result};

fn parse(batch: &[u8]) -> Result<Batch<'_>> {
    Ok(Batch::parse(batch, &wasm_connect_batch::Limits::default())?)
}

impl<P: Plugins> transformation::Guest for Component<P> {
    fn configure(name: String, config: Entries) -> Result<(), types::Error> {
        let class = find(P::TRANSFORMATIONS, |entry| &entry.identity, &name)?;
        Ok(start(|| Ok(Role::Transformation((class.configure)(config.into())?)))?)
    }

    fn apply(batch: Vec<u8>) -> Result<types::Outcome, types::Error> {
        let (batch, failed) = with_transformation("apply", |apply| apply.apply(&parse(&batch)?))?;
        Ok(types::Outcome { batch, failed })
    }

    fn close() {
        stop();
    }
}

impl<P: Plugins> predicate::Guest for Component<P> {
    fn configure(name: String, config: Entries) -> Result<(), types::Error> {
        let class = find(P::PREDICATES, |entry| &entry.identity, &name)?;
        Ok(start(|| Ok(Role::Predicate((class.configure)(config.into())?)))?)
    }

    fn test(batch: Vec<u8>) -> Result<Vec<u8>, types::Error> {
        Ok(with_predicate("test", |predicate| predicate.test(&parse(&batch)?))?)
    }

    fn close() {
        stop();
    }
}

fn convert(call: &str, batch: &[u8], direction: Direction) -> Result<types::Outcome, types::Error> {
    let converted =
        with_converter(call, |converter| crate::converter::convert_batch(converter, &parse(batch)?, direction));
    let (batch, failed) = converted?;
    Ok(types::Outcome { batch, failed })
}

impl<P: Plugins> converter::Guest for Component<P> {
    fn configure(name: String, config: Entries, role: converter::Role) -> Result<(), types::Error> {
        let role = match role {
            converter::Role::Key => ConverterRole::Key,
            converter::Role::Value => ConverterRole::Value,
            converter::Role::Headers => {
                let class = find(P::HEADER_CONVERTERS, |entry| &entry.identity, &name)?;
                return Ok(start(|| Ok(Role::Converter((class.configure)(config.into())?)))?);
            }
        };
        let class = find(P::CONVERTERS, |entry| &entry.identity, &name)?;
        Ok(start(|| Ok(Role::Converter((class.configure)(config.into(), role)?)))?)
    }

    fn from_connect(batch: Vec<u8>) -> Result<types::Outcome, types::Error> {
        convert("from-connect", &batch, Direction::FromConnect)
    }

    fn to_connect(batch: Vec<u8>) -> Result<types::Outcome, types::Error> {
        convert("to-connect", &batch, Direction::ToConnect)
    }
}
