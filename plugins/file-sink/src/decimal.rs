//! Decimals as Java's `BigDecimal.toString` prints them.

/// The number `unscaled` × 10^-`scale`; `unscaled` is big-endian two's complement.
pub fn text(unscaled: &[u8], scale: i32) -> String {
    let negative = unscaled.first().is_some_and(|byte| byte & 0x80 != 0);
    let digits = digits(&magnitude(unscaled, negative));
    let sign = if negative { "-" } else { "" };
    format!("{sign}{}", with_scale(&digits, scale))
}

fn with_scale(digits: &str, scale: i32) -> String {
    let count = digits.len() as i64;
    let adjusted = count - 1 - i64::from(scale);
    if scale == 0 {
        return digits.to_owned();
    }
    if scale > 0 && adjusted >= -6 {
        let padded = format!("{}{digits}", "0".repeat((i64::from(scale) + 1 - count).max(0) as usize));
        let (whole, fraction) = padded.split_at(padded.len() - scale as usize);
        return format!("{whole}.{fraction}");
    }
    let (first, rest) = digits.split_at(1);
    let fraction = if rest.is_empty() { String::new() } else { format!(".{rest}") };
    match adjusted {
        0 => format!("{first}{fraction}"),
        _ => format!("{first}{fraction}E{adjusted:+}"),
    }
}

/// The absolute value, big-endian.
fn magnitude(unscaled: &[u8], negative: bool) -> Vec<u8> {
    let mut bytes = unscaled.to_vec();
    if negative {
        // Minus x is not x plus one.
        let mut carry = true;
        for byte in bytes.iter_mut().rev() {
            (*byte, carry) = (!*byte).overflowing_add(u8::from(carry));
        }
    }
    bytes
}

/// Decimal digits of a big-endian number, at least one.
fn digits(magnitude: &[u8]) -> String {
    const LIMB: u64 = 1_000_000_000;
    // Limbs of nine digits, the lowest first.
    let mut limbs: Vec<u64> = vec![0];
    for byte in magnitude {
        let mut carry = u64::from(*byte);
        for limb in &mut limbs {
            let value = *limb * 256 + carry;
            (*limb, carry) = (value % LIMB, value / LIMB);
        }
        if carry > 0 {
            limbs.push(carry);
        }
    }
    let mut rest = limbs.iter().rev();
    let highest = rest.next().copied().unwrap_or(0).to_string();
    rest.fold(highest, |digits, limb| format!("{digits}{limb:09}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_printed_as_in_java() {
        for (unscaled, scale, expected) in [
            (&[0x30, 0x39][..], 2, "123.45"),
            (&[0xcf, 0xc7], 2, "-123.45"),
            (&[0], 0, "0"),
            (&[0], 2, "0.00"),
            (&[5], 3, "0.005"),
            (&[1], 7, "1E-7"),
            (&[12], 7, "0.0000012"),
            (&[12], 8, "1.2E-7"),
            (&[12], -3, "1.2E+4"),
            (&[0xff], 0, "-1"),
            (&[0x80], 0, "-128"),
            (&[0x01, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 0, "1208925819614629174706176"),
            (&[], 0, "0"),
        ] {
            assert_eq!(text(unscaled, scale), expected);
        }
    }
}
