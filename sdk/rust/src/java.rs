//! Numbers as Java prints them, for offsets and for text that users compare with Java's.

/// `Double.toString`.
pub fn double(number: f64) -> String {
    shortest(number.is_nan(), number.is_infinite(), number.is_sign_negative(), number == 0.0, || {
        format!("{:e}", number.abs())
    })
}

/// `Float.toString`.
pub fn float(number: f32) -> String {
    shortest(number.is_nan(), number.is_infinite(), number.is_sign_negative(), number == 0.0, || {
        format!("{:e}", number.abs())
    })
}

/// Java's form around the shortest digits that read back as the same number, which Rust and Java (19 and later) agree on.
fn shortest(nan: bool, infinite: bool, negative: bool, zero: bool, scientific: impl Fn() -> String) -> String {
    let sign = if negative { "-" } else { "" };
    match (nan, infinite, zero) {
        (true, ..) => "NaN".to_owned(),
        (_, true, _) => format!("{sign}Infinity"),
        (.., true) => format!("{sign}0.0"),
        _ => format!("{sign}{}", java_form(&scientific())),
    }
}

/// From `d.dde±n`: plain within 10^-3 and 10^7, else with `E`.
fn java_form(scientific: &str) -> String {
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let digits = mantissa.replace('.', "");
    let exponent: i32 = exponent.parse().unwrap_or(0);
    match exponent {
        0..7 => {
            let point = exponent as usize + 1;
            let whole = format!("{digits:0<point$}");
            let (before, after) = whole.split_at(point);
            format!("{before}.{}", if after.is_empty() { "0" } else { after })
        }
        -3..0 => format!("0.{}{digits}", "0".repeat((-exponent - 1) as usize)),
        _ => {
            let (first, rest) = digits.split_at(1);
            format!("{first}.{}E{exponent}", if rest.is_empty() { "0" } else { rest })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_are_printed_as_in_java() {
        for (number, text) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (100.0, "100.0"),
            (0.001, "0.001"),
            (0.00099, "9.9E-4"),
            (1234567.5, "1234567.5"),
            (9999999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (1.5e300, "1.5E300"),
            (-3.25, "-3.25"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(double(number), text);
        }
        assert_eq!(float(0.1), "0.1");
        assert_eq!(float(16777216.0), "1.6777216E7");
    }
}
