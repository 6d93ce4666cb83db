//! `Float.toString` and `Double.toString` of JDK 19 and later: the shortest digits that mean the same number.

use std::fmt::{LowerExp, Write};
use std::str::FromStr;

/// Appends a double as `Double.toString` writes it: `1.0`, `1.0E10`, `NaN`, `-Infinity`.
pub(crate) fn write_f64(out: &mut Vec<u8>, value: f64) {
    if !value.is_finite() {
        write_special(out, value.is_nan(), value > 0.0);
    } else if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        write_plain(out, value);
    } else {
        write_with_exponent(out, value);
    }
}

/// Appends a float as `Float.toString` writes it.
pub(crate) fn write_f32(out: &mut Vec<u8>, value: f32) {
    if !value.is_finite() {
        write_special(out, value.is_nan(), value > 0.0);
    } else if value == 0.0 || (1e-3..1e7).contains(&value.abs()) {
        write_plain(out, value);
    } else {
        write_with_exponent(out, value);
    }
}

fn write_special(out: &mut Vec<u8>, nan: bool, positive: bool) {
    out.extend_from_slice(match (nan, positive) {
        (true, _) => b"NaN",
        (false, true) => b"Infinity",
        (false, false) => b"-Infinity",
    });
}

/// What Java writes without an exponent is written so by the library as well. Of two texts that are equally close both take the
/// one that ends in an even digit.
fn write_plain(out: &mut Vec<u8>, value: impl zmij::Float) {
    out.extend_from_slice(zmij::Buffer::new().format_finite(value).as_bytes());
}

fn write_with_exponent<F: zmij::Float + LowerExp + FromStr + PartialEq + Copy>(out: &mut Vec<u8>, value: F) {
    let mut buffer = zmij::Buffer::new();
    let mut number = Scientific::of(buffer.format_finite(value));
    if number.len == 1 {
        // Java wants two digits anyway and takes the closest pair: 4.9E-324, where one digit would do.
        let mut two = String::new();
        let _ = write!(two, "{value:.1e}");
        if two.parse().is_ok_and(|parsed: F| parsed == value) {
            number = Scientific::of(&two);
        }
    }
    if number.negative {
        out.push(b'-');
    }
    let (first, rest) = number.digits().split_at(1);
    out.extend_from_slice(first);
    out.push(b'.');
    out.extend_from_slice(if rest.is_empty() { b"0" } else { rest });
    out.push(b'E');
    super::integer::write(out, i64::from(number.exponent));
}

/// A number apart: its digits, without zeros at either end, and the exponent of the first one.
struct Scientific {
    negative: bool,
    digits: [u8; 32],
    len: usize,
    exponent: i32,
}

impl Scientific {
    /// Of a text such as `-1.5e-7`, `0.00012` or `123456789.0`, which has 24 bytes at most and is not zero.
    fn of(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let unsigned = mantissa.strip_prefix('-').unwrap_or(mantissa);
        let point = unsigned.find('.').unwrap_or(unsigned.len());
        let mut number = Scientific {
            negative: unsigned.len() < mantissa.len(),
            digits: [0; 32],
            len: 0,
            exponent: exponent.parse().unwrap_or(0) + point as i32 - 1,
        };
        for digit in unsigned.bytes().filter(u8::is_ascii_digit) {
            match digit {
                b'0' if number.len == 0 => number.exponent -= 1,
                digit => {
                    if let Some(place) = number.digits.get_mut(number.len) {
                        *place = digit;
                        number.len += 1;
                    }
                }
            }
        }
        while number.len > 1 && number.digits().ends_with(b"0") {
            number.len -= 1;
        }
        number
    }

    fn digits(&self) -> &[u8] {
        self.digits.get(..self.len).unwrap_or_default()
    }
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

    /// Rust finds as few digits, but of two equally close texts it takes the larger one, and Java the one that ends in an even digit.
    #[test]
    fn digits_are_as_few_as_can_be_and_the_last_one_is_even_where_two_would_do() {
        #[track_caller]
        fn check<F: LowerExp + FromStr + PartialEq + Copy>(value: F, text: &str) {
            assert!(text.parse().is_ok_and(|parsed: F| parsed == value), "{text}");
            let (ours, rusts) = (Scientific::of(&text.to_lowercase()), Scientific::of(&format!("{value:e}")));
            if (ours.len, rusts.len) == (2, 1) {
                // The closest pair, as 9.8E-45 for 1e-44.
                return;
            }
            let form = |number: &Scientific| (number.negative, number.len, number.exponent);
            assert_eq!(form(&ours), form(&rusts), "{text}");
            let is_even = ours.digits().last().is_some_and(|digit| digit.is_multiple_of(2));
            assert!(ours.digits() == rusts.digits() || is_even, "{text} {value:e}");
        }
        let mut random = 0x2545_f491_4f6c_dd1d_u64;
        for round in 0..100_000_u32 {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            // Any digits, few of them, and many with a half or an eighth.
            let digits = (random % 10_u64.pow(round % 16 + 1)) as f64;
            for value in [f64::from_bits(random), digits / 10_f64.powi(round as i32 % 30), digits / 8.0, -digits] {
                if value.is_finite() && value != 0.0 {
                    check(value, &double(value));
                }
                let value = value as f32;
                if value.is_finite() && value != 0.0 {
                    check(value, &float(value));
                }
            }
        }
        assert_eq!(float(2_997_673.0 / 8.0), "374709.12");
        assert_eq!(double(1_125_899_906_842_625.0 / 8.0), "1.4073748835532812E14");
        assert_eq!(double(1e-3_f64.next_down()), "9.999999999999998E-4");
        assert_eq!(double(1e7_f64.next_down()), "9999999.999999998");
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
