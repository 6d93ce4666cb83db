//! Protobuf's wire format, read from bytes that may be anything, and written.

use std::borrow::Cow;

use crate::converter::ConvertError;
use crate::converter::binary::{self, Format, put_varint, unzigzag};

/// How a field's value is delimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WireType {
    Varint,
    Fixed64,
    Delimited,
    StartGroup,
    EndGroup,
    Fixed32,
}

/// How deep groups that nobody knows may be nested.
const MAX_GROUPS: u16 = 100;

/// How a number, a text or bytes are encoded: Protobuf's scalar types.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Int32,
    Int64,
    Uint32,
    Uint64,
    Sint32,
    Sint64,
    Fixed32,
    Fixed64,
    Sfixed32,
    Sfixed64,
    Bool,
    Float,
    Double,
    /// Lossy: what is no UTF-8 is replaced, as proto2 allows.
    Text {
        lossy: bool,
    },
    Bytes,
}

/// One value; unsigned 64-bit numbers are longs of the same bits, as in Java.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Int(i64),
    Bool(bool),
    Float(f32),
    Double(f64),
    Text(Cow<'a, str>),
    Bytes(Cow<'a, [u8]>),
}

impl Encoding {
    pub(super) fn wire(self) -> WireType {
        match self {
            Encoding::Fixed32 | Encoding::Sfixed32 | Encoding::Float => WireType::Fixed32,
            Encoding::Fixed64 | Encoding::Sfixed64 | Encoding::Double => WireType::Fixed64,
            Encoding::Text { .. } | Encoding::Bytes => WireType::Delimited,
            _ => WireType::Varint,
        }
    }

    /// Whether repeated values may be written one behind the other under one tag.
    pub(super) fn is_packable(self) -> bool {
        self.wire() != WireType::Delimited
    }

    /// What an absent value is taken for.
    pub(super) fn zero(self) -> Scalar<'static> {
        match self {
            Encoding::Bool => Scalar::Bool(false),
            Encoding::Float => Scalar::Float(0.0),
            Encoding::Double => Scalar::Double(0.0),
            Encoding::Text { .. } => Scalar::Text(Cow::Borrowed("")),
            Encoding::Bytes => Scalar::Bytes(Cow::Borrowed(&[])),
            _ => Scalar::Int(0),
        }
    }
}

/// Protobuf's wire format.
pub(super) struct Protobuf;

impl Format for Protobuf {
    const NAME: &str = "Protobuf";
}

/// Bytes in it.
pub(super) type Input<'a> = binary::Input<'a, Protobuf>;

impl<'a> Input<'a> {
    /// A field's number, and how its value is delimited.
    #[inline]
    pub(super) fn tag(&mut self) -> Result<(u32, WireType), ConvertError> {
        let start = self.position();
        let tag = self.varint()?;
        let wire = match tag & 7 {
            0 => WireType::Varint,
            1 => WireType::Fixed64,
            2 => WireType::Delimited,
            3 => WireType::StartGroup,
            4 => WireType::EndGroup,
            5 => WireType::Fixed32,
            other => return Err(self.malformed(format_args!("wire type {other} at {start}"))),
        };
        match u32::try_from(tag >> 3) {
            Ok(number) if number != 0 => Ok((number, wire)),
            _ => Err(self.malformed(format_args!("field number {} at {start}", tag >> 3))),
        }
    }

    /// Passes a value by: where it starts and ends, without its length.
    #[inline]
    pub(super) fn pass(&mut self, number: u32, wire: WireType) -> Result<(usize, usize), ConvertError> {
        let start = self.position();
        match wire {
            WireType::Varint => drop(self.varint()?),
            WireType::Fixed64 => drop(self.take(8)?),
            WireType::Fixed32 => drop(self.take(4)?),
            WireType::Delimited => {
                let length = self.varint()?;
                let start = self.position();
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                self.take(length)?;
                return Ok((start, self.position()));
            }
            WireType::StartGroup => self.pass_group(number, 0)?,
            WireType::EndGroup => {
                return Err(self.malformed(format_args!("group {number} ends at {start} without a start")));
            }
        }
        Ok((start, self.position()))
    }

    fn pass_group(&mut self, group: u32, depth: u16) -> Result<(), ConvertError> {
        if depth >= MAX_GROUPS {
            return Err(self.malformed(format_args!("groups are nested deeper than {MAX_GROUPS}")));
        }
        loop {
            match self.tag()? {
                (number, WireType::EndGroup) if number == group => return Ok(()),
                (number, WireType::StartGroup) => self.pass_group(number, depth + 1)?,
                (number, wire) => drop(self.pass(number, wire)?),
            }
        }
    }

    /// One value; text and bytes are all that is left.
    #[inline]
    pub(super) fn scalar(&mut self, encoding: Encoding) -> Result<Scalar<'a>, ConvertError> {
        Ok(match encoding {
            Encoding::Int32 => Scalar::Int(i64::from(self.varint()? as i32)),
            Encoding::Int64 | Encoding::Uint64 => Scalar::Int(self.varint()? as i64),
            Encoding::Uint32 => Scalar::Int(i64::from(self.varint()? as u32)),
            Encoding::Sint32 => Scalar::Int(unzigzag(u64::from(self.varint()? as u32))),
            Encoding::Sint64 => Scalar::Int(self.zigzag()?),
            Encoding::Fixed32 => Scalar::Int(i64::from(u32::from_le_bytes(self.array()?))),
            Encoding::Sfixed32 => Scalar::Int(i64::from(i32::from_le_bytes(self.array()?))),
            Encoding::Fixed64 | Encoding::Sfixed64 => Scalar::Int(i64::from_le_bytes(self.array()?)),
            Encoding::Bool => Scalar::Bool(self.varint()? != 0),
            Encoding::Float => Scalar::Float(f32::from_le_bytes(self.array()?)),
            Encoding::Double => Scalar::Double(f64::from_le_bytes(self.array()?)),
            Encoding::Text { lossy: true } => Scalar::Text(String::from_utf8_lossy(self.rest())),
            Encoding::Text { lossy: false } => {
                let start = self.position();
                let text = std::str::from_utf8(self.rest())
                    .map_err(|error| self.malformed(format_args!("string at {start} is no UTF-8: {error}")))?;
                Scalar::Text(Cow::Borrowed(text))
            }
            Encoding::Bytes => Scalar::Bytes(Cow::Borrowed(self.rest())),
        })
    }
}

// === writing

#[inline]
pub(super) fn put_tag(out: &mut Vec<u8>, number: u32, wire: WireType) {
    let wire = match wire {
        WireType::Varint => 0,
        WireType::Fixed64 => 1,
        WireType::Delimited => 2,
        WireType::StartGroup => 3,
        WireType::EndGroup => 4,
        WireType::Fixed32 => 5,
    };
    put_varint(out, u64::from(number) << 3 | wire);
}

/// Appends what `write` does, with its length in front.
pub(super) fn put_delimited(
    out: &mut Vec<u8>,
    write: impl FnOnce(&mut Vec<u8>) -> Result<(), ConvertError>,
) -> Result<(), ConvertError> {
    let at = out.len();
    // One byte is enough for most.
    out.push(0);
    write(out)?;
    let length = out.len() - at - 1;
    if let (Ok(short @ 0..0x80), Some(place)) = (u8::try_from(length), out.get_mut(at)) {
        *place = short;
        return Ok(());
    }
    let mut prefix = Vec::with_capacity(10);
    put_varint(&mut prefix, length as u64);
    out.splice(at..=at, prefix);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_nobody_knows_are_passed_by() {
        // A group with a number and another group in it, then a fixed number.
        let bytes = [0x0b, 0x08, 0x05, 0x13, 0x14, 0x0c, 0x15, 1, 2, 3, 4];
        let mut input = Input::new(&bytes);
        let (number, wire) = input.tag().unwrap();
        input.pass(number, wire).unwrap();
        assert_eq!(input.tag(), Ok((2, WireType::Fixed32)));
        for bad in [&[0x0b, 0x08][..], &[0x0c], &[0x0a, 5, 1], &[0x07], &[0x00], &[0x0b; 200]] {
            let mut input = Input::new(bad);
            assert!(input.tag().and_then(|(number, wire)| input.pass(number, wire)).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_length_takes_the_bytes_that_it_needs() {
        for length in [0, 127, 128, 20_000] {
            let mut out = vec![7];
            put_delimited(&mut out, |out| {
                out.resize(out.len() + length, 1);
                Ok(())
            })
            .unwrap();
            let mut input = Input::new(&out).part(1..out.len());
            assert_eq!(input.varint(), Ok(length as u64));
            assert_eq!(input.left(), length);
        }
    }
}
