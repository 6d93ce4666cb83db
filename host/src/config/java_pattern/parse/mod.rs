//! Reads a pattern into a tree.

mod bracket;
mod escape;

use super::SyntaxError;
use super::class::{Class, Member, Set};

/// How far groups may be nested, so that no pattern overflows the stack.
const MAX_DEPTH: usize = 200;

#[derive(Clone, Debug)]
pub enum Node {
    Empty,
    Char { c: char, ignore_case: bool },
    Set(Set),
    Assert(Assertion),
    Concat(Vec<Node>),
    Alternatives(Vec<Node>),
    Capture(usize, Box<Node>),
    Atomic(Box<Node>),
    Look { ahead: bool, negated: bool, body: Box<Node> },
    BackReference { group: usize, ignore_case: bool },
    Repeat { body: Box<Node>, min: u32, max: Option<u32>, mode: Mode },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assertion {
    InputStart,
    InputEnd,
    /// The end, or before a line terminator that is the last thing.
    InputEndOrTerminator,
    LineStart,
    LineEnd,
    WordBoundary,
    NoWordBoundary,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    Greedy,
    Lazy,
    Possessive,
}

#[derive(Debug)]
pub struct Parsed {
    pub root: Node,
    /// Capturing groups, without the whole match.
    pub groups: usize,
    /// Those that have a name.
    pub names: Vec<(String, usize)>,
}

#[derive(Clone, Copy, Default)]
struct Flags {
    ignore_case: bool,
    multi_line: bool,
    dot_all: bool,
    comments: bool,
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    flags: Flags,
    groups: usize,
    names: Vec<(String, usize)>,
    depth: usize,
}

pub fn parse(pattern: &str) -> Result<Parsed, SyntaxError> {
    let mut parser = Parser {
        chars: pattern.chars().collect(),
        at: 0,
        flags: Flags::default(),
        groups: 0,
        names: Vec::new(),
        depth: 0,
    };
    let root = parser.alternatives()?;
    if parser.peek().is_some() {
        return Err(parser.error_at("Unmatched closing ')'", -1));
    }
    Ok(Parsed { root, groups: parser.groups, names: parser.names })
}

type Parse<T> = Result<T, SyntaxError>;

impl Parser {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += 1;
        Some(c)
    }

    fn eat(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        self.at += usize::from(found);
        found
    }

    fn eat_all(&mut self, text: &str) -> bool {
        let found = self.chars[self.at..].iter().copied().take(text.chars().count()).eq(text.chars());
        if found {
            self.at += text.chars().count();
        }
        found
    }

    /// An error at the current character plus `shift`.
    fn error_at(&self, description: impl Into<String>, shift: isize) -> SyntaxError {
        SyntaxError::new(description, isize::try_from(self.at).unwrap_or(isize::MAX).saturating_add(shift))
    }

    // === structure

    fn alternatives(&mut self) -> Parse<Node> {
        let mut alternatives = vec![self.sequence()?];
        while self.eat('|') {
            alternatives.push(self.sequence()?);
        }
        Ok(if alternatives.len() == 1 { alternatives.remove(0) } else { Node::Alternatives(alternatives) })
    }

    fn sequence(&mut self) -> Parse<Node> {
        let mut nodes = Vec::new();
        loop {
            self.skip_comments();
            match self.peek() {
                None | Some('|' | ')') => break,
                Some('\\') if self.chars.get(self.at + 1) == Some(&'Q') => {
                    self.at += 2;
                    self.quoted(&mut nodes)?;
                }
                Some(_) => {
                    let atom = self.atom()?;
                    nodes.push(self.quantified(atom)?);
                }
            }
        }
        Ok(if nodes.len() == 1 { nodes.remove(0) } else { Node::Concat(nodes) })
    }

    /// `\Q…\E`; a quantifier after it belongs to the last character.
    fn quoted(&mut self, nodes: &mut Vec<Node>) -> Parse<()> {
        while self.peek().is_some() && !self.eat_all("\\E") {
            if let Some(c) = self.next() {
                nodes.push(self.literal(c));
            }
        }
        if let Some(last) = nodes.pop() {
            let last = self.quantified(last)?;
            nodes.push(last);
        }
        Ok(())
    }

    fn skip_comments(&mut self) {
        while self.flags.comments {
            match self.peek() {
                Some(c) if Class::Space.contains(c) => self.at += 1,
                Some('#') => while self.next().is_some_and(|c| c != '\n') {},
                _ => return,
            }
        }
    }

    fn literal(&self, c: char) -> Node {
        Node::Char { c, ignore_case: self.flags.ignore_case }
    }

    fn set(&self, mut set: Set) -> Node {
        set.ignore_case = self.flags.ignore_case;
        Node::Set(set)
    }

    fn atom(&mut self) -> Parse<Node> {
        let Some(c) = self.next() else { return Ok(Node::Empty) };
        Ok(match c {
            '(' => self.group()?,
            '[' => {
                let set = self.bracket()?;
                self.set(set)
            }
            '\\' => self.escape()?,
            '.' if self.flags.dot_all => Node::Set(Set { negated: true, ..Set::default() }),
            '.' => Node::Set(Set {
                negated: true,
                members: ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'].map(|c| Member::Range(c, c)).to_vec(),
                ..Set::default()
            }),
            '^' if self.flags.multi_line => Node::Assert(Assertion::LineStart),
            '^' => Node::Assert(Assertion::InputStart),
            '$' if self.flags.multi_line => Node::Assert(Assertion::LineEnd),
            '$' => Node::Assert(Assertion::InputEndOrTerminator),
            '*' | '+' | '?' => return Err(self.error_at(format!("Dangling meta character '{c}'"), -1)),
            '{' => return Err(self.error_at("Illegal repetition", -2)),
            c => self.literal(c),
        })
    }

    // === quantifiers

    fn quantified(&mut self, mut atom: Node) -> Parse<Node> {
        loop {
            self.skip_comments();
            let (min, max) = match self.peek() {
                Some('?') => (0, Some(1)),
                Some('*') => (0, None),
                Some('+') => (1, None),
                Some('{') => {
                    self.at += 1;
                    self.counts()?
                }
                _ => return Ok(atom),
            };
            // `counts` has stopped before the closing brace.
            self.at += 1;
            let mode = if self.eat('?') {
                Mode::Lazy
            } else if self.eat('+') {
                Mode::Possessive
            } else {
                Mode::Greedy
            };
            atom = Node::Repeat { body: Box::new(atom), min, max, mode };
            if matches!(self.peek(), Some('*' | '+' | '?')) {
                let c = self.chars[self.at];
                return Err(self.error_at(format!("Dangling meta character '{c}'"), 0));
            }
        }
    }

    fn counts(&mut self) -> Parse<(u32, Option<u32>)> {
        if !self.peek().is_some_and(|c| c.is_ascii_digit()) {
            return Err(self.error_at("Illegal repetition", -2));
        }
        let min = self.count()?;
        let max = if !self.eat(',') {
            Some(min)
        } else if self.peek().is_some_and(|c| c.is_ascii_digit()) {
            Some(self.count()?)
        } else {
            None
        };
        if self.peek() != Some('}') {
            return Err(self.error_at("Unclosed counted closure", 0));
        }
        if max.is_some_and(|max| max < min) {
            return Err(self.error_at("Illegal repetition range", 0));
        }
        Ok((min, max))
    }

    fn count(&mut self) -> Parse<u32> {
        let mut count = 0u32;
        while let Some(digit) = self.peek().and_then(|c| c.to_digit(10)) {
            count = count
                .checked_mul(10)
                .and_then(|count| count.checked_add(digit))
                .ok_or_else(|| self.error_at("Illegal repetition range", 0))?;
            self.at += 1;
        }
        Ok(count)
    }

    // === groups

    fn group(&mut self) -> Parse<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(self.error_at("Groups are nested too deeply", 0));
        }
        let flags = self.flags;
        let node = if self.eat('?') { self.special_group()? } else { Some(self.capture()?) };
        self.depth -= 1;
        // Flags set inside a group end with it; `(?i)` is no group and changes those of the one that it stands in.
        let Some(node) = node else { return Ok(Node::Empty) };
        self.flags = flags;
        Ok(node)
    }

    fn capture(&mut self) -> Parse<Node> {
        self.groups += 1;
        let index = self.groups;
        Ok(Node::Capture(index, self.body()?))
    }

    /// What is between here and the closing parenthesis.
    fn body(&mut self) -> Parse<Box<Node>> {
        let node = self.alternatives()?;
        if !self.eat(')') {
            return Err(self.error_at("Unclosed group", 0));
        }
        Ok(Box::new(node))
    }

    fn special_group(&mut self) -> Parse<Option<Node>> {
        Ok(Some(match self.next() {
            Some(':') => *self.body()?,
            Some('>') => Node::Atomic(self.body()?),
            Some('=') => Node::Look { ahead: true, negated: false, body: self.body()? },
            Some('!') => Node::Look { ahead: true, negated: true, body: self.body()? },
            Some('<') if self.eat('=') => Node::Look { ahead: false, negated: false, body: self.body()? },
            Some('<') if self.eat('!') => Node::Look { ahead: false, negated: true, body: self.body()? },
            Some('<') if self.peek().is_some_and(|c| c.is_ascii_alphabetic()) => {
                let name = self.group_name()?;
                if self.names.iter().any(|(known, _)| *known == name) {
                    return Err(self.error_at(format!("Named capturing group <{name}> is already defined"), -1));
                }
                self.names.push((name, self.groups + 1));
                self.capture()?
            }
            Some('<') => return Err(self.error_at("Unknown look-behind group", -1)),
            None => return Err(self.error_at("Unknown inline modifier", 0)),
            Some(_) => {
                self.at -= 1;
                return self.inline_flags();
            }
        }))
    }

    fn group_name(&mut self) -> Parse<String> {
        let mut name = String::new();
        while let Some(c) = self.peek().filter(char::is_ascii_alphanumeric) {
            name.push(c);
            self.at += 1;
        }
        if !self.eat('>') {
            return Err(self.error_at("named capturing group is missing trailing '>'", 0));
        }
        Ok(name)
    }

    /// `(?i)` (none) or `(?i:…)`.
    fn inline_flags(&mut self) -> Parse<Option<Node>> {
        let mut on = true;
        loop {
            match self.next() {
                Some('i') => self.flags.ignore_case = on,
                Some('m') => self.flags.multi_line = on,
                Some('s') => self.flags.dot_all = on,
                Some('x') => self.flags.comments = on,
                // UNIX_LINES and the Unicode flags change nothing for names and values without line ends.
                Some('d' | 'u' | 'U') => {}
                Some('-') if on => on = false,
                Some(')') => return Ok(None),
                Some(':') => return self.body().map(|body| Some(*body)),
                _ => return Err(self.error_at("Unknown inline modifier", -1)),
            }
        }
    }
}
