//! Text from bytes and back as Java's charsets do: what cannot be read or written is replaced.

use std::borrow::Cow;
use std::str;

const REPLACEMENT: char = '\u{fffd}';

/// Java's charsets that every JVM has (`StandardCharsets`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Charset {
    Utf8,
    UsAscii,
    Iso88591,
    /// With a byte order mark, big endian without one.
    Utf16,
    Utf16Be,
    Utf16Le,
}

impl Charset {
    /// The charset of a name or alias of Java's, in any case.
    pub(crate) fn for_name(name: &str) -> Option<Charset> {
        Some(match name.to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" | "unicode-1-1-utf-8" => Charset::Utf8,
            "us-ascii" | "ascii" | "iso646-us" | "iso-ir-6" | "ansi_x3.4-1968" | "ansi_x3.4-1986"
            | "iso_646.irv:1991" | "iso_646.irv:1983" | "us" | "ibm367" | "cp367" | "csascii" | "default" | "646"
            | "ascii7" => Charset::UsAscii,
            "iso-8859-1" | "iso8859_1" | "latin1" | "iso-ir-100" | "iso_8859-1" | "l1" | "ibm819" | "ibm-819"
            | "cp819" | "819" | "iso8859-1" | "iso_8859-1:1987" | "iso_8859_1" | "8859_1" | "csisolatin1" => {
                Charset::Iso88591
            }
            "utf-16" | "utf_16" | "utf16" | "unicode" | "unicodebig" => Charset::Utf16,
            "utf-16be" | "utf_16be" | "iso-10646-ucs-2" | "x-utf-16be" | "unicodebigunmarked" => Charset::Utf16Be,
            "utf-16le" | "utf_16le" | "x-utf-16le" | "unicodelittleunmarked" => Charset::Utf16Le,
            _ => return None,
        })
    }

    /// `new String(bytes, charset)`.
    pub(crate) fn decode(self, bytes: &[u8]) -> Cow<'_, str> {
        match self {
            Charset::Utf8 => str::from_utf8(bytes).map_or_else(|_| Cow::Owned(decode_utf8(bytes)), Cow::Borrowed),
            Charset::UsAscii => {
                bytes.iter().map(|&byte| if byte.is_ascii() { char::from(byte) } else { REPLACEMENT }).collect()
            }
            Charset::Iso88591 => bytes.iter().map(|&byte| char::from(byte)).collect(),
            Charset::Utf16 => match bytes {
                [0xfe, 0xff, rest @ ..] => decode_utf16(rest, u16::from_be_bytes),
                [0xff, 0xfe, rest @ ..] => decode_utf16(rest, u16::from_le_bytes),
                _ => decode_utf16(bytes, u16::from_be_bytes),
            },
            Charset::Utf16Be => decode_utf16(bytes, u16::from_be_bytes),
            Charset::Utf16Le => decode_utf16(bytes, u16::from_le_bytes),
        }
    }

    /// `text.getBytes(charset)`, appended to `out`.
    pub(crate) fn encode(self, text: &str, out: &mut Vec<u8>) {
        match self {
            Charset::Utf8 => out.extend_from_slice(text.as_bytes()),
            Charset::UsAscii => out.extend(text.chars().map(|c| if c.is_ascii() { c as u8 } else { b'?' })),
            Charset::Iso88591 => out.extend(text.chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?'))),
            Charset::Utf16 => {
                if !text.is_empty() {
                    out.extend_from_slice(&[0xfe, 0xff]);
                }
                out.extend(text.encode_utf16().flat_map(u16::to_be_bytes));
            }
            Charset::Utf16Be => out.extend(text.encode_utf16().flat_map(u16::to_be_bytes)),
            Charset::Utf16Le => out.extend(text.encode_utf16().flat_map(u16::to_le_bytes)),
        }
    }
}

/// A high surrogate and the unit after it that is no low one are one mistake; so is what is left of a pair or a unit at the end.
fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Cow<'static, str> {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, tail)) = rest.split_first_chunk() {
        let first = unit(*first);
        rest = tail;
        if !(0xd800..0xdc00).contains(&first) {
            text.push(char::from_u32(u32::from(first)).unwrap_or(REPLACEMENT));
            continue;
        }
        let Some((second, tail)) = rest.split_first_chunk() else {
            text.push(REPLACEMENT);
            return Cow::Owned(text);
        };
        rest = tail;
        let pair = char::decode_utf16([first, unit(*second)]).next();
        text.push(pair.and_then(Result::ok).unwrap_or(REPLACEMENT));
    }
    if !rest.is_empty() {
        text.push(REPLACEMENT);
    }
    Cow::Owned(text)
}

/// Malformed UTF-8, with one replacement where Java writes one: a surrogate's three bytes are one mistake, not three.
fn decode_utf8(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + 2);
    let mut rest = bytes;
    while !rest.is_empty() {
        let valid = match str::from_utf8(rest) {
            Ok(valid) => valid,
            Err(error) => str::from_utf8(&rest[..error.valid_up_to()]).unwrap_or_default(),
        };
        text.push_str(valid);
        rest = &rest[valid.len()..];
        if !rest.is_empty() {
            text.push(REPLACEMENT);
            rest = &rest[malformed_length(rest)..];
        }
    }
    text
}

/// How many bytes the mistake at the start of `bytes` takes.
fn malformed_length(bytes: &[u8]) -> usize {
    if let [0xed, 0xa0..=0xbf, rest @ ..] = bytes {
        return 2 + usize::from(matches!(rest.first(), Some(0x80..=0xbf)));
    }
    match str::from_utf8(bytes) {
        Err(error) => error.error_len().unwrap_or(bytes.len()),
        Ok(_) => bytes.len(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_utf8_is_replaced_as_java_does() {
        let cases: &[(&[u8], &str)] = &[
            (b"a\xffb", "a\u{fffd}b"),
            (b"\xc0\x80", "\u{fffd}\u{fffd}"),
            (b"\xed\xa0\x80x", "\u{fffd}x"),
            (b"\xed\xa0", "\u{fffd}"),
            (b"\xed\xa0A", "\u{fffd}A"),
            (b"\xe2\x82", "\u{fffd}"),
            (b"\xe2\x82A", "\u{fffd}A"),
            (b"\xf0\x9f\x98", "\u{fffd}"),
            (b"\xf4\x90\x80\x80", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
            (b"\xf8\x88", "\u{fffd}\u{fffd}"),
        ];
        for (bytes, text) in cases {
            assert_eq!(Charset::Utf8.decode(bytes), *text, "{bytes:x?}");
        }
    }

    #[test]
    fn text_comes_back_from_what_holds_it() {
        for charset in [Charset::Utf8, Charset::Utf16, Charset::Utf16Be, Charset::Utf16Le] {
            for text in ["", "a", "grün 😀\u{feff}"] {
                let mut bytes = Vec::new();
                charset.encode(text, &mut bytes);
                assert_eq!(charset.decode(&bytes), text, "{charset:?}");
            }
        }
    }

    #[test]
    fn what_a_charset_lacks_is_replaced() {
        let encoded = |charset: Charset, text| {
            let mut bytes = Vec::new();
            charset.encode(text, &mut bytes);
            bytes
        };
        assert_eq!(encoded(Charset::UsAscii, "aü😀"), b"a??");
        assert_eq!(encoded(Charset::Iso88591, "aü€"), b"a\xfc?");
        assert_eq!(encoded(Charset::Utf16, ""), b"");
        assert_eq!(encoded(Charset::Utf16, "a"), b"\xfe\xff\0a");
        assert_eq!(Charset::UsAscii.decode(b"a\x80"), "a\u{fffd}");
        assert_eq!(Charset::Iso88591.decode(b"a\xfc"), "aü");
        assert_eq!(Charset::Utf16.decode(b"\xff\xfea\0"), "a");
        assert_eq!(Charset::Utf16Be.decode(b"\xd8\0a"), "\u{fffd}");
    }

    #[test]
    fn names_are_java_s() {
        assert_eq!(Charset::for_name("utf8"), Some(Charset::Utf8));
        assert_eq!(Charset::for_name("ISO8859_1"), Some(Charset::Iso88591));
        assert_eq!(Charset::for_name("EBCDIC"), None);
    }
}
