//! Avro's binary form, read from bytes that may be anything.

use std::ops::Range;

use crate::converter::ConvertError;

/// Bytes that are read from the front.
#[derive(Clone)]
pub(super) struct Input<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Input { bytes, at: 0 }
    }

    /// What stands in a range of the same bytes.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        Input { bytes: self.bytes.get(..range.end).unwrap_or_default(), at: range.start }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], ConvertError> {
        let taken = self.at.checked_add(count).and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| {
            ConvertError(format!("malformed Avro: {count} bytes wanted at {}, {} are left", self.at, self.left()))
        })?;
        self.at += count;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], ConvertError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// A number of variable length, in zigzag.
    #[inline]
    pub(super) fn long(&mut self) -> Result<i64, ConvertError> {
        let start = self.at;
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let Some(&byte) = self.bytes.get(self.at) else {
                return Err(ConvertError(format!("malformed Avro: a number at {start} is cut off")));
            };
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok((value >> 1) as i64 ^ -((value & 1) as i64));
            }
        }
        Err(ConvertError(format!("malformed Avro: a number at {start} has no end")))
    }

    pub(super) fn int(&mut self) -> Result<i32, ConvertError> {
        let start = self.at;
        let value = self.long()?;
        i32::try_from(value).map_err(|_| ConvertError(format!("malformed Avro: {value} at {start} is no int")))
    }

    pub(super) fn boolean(&mut self) -> Result<bool, ConvertError> {
        match self.array()? {
            [0] => Ok(false),
            [1] => Ok(true),
            [byte] => Err(ConvertError(format!("malformed Avro: boolean at {} is {byte}", self.at - 1))),
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
        let start = self.at;
        let length = self.long()?;
        let length = usize::try_from(length)
            .map_err(|_| ConvertError(format!("malformed Avro: length at {start} is {length}")))?;
        self.take(length)
    }

    #[inline]
    pub(super) fn string(&mut self) -> Result<&'a str, ConvertError> {
        let start = self.at;
        std::str::from_utf8(self.bytes()?)
            .map_err(|error| ConvertError(format!("malformed Avro: string at {start} is no UTF-8: {error}")))
    }

    /// Which of `count` alternatives.
    pub(super) fn index(&mut self, count: usize, of: &str) -> Result<usize, ConvertError> {
        let index = self.long()?;
        usize::try_from(index)
            .ok()
            .filter(|index| *index < count)
            .ok_or_else(|| ConvertError(format!("malformed Avro: {of} has no {index} but {count}")))
    }

    /// The next block of an array or map: how many items, and, if it says so, in how many bytes. None: there is none.
    pub(super) fn block(&mut self) -> Result<Option<(u64, Option<usize>)>, ConvertError> {
        match self.long()? {
            0 => Ok(None),
            count if count > 0 => Ok(Some((count.unsigned_abs(), None))),
            count => {
                let size = self.long()?;
                let size = usize::try_from(size)
                    .map_err(|_| ConvertError(format!("malformed Avro: a block has {size} bytes")))?;
                Ok(Some((count.unsigned_abs(), Some(size))))
            }
        }
    }
}

/// Appends a number of variable length, in zigzag.
#[inline]
pub(super) fn put_long(out: &mut Vec<u8>, value: i64) {
    let mut left = ((value << 1) ^ (value >> 63)) as u64;
    while left >= 0x80 {
        out.push(left as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
}

/// Appends bytes with their length in front.
#[inline]
pub(super) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_long(out, bytes.len() as i64);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_of_the_specification() {
        for (value, bytes) in [
            (0, vec![0]),
            (-1, vec![1]),
            (1, vec![2]),
            (-64, vec![0x7f]),
            (64, vec![0x80, 1]),
            (i64::MIN, vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
        ] {
            let mut out = Vec::new();
            put_long(&mut out, value);
            assert_eq!(out, bytes);
            assert_eq!(Input::new(&bytes).long(), Ok(value));
        }
        assert!(Input::new(&[0x80; 11]).long().is_err());
        assert!(Input::new(&[0x80]).long().is_err());
        assert!(Input::new(&[0xff, 0xff, 0xff, 0xff, 0xff, 1]).int().is_err());
    }
}
