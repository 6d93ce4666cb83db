//! Base64 as Jackson's default variant reads and writes it: the usual alphabet, with padding and without line feeds.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Appends `bytes` as a JSON string.
pub(in crate::converter) fn write(out: &mut Vec<u8>, bytes: &[u8]) {
    out.push(b'"');
    let start = out.len();
    out.resize(start + bytes.len().div_ceil(3) * 4, 0);
    // The slice is of the exact length, so that encoding cannot fail.
    let written = STANDARD.encode_slice(bytes, &mut out[start..]).unwrap_or(0);
    out.truncate(start + written);
    out.push(b'"');
}

/// The bytes of a text, which may have blanks between its groups of four.
pub(in crate::converter) fn read(text: &str) -> Option<Vec<u8>> {
    // The engine is stricter: it knows neither blanks nor bits that are left over.
    STANDARD.decode(text).ok().or_else(|| read_groups(text))
}

fn read_groups(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let mut rest = text.as_bytes();
    loop {
        while let [0..=b' ', tail @ ..] = rest {
            rest = tail;
        }
        let Some((group, tail)) = rest.split_first_chunk::<4>() else {
            return rest.is_empty().then_some(bytes);
        };
        read_group(*group, &mut bytes)?;
        rest = tail;
    }
}

fn read_group([a, b, c, d]: [u8; 4], bytes: &mut Vec<u8>) -> Option<()> {
    let first = sextet(a)? << 18 | sextet(b)? << 12;
    let (bits, count) = match (c, d) {
        (b'=', b'=') => (first, 1),
        (_, b'=') => (first | sextet(c)? << 6, 2),
        _ => (first | sextet(c)? << 6 | sextet(d)?, 3),
    };
    bytes.extend_from_slice(&bits.to_be_bytes()[1..=count]);
    Some(())
}

fn sextet(byte: u8) -> Option<u32> {
    Some(u32::from(match byte {
        b'A'..=b'Z' => byte - b'A',
        b'a'..=b'z' => byte - b'a' + 26,
        b'0'..=b'9' => byte - b'0' + 52,
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_come_back() {
        for length in 0..50_u8 {
            let bytes: Vec<u8> = (0..length).map(|i| i.wrapping_mul(37).wrapping_add(200)).collect();
            let mut out = Vec::new();
            write(&mut out, &bytes);
            let text = std::str::from_utf8(&out).unwrap().trim_matches('"');
            assert_eq!(text, STANDARD.encode(&bytes));
            assert_eq!(read_groups(text).as_ref(), Some(&bytes));
            assert_eq!(read(text), Some(bytes));
        }
    }

    #[test]
    fn reading_is_as_strict_as_jackson() {
        assert_eq!(read("AQI="), Some(vec![1, 2]));
        assert_eq!(read("AQI=\n /wA="), Some(vec![1, 2, 255, 0]));
        assert_eq!(read("AQJ="), Some(vec![1, 2]));
        for text in ["AQI", "A===", "=", "AQ=I", "A QI=", "AQI-", "ä"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
