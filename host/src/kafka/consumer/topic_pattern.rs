//! `topics.regex`: a Java regular expression that must match a topic's whole name.

use crate::config::java_pattern::JavaPattern;

/// Kafka's own topics, which Java's consumer leaves out of a pattern.
const INTERNAL_TOPICS: &[&str] = &["__consumer_offsets", "__transaction_state", "__share_group_state"];

/// A pattern of topic names.
#[derive(Clone, Debug)]
pub(super) struct TopicPattern {
    pattern: JavaPattern,
    exclude_internal: bool,
}

impl TopicPattern {
    /// The error is that of Java's `PatternSyntaxException`.
    pub(super) fn new(pattern: &str, exclude_internal: bool) -> Result<Self, String> {
        let compiled = JavaPattern::compile(pattern);
        let pattern = compiled.map_err(|error| format!("invalid topic pattern {pattern:?}: {error}"))?;
        Ok(Self { pattern, exclude_internal })
    }

    /// The names that match, in order.
    pub(super) fn select<'a>(&self, topics: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let mut names: Vec<String> = topics
            .into_iter()
            .filter(|name| !(self.exclude_internal && INTERNAL_TOPICS.contains(name)) && self.pattern.matches(name))
            .map(str::to_owned)
            .collect();
        names.sort();
        names
    }
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
    fn look_around_and_possessive_quantifiers_are_javas() {
        check(r"(?!my).*s(?<!x)", &["orders"]);
        check("orders(?>-eu)", &["orders-eu"]);
        check("[a-z]*+", &["orders"]);
    }

    #[test]
    fn a_pattern_that_is_none_is_named() {
        for pattern in ["a(b", "a)(b", "[a", "*"] {
            let error = TopicPattern::new(pattern, true).expect_err(pattern);
            assert!(error.contains(pattern), "{error}");
        }
    }
}
