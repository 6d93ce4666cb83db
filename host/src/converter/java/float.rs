//! `Float.toString` and `Double.toString` of JDK 19 and later: the shortest digits that mean the same number.

use std::fmt::{self, LowerExp, Write};
use std::str::FromStr;

/// Appends a double as `Double.toString` writes it: `1.0`, `1.0E10`, `NaN`, `-Infinity`.
pub(crate) fn write_f64(out: &mut Vec<u8>, value: f64) {
    if value.is_finite() {
        write_finite(out, value);
    } else {
        write_special(out, value.is_nan(), value > 0.0);
    }
}

/// Appends a float as `Float.toString` writes it.
pub(crate) fn write_f32(out: &mut Vec<u8>, value: f32) {
    if value.is_finite() {
        write_finite(out, value);
    } else {
        write_special(out, value.is_nan(), value > 0.0);
    }
}

fn write_special(out: &mut Vec<u8>, nan: bool, positive: bool) {
    out.extend_from_slice(match (nan, positive) {
        (true, _) => b"NaN",
        (false, true) => b"Infinity",
        (false, false) => b"-Infinity",
    });
}

fn write_finite<F: LowerExp + FromStr + PartialEq + Copy>(out: &mut Vec<u8>, value: F) {
    let mut text = Scientific::default();
    // Writing into the buffer cannot fail: the longest double has 24 bytes.
    let _ = write!(text, "{value:e}");
    if text.digits().1.is_empty() {
        // Java wants two digits anyway and takes the closest pair: 4.9E-324, where one digit would do.
        let mut two = Scientific::default();
        let _ = write!(two, "{value:.1e}");
        if two.as_str().parse().is_ok_and(|parsed: F| parsed == value) {
            text = two;
        }
    }
    text.lay_out(out);
}

/// A number as `{:e}` writes it: `-1.5e-7`.
#[derive(Default)]
struct Scientific {
    bytes: [u8; 32],
    len: usize,
}

impl Write for Scientific {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let place = self.bytes.get_mut(self.len..self.len + text.len()).ok_or(fmt::Error)?;
        place.copy_from_slice(text.as_bytes());
        self.len += text.len();
        Ok(())
    }
}

impl Scientific {
    fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.len]).unwrap_or_default()
    }

    /// First digit and sign, the other digits, exponent.
    fn digits(&self) -> (&str, &str, i32) {
        let (mantissa, exponent) = self.as_str().split_once('e').unwrap_or((self.as_str(), "0"));
        let (first, rest) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        (first, rest, exponent.parse().unwrap_or(0))
    }

    fn lay_out(&self, out: &mut Vec<u8>) {
        let (first, rest, exponent) = self.digits();
        // Of two digits the second may be the zero that Java writes anyway.
        let rest = if rest == "0" { "" } else { rest };
        match exponent {
            0..7 => {
                out.extend_from_slice(first.as_bytes());
                let integer = exponent as usize;
                let (integer_digits, fraction) = rest.split_at(integer.min(rest.len()));
                out.extend_from_slice(integer_digits.as_bytes());
                out.resize(out.len() + integer - integer_digits.len(), b'0');
                out.push(b'.');
                out.extend_from_slice(or_zero(fraction));
            }
            -3..0 => {
                let digit = first.trim_start_matches('-');
                if digit.len() < first.len() {
                    out.push(b'-');
                }
                out.extend_from_slice(b"0.");
                out.resize(out.len() + (-exponent - 1) as usize, b'0');
                out.extend_from_slice(digit.as_bytes());
                out.extend_from_slice(rest.as_bytes());
            }
            _ => {
                out.extend_from_slice(first.as_bytes());
                out.push(b'.');
                out.extend_from_slice(or_zero(rest));
                out.push(b'E');
                super::integer::write(out, i64::from(exponent));
            }
        }
    }
}

/// A fraction has at least one digit.
fn or_zero(digits: &str) -> &[u8] {
    if digits.is_empty() { b"0" } else { digits.as_bytes() }
}

// === reading

/// `Double.parseDouble`; none: Java's `NumberFormatException`.
pub(crate) fn parse_f64(text: &str) -> Option<f64> {
    parse(text, |digits| digits.parse().ok(), f64::NAN, f64::INFINITY, |hex| hex)
}

/// `Float.parseFloat`.
pub(crate) fn parse_f32(text: &str) -> Option<f32> {
    parse(text, |digits| digits.parse().ok(), f32::NAN, f32::INFINITY, |hex| hex as f32)
}

fn parse<F: std::ops::Neg<Output = F>>(
    text: &str,
    decimal: impl Fn(&str) -> Option<F>,
    nan: F,
    infinity: F,
    hexadecimal: impl Fn(f64) -> F,
) -> Option<F> {
    let trimmed = text.trim_matches(|c| c <= ' ');
    let (negative, unsigned) = match trimmed.as_bytes().first()? {
        b'-' => (true, &trimmed[1..]),
        b'+' => (false, &trimmed[1..]),
        _ => (false, trimmed),
    };
    let value = match unsigned {
        "NaN" => nan,
        "Infinity" => infinity,
        _ => {
            let digits = unsigned.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(unsigned);
            match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
                Some(hex) => hexadecimal(parse_hexadecimal(hex)?),
                // Rust knows more words for infinity and nothing else that Java does not.
                None if digits.starts_with(['+', '-']) => return None,
                None if digits.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b)) => decimal(digits)?,
                None => return None,
            }
        }
    };
    Some(if negative { -value } else { value })
}

/// `1.8p3`, which is 12; more digits than a double has may round it twice.
fn parse_hexadecimal(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once(['p', 'P'])?;
    let exponent: i32 = exponent.parse().ok()?;
    let (integer, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if integer.len() + fraction.len() == 0 {
        return None;
    }
    let mut value = 0.0;
    for digit in integer.chars().chain(fraction.chars()) {
        value = value * 16.0 + f64::from(digit.to_digit(16)?);
    }
    let shift = exponent.saturating_sub(i32::try_from(fraction.len()).ok()?.saturating_mul(4));
    // In two steps, as the power alone may be beyond the range of a double.
    Some(value * 2_f64.powi(shift / 2) * 2_f64.powi(shift - shift / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(value: f64) -> String {
        let mut out = Vec::new();
        write_f64(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    fn float(value: f32) -> String {
        let mut out = Vec::new();
        write_f32(&mut out, value);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn doubles() {
        let cases: &[(f64, &str)] = &[
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-1.5, "-1.5"),
            (100.0, "100.0"),
            (123.25, "123.25"),
            (1e7, "1.0E7"),
            (9_999_999.0, "9999999.0"),
            (123_456_789.0, "1.23456789E8"),
            (1e10, "1.0E10"),
            (0.001, "0.001"),
            (-0.00123, "-0.00123"),
            (0.0001, "1.0E-4"),
            (1e-7, "1.0E-7"),
            (0.1, "0.1"),
            (2e-3, "0.002"),
            (f64::MAX, "1.7976931348623157E308"),
            (f64::MIN_POSITIVE, "2.2250738585072014E-308"),
            (5e-324, "4.9E-324"),
            (1e-323, "9.9E-324"),
            (1e23, "1.0E23"),
            (2e23, "2.0E23"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (value, text) in cases {
            assert_eq!(double(*value), *text);
        }
    }

    #[test]
    fn text_is_read_as_java_reads_it() {
        let cases = [
            (" 1.5 ", Some(1.5)),
            ("-1e3", Some(-1000.0)),
            (".5", Some(0.5)),
            ("5.", Some(5.0)),
            ("1.5d", Some(1.5)),
            ("-0x1.8p3", Some(-12.0)),
            ("0xap-1f", Some(5.0)),
            ("-Infinity", Some(f64::NEG_INFINITY)),
            ("1e400", Some(f64::INFINITY)),
            ("4.9E-324", Some(4.9e-324)),
        ];
        for (text, value) in cases {
            assert_eq!(parse_f64(text), value, "{text}");
        }
        assert!(parse_f32("NaN").unwrap().is_nan());
        assert_eq!(parse_f32("3.4028235E38"), Some(f32::MAX));
        for text in
            ["", " ", "inf", "infinity", "nan", "1_0", "1,5", "0x10", "0x.p1", "1e", "--1", "e5", ".", "d", "1.5fd"]
        {
            assert_eq!(parse_f64(text), None, "{text}");
        }
    }

    #[test]
    fn floats() {
        let cases: &[(f32, &str)] = &[
            (1.0, "1.0"),
            (0.1, "0.1"),
            (3.4028235e38, "3.4028235E38"),
            (1.4e-45, "1.4E-45"),
            (1e10, "1.0E10"),
            (16_777_216.0, "1.6777216E7"),
            (-2.5, "-2.5"),
        ];
        for (value, text) in cases {
            assert_eq!(float(*value), *text);
        }
    }
}
