//! The backtracking matcher.

use std::ops::Range;

use super::class::Class;
use super::compile::Instruction;
use super::parse::Assertion;

const NOWHERE: usize = usize::MAX;

/// Whether `program` matches all of `text`; false too if that is not known after `steps` instructions.
pub fn matches(program: &[Instruction], slots: usize, text: &[char], steps: usize) -> bool {
    Matcher::new(program, slots, text, steps).run(0, 0, Some(text.len())).is_some()
}

/// Where a match and its groups are.
pub struct Found {
    pub whole: Range<usize>,
    slots: Vec<usize>,
}

/// The first match in `text`; none too if there is no answer after `steps` instructions.
pub fn find(program: &[Instruction], slots: usize, text: &[char], steps: usize) -> Option<Found> {
    let mut matcher = Matcher::new(program, slots, text, steps);
    let (start, end) = (0..=text.len()).find_map(|start| Some((start, matcher.run(0, start, None)?)))?;
    Some(Found { whole: start..end, slots: matcher.slots })
}

impl Found {
    /// Where a group is, 0 being the whole match; none: it took no part in the match.
    pub fn group(&self, group: usize) -> Option<Range<usize>> {
        if group == 0 {
            return Some(self.whole.clone());
        }
        match (self.slots.get(2 * group)?, self.slots.get(2 * group + 1)?) {
            (&NOWHERE, _) | (_, &NOWHERE) => None,
            (&start, &end) => Some(start..end),
        }
    }
}

struct Matcher<'a> {
    program: &'a [Instruction],
    text: &'a [char],
    /// Where groups start and end, and where the rounds of loops started.
    slots: Vec<usize>,
    undo: Vec<Undo>,
    steps: usize,
}

enum Undo {
    /// Another way to go on: instruction and position.
    Branch(usize, usize),
    /// A slot's former content.
    Slot(usize, usize),
}

impl<'a> Matcher<'a> {
    fn new(program: &'a [Instruction], slots: usize, text: &'a [char], steps: usize) -> Self {
        Matcher { program, text, slots: vec![NOWHERE; slots], undo: Vec::new(), steps }
    }

    /// Runs from instruction `pc` to `Match`; answers where the match ends. With `end` it must end there.
    fn run(&mut self, pc: usize, at: usize, end: Option<usize>) -> Option<usize> {
        let base = self.undo.len();
        let (mut pc, mut at) = (pc, at);
        loop {
            self.steps = self.steps.checked_sub(1)?;
            let next = match &self.program[pc] {
                Instruction::Match if end.is_none_or(|end| end == at) => return Some(at),
                Instruction::Match => None,
                instruction => self.step(instruction, pc, at),
            };
            (pc, at) = match next {
                Some(next) => next,
                None => self.backtrack(base)?,
            };
        }
    }

    /// One instruction; none: it fails here.
    fn step(&mut self, instruction: &Instruction, pc: usize, at: usize) -> Option<(usize, usize)> {
        match instruction {
            Instruction::Char { c, ignore_case } => {
                same(*c, *self.text.get(at)?, *ignore_case).then_some((pc + 1, at + 1))
            }
            Instruction::Set(set) => set.contains(*self.text.get(at)?).then_some((pc + 1, at + 1)),
            Instruction::Assert(assertion) => self.holds(*assertion, at).then_some((pc + 1, at)),
            Instruction::Split(first, second) => {
                self.undo.push(Undo::Branch(*second, at));
                Some((*first, at))
            }
            Instruction::Jump(target) => Some((*target, at)),
            Instruction::Save(slot) => {
                let former = std::mem::replace(&mut self.slots[*slot], at);
                self.undo.push(Undo::Slot(*slot, former));
                Some((pc + 1, at))
            }
            Instruction::Progress(slot) => (self.slots[*slot] != at).then_some((pc + 1, at)),
            Instruction::BackReference { group, ignore_case } => {
                let referred = self.text.get(self.slots[2 * group]..self.slots[2 * group + 1])?;
                let found = self.text.get(at..at + referred.len())?;
                let equal = referred.iter().zip(found).all(|(a, b)| same(*a, *b, *ignore_case));
                equal.then_some((pc + 1, at + referred.len()))
            }
            Instruction::Atomic { then } => self.apart(pc + 1, at, None).map(|end| (*then, end)),
            Instruction::Look { ahead, negated, then } => {
                let base = self.undo.len();
                let found = if *ahead {
                    self.apart(pc + 1, at, None).is_some()
                } else {
                    (0..=at).rev().any(|start| self.apart(pc + 1, start, Some(at)).is_some())
                };
                if *negated {
                    self.forget(base);
                }
                (found != *negated).then_some((*then, at))
            }
            Instruction::Match => None,
        }
    }

    /// Runs a body whose first match is its only one.
    fn apart(&mut self, pc: usize, at: usize, end: Option<usize>) -> Option<usize> {
        let base = self.undo.len();
        let result = self.run(pc, at, end);
        // Groups stay undoable; other ways through the body are forgotten.
        let slots: Vec<_> = self.undo.drain(base..).filter(|undo| matches!(undo, Undo::Slot(..))).collect();
        self.undo.extend(slots);
        result
    }

    fn backtrack(&mut self, base: usize) -> Option<(usize, usize)> {
        while self.undo.len() > base {
            match self.undo.pop()? {
                Undo::Branch(pc, at) => return Some((pc, at)),
                Undo::Slot(slot, former) => self.slots[slot] = former,
            }
        }
        None
    }

    fn forget(&mut self, base: usize) {
        while self.undo.len() > base {
            if let Some(Undo::Slot(slot, former)) = self.undo.pop() {
                self.slots[slot] = former;
            }
        }
    }

    fn holds(&self, assertion: Assertion, at: usize) -> bool {
        let before = at.checked_sub(1).map(|i| self.text[i]);
        let after = self.text.get(at).copied();
        let ends_line = |c: char| matches!(c, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}');
        let is_word = |c: Option<char>| c.is_some_and(|c| Class::Word.contains(c));
        match assertion {
            Assertion::InputStart => at == 0,
            Assertion::InputEnd => after.is_none(),
            Assertion::InputEndOrTerminator => match &self.text[at..] {
                [] | ['\r', '\n'] => true,
                [c] => ends_line(*c) && !(*c == '\n' && before == Some('\r')),
                _ => false,
            },
            Assertion::LineStart => at == 0 || before.is_some_and(ends_line) && after.is_some(),
            Assertion::LineEnd => after.is_none_or(ends_line),
            Assertion::WordBoundary => is_word(before) != is_word(after),
            Assertion::NoWordBoundary => is_word(before) == is_word(after),
        }
    }
}

fn same(a: char, b: char, ignore_case: bool) -> bool {
    a == b || ignore_case && a.eq_ignore_ascii_case(&b)
}
