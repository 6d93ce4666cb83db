//! Finds the end of the part of a string that needs no care, eight bytes at a time.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH_BITS: u64 = 0x8080_8080_8080_8080;

/// Bytes before the first quote, backslash or control character.
pub(super) fn until_special(bytes: &[u8]) -> usize {
    first(bytes, special, |byte| byte == b'"' || byte == b'\\' || byte < 0x20)
}

/// Bytes before the first of those, or before a character of four bytes.
pub(super) fn until_escaped(bytes: &[u8]) -> usize {
    // All four upper bits are set in a byte of 0xf0 or more.
    let four_bytes = |word: u64| word & word << 1 & word << 2 & word << 3 & HIGH_BITS;
    let is_escaped = |byte: u8| byte == b'"' || byte == b'\\' || !(0x20..0xf0).contains(&byte);
    first(bytes, |word| special(word) | four_bytes(word), is_escaped)
}

/// Where the first byte is that `is_wanted`; `mask` sets the high bit of the first such byte of a word, and maybe of later ones.
#[inline(always)]
fn first(bytes: &[u8], mask: impl Fn(u64) -> u64, is_wanted: impl Fn(u8) -> bool) -> usize {
    let (words, rest) = bytes.as_chunks::<8>();
    for (i, word) in words.iter().enumerate() {
        let found = mask(u64::from_le_bytes(*word));
        if found != 0 {
            return 8 * i + found.trailing_zeros() as usize / 8;
        }
    }
    let tail = rest.iter().position(|byte| is_wanted(*byte)).unwrap_or(rest.len());
    8 * words.len() + tail
}

#[inline(always)]
fn special(word: u64) -> u64 {
    let below = |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word & HIGH_BITS;
    let equal = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    below(word, 0x20) | equal(b'"') | equal(b'\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_byte_is_found_at_each_place() {
        for length in 0..30 {
            for place in 0..length {
                for byte in 0..=255_u8 {
                    let mut bytes = vec![b'a'; length];
                    bytes[place] = byte;
                    // What follows must not matter.
                    bytes[place + 1..].fill(0);
                    let next = if place + 1 < length { place + 1 } else { length };
                    let special = byte < 0x20 || byte == b'"' || byte == b'\\';
                    assert_eq!(until_special(&bytes), if special { place } else { next }, "{bytes:x?}");
                    assert_eq!(until_escaped(&bytes), if special || byte >= 0xf0 { place } else { next }, "{bytes:x?}");
                }
            }
        }
    }
}
