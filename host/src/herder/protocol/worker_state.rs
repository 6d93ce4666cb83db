//! What a member says when it joins (Java's `ExtendedWorkerState`).

use super::bytes::{MalformedProtocol, Reader, Writer};
use super::{Assignment, ConnectProtocol};

/// A worker as the leader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerState {
    /// Where its REST API is, with a `/` at the end.
    pub url: String,
    /// How far it has read the config topic: the offset of the next record.
    pub offset: i64,
    /// What it runs; none: nothing, or it does not say because the protocol is eager.
    pub assignment: Option<Assignment>,
}

// === impl WorkerState ===

impl WorkerState {
    pub fn encode(&self, protocol: ConnectProtocol) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.int16(protocol.version());
        writer.string(&self.url);
        writer.int64(self.offset);
        if protocol != ConnectProtocol::Eager {
            let assignment = self.assignment.as_ref().map(|assignment| assignment.encode(protocol));
            writer.nullable_bytes(assignment.as_deref());
        }
        writer.finish()
    }

    /// Of any version.
    pub fn decode(bytes: &[u8]) -> Result<Self, MalformedProtocol> {
        let mut reader = Reader::new(bytes);
        if reader.int16()? < 0 {
            return Err(reader.malformed("a negative version"));
        }
        let url = reader.string()?.to_owned();
        let offset = reader.int64()?;
        let assignment = if reader.is_at_end() { None } else { reader.nullable_bytes()? };
        Ok(Self { url, offset, assignment: assignment.map(Assignment::decode).transpose()? })
    }
}
