//! A header's text in pieces: delimiters, and what is between them (`Values.Parser`).

/// Cuts text at `:`, `,`, `{`, `}`, `[`, `]` and `"` that have no backslash before them.
pub(super) struct Tokens<'a> {
    text: &'a str,
    at: usize,
    /// A token that was looked at, but not taken.
    next: Option<&'a str>,
    /// Where the last token that was cut begins and ends: the first one is looked at several times.
    cut: (usize, usize),
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Tokens { text, at: 0, next: None, cut: (0, 0) }
    }

    /// The whole text.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    pub(super) fn has_next(&self) -> bool {
        self.next.is_some() || self.at < self.text.len()
    }

    /// The next token; empty at the end.
    pub(super) fn next(&mut self) -> &'a str {
        match self.next.take() {
            Some(next) => next,
            None => self.cut(),
        }
    }

    /// The next `count` tokens as one; none if there are fewer.
    pub(super) fn next_text(&mut self, count: usize) -> Option<&'a str> {
        let start = self.mark();
        for _ in 0..count {
            if !self.has_next() {
                self.rewind(start);
                return None;
            }
            self.next();
        }
        self.text.get(start..self.at)
    }

    /// Takes the next token if it is `wanted`, whatever blanks are before and around it.
    pub(super) fn consume(&mut self, wanted: &str) -> bool {
        if self.next.is_none() && !self.has_next() {
            return false;
        }
        let mut next = self.next();
        while is_blank(next) && self.at < self.text.len() {
            next = self.cut();
        }
        let found = trim(next) == wanted;
        self.next = (!found).then_some(next);
        found
    }

    /// The place to come back to.
    pub(super) fn mark(&self) -> usize {
        self.at - self.next.map_or(0, str::len)
    }

    pub(super) fn rewind(&mut self, mark: usize) {
        self.at = mark;
        self.next = None;
    }

    fn cut(&mut self) -> &'a str {
        let start = self.at;
        if self.cut.0 != start || self.cut.1 <= start {
            self.cut = (start, self.end_of_token(start));
        }
        self.at = self.cut.1;
        self.text.get(start..self.at).unwrap_or_default()
    }

    /// Where the token ends that begins at `start`: a delimiter is one, other text goes up to the next.
    fn end_of_token(&self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = start;
        while let Some(byte) = bytes.get(at) {
            match byte {
                b':' | b',' | b'{' | b'}' | b'[' | b']' | b'"' => return if at == start { at + 1 } else { at },
                // Whatever it is before, that is no delimiter.
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
        bytes.len()
    }
}

/// `String.trim`: without control characters and blanks at both ends.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

pub(super) fn is_blank(text: &str) -> bool {
    trim(text).is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delimiters_cut_unless_escaped() {
        let mut tokens = Tokens::new(r#"a:b\:c\\,"é"]"#);
        let mut found = Vec::new();
        while tokens.has_next() {
            found.push(tokens.next());
        }
        assert_eq!(found, ["a", ":", r"b\:c\\", ",", "\"", "é", "\"", "]"]);
    }

    #[test]
    fn what_was_not_wanted_stays() {
        let mut tokens = Tokens::new("  [ 1 ]");
        let start = tokens.mark();
        assert!(tokens.consume("["));
        assert!(!tokens.consume("]"));
        assert_eq!(tokens.next(), " 1 ");
        assert!(tokens.consume("]"));
        assert!(!tokens.consume("]"));
        tokens.rewind(start);
        assert_eq!(tokens.next_text(3), Some("  [ 1 "));
        assert_eq!(tokens.next_text(2), None);
        assert!(tokens.consume("]"));
    }
}
