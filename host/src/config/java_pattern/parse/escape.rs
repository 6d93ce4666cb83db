//! What a backslash makes of the characters after it.

use super::super::class::{Class, Set};
use super::{Assertion, Node, Parse, Parser};

impl Parser {
    pub(super) fn escape(&mut self) -> Parse<Node> {
        let Some(c) = self.next() else {
            return Err(self.error_at("Unescaped trailing backslash", 0));
        };
        if let Some(set) = self.class_escape(c)? {
            return Ok(self.set(set));
        }
        Ok(match c {
            'b' => Node::Assert(Assertion::WordBoundary),
            'B' => Node::Assert(Assertion::NoWordBoundary),
            'A' => Node::Assert(Assertion::InputStart),
            'Z' => Node::Assert(Assertion::InputEndOrTerminator),
            'z' => Node::Assert(Assertion::InputEnd),
            'R' => line_break(),
            '1'..='9' => self.back_reference(c),
            'k' => {
                let name = if self.eat('<') {
                    self.group_name()?
                } else {
                    return Err(self.error_at("\\k is not followed by '<' for named capturing group", 0));
                };
                let group = self.names.iter().find(|(known, _)| *known == name).map(|(_, group)| *group);
                let group =
                    group.ok_or_else(|| self.error_at(format!("named capturing group <{name}> does not exist"), -1))?;
                Node::BackReference { group, ignore_case: self.flags.ignore_case }
            }
            c => {
                let c = self.char_escape(c)?;
                self.literal(c)
            }
        })
    }

    /// As many digits as name a group that there is by now.
    fn back_reference(&mut self, first: char) -> Node {
        let mut group = first.to_digit(10).unwrap_or(0) as usize;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            let longer = group * 10 + digit as usize;
            if longer > self.groups {
                break;
            }
            group = longer;
            self.at += 1;
        }
        Node::BackReference { group, ignore_case: self.flags.ignore_case }
    }

    pub(super) fn class_escape(&mut self, c: char) -> Parse<Option<Set>> {
        let class = match c.to_ascii_lowercase() {
            'd' => Class::Digit,
            's' => Class::Space,
            'w' => Class::Word,
            'h' => Class::HorizontalSpace,
            'v' => Class::VerticalSpace,
            'p' => self.property()?,
            _ => return Ok(None),
        };
        Ok(Some(Set::of(class, c.is_ascii_uppercase())))
    }

    fn property(&mut self) -> Parse<Class> {
        let name: String = if self.eat('{') {
            let start = self.at;
            while self.peek().is_some_and(|c| c != '}') {
                self.at += 1;
            }
            let name = self.chars[start..self.at].iter().collect();
            if !self.eat('}') {
                return Err(self.error_at("Unclosed character family", -1));
            }
            name
        } else {
            self.next().map(String::from).ok_or_else(|| self.error_at("Illegal/unsupported escape sequence", 0))?
        };
        Class::property(&name).ok_or_else(|| self.error_at(format!("Unknown character property name {{{name}}}"), -1))
    }

    pub(super) fn char_escape(&mut self, c: char) -> Parse<char> {
        Ok(match c {
            't' => '\t',
            'n' => '\n',
            'r' => '\r',
            'f' => '\u{c}',
            'a' => '\u{7}',
            'e' => '\u{1b}',
            '0' => self.octal()?,
            'x' if self.eat('{') => {
                let start = self.at;
                while self.peek().is_some_and(|c| c != '}') {
                    self.at += 1;
                }
                let digits: String = self.chars[start..self.at].iter().collect();
                if !self.eat('}') {
                    return Err(self.error_at("Unclosed hexadecimal escape sequence", 0));
                }
                self.code_point(u32::from_str_radix(&digits, 16).ok(), "Illegal hexadecimal escape sequence")?
            }
            'x' => self.hex(2, "Illegal hexadecimal escape sequence")?,
            'u' => self.hex(4, "Illegal Unicode escape sequence")?,
            'c' => match self.next() {
                Some(c) => self.code_point(Some(u32::from(c) ^ 64), "Illegal control escape sequence")?,
                None => return Err(self.error_at("Illegal control escape sequence", 0)),
            },
            c if c.is_ascii_alphabetic() => return Err(self.error_at("Illegal/unsupported escape sequence", -1)),
            c => c,
        })
    }

    fn code_point(&self, code: Option<u32>, otherwise: &str) -> Parse<char> {
        code.and_then(char::from_u32).ok_or_else(|| self.error_at(otherwise, -1))
    }

    fn hex(&mut self, digits: usize, otherwise: &str) -> Parse<char> {
        let text: String = self.chars[self.at..].iter().take(digits).filter(|c| c.is_ascii_hexdigit()).collect();
        if text.len() < digits {
            return Err(self.error_at(otherwise, 0));
        }
        self.at += digits;
        self.code_point(u32::from_str_radix(&text, 16).ok(), otherwise)
    }

    /// `\0n`, `\0nn` or `\0mnn` with m up to 3.
    fn octal(&mut self) -> Parse<char> {
        let mut code =
            self.peek().and_then(|c| c.to_digit(8)).ok_or_else(|| self.error_at("Illegal octal escape sequence", 0))?;
        self.at += 1;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(8)).filter(|digit| code * 8 + digit <= 0o377) {
            code = code * 8 + digit;
            self.at += 1;
        }
        self.code_point(Some(code), "Illegal octal escape sequence")
    }
}

/// `\R`: `\r\n` as one, or any single line end.
fn line_break() -> Node {
    let pair = ['\r', '\n'].map(|c| Node::Char { c, ignore_case: false }).to_vec();
    Node::Atomic(Box::new(Node::Alternatives(vec![
        Node::Concat(pair),
        Node::Set(Set::of(Class::VerticalSpace, false)),
    ])))
}
