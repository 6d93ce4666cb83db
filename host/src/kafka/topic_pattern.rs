//! `topics.regex`: a Java regular expression that must match a topic's whole name.

use regex::Regex;

/// Kafka's own topics, which Java's consumer leaves out of a pattern.
const INTERNAL_TOPICS: &[&str] = &["__consumer_offsets", "__transaction_state", "__share_group_state"];

/// A pattern of topic names.
#[derive(Clone, Debug)]
pub(super) struct TopicPattern {
    regex: Regex,
    exclude_internal: bool,
}

impl TopicPattern {
    /// An error names the construct of Java's dialect that cannot be had, or what is wrong with the pattern.
    pub(super) fn new(pattern: &str, exclude_internal: bool) -> Result<Self, String> {
        let translated = translate(pattern)
            .map_err(|construct| format!("invalid topic pattern {pattern:?}: {construct} is not supported"))?;
        // Alone first: a parenthesis too many must not end the group that is put around it.
        let compile =
            |text: &str| Regex::new(text).map_err(|error| format!("invalid topic pattern {pattern:?}: {error}"));
        compile(&translated)?;
        Ok(Self { regex: compile(&format!(r"\A(?:{translated})\z"))?, exclude_internal })
    }

    /// The names that match, in order.
    pub(super) fn select<'a>(&self, topics: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let mut names: Vec<String> = topics
            .into_iter()
            .filter(|name| !(self.exclude_internal && INTERNAL_TOPICS.contains(name)) && self.regex.is_match(name))
            .map(str::to_owned)
            .collect();
        names.sort();
        names
    }
}

/// Java's pattern in the dialect of the `regex` crate: quoted parts are escaped, the rest is the same or not to be had.
fn translate(pattern: &str) -> Result<String, String> {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern;
    let mut in_class = 0_u32;
    while let Some(c) = rest.chars().next() {
        let tail = &rest[c.len_utf8()..];
        if let Some(quoted) = rest.strip_prefix(r"\Q") {
            let (literal, after) = quoted.split_once(r"\E").unwrap_or((quoted, ""));
            out.push_str(&regex::escape(literal));
            rest = after;
            continue;
        }
        match c {
            '\\' => {
                let Some(escaped) = tail.chars().next() else {
                    return Err("a backslash at the end".to_owned());
                };
                out.push_str(&escape(escaped)?);
                rest = &tail[escaped.len_utf8()..];
                continue;
            }
            '[' => in_class += 1,
            ']' => in_class = in_class.saturating_sub(1),
            '(' if in_class == 0 => group(tail)?,
            '+' if in_class == 0
                && matches!(out.chars().last(), Some('*' | '+' | '?' | '}'))
                && !ends_escaped(&out) =>
            {
                return Err("a possessive quantifier".to_owned());
            }
            _ => {}
        }
        out.push(c);
        rest = tail;
    }
    Ok(out)
}

/// Whether the last sign of `text` is an escaped one, hence no quantifier.
fn ends_escaped(text: &str) -> bool {
    let before = &text[..text.len() - 1];
    before.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1
}

fn escape(escaped: char) -> Result<String, String> {
    Ok(match escaped {
        '1'..='9' | 'k' => return Err("a back reference".to_owned()),
        'G' | 'R' | 'X' | 'N' | 'c' | '0' | 'E' => return Err(format!(r"\{escaped}")),
        // Without line ends in a name, before the last line end is the end.
        'Z' => r"\z".to_owned(),
        'h' => r"[ \t]".to_owned(),
        'H' => r"[^ \t]".to_owned(),
        'e' => r"\x1B".to_owned(),
        // Java lets any sign that is no letter be escaped; the crate only those that mean something.
        c if !c.is_ascii_alphanumeric() => regex::escape(&c.to_string()),
        c => format!(r"\{c}"),
    })
}

fn group(after: &str) -> Result<(), String> {
    let construct = match after {
        a if a.starts_with("?<=") || a.starts_with("?<!") => "a look-behind",
        a if a.starts_with("?=") || a.starts_with("?!") => "a look-ahead",
        a if a.starts_with("?>") => "an atomic group",
        _ => return Ok(()),
    };
    Err(construct.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOPICS: &[&str] = &["orders", "orders-eu", "my.orders", "__consumer_offsets", "a+b", "logs_1"];

    fn check(pattern: &str, expected: &[&str]) {
        let pattern = TopicPattern::new(pattern, true).expect("accepted");
        assert_eq!(pattern.select(TOPICS.iter().copied()), expected, "{pattern:?}");
    }

    #[test]
    fn the_whole_name_must_match() {
        check("orders", &["orders"]);
        check("orders.*", &["orders", "orders-eu"]);
        check("orders|logs_\\d", &["logs_1", "orders"]);
        check("^orders$", &["orders"]);
    }

    #[test]
    fn kafkas_own_topics_are_left_out() {
        check(".*", &["a+b", "logs_1", "my.orders", "orders", "orders-eu"]);
        let all = TopicPattern::new("__.*", false).expect("accepted");
        assert_eq!(all.select(TOPICS.iter().copied()), ["__consumer_offsets"]);
    }

    #[test]
    fn javas_dialect_is_understood() {
        check(r"\Qa+b\E", &["a+b"]);
        check(r"my\.orders\Z", &["my.orders"]);
        check(r"[a-z&&[^m]]+\-eu", &["orders-eu"]);
        check(r"(?i)ORDERS(?:\-eu)?", &["orders", "orders-eu"]);
        check(r"a\++b", &["a+b"]);
    }

    #[test]
    fn what_cannot_be_had_is_named() {
        for (pattern, construct) in [
            ("(?!__).*", "look-ahead"),
            ("(?<=a)b", "look-behind"),
            (r"(a)\1", "back reference"),
            ("a*+", "possessive"),
            ("(?>a)", "atomic"),
            ("a(b", "unclosed"),
            ("a)(b", "unopened"),
        ] {
            let error = TopicPattern::new(pattern, true).expect_err(pattern);
            assert!(error.contains(construct), "{error}");
        }
    }
}
