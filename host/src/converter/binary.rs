//! Binary forms whose numbers are of variable length: what Avro's and Protobuf's have in common.

use std::marker::PhantomData;
use std::ops::Range;

use crate::converter::ConvertError;

/// Whose form it is, for errors.
pub(super) trait Format {
    const NAME: &str;
}

/// Bytes that are read from the front, and may be anything.
pub(super) struct Input<'a, F> {
    bytes: &'a [u8],
    at: usize,
    format: PhantomData<F>,
}

// Derived, it would ask for a format that can be cloned.
impl<F> Clone for Input<'_, F> {
    fn clone(&self) -> Self {
        Input { bytes: self.bytes, at: self.at, format: PhantomData }
    }
}

impl<'a, F: Format> Input<'a, F> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Input { bytes, at: 0, format: PhantomData }
    }

    /// What stands in a range of the same bytes; positions stay those of the whole.
    pub(super) fn part(&self, range: Range<usize>) -> Self {
        Input { bytes: self.bytes.get(..range.end).unwrap_or_default(), at: range.start, format: PhantomData }
    }

    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn left(&self) -> usize {
        self.bytes.len().saturating_sub(self.at)
    }

    pub(super) fn rest(&mut self) -> &'a [u8] {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        self.at = self.bytes.len();
        rest
    }

    pub(super) fn take(&mut self, count: usize) -> Result<&'a [u8], ConvertError> {
        let taken = self.at.checked_add(count).and_then(|end| self.bytes.get(self.at..end));
        let taken = taken.ok_or_else(|| {
            self.malformed(format_args!("{count} bytes wanted at {}, {} are left", self.at, self.left()))
        })?;
        self.at += count;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], ConvertError> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    /// A number of variable length.
    #[inline]
    pub(super) fn varint(&mut self) -> Result<u64, ConvertError> {
        let start = self.at;
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let Some(&byte) = self.bytes.get(self.at) else {
                return Err(self.malformed(format_args!("a number at {start} is cut off")));
            };
            self.at += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(self.malformed(format_args!("a number at {start} has no end")))
    }

    /// A number of variable length, in zigzag.
    #[inline]
    pub(super) fn zigzag(&mut self) -> Result<i64, ConvertError> {
        self.varint().map(unzigzag)
    }

    #[cold]
    pub(super) fn malformed(&self, what: std::fmt::Arguments<'_>) -> ConvertError {
        ConvertError(format!("malformed {}: {what}", F::NAME))
    }
}

/// The number that is written so in zigzag: small numbers below zero are small too.
#[inline]
pub(super) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Appends a number of variable length.
#[inline]
pub(super) fn put_varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// The same in zigzag.
#[inline]
pub(super) fn put_zigzag(out: &mut Vec<u8>, value: i64) {
    put_varint(out, ((value << 1) ^ (value >> 63)) as u64);
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Tested;

    impl Format for Tested {
        const NAME: &str = "bytes";
    }

    #[test]
    fn numbers_are_those_of_the_specifications() {
        for (value, bytes) in [
            (0, vec![0]),
            (1, vec![1]),
            (150, vec![0x96, 1]),
            (u64::MAX, vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
        ] {
            let mut out = Vec::new();
            put_varint(&mut out, value);
            assert_eq!(out, bytes);
            assert_eq!(Input::<Tested>::new(&bytes).varint(), Ok(value));
        }
        for (value, bytes) in [
            (0, vec![0]),
            (-1, vec![1]),
            (1, vec![2]),
            (-64, vec![0x7f]),
            (64, vec![0x80, 1]),
            (i64::MIN, vec![0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]),
        ] {
            let mut out = Vec::new();
            put_zigzag(&mut out, value);
            assert_eq!(out, bytes);
            assert_eq!(Input::<Tested>::new(&bytes).zigzag(), Ok(value));
        }
    }

    #[test]
    fn what_is_cut_off_or_without_an_end_says_where() {
        for (bytes, error) in [
            (&[0x80; 11][..], "malformed bytes: a number at 0 has no end"),
            (&[0x80], "malformed bytes: a number at 0 is cut off"),
        ] {
            assert_eq!(Input::<Tested>::new(bytes).varint(), Err(ConvertError(error.to_owned())));
        }
        let mut input = Input::<Tested>::new(&[1, 2, 3, 4]).part(1..3);
        assert_eq!(input.take(3), Err(ConvertError("malformed bytes: 3 bytes wanted at 1, 2 are left".to_owned())));
        assert_eq!(input.take(usize::MAX).map_err(|error| error.0.len()), Err(67));
        assert_eq!((input.array(), input.left(), input.position()), (Ok([2, 3]), 0, 3));
    }
}
