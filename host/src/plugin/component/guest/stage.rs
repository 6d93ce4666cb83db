//! `kafka:connect/transformation`, `predicate` and `converter`: one call a batch.

use std::sync::Arc;

use async_trait::async_trait;

use crate::connect::Config;
use crate::converter::ConverterType;
use crate::plugin::component::bindings::exported::{converter, predicate, transformation};
use crate::plugin::component::bindings::imported::types;
use crate::plugin::component::convert;
use crate::plugin::component::instance::{Instance, call};
use crate::plugin::ports::{MemoryUse, PluginError, RecordError, Stage, StageAnswer};

/// A stage in its own store.
pub struct ComponentStage {
    pub instance: Instance,
    pub guest: StageGuest,
    pub class: String,
    pub config: Arc<Config>,
}

/// The interface that a stage is called by.
pub enum StageGuest {
    Transformation(transformation::Guest),
    Predicate(predicate::Guest),
    FromConnect(converter::Guest, ConverterType),
    ToConnect(converter::Guest, ConverterType),
}

/// [`call!`] by the name of a guest that is no field of its own.
struct Called<'i, G> {
    instance: &'i mut Instance,
    guest: &'i G,
}

fn role(of: ConverterType) -> converter::Role {
    match of {
        ConverterType::Key => converter::Role::Key,
        ConverterType::Value => converter::Role::Value,
        ConverterType::Header => converter::Role::Headers,
    }
}

fn answer(outcome: types::Outcome) -> StageAnswer {
    let error =
        |error: types::RecordError| RecordError { index: error.index, message: convert::error_message(error.message) };
    StageAnswer { bytes: outcome.batch, failed: outcome.failed.into_iter().map(error).collect() }
}

#[async_trait]
impl Stage for ComponentStage {
    async fn configure(&mut self) -> Result<(), PluginError> {
        let Self { instance, guest, class, config } = self;
        let config = convert::config_to_guest(config);
        match guest {
            StageGuest::Transformation(guest) => {
                let called = Called { instance, guest };
                call!(fallible called, "configure", call_configure(class, &config))
            }
            StageGuest::Predicate(guest) => {
                let called = Called { instance, guest };
                call!(fallible called, "configure", call_configure(class, &config))
            }
            StageGuest::FromConnect(guest, of) | StageGuest::ToConnect(guest, of) => {
                let called = Called { instance, guest };
                call!(fallible called, "configure", call_configure(class, &config, role(*of)))
            }
        }?;
        self.instance.started();
        Ok(())
    }

    async fn process(&mut self, batch: &[u8]) -> Result<StageAnswer, PluginError> {
        let Self { instance, guest, .. } = self;
        match guest {
            StageGuest::Transformation(guest) => {
                let called = Called { instance, guest };
                call!(fallible called, "apply", call_apply(batch)).map(answer)
            }
            StageGuest::Predicate(guest) => {
                let called = Called { instance, guest };
                let bytes = call!(fallible called, "test", call_test(batch))?;
                Ok(StageAnswer { bytes, failed: Vec::new() })
            }
            StageGuest::FromConnect(guest, _) => {
                let called = Called { instance, guest };
                call!(fallible called, "from-connect", call_from_connect(batch)).map(answer)
            }
            StageGuest::ToConnect(guest, _) => {
                let called = Called { instance, guest };
                call!(fallible called, "to-connect", call_to_connect(batch)).map(answer)
            }
        }
    }

    async fn close(&mut self) -> Result<(), PluginError> {
        let Self { instance, guest, .. } = self;
        if instance.is_dead() {
            return Ok(());
        }
        match guest {
            StageGuest::Transformation(guest) => {
                let called = Called { instance, guest };
                call!(called, "close", call_close())
            }
            StageGuest::Predicate(guest) => {
                let called = Called { instance, guest };
                call!(called, "close", call_close())
            }
            // The contract has no such call for converters, as Java's worker makes none.
            StageGuest::FromConnect(..) | StageGuest::ToConnect(..) => Ok(()),
        }
    }

    fn outgrown(&self) -> Option<MemoryUse> {
        self.instance.outgrown()
    }
}
