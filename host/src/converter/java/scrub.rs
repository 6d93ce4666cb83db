//! How Confluent's converters make names of letters, digits and underscores only, by way of `URLEncoder`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// What Java's `URLEncoder` leaves as it is, and the space, which it makes a plus.
const URL_ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'*').remove(b'_').remove(b' ');

/// A name of ASCII letters, digits and underscores; an `x` goes before a first character that `is_bad_first` does not allow.
pub(in crate::converter) fn scrubbed(name: &str, is_bad_first: impl Fn(char) -> bool) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if name.chars().all(is_plain) && !name.starts_with(&is_bad_first) {
        return name.to_owned();
    }
    let mut encoded = utf8_percent_encode(name, URL_ENCODED).to_string();
    if encoded.starts_with(&is_bad_first) {
        encoded.insert(0, 'x');
    }
    encoded.chars().map(|c| if is_plain(c) { c } else { '_' }).collect()
}
