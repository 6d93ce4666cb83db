//! Versions of plugins and the ranges that configurations ask for (KIP-891).

use std::cmp::Ordering;
use std::fmt;

/// Orders versions number by number; of equal numbers a version with more text after them is the earlier one (`2.0-rc1` before
/// `2.0`), and text is compared as text.
pub fn compare(left: &str, right: &str) -> Ordering {
    let (left, right) = (split(left), split(right));
    let length = left.0.len().max(right.0.len());
    let number = |numbers: &[u64], index: usize| numbers.get(index).copied().unwrap_or(0);
    for index in 0..length {
        let order = number(&left.0, index).cmp(&number(&right.0, index));
        if order.is_ne() {
            return order;
        }
    }
    match (left.1.is_empty(), right.1.is_empty()) {
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        _ => left.1.cmp(right.1),
    }
}

/// The numbers at the front, and what follows them.
fn split(version: &str) -> (Vec<u64>, &str) {
    let mut numbers = Vec::new();
    let mut rest = version.trim();
    loop {
        let end = rest.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(rest.len());
        // More digits than a number holds: text, so that nothing is cut off.
        let Ok(number) = rest[..end].parse() else {
            return (numbers, rest);
        };
        numbers.push(number);
        rest = &rest[end..];
        match rest.strip_prefix('.') {
            Some(after) if after.starts_with(|digit: char| digit.is_ascii_digit()) => rest = after,
            _ => return (numbers, rest.trim_start_matches(['-', '.'])),
        }
    }
}

/// What a `plugin.version` key accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VersionRange {
    /// The newest there is: no key, or `latest`.
    Latest,
    /// The newest within any of these.
    Within(Vec<Interval>),
}

/// As Java's error messages name it.
pub fn described(text: &str) -> String {
    let text = text.trim();
    if text.starts_with(['[', '(']) { text.to_owned() } else { format!("[{text},{text}]") }
}

/// Versions from one to another; none: unbounded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interval {
    low: Option<(String, bool)>,
    high: Option<(String, bool)>,
}

impl VersionRange {
    /// Reads Maven's notation; a bare version means that version only. An error says what is wrong with it, in Maven's words; as in
    /// Maven also a range without any version in it, and ranges that overlap or are not in order, are none.
    pub fn parse(text: Option<&str>) -> Result<Self, String> {
        let text = text.map_or("", str::trim);
        if text.is_empty() || text == "latest" {
            return Ok(Self::Latest);
        }
        if !text.starts_with(['[', '(']) {
            let bound = Some((text.to_owned(), true));
            return Ok(Self::Within(vec![Interval { low: bound.clone(), high: bound }]));
        }
        let mut intervals: Vec<Interval> = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            if !rest.starts_with(['[', '(']) {
                return Err(format!("Only fully-qualified sets allowed in multiple set scenario: {text}"));
            }
            let end = rest.find([']', ')']).ok_or_else(|| format!("Unbounded range: {text}"))?;
            let interval = &rest[..=end];
            let interval = Interval::parse(interval)
                .ok_or_else(|| format!("Single version must be surrounded by []: {interval}"))?;
            if intervals.last().is_some_and(|last| !interval.is_after(last)) {
                return Err(format!("Ranges overlap: {text}"));
            }
            intervals.push(interval);
            rest = rest[end + 1..].trim_start_matches([',', ' ']);
        }
        Ok(Self::Within(intervals))
    }

    pub fn contains(&self, version: &str) -> bool {
        match self {
            Self::Latest => true,
            Self::Within(intervals) => intervals.iter().any(|interval| interval.contains(version)),
        }
    }
}

impl Interval {
    fn parse(text: &str) -> Option<Self> {
        let inclusive = (text.starts_with('['), text.ends_with(']'));
        let inner = &text[1..text.len() - 1];
        let bound =
            |version: &str, inclusive| (!version.trim().is_empty()).then(|| (version.trim().to_owned(), inclusive));
        match inner.split_once(',') {
            Some((low, high)) => {
                let interval = Self { low: bound(low, inclusive.0), high: bound(high, inclusive.1) };
                let order = match (&interval.low, &interval.high) {
                    (Some((low, _)), Some((high, _))) => compare(low, high),
                    _ => Ordering::Less,
                };
                let has_versions = order.is_lt() || order.is_eq() && inclusive == (true, true);
                has_versions.then_some(interval)
            }
            None if inclusive == (true, true) => {
                let version = bound(inner, true)?;
                Some(Self { low: Some(version.clone()), high: Some(version) })
            }
            None => None,
        }
    }

    /// Whether it begins where `other` has ended.
    fn is_after(&self, other: &Self) -> bool {
        match (&other.high, &self.low) {
            (Some((high, _)), Some((low, _))) => compare(low, high).is_ge(),
            _ => false,
        }
    }

    fn contains(&self, version: &str) -> bool {
        let above = self.low.as_ref().is_none_or(|(low, inclusive)| match compare(version, low) {
            Ordering::Less => false,
            Ordering::Equal => *inclusive,
            Ordering::Greater => true,
        });
        let below = self.high.as_ref().is_none_or(|(high, inclusive)| match compare(version, high) {
            Ordering::Less => true,
            Ordering::Equal => *inclusive,
            Ordering::Greater => false,
        });
        above && below
    }
}

/// As Maven prints it.
impl fmt::Display for VersionRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Within(intervals) = self else { return f.write_str("latest") };
        for (index, interval) in intervals.iter().enumerate() {
            write!(f, "{}{interval}", if index == 0 { "" } else { "," })?;
        }
        Ok(())
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fn side(bound: Option<&(String, bool)>) -> (&str, bool) {
            bound.map_or(("", false), |(version, inclusive)| (version.as_str(), *inclusive))
        }
        let ((low, from), (high, to)) = (side(self.low.as_ref()), side(self.high.as_ref()));
        write!(f, "{}{low},{high}{}", if from { '[' } else { '(' }, if to { ']' } else { ')' })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_number() {
        let sorted = ["", "0.9", "1.0-rc1", "1.0", "1.0.1", "1.2", "1.10", "4.3.1"];
        for pair in sorted.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ordering::Less, "{pair:?}");
        }
        assert_eq!(compare("1.0", "1.0.0"), Ordering::Equal);
    }

    #[test]
    fn ranges_accept_what_maven_accepts() {
        #[track_caller]
        fn check(range: &str, inside: &[&str], outside: &[&str]) {
            let parsed = VersionRange::parse(Some(range)).expect("a range");
            for version in inside {
                assert!(parsed.contains(version), "{version} in {range}");
            }
            for version in outside {
                assert!(!parsed.contains(version), "{version} not in {range}");
            }
        }
        check("latest", &["1", "9"], &[]);
        check("1.0", &["1.0"], &["1.1", "0.9"]);
        check("[1.0]", &["1.0"], &["1.1"]);
        check("[1.0,2.0)", &["1.0", "1.9.9"], &["2.0", "0.9"]);
        check("(,1.0]", &["0.1", "1.0"], &["1.0.1"]);
        check("[1,2),[3,)", &["1.5", "3", "4"], &["2", "2.9"]);
    }

    #[test]
    fn ranges_are_printed_as_maven_prints_them() {
        for (range, printed) in
            [("1.0", "[1.0,1.0]"), ("[1.0]", "[1.0,1.0]"), ("[1, 2)", "[1,2)"), ("(,1],[3,)", "(,1],[3,)")]
        {
            assert_eq!(VersionRange::parse(Some(range)).unwrap().to_string(), printed);
        }
    }

    #[test]
    fn unreadable_ranges_are_named() {
        let error = |range: &str| VersionRange::parse(Some(range)).unwrap_err();
        assert_eq!(error("["), "Unbounded range: [");
        assert_eq!(error("[1.0"), "Unbounded range: [1.0");
        assert_eq!(error("(1.0)"), "Single version must be surrounded by []: (1.0)");
        assert_eq!(error("[1.0] x"), "Only fully-qualified sets allowed in multiple set scenario: [1.0] x");
        for overlapping in ["[1,3],[2,4]", "[1,2],(,3]"] {
            assert_eq!(error(overlapping), format!("Ranges overlap: {overlapping}"));
        }
        for empty in ["[2,1]", "[1,1)"] {
            assert!(VersionRange::parse(Some(empty)).is_err(), "{empty}");
        }
    }
}
