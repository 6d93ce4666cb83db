//! Bracket expressions: unions, ranges, nested and intersected sets.

use super::super::class::{Member, Set};
use super::{MAX_DEPTH, Parse, Parser};

impl Parser {
    pub(super) fn bracket(&mut self) -> Parse<Set> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error_at("Groups are nested too deeply", 0));
        }
        let mut set = Set { negated: self.eat('^'), ignore_case: self.flags.ignore_case, ..Set::default() };
        let mut first = true;
        loop {
            match self.peek() {
                None => return Err(self.error_at("Unclosed character class", -1)),
                Some(']') if !first => break,
                Some('[') => {
                    self.at += 1;
                    set.members.push(Member::Nested(self.bracket()?));
                }
                Some('&') if self.eat_all("&&") => {
                    set.and.push(self.intersected()?);
                    // What was left of `&&` is nothing: only the right side counts.
                    if set.members.is_empty() {
                        set.members.push(Member::Range('\0', char::MAX));
                    }
                }
                Some(_) => self.bracket_member(&mut set)?,
            }
            first = false;
        }
        self.at += 1;
        self.depth -= 1;
        Ok(set)
    }

    /// The right side of `&&`, up to the next `&&` or the end of the bracket.
    fn intersected(&mut self) -> Parse<Set> {
        let mut set = Set { ignore_case: self.flags.ignore_case, ..Set::default() };
        loop {
            match self.peek() {
                None => return Err(self.error_at("Unclosed character class", -1)),
                Some(']') => return Ok(set),
                Some('&') if self.chars.get(self.at + 1) == Some(&'&') => return Ok(set),
                Some('[') => {
                    self.at += 1;
                    set.members.push(Member::Nested(self.bracket()?));
                }
                Some(_) => self.bracket_member(&mut set)?,
            }
        }
    }

    fn bracket_member(&mut self, set: &mut Set) -> Parse<()> {
        let Some(first) = self.bracket_char(set)? else {
            return Ok(());
        };
        let is_range = self.peek() == Some('-') && !matches!(self.chars.get(self.at + 1), None | Some(']' | '['));
        if !is_range {
            set.members.push(Member::Range(first, first));
            return Ok(());
        }
        self.at += 1;
        let start = self.at;
        match self.bracket_char(set)? {
            Some(last) if first <= last => set.members.push(Member::Range(first, last)),
            _ => {
                self.at = start;
                return Err(self.error_at("Illegal character range", 0));
            }
        }
        Ok(())
    }

    /// One character; none: it was a class, or a quotation, which is in `set` now.
    fn bracket_char(&mut self, set: &mut Set) -> Parse<Option<char>> {
        let Some(c) = self.next() else {
            return Err(self.error_at("Unclosed character class", -1));
        };
        if c != '\\' {
            return Ok(Some(c));
        }
        let Some(c) = self.next() else {
            return Err(self.error_at("Unescaped trailing backslash", 0));
        };
        if c == 'Q' {
            while self.peek().is_some() && !self.eat_all("\\E") {
                if let Some(c) = self.next() {
                    set.members.push(Member::Range(c, c));
                }
            }
            return Ok(None);
        }
        if let Some(class) = self.class_escape(c)? {
            set.members.extend(class.members);
            return Ok(None);
        }
        self.char_escape(c).map(Some)
    }
}
