//! Media types of requests: what the client sends must be JSON, and it must accept JSON.

use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};

/// Whether a client that sent `headers` takes JSON: the most specific range of `Accept` that covers it decides.
pub(super) fn accepts_json(headers: &HeaderMap) -> bool {
    accepts(headers, ["application/json", "application/*"])
}

/// Whether a client that sent `headers` takes plain text.
pub(super) fn accepts_text(headers: &HeaderMap) -> bool {
    accepts(headers, ["text/plain", "text/*"])
}

/// `names` are the type and the range of its siblings.
fn accepts(headers: &HeaderMap, names: [&str; 2]) -> bool {
    if !headers.contains_key(ACCEPT) {
        return true;
    }
    let ranges = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|v| v.split(','));
    let best = ranges.filter_map(|range| covers(range, names)).max_by_key(|(specificity, _)| *specificity);
    best.is_some_and(|(_, quality)| quality > 0.0)
}

/// Whether `headers` declare a body of JSON; none: they declare nothing.
pub(super) fn sends_json(headers: &HeaderMap) -> Option<bool> {
    let value = headers.get(CONTENT_TYPE)?;
    Some(value.to_str().is_ok_and(|value| essence(value).eq_ignore_ascii_case("application/json")))
}

/// How specifically a range of `Accept` names a type, and its quality; none: it does not.
fn covers(range: &str, [name, siblings]: [&str; 2]) -> Option<(u8, f32)> {
    let range_name = essence(range).to_ascii_lowercase();
    let specificity = match range_name.as_str() {
        _ if range_name == name => 2,
        _ if range_name == siblings => 1,
        "*/*" | "*" => 0,
        _ => return None,
    };
    let quality = range.split(';').skip(1).find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        if !name.trim().eq_ignore_ascii_case("q") {
            return None;
        }
        value.trim().parse().ok()
    });
    Some((specificity, quality.unwrap_or(1.0)))
}

/// A media type without its parameters.
fn essence(value: &str) -> &str {
    value.split(';').next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_most_specific_accepted_range_decides() {
        let check = |accept: &[&str], expected: bool| {
            let mut headers = HeaderMap::new();
            for value in accept {
                headers.append(ACCEPT, value.parse().unwrap());
            }
            assert_eq!(accepts_json(&headers), expected, "{accept:?}");
        };
        check(&[], true);
        check(&["*/*"], true);
        check(&["text/html, */*;q=0.8"], true);
        check(&["text/html", "application/*"], true);
        check(&["Application/JSON;charset=utf-8"], true);
        check(&["text/plain"], false);
        check(&["*/*, application/json;q=0"], false);
        check(&["nonsense"], false);
    }

    #[test]
    fn the_declared_type_of_a_body_is_json_or_not() {
        let check = |content_type: &str, expected: bool| {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, content_type.parse().unwrap());
            assert_eq!(sends_json(&headers), Some(expected), "{content_type}");
        };
        check("application/json", true);
        check("application/json; charset=UTF-8", true);
        check("application/x-www-form-urlencoded", false);
        check("application/jsonl", false);
        assert_eq!(sends_json(&HeaderMap::new()), None);
    }
}
