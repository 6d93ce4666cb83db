//! What the leader gives to a member (Java's `ExtendedAssignment`).

use super::bytes::{MalformedProtocol, Reader, Writer};
use super::{ConnectProtocol, ConnectorsAndTasks};

/// What a member is to run and to give up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub error: Option<AssignmentError>,
    /// The leader's member id.
    pub leader: String,
    /// Where the leader's REST API is.
    pub leader_url: String,
    /// How far the config topic was read when this was made; a member must have read exactly as far.
    pub offset: i64,
    /// In the eager protocol everything that the member is to run, in the others what is new to it.
    pub assigned: ConnectorsAndTasks,
    pub revoked: ConnectorsAndTasks,
    /// In so many milliseconds the member is to join again, so that what a lost member ran is assigned to others; 0: not for that.
    pub delay_ms: i32,
}

/// Why an assignment is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssignmentError {
    /// The leader has read less of the config topic than another member: all read to its end and join again.
    ConfigMismatch,
    /// One that is not known here.
    Other(i16),
}

// === impl Assignment ===

impl Assignment {
    pub fn failed(&self) -> bool {
        self.error.is_some()
    }

    pub fn encode(&self, protocol: ConnectProtocol) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.int16(protocol.version());
        writer.int16(match self.error {
            None => 0,
            Some(AssignmentError::ConfigMismatch) => 1,
            Some(AssignmentError::Other(code)) => code,
        });
        writer.string(&self.leader);
        writer.string(&self.leader_url);
        writer.int64(self.offset);
        self.assigned.write(&mut writer, true);
        if protocol != ConnectProtocol::Eager {
            self.revoked.write(&mut writer, false);
            writer.int32(self.delay_ms);
        }
        writer.finish()
    }

    /// Of any version; later ones may have fields after those that are known.
    pub fn decode(bytes: &[u8]) -> Result<Self, MalformedProtocol> {
        let mut reader = Reader::new(bytes);
        if reader.int16()? < 0 {
            return Err(reader.malformed("a negative version"));
        }
        let error = match reader.int16()? {
            0 => None,
            1 => Some(AssignmentError::ConfigMismatch),
            code => Some(AssignmentError::Other(code)),
        };
        let (leader, leader_url) = (reader.string()?.to_owned(), reader.string()?.to_owned());
        let offset = reader.int64()?;
        let array = |reader: &mut Reader<'_>| match reader.is_at_end() {
            true => Ok(ConnectorsAndTasks::default()),
            false => ConnectorsAndTasks::read(reader),
        };
        let (assigned, revoked) = (array(&mut reader)?, array(&mut reader)?);
        let delay_ms = if reader.is_at_end() { 0 } else { reader.int32()? };
        Ok(Self { error, leader, leader_url, offset, assigned, revoked, delay_ms })
    }
}
