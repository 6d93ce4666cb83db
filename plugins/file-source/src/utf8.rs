//! Bytes to UTF-8 as Java's decoder does it: what is malformed becomes U+FFFD.

const REPLACEMENT: &[u8] = "\u{FFFD}".as_bytes();

/// Appends `bytes` to `out` as valid UTF-8.
///
/// Java replaces each maximal part of a character by one U+FFFD, as Rust's lossy conversion does; but a surrogate written in
/// three bytes counts as one part, not as three.
#[inline]
pub fn decode(bytes: &[u8], out: &mut Vec<u8>) {
    match std::str::from_utf8(bytes) {
        Ok(text) => out.extend_from_slice(text.as_bytes()),
        Err(_) => decode_malformed(bytes, out),
    }
}

#[cold]
fn decode_malformed(mut bytes: &[u8], out: &mut Vec<u8>) {
    while let Err(error) = std::str::from_utf8(bytes) {
        let (valid, malformed) = bytes.split_at(error.valid_up_to());
        out.extend_from_slice(valid);
        out.extend_from_slice(REPLACEMENT);
        let length = match malformed {
            [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => 3,
            [0xed, 0xa0..=0xbf, ..] => 2,
            _ => error.error_len().unwrap_or(malformed.len()),
        };
        bytes = &malformed[length..];
    }
    out.extend_from_slice(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(bytes: &[u8], text: &str) {
        let mut out = Vec::new();
        decode(bytes, &mut out);
        assert_eq!(String::from_utf8(out).unwrap(), text);
    }

    #[test]
    fn valid_text_is_kept() {
        check("aä€😀".as_bytes(), "aä€😀");
    }

    #[test]
    fn malformed_bytes_are_replaced_as_in_java() {
        check(b"a\xffb", "a\u{FFFD}b");
        check(b"\xc0\xaf", "\u{FFFD}\u{FFFD}");
        check(b"\xe2\x82", "\u{FFFD}");
        check(b"\xe2\x82x", "\u{FFFD}x");
        check(b"\xf0\x9f\x92x", "\u{FFFD}x");
        check(b"\xf0\x80\x80\x80", "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}");
        check(b"\xed\xa0\x80x", "\u{FFFD}x");
        check(b"\xed\xa0x", "\u{FFFD}x");
        check(b"\xed\xa0\xed\xb0\x80", "\u{FFFD}\u{FFFD}");
    }
}
