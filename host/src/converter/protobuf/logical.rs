//! Timestamps, dates, times and decimals: Connect's values in Google's and Confluent's messages.

use std::borrow::Cow;

use num_bigint::BigInt;

use super::input::{Encoding, Input, WireType, put_delimited, put_tag};
use crate::converter::ConvertError;
use crate::converter::binary::put_varint;
use crate::converter::java::decimal::{self, MAX_DIGITS};
use crate::converter::java::{calendar, logical::Logical};

/// Seconds of the first and of the last timestamp that Protobuf allows: the years 1 to 9999.
const SECONDS: std::ops::RangeInclusive<i64> = -62_135_596_800..=253_402_300_799;
const NANOS_PER_SECOND: i64 = 1_000_000_000;
const NANOS_PER_MILLI: i64 = 1_000_000;
const MILLIS_PER_DAY: i64 = 86_400_000;

/// The fields of such a message: those that are numbers by their number, and the bytes of the first.
#[derive(Default)]
pub(super) struct Parts<'a> {
    numbers: [i64; 5],
    bytes: &'a [u8],
}

impl<'a> Parts<'a> {
    /// Takes over what a message says; of two such fields the last one counts.
    pub(super) fn merge(&mut self, mut input: Input<'a>, bytes: &'a [u8]) -> Result<(), ConvertError> {
        while input.left() > 0 {
            let (number, wire) = input.tag()?;
            let (start, end) = input.pass(number, wire)?;
            match wire {
                WireType::Varint => {
                    if let Some(place) = self.numbers.get_mut(number as usize) {
                        *place = Input::new(bytes).part(start..end).varint()? as i64;
                    }
                }
                WireType::Delimited if number == 1 => self.bytes = bytes.get(start..end).unwrap_or_default(),
                _ => {}
            }
        }
        Ok(())
    }

    /// Connect's number; not for decimals.
    pub(super) fn number(&self, logical: Logical) -> Result<i64, ConvertError> {
        let [_, first, second, third, fourth] = self.numbers;
        match logical {
            Logical::Timestamp => timestamp(first, i64::from(second as i32)),
            Logical::Date => date(first as i32, second as i32, third as i32),
            Logical::Time | Logical::Decimal => time([first as i32, second as i32, third as i32, fourth as i32]),
        }
    }

    /// The unscaled value at the scale of the schema, which need not be that of the message.
    pub(super) fn decimal(&self, scale: i32) -> Result<Cow<'a, [u8]>, ConvertError> {
        let own = self.numbers[3] as i32;
        let Some(unscaled) = decimal::minimal(self.bytes) else {
            return Err(ConvertError("Invalid bytes for Decimal field: Zero length BigInteger".to_owned()));
        };
        if own == scale {
            return Ok(Cow::Borrowed(unscaled));
        }
        let mismatch = || {
            ConvertError(format!(
                "Decimal value has mismatching scale for given Decimal schema. Schema has scale {scale}, value has scale {own}."
            ))
        };
        let digits = (i64::from(scale) - i64::from(own)).unsigned_abs();
        // A digit takes more than three bits.
        if digits > MAX_DIGITS as u64 || unscaled.len() > MAX_DIGITS {
            return Err(mismatch());
        }
        let (unscaled, power) = (BigInt::from_signed_bytes_be(unscaled), BigInt::from(10).pow(digits as u32));
        let rescaled = match scale > own {
            true => unscaled * power,
            false if (&unscaled % &power) == BigInt::ZERO => unscaled / power,
            false => return Err(mismatch()),
        };
        Ok(Cow::Owned(rescaled.to_signed_bytes_be()))
    }
}

fn timestamp(seconds: i64, nanos: i64) -> Result<i64, ConvertError> {
    if !SECONDS.contains(&seconds) || !(0..NANOS_PER_SECOND).contains(&nanos) {
        return Err(ConvertError(format!(
            "Timestamp is not valid. Seconds ({seconds}) must be in range [-62,135,596,800, +253,402,300,799]. Nanos ({nanos}) must be in range [0, +999,999,999]."
        )));
    }
    Ok(seconds * 1000 + nanos / NANOS_PER_MILLI)
}

fn date(year: i32, month: i32, day: i32) -> Result<i64, ConvertError> {
    let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
    let days = calendar::days_of(year, month, day);
    match year >= 1 && calendar::date_of(days) == (year, month, day) {
        true => Ok(days),
        false => Err(ConvertError(format!("Date {year}-{month}-{day} is not valid"))),
    }
}

fn time([hours, minutes, seconds, nanos]: [i32; 4]) -> Result<i64, ConvertError> {
    let is_valid = (0..24).contains(&hours)
        && (0..60).contains(&minutes)
        && (0..60).contains(&seconds)
        && (0..NANOS_PER_SECOND).contains(&i64::from(nanos));
    if !is_valid {
        return Err(ConvertError(format!("TimeOfDay {hours}:{minutes}:{seconds} and {nanos} nanos is not valid")));
    }
    let seconds = (i64::from(hours) * 60 + i64::from(minutes)) * 60 + i64::from(seconds);
    Ok(seconds * 1000 + i64::from(nanos) / NANOS_PER_MILLI)
}

// === writing

/// Appends the fields of the message for a number; not for decimals.
pub(super) fn put_number(out: &mut Vec<u8>, logical: Logical, value: i64) -> Result<(), ConvertError> {
    match logical {
        Logical::Timestamp => {
            let (seconds, nanos) = (value.div_euclid(1000), value.rem_euclid(1000) * NANOS_PER_MILLI);
            timestamp(seconds, nanos)?;
            put_numbers(out, [seconds, nanos, 0, 0]);
        }
        Logical::Date => {
            let (year, month, day) = calendar::date_of(value);
            if !(1..=i64::from(i32::MAX)).contains(&year) {
                return Err(ConvertError(format!("Date of {value} days has the year {year}, which Protobuf has not")));
            }
            put_numbers(out, [year, month, day, 0]);
        }
        Logical::Time | Logical::Decimal => {
            if !(0..=MILLIS_PER_DAY).contains(&value) {
                return Err(ConvertError(
                    "Time values must use number of millis greater than 0 and less than 86400000".to_owned(),
                ));
            }
            let (seconds, millis) = (value / 1000, value % 1000);
            put_numbers(out, [seconds / 3600 % 24, seconds / 60 % 60, seconds % 60, millis * NANOS_PER_MILLI]);
        }
    }
    Ok(())
}

/// Appends the fields of the message for a decimal.
pub(super) fn put_decimal(out: &mut Vec<u8>, unscaled: &[u8], scale: i32) -> Result<(), ConvertError> {
    let Some(unscaled) = decimal::minimal(unscaled) else {
        return Err(ConvertError("Invalid bytes for Decimal field: Zero length BigInteger".to_owned()));
    };
    put_tag(out, 1, Encoding::Bytes.wire());
    put_delimited(out, |out| {
        out.extend_from_slice(unscaled);
        Ok(())
    })?;
    let mut digits = Vec::new();
    decimal::write(&mut digits, unscaled, 0)?;
    let precision = digits.iter().filter(|digit| digit.is_ascii_digit()).count();
    put_numbers(out, [0, precision as i64, i64::from(scale), 0]);
    Ok(())
}

/// Those that are zero are left out.
fn put_numbers(out: &mut Vec<u8>, numbers: [i64; 4]) {
    for (number, value) in (1..).zip(numbers) {
        if value != 0 {
            put_tag(out, number, WireType::Varint);
            put_varint(out, value as u64);
        }
    }
}
