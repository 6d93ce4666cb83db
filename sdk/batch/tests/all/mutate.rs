//! Bytes changed at random, so that they may hurt.

use crate::random::Random;

/// Changes one to four places.
pub fn mutate(random: &mut Random, bytes: &mut Vec<u8>) {
    for _ in 0..1 + random.below(4) {
        if bytes.is_empty() {
            return;
        }
        let at = random.below(bytes.len());
        match random.below(6) {
            0 => bytes[at] ^= 1 << random.below(8),
            1 => bytes[at] = random.next() as u8,
            2 => overwrite(bytes, at, random),
            3 => bytes.truncate(at),
            4 => bytes.insert(at, random.next() as u8),
            _ => {
                bytes.remove(at);
            }
        }
    }
    if random.one_in(2) {
        mend_total(bytes);
    }
}

/// A number that is likely to hurt, four bytes wide.
fn overwrite(bytes: &mut [u8], at: usize, random: &mut Random) {
    let numbers = [0, 1, u32::MAX, i32::MAX as u32, 1 << 31, bytes.len() as u32, random.below(300) as u32];
    let number = numbers[random.below(numbers.len())].to_le_bytes();
    for (place, byte) in bytes[at..].iter_mut().zip(number) {
        *place = byte;
    }
}

/// Makes the total length true again, so that the mutation gets past the first check.
pub fn mend_total(bytes: &mut [u8]) {
    let at = if bytes.starts_with(b"KCA") { 12 } else { 24 };
    let total = (bytes.len() as u32).to_le_bytes();
    if let Some(place) = bytes.get_mut(at..at + 4) {
        place.copy_from_slice(&total);
    }
}
