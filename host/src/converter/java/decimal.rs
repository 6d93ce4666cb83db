//! `BigDecimal`: its text, its unscaled bytes, and numbers that come as text.

use num_bigint::BigInt;
use wasm_connect_batch::{Schema, logical};

use super::integer;
use crate::converter::ConvertError;

/// The longest decimal that is read from text or written as text, in digits: the work grows with their square.
pub(crate) const MAX_DIGITS: usize = 10_000;

/// Bytes of an unscaled value of [`MAX_DIGITS`].
const MAX_UNSCALED: usize = 4_153;

/// The scale of a decimal's schema.
///
/// # Errors
/// Java's texts if the schema has none.
pub(crate) fn scale(schema: Option<&Schema>) -> Result<i32, ConvertError> {
    let Some(text) = schema.and_then(|schema| schema.parameter(logical::SCALE)) else {
        return Err(ConvertError("Invalid Decimal schema: scale parameter not found.".into()));
    };
    text.parse().map_err(|_| ConvertError(format!("Invalid scale parameter found in Decimal schema: {text:?}")))
}

/// The shortest two's complement of the same number, as `BigInteger.toByteArray` gives it; none for no bytes at all.
pub(crate) fn minimal(unscaled: &[u8]) -> Option<&[u8]> {
    let mut rest = unscaled;
    while let [sign @ (0 | 0xff), next, ..] = rest
        && (next ^ sign) & 0x80 == 0
    {
        rest = rest.get(1..)?;
    }
    (!rest.is_empty()).then_some(rest)
}

/// Appends `BigDecimal.toString`: `1.56`, `1E+3`.
pub(crate) fn write(out: &mut Vec<u8>, unscaled: &[u8], scale: i32) -> Result<(), ConvertError> {
    let Some(unscaled) = minimal(unscaled) else {
        return Err(ConvertError("Invalid bytes for Decimal field: Zero length BigInteger".into()));
    };
    if unscaled.len() > MAX_UNSCALED {
        let len = unscaled.len();
        return Err(ConvertError(format!(
            "decimal of {len} bytes is too long to be written as a number, at most {MAX_UNSCALED} are allowed"
        )));
    }
    let mut digits = Vec::new();
    match small(unscaled) {
        Some(value) => integer::write(&mut digits, value),
        None => digits.extend_from_slice(BigInt::from_signed_bytes_be(unscaled).to_string().as_bytes()),
    }
    let digits = match digits.strip_prefix(b"-") {
        Some(rest) => {
            out.push(b'-');
            rest
        }
        None => &digits,
    };
    lay_out(out, digits, scale);
    Ok(())
}

fn small(unscaled: &[u8]) -> Option<i64> {
    let fill = if unscaled.first()? & 0x80 != 0 { 0xff } else { 0 };
    let mut bytes = [fill; 8];
    bytes.get_mut(8_usize.checked_sub(unscaled.len())?..)?.copy_from_slice(unscaled);
    Some(i64::from_be_bytes(bytes))
}

fn lay_out(out: &mut Vec<u8>, digits: &[u8], scale: i32) {
    let exponent = digits.len() as i64 - 1 - i64::from(scale);
    if scale == 0 {
        out.extend_from_slice(digits);
    } else if scale > 0 && exponent >= -6 {
        let fraction = scale as usize;
        match digits.len().checked_sub(fraction) {
            Some(integer) if integer > 0 => {
                out.extend_from_slice(&digits[..integer]);
                out.push(b'.');
                out.extend_from_slice(&digits[integer..]);
            }
            _ => {
                out.extend_from_slice(b"0.");
                out.resize(out.len() + fraction - digits.len(), b'0');
                out.extend_from_slice(digits);
            }
        }
    } else {
        out.extend_from_slice(&digits[..1]);
        if digits.len() > 1 {
            out.push(b'.');
            out.extend_from_slice(&digits[1..]);
        }
        if exponent != 0 {
            out.extend_from_slice(if exponent > 0 { b"E+" } else { b"E" });
            integer::write(out, exponent);
        }
    }
}

/// A number in the notation that `new BigDecimal(String)` takes, not computed yet.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number<'a> {
    text: &'a str,
    negative: bool,
    integer: &'a str,
    fraction: &'a str,
    scale: i32,
}

impl<'a> Number<'a> {
    /// None: no number, or one whose scale is no int.
    pub(crate) fn parse(text: &'a str) -> Option<Number<'a>> {
        let (negative, unsigned) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let split_at = |text: &'a str, is_wanted: fn(u8) -> bool| {
            let at = text.bytes().position(is_wanted)?;
            Some((&text[..at], &text[at + 1..]))
        };
        let (mantissa, exponent) = match split_at(unsigned, |byte| matches!(byte, b'e' | b'E')) {
            Some((mantissa, exponent)) => (mantissa, parse_exponent(exponent)?),
            None => (unsigned, 0),
        };
        let (integer, fraction) = split_at(mantissa, |byte| byte == b'.').unwrap_or((mantissa, ""));
        let digits_only = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        if integer.len() + fraction.len() == 0 || !digits_only(integer) || !digits_only(fraction) {
            return None;
        }
        let scale = i64::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        Some(Number { text, negative, integer, fraction, scale: i32::try_from(scale).ok()? })
    }

    pub(crate) fn scale(&self) -> i32 {
        self.scale
    }

    /// `BigDecimal.floatValue`: infinite if it is too large.
    pub(crate) fn float32(&self) -> f32 {
        self.text.parse().map_or(0.0, |value: f32| if value == 0.0 { 0.0 } else { value })
    }

    /// `BigDecimal.doubleValue`: infinite if it is too large.
    pub(crate) fn float64(&self) -> f64 {
        self.text.parse().map_or(0.0, |value: f64| if value == 0.0 { 0.0 } else { value })
    }

    /// `BigDecimal.longValue`: the fraction is cut off, then the low 64 bits.
    pub(crate) fn low_i64(&self) -> i64 {
        let count = self.integer.len() + self.fraction.len();
        let kept = count.saturating_sub(usize::try_from(self.scale).unwrap_or(0));
        let mut low = 0_u64;
        for digit in self.digits().take(kept) {
            low = low.wrapping_mul(10).wrapping_add(u64::from(digit - b'0'));
        }
        let zeros = usize::try_from(-i64::from(self.scale)).unwrap_or(0);
        // 10^64 is a multiple of 2^64.
        low = if zeros >= 64 { 0 } else { (0..zeros).fold(low, |low, _| low.wrapping_mul(10)) };
        let low = if self.negative { low.wrapping_neg() } else { low };
        low as i64
    }

    /// The number if it is whole and a long.
    pub(crate) fn exact_i64(&self) -> Option<i64> {
        let digits = self.significant();
        if digits.is_empty() {
            return Some(0);
        }
        let integer_digits = digits.len() as i64 - i64::from(self.scale);
        if !(1..=19).contains(&integer_digits) {
            return None;
        }
        let (integer, fraction) = digits.split_at(digits.len().min(integer_digits as usize));
        if fraction.iter().any(|digit| *digit != b'0') {
            return None;
        }
        let value = integer.iter().fold(0_i128, |value, digit| value * 10 + i128::from(digit - b'0'));
        let value = (integer.len()..integer_digits as usize).fold(value, |value, _| value * 10);
        i64::try_from(if self.negative { -value } else { value }).ok()
    }

    /// The unscaled value at another scale, which must not lose digits.
    ///
    /// # Errors
    /// Java's text about scales, where Java would hand out a decimal of another scale than the schema's; too many digits.
    pub(crate) fn unscaled(&self, scale: i32) -> Result<Vec<u8>, ConvertError> {
        let mut digits = self.significant();
        if digits.is_empty() {
            return Ok(vec![0]);
        }
        let zeros = i64::from(scale) - i64::from(self.scale);
        if digits.len() as i64 + zeros > MAX_DIGITS as i64 {
            return Err(ConvertError(format!("decimal has more than {MAX_DIGITS} digits at scale {scale}")));
        }
        match usize::try_from(zeros) {
            Ok(more) => digits.resize(digits.len() + more, b'0'),
            Err(_) => {
                let kept = usize::try_from(digits.len() as i64 + zeros).unwrap_or(0);
                if kept == 0 || digits[kept..].iter().any(|digit| *digit != b'0') {
                    return Err(ConvertError(format!(
                        "Decimal value has mismatching scale for given Decimal schema. Schema has scale {scale}, value has scale {}.",
                        self.scale
                    )));
                }
                digits.truncate(kept);
            }
        }
        let magnitude = BigInt::parse_bytes(&digits, 10).unwrap_or_default();
        Ok(if self.negative { -magnitude } else { magnitude }.to_signed_bytes_be())
    }

    fn digits(&self) -> impl Iterator<Item = u8> + 'a {
        self.integer.bytes().chain(self.fraction.bytes())
    }

    /// The digits without zeros in front.
    fn significant(&self) -> Vec<u8> {
        self.digits().skip_while(|digit| *digit == b'0').collect()
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let significant = digits.trim_start_matches('0');
    if digits.is_empty() || significant.len() > 10 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude: i64 = if significant.is_empty() { 0 } else { significant.parse().ok()? };
    let exponent = if text.starts_with('-') { -magnitude } else { magnitude };
    i32::try_from(exponent).is_ok().then_some(exponent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(value: i64, scale: i32) -> String {
        let mut out = Vec::new();
        write(&mut out, &value.to_be_bytes(), scale).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn texts_are_those_of_big_decimal() {
        let cases = [
            (156, 2, "1.56"),
            (-156, 2, "-1.56"),
            (1, -3, "1E+3"),
            (12, -3, "1.2E+4"),
            (5, 0, "5"),
            (0, 2, "0.00"),
            (0, -2, "0E+2"),
            (1, 6, "0.000001"),
            (1, 7, "1E-7"),
            (123, 10, "1.23E-8"),
            (12345, 5, "0.12345"),
            (i64::MIN, 0, "-9223372036854775808"),
        ];
        for (unscaled, scale, expected) in cases {
            assert_eq!(text(unscaled, scale), expected);
        }
        let mut out = Vec::new();
        write(&mut out, &[1, 0, 0, 0, 0, 0, 0, 0, 0], 1).unwrap();
        assert_eq!(out, b"1844674407370955161.6");
    }

    #[test]
    fn sign_bytes_that_say_nothing_are_dropped() {
        assert_eq!(minimal(&[0, 0, 5]), Some(&[5][..]));
        assert_eq!(minimal(&[0, 0x80]), Some(&[0, 0x80][..]));
        assert_eq!(minimal(&[0xff, 0xff]), Some(&[0xff][..]));
        assert_eq!(minimal(&[0xff, 0x7f]), Some(&[0xff, 0x7f][..]));
        assert_eq!(minimal(&[0]), Some(&[0][..]));
        assert_eq!(minimal(&[]), None);
        assert!(write(&mut Vec::new(), &[], 0).is_err());
        assert!(write(&mut Vec::new(), &vec![1; MAX_UNSCALED + 1], 0).is_err());
    }

    #[test]
    fn low_bits_wrap_and_fractions_are_cut_off() {
        let low = |text| Number::parse(text).unwrap().low_i64();
        assert_eq!(low("12345678901234567890"), -6_101_065_172_474_983_726);
        assert_eq!(low("-1.9"), -1);
        assert_eq!(low("1.5e1"), 15);
        assert_eq!(low("1e2"), 100);
        assert_eq!(low("1e64"), 0);
        assert_eq!(low("1e1000000000"), 0);
        assert_eq!(low("1e-1000000000"), 0);
        assert_eq!(low("007"), 7);
    }

    #[test]
    fn whole_numbers_of_a_long_are_exact() {
        let exact = |text| Number::parse(text).unwrap().exact_i64();
        assert_eq!(exact("1e3"), Some(1000));
        assert_eq!(exact("1.0"), Some(1));
        assert_eq!(exact("-0"), Some(0));
        assert_eq!(exact("0e99"), Some(0));
        assert_eq!(exact("9223372036854775807"), Some(i64::MAX));
        assert_eq!(exact("-9223372036854775808"), Some(i64::MIN));
        assert_eq!(exact("9223372036854775808"), None);
        assert_eq!(exact("0.1"), None);
        assert_eq!(exact("1.5"), None);
        assert_eq!(exact("1e400"), None);
        assert_eq!(exact("1e-400"), None);
    }

    #[test]
    fn what_big_decimal_refuses_is_refused() {
        for text in [
            "",
            "+",
            ".",
            "e5",
            "1e",
            "1e+",
            "1.2.3",
            "0x10",
            "1e99999999999",
            "1e-2147483648",
            "1e2147483648",
            "--1",
            "inf",
            "1 ",
        ] {
            assert!(Number::parse(text).is_none(), "{text}");
        }
        for text in ["5.", ".5", "+5", "-.5e-3", "1E+0000000000003", "1e2147483647"] {
            assert!(Number::parse(text).is_some(), "{text}");
        }
    }

    #[test]
    fn rescaling_never_loses_digits() {
        let unscaled = |text, scale| Number::parse(text).unwrap().unscaled(scale);
        assert_eq!(unscaled("1.5", 2).unwrap(), vec![0, 150]);
        assert_eq!(unscaled("-1.50", 1).unwrap(), vec![0xf1]);
        assert_eq!(unscaled("1e3", 0).unwrap(), vec![3, 0xe8]);
        assert_eq!(unscaled("0", 5).unwrap(), vec![0]);
        assert_eq!(
            unscaled("1.555", 2).unwrap_err().0,
            "Decimal value has mismatching scale for given Decimal schema. Schema has scale 2, value has scale 3."
        );
        assert!(unscaled("1e999999", 0).is_err());
        assert!(unscaled("1", i32::MAX).is_err());
        assert!(unscaled("1e-999999", 0).is_err());
    }
}
