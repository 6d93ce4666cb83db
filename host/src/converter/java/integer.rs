//! Decimal digits of integers.

/// Appends `value` in decimal.
pub(crate) fn write(out: &mut Vec<u8>, value: i64) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends `value` with at least `width` digits, zeros in front; for parts of dates, which are not negative.
pub(crate) fn write_padded(out: &mut Vec<u8>, value: i64, width: u32) {
    let mut least = 1;
    for _ in 1..width {
        least *= 10;
        if value < least {
            out.push(b'0');
        }
    }
    write(out, value);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extremes_and_padding() {
        let text = |value| {
            let mut out = Vec::new();
            write(&mut out, value);
            String::from_utf8(out).unwrap()
        };
        for value in [0, 1, -1, 9, 10, 1_234_567_890, i64::MAX, i64::MIN] {
            assert_eq!(text(value), value.to_string());
        }
        let mut out = Vec::new();
        write_padded(&mut out, 7, 3);
        write_padded(&mut out, 2020, 4);
        write_padded(&mut out, 12345, 2);
        write_padded(&mut out, 10, 2);
        assert_eq!(out, b"00720201234510");
    }
}
