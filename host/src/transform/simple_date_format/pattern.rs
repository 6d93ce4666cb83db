//! Patterns in pieces: literal text and fields.

use crate::converter::java::calendar::MILLIS_PER_DAY;

/// A piece of a pattern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    Literal(String),
    /// A letter, so many times.
    Field(Letter, usize),
}

/// The pattern letters of Java's, each with what it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Letter {
    /// `G`
    Era,
    /// `y`
    Year,
    /// `Y`
    WeekYear,
    /// `M`, and `L`, which is the same in English.
    Month,
    /// `w`
    WeekOfYear,
    /// `W`
    WeekOfMonth,
    /// `D`
    DayOfYear,
    /// `d`
    DayOfMonth,
    /// `F`
    DayOfWeekInMonth,
    /// `E`
    Weekday,
    /// `u`: Monday is 1, Sunday 7.
    DayOfWeek,
    /// `a`
    AmPm,
    /// `H`: 0 to 23
    Hour0To23,
    /// `k`: 1 to 24
    Hour1To24,
    /// `K`: 0 to 11
    Hour0To11,
    /// `h`: 1 to 12
    Hour1To12,
    /// `m`
    Minute,
    /// `s`
    Second,
    /// `S`
    Millisecond,
    /// `z`
    ZoneName,
    /// `Z`
    ZoneOffset,
    /// `X`
    IsoZone,
}

impl Letter {
    fn of(letter: char) -> Option<Letter> {
        Some(match letter {
            'G' => Letter::Era,
            'y' => Letter::Year,
            'Y' => Letter::WeekYear,
            'M' | 'L' => Letter::Month,
            'w' => Letter::WeekOfYear,
            'W' => Letter::WeekOfMonth,
            'D' => Letter::DayOfYear,
            'd' => Letter::DayOfMonth,
            'F' => Letter::DayOfWeekInMonth,
            'E' => Letter::Weekday,
            'u' => Letter::DayOfWeek,
            'a' => Letter::AmPm,
            'H' => Letter::Hour0To23,
            'k' => Letter::Hour1To24,
            'K' => Letter::Hour0To11,
            'h' => Letter::Hour1To12,
            'm' => Letter::Minute,
            's' => Letter::Second,
            'S' => Letter::Millisecond,
            'z' => Letter::ZoneName,
            'Z' => Letter::ZoneOffset,
            'X' => Letter::IsoZone,
            _ => return None,
        })
    }

    /// Milliseconds for which it stays as it is, from midnight on.
    pub fn resolution_ms(self) -> i64 {
        match self {
            Letter::Millisecond => 1,
            Letter::Second => 1000,
            Letter::Minute => 60_000,
            Letter::AmPm | Letter::Hour0To23 | Letter::Hour1To24 | Letter::Hour0To11 | Letter::Hour1To12 => 3_600_000,
            Letter::Era
            | Letter::Year
            | Letter::WeekYear
            | Letter::Month
            | Letter::WeekOfYear
            | Letter::WeekOfMonth
            | Letter::DayOfYear
            | Letter::DayOfMonth
            | Letter::DayOfWeekInMonth
            | Letter::Weekday
            | Letter::DayOfWeek
            | Letter::ZoneName
            | Letter::ZoneOffset
            | Letter::IsoZone => MILLIS_PER_DAY,
        }
    }

    /// Whether a field of `count` letters is digits, so that one right before it must know where it ends.
    pub fn is_numeric(self, count: usize) -> bool {
        match self {
            Letter::Month => count <= 2,
            Letter::Era | Letter::Weekday | Letter::AmPm | Letter::ZoneName | Letter::ZoneOffset | Letter::IsoZone => {
                false
            }
            _ => true,
        }
    }
}

/// The pieces of a pattern; the error is Java's.
pub fn compile(pattern: &str) -> Result<Vec<Item>, String> {
    let mut compiler = Compiler { items: Vec::new(), field: None };
    let mut quoted = false;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\'' if chars.next_if_eq(&'\'').is_some() => compiler.literal('\'')?,
            '\'' => quoted = !quoted,
            c if quoted || !c.is_ascii_alphabetic() => compiler.literal(c)?,
            c => compiler.letter(c)?,
        }
        if c == '\'' {
            compiler.end_field()?;
        }
    }
    if quoted {
        return Err("Unterminated quote".to_owned());
    }
    compiler.end_field()?;
    Ok(compiler.items)
}

struct Compiler {
    items: Vec<Item>,
    /// The letter that is being counted.
    field: Option<(char, usize)>,
}

impl Compiler {
    fn literal(&mut self, c: char) -> Result<(), String> {
        self.end_field()?;
        match self.items.last_mut() {
            Some(Item::Literal(text)) => text.push(c),
            _ => self.items.push(Item::Literal(c.to_string())),
        }
        Ok(())
    }

    fn letter(&mut self, c: char) -> Result<(), String> {
        match &mut self.field {
            Some((letter, count)) if *letter == c => *count += 1,
            _ => {
                self.end_field()?;
                Letter::of(c).ok_or_else(|| format!("Illegal pattern character '{c}'"))?;
                self.field = Some((c, 1));
            }
        }
        Ok(())
    }

    fn end_field(&mut self) -> Result<(), String> {
        let Some((letter, count)) = self.field.take() else { return Ok(()) };
        let letter = Letter::of(letter).ok_or_else(|| format!("Illegal pattern character '{letter}'"))?;
        if letter == Letter::IsoZone && count >= 4 {
            return Err(format!("invalid ISO 8601 format: length={count}"));
        }
        self.items.push(Item::Field(letter, count));
        Ok(())
    }
}
