//! Avro's binary form, read from bytes that may be anything.

use crate::converter::ConvertError;
use crate::converter::binary::{self, Format, put_zigzag};

/// Avro's binary form.
pub(super) struct Avro;

impl Format for Avro {
    const NAME: &str = "Avro";
}

/// Bytes in it.
pub(super) type Input<'a> = binary::Input<'a, Avro>;

impl<'a> Input<'a> {
    pub(super) fn int(&mut self) -> Result<i32, ConvertError> {
        let start = self.position();
        let value = self.zigzag()?;
        i32::try_from(value).map_err(|_| self.malformed(format_args!("{value} at {start} is no int")))
    }

    pub(super) fn boolean(&mut self) -> Result<bool, ConvertError> {
        match self.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            [byte] => Err(self.malformed(format_args!("boolean at {} is {byte}", self.position() - 1))),
        }
    }

    pub(super) fn float(&mut self) -> Result<f32, ConvertError> {
        Ok(f32::from_le_bytes(self.array()?))
    }

    pub(super) fn double(&mut self) -> Result<f64, ConvertError> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    /// Bytes with their length in front.
    #[inline]
    pub(super) fn bytes(&mut self) -> Result<&'a [u8], ConvertError> {
        let start = self.position();
        let length = self.zigzag()?;
        let length =
            usize::try_from(length).map_err(|_| self.malformed(format_args!("length at {start} is {length}")))?;
        self.take(length)
    }

    #[inline]
    pub(super) fn string(&mut self) -> Result<&'a str, ConvertError> {
        let start = self.position();
        std::str::from_utf8(self.bytes()?)
            .map_err(|error| self.malformed(format_args!("string at {start} is no UTF-8: {error}")))
    }

    /// Which of `count` alternatives.
    pub(super) fn index(&mut self, count: usize, of: &str) -> Result<usize, ConvertError> {
        let index = self.zigzag()?;
        usize::try_from(index)
            .ok()
            .filter(|index| *index < count)
            .ok_or_else(|| self.malformed(format_args!("{of} has no {index} but {count}")))
    }

    /// The next block of an array or map: how many items, and, if it says so, in how many bytes. None: there is none.
    pub(super) fn block(&mut self) -> Result<Option<(u64, Option<usize>)>, ConvertError> {
        match self.zigzag()? {
            0 => Ok(None),
            count if count > 0 => Ok(Some((count.unsigned_abs(), None))),
            count => {
                let size = self.zigzag()?;
                let size =
                    usize::try_from(size).map_err(|_| self.malformed(format_args!("a block has {size} bytes")))?;
                Ok(Some((count.unsigned_abs(), Some(size))))
            }
        }
    }
}

/// Appends bytes with their length in front.
#[inline]
pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_zigzag(out, bytes.len() as i64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_int_has_32_bits() {
        let mut bytes = Vec::new();
        put_zigzag(&mut bytes, i64::from(i32::MAX) + 1);
        let error = "malformed Avro: 2147483648 at 0 is no int";
        assert_eq!(Input::new(&bytes).int(), Err(ConvertError(error.to_owned())));
    }
}
