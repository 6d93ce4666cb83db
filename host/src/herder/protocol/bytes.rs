//! The few types of Kafka's wire format that the protocol of the group is made of.

/// These bytes are not what a worker of Kafka Connect says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed bytes of the group's protocol at {at} of {len}: {what}")]
pub struct MalformedProtocol {
    pub what: &'static str,
    pub at: usize,
    pub len: usize,
}

/// Appends big-endian fields.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

/// Reads what a [`Writer`] wrote. Never beyond the end.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

// === impl Writer ===

impl Writer {
    pub(super) fn int16(&mut self, value: i16) {
        self.0.extend(value.to_be_bytes());
    }

    pub(super) fn int32(&mut self, value: i32) {
        self.0.extend(value.to_be_bytes());
    }

    pub(super) fn int64(&mut self, value: i64) {
        self.0.extend(value.to_be_bytes());
    }

    /// Of a longer text only the beginning: the assignors leave out connectors with such names.
    pub(super) fn string(&mut self, text: &str) {
        let text = &text[..text.floor_char_boundary(i16::MAX as usize)];
        self.int16(text.len() as i16);
        self.0.extend(text.as_bytes());
    }

    pub(super) fn nullable_bytes(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => {
                self.length(bytes.len());
                self.0.extend(bytes);
            }
            None => self.int32(-1),
        }
    }

    /// Of what follows.
    pub(super) fn length(&mut self, length: usize) {
        self.int32(i32::try_from(length).unwrap_or(i32::MAX));
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

// === impl Reader ===

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// Nothing is left. Trailing fields that are missing have their defaults.
    pub(super) fn is_at_end(&self) -> bool {
        self.at == self.bytes.len()
    }

    pub(super) fn int16(&mut self) -> Result<i16, MalformedProtocol> {
        self.array().map(i16::from_be_bytes)
    }

    pub(super) fn int32(&mut self) -> Result<i32, MalformedProtocol> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn int64(&mut self) -> Result<i64, MalformedProtocol> {
        self.array().map(i64::from_be_bytes)
    }

    pub(super) fn string(&mut self) -> Result<&'a str, MalformedProtocol> {
        let length = self.int16()?;
        let length = usize::try_from(length).map_err(|_| self.malformed("a text of negative length"))?;
        str::from_utf8(self.take(length)?).map_err(|_| self.malformed("a text that is not UTF-8"))
    }

    /// −1: none.
    pub(super) fn nullable_bytes(&mut self) -> Result<Option<&'a [u8]>, MalformedProtocol> {
        match self.nullable_length()? {
            Some(length) => self.take(length).map(Some),
            None => Ok(None),
        }
    }

    /// −1: none. Nothing says that so much follows.
    pub(super) fn nullable_length(&mut self) -> Result<Option<usize>, MalformedProtocol> {
        match self.int32()? {
            -1 => Ok(None),
            length => usize::try_from(length).map(Some).map_err(|_| self.malformed("a negative length")),
        }
    }

    pub(super) fn malformed(&self, what: &'static str) -> MalformedProtocol {
        MalformedProtocol { what, at: self.at, len: self.bytes.len() }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], MalformedProtocol> {
        let end = self.malformed("it ends too early");
        self.take(N)?.try_into().map_err(|_| end)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], MalformedProtocol> {
        let taken = self.bytes[self.at..].get(..length).ok_or_else(|| self.malformed("it ends too early"))?;
        self.at += length;
        Ok(taken)
    }
}
