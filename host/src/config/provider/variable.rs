//! References to values elsewhere: `${provider:key}` and `${provider:path:key}` in a text.
//!
//! What Java's `ConfigTransformer` finds with `\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}`.

use std::ops::Range;

/// One reference.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Variable<'a> {
    pub provider: &'a str,
    /// Empty: none was given.
    pub path: &'a str,
    pub key: &'a str,
}

/// The references of a text, each with where it stands, in order.
pub fn variables(text: &str) -> impl Iterator<Item = (Range<usize>, Variable<'_>)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + text.get(from..)?.find("${")?;
            let inner = start + 2;
            let end = inner + text[inner..].find('}')?;
            let Some((provider, rest)) = text[inner..end].split_once(':') else {
                // No reference begins here, but one may begin inside.
                from = inner;
                continue;
            };
            let (path, key) = rest.split_once(':').unwrap_or(("", rest));
            from = end + 1;
            return Some((start..end + 1, Variable { provider, path, key }));
        }
    })
}

/// Whether a text refers to anything.
pub fn has_variable(text: &str) -> bool {
    variables(text).next().is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[(&str, &str, &str)]) {
        let found: Vec<_> = variables(text).map(|(_, v)| (v.provider, v.path, v.key)).collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn references_are_found_where_java_finds_them() {
        check("${env:HOME}", &[("env", "", "HOME")]);
        check("${file:/a.properties:x.y}", &[("file", "/a.properties", "x.y")]);
        check("a ${f:p:k} b ${f:k}", &[("f", "p", "k"), ("f", "", "k")]);
        check("${f:p:k:l}", &[("f", "p", "k:l")]);
        check("${none} $${f:k}}", &[("f", "", "k")]);
        check("${a${f:k}", &[("a${f", "", "k")]);
        check("${f::k} ${:}", &[("f", "", "k"), ("", "", "")]);
        check("${f:k", &[]);
        check("", &[]);
    }
}
