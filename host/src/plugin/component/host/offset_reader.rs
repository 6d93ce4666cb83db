//! `kafka:connect/offset-reader`: the committed offsets of a source.

use crate::plugin::component::bindings::imported::{offset_reader, types};
use crate::plugin::component::state::State;

impl offset_reader::Host for State {
    async fn offsets(&mut self, partitions: Vec<String>) -> Result<Vec<Option<String>>, types::Error> {
        match &self.context.offsets {
            // Java's reader fails the task with a ConnectException, whatever the reason.
            Some(reader) => reader.offsets(partitions).await.map_err(types::Error::Fatal),
            None => Err(types::Error::Fatal("there are no source offsets here: only sources have them".into())),
        }
    }
}
