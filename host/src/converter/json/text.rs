//! JSON strings and numbers as Jackson writes them to bytes.

use super::scan;
use crate::converter::java::float;

const HEX: &[u8; 16] = b"0123456789ABCDEF";

/// Appends a quoted string. Characters beyond the basic plane are escaped as surrogate pairs, others are raw.
pub(crate) fn write_string(out: &mut Vec<u8>, text: &str) {
    let plain = scan::until_escaped(text.as_bytes());
    out.reserve(text.len() + 2);
    out.push(b'"');
    if plain == text.len() {
        out.extend_from_slice(text.as_bytes());
    } else {
        write_content(out, text, plain);
    }
    out.push(b'"');
}

/// What is between the quotes; the first `plain` bytes need no care.
fn write_content(out: &mut Vec<u8>, text: &str, mut plain: usize) {
    let mut rest = text;
    loop {
        let (head, tail) = rest.split_at(plain);
        out.extend_from_slice(head.as_bytes());
        let mut chars = tail.chars();
        let Some(c) = chars.next() else { break };
        write_escaped(out, c);
        rest = chars.as_str();
        plain = scan::until_escaped(rest.as_bytes());
    }
}

/// Appends a double; what is no number is a string.
pub(crate) fn write_f64(out: &mut Vec<u8>, value: f64) {
    quoted_unless(value.is_finite(), out, |out| float::write_f64(out, value));
}

/// Appends a float; what is no number is a string.
pub(in crate::converter) fn write_f32(out: &mut Vec<u8>, value: f32) {
    quoted_unless(value.is_finite(), out, |out| float::write_f32(out, value));
}

fn quoted_unless(finite: bool, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
    if finite {
        return write(out);
    }
    out.push(b'"');
    write(out);
    out.push(b'"');
}

fn write_escaped(out: &mut Vec<u8>, c: char) {
    let short = match c {
        '"' => b'"',
        '\\' => b'\\',
        '\u{8}' => b'b',
        '\t' => b't',
        '\n' => b'n',
        '\u{c}' => b'f',
        '\r' => b'r',
        _ => {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.extend_from_slice(b"\\u");
                out.extend([12, 8, 4, 0].map(|shift| HEX[usize::from(*unit >> shift & 15)]));
            }
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_escaped_as_jackson_does() {
        let cases = [
            ("", r#""""#),
            ("a/b", r#""a/b""#),
            ("é€\u{7f}", "\"é€\u{7f}\""),
            ("\u{1}\u{1f}\"\\\n\r\t\u{8}\u{c}", r#""\u0001\u001F\"\\\n\r\t\b\f""#),
            ("x😀y", r#""x\uD83D\uDE00y""#),
            ("0123456789abcdef0123456789abcde\"", r#""0123456789abcdef0123456789abcde\"""#),
        ];
        for (text, json) in cases {
            let mut out = Vec::new();
            write_string(&mut out, text);
            assert_eq!(String::from_utf8(out).unwrap(), json);
        }
    }
}
