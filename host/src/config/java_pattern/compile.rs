//! Turns the tree of a pattern into instructions for the backtracking matcher.

use super::SyntaxError;
use super::class::Set;
use super::parse::{Assertion, Mode, Node, Parsed};

/// The most instructions of a pattern: counted repetitions are written out.
const MAX_INSTRUCTIONS: usize = 50_000;

#[derive(Clone, Debug)]
pub enum Instruction {
    Char {
        c: char,
        ignore_case: bool,
    },
    Set(Set),
    Assert(Assertion),
    /// Goes on at the first; if that fails, at the second.
    Split(usize, usize),
    Jump(usize),
    /// Saves the position in a slot.
    Save(usize),
    /// Fails if nothing was read since the slot was saved, so that no loop goes on for ever.
    Progress(usize),
    BackReference {
        group: usize,
        ignore_case: bool,
    },
    /// Runs the instructions from the next one to their `Match`; goes on after them, at the index.
    Look {
        ahead: bool,
        negated: bool,
        then: usize,
    },
    Atomic {
        then: usize,
    },
    Match,
}

/// The program, and how many slots it saves positions in: two a group, then one a loop.
pub fn compile(parsed: &Parsed) -> Result<(Vec<Instruction>, usize), SyntaxError> {
    let mut compiler = Compiler { program: Vec::new(), slots: 2 * (parsed.groups + 1), groups: parsed.groups };
    compiler.node(&parsed.root)?;
    compiler.push(Instruction::Match)?;
    Ok((compiler.program, compiler.slots))
}

struct Compiler {
    program: Vec<Instruction>,
    slots: usize,
    groups: usize,
}

type Compile = Result<(), SyntaxError>;

impl Compiler {
    fn push(&mut self, instruction: Instruction) -> Compile {
        if self.program.len() >= MAX_INSTRUCTIONS {
            return Err(SyntaxError::new("Regular expression is too large", -1));
        }
        self.program.push(instruction);
        Ok(())
    }

    fn node(&mut self, node: &Node) -> Compile {
        match node {
            Node::Empty => Ok(()),
            Node::Char { c, ignore_case } => self.push(Instruction::Char { c: *c, ignore_case: *ignore_case }),
            Node::Set(set) => self.push(Instruction::Set(set.clone())),
            Node::Assert(assertion) => self.push(Instruction::Assert(*assertion)),
            Node::Concat(nodes) => nodes.iter().try_for_each(|node| self.node(node)),
            Node::Alternatives(nodes) => self.alternatives(nodes),
            Node::Capture(group, body) => {
                self.push(Instruction::Save(2 * group))?;
                self.node(body)?;
                self.push(Instruction::Save(2 * group + 1))
            }
            Node::Atomic(body) => self.inner(body, |then| Instruction::Atomic { then }),
            Node::Look { ahead, negated, body } => {
                let (ahead, negated) = (*ahead, *negated);
                self.inner(body, |then| Instruction::Look { ahead, negated, then })
            }
            // In Java too a reference to a group that there never is cannot match.
            Node::BackReference { group, .. } if *group > self.groups => self.push(Instruction::Set(Set::default())),
            Node::BackReference { group, ignore_case } => {
                self.push(Instruction::BackReference { group: *group, ignore_case: *ignore_case })
            }
            Node::Repeat { body, min, max, mode: Mode::Possessive } => {
                let greedy = Node::Repeat { body: body.clone(), min: *min, max: *max, mode: Mode::Greedy };
                self.inner(&greedy, |then| Instruction::Atomic { then })
            }
            Node::Repeat { body, min, max, mode } => self.repeat(body, *min, *max, *mode == Mode::Lazy),
        }
    }

    fn alternatives(&mut self, nodes: &[Node]) -> Compile {
        let mut jumps = Vec::new();
        for (i, node) in nodes.iter().enumerate() {
            if i + 1 == nodes.len() {
                self.node(node)?;
                break;
            }
            let split = self.program.len();
            self.push(Instruction::Split(split + 1, 0))?;
            self.node(node)?;
            jumps.push(self.program.len());
            self.push(Instruction::Jump(0))?;
            self.program[split] = Instruction::Split(split + 1, self.program.len());
        }
        let end = self.program.len();
        for jump in jumps {
            self.program[jump] = Instruction::Jump(end);
        }
        Ok(())
    }

    /// A body that is run on its own, up to its `Match`.
    fn inner(&mut self, body: &Node, instruction: impl Fn(usize) -> Instruction) -> Compile {
        let start = self.program.len();
        self.push(instruction(0))?;
        self.node(body)?;
        self.push(Instruction::Match)?;
        self.program[start] = instruction(self.program.len());
        Ok(())
    }

    fn repeat(&mut self, body: &Node, min: u32, max: Option<u32>, lazy: bool) -> Compile {
        for _ in 0..min {
            self.node(body)?;
        }
        let split = |body, end| {
            if lazy { Instruction::Split(end, body) } else { Instruction::Split(body, end) }
        };
        let Some(max) = max else {
            let slot = self.slots;
            self.slots += 1;
            let start = self.program.len();
            self.push(split(start + 1, 0))?;
            self.push(Instruction::Save(slot))?;
            self.node(body)?;
            self.push(Instruction::Progress(slot))?;
            self.push(Instruction::Jump(start))?;
            self.program[start] = split(start + 1, self.program.len());
            return Ok(());
        };
        let mut splits = Vec::new();
        for _ in min..max {
            splits.push(self.program.len());
            self.push(split(0, 0))?;
            self.node(body)?;
        }
        let end = self.program.len();
        for at in splits {
            self.program[at] = split(at + 1, end);
        }
        Ok(())
    }
}
