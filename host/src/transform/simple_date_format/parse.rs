//! Dates from text, as leniently as Java reads them: what follows the pattern is ignored, and no field is too large.

use super::calendar::{Field, Fields, year_of};
use super::pattern::{Item, Letter};
use super::{MONTHS, WEEKDAYS};

const ERAS: [&str; 2] = ["BC", "AD"];
const LONG_ERAS: [&str; 2] = ["Before Christ", "Anno Domini"];
const HALVES: [&str; 2] = ["AM", "PM"];

/// Zones by name, in hours east of Greenwich; of names with the same beginning the longer one is first.
const ZONES: [(&str, i64); 20] = [
    ("Coordinated Universal Time", 0),
    ("Greenwich Mean Time", 0),
    ("Eastern Standard Time", -5),
    ("Eastern Daylight Time", -4),
    ("Central Standard Time", -6),
    ("Central Daylight Time", -5),
    ("Mountain Standard Time", -7),
    ("Mountain Daylight Time", -6),
    ("Pacific Standard Time", -8),
    ("Pacific Daylight Time", -7),
    ("UTC", 0),
    ("EST", -5),
    ("EDT", -4),
    ("CST", -6),
    ("CDT", -5),
    ("MST", -7),
    ("MDT", -6),
    ("PST", -8),
    ("PDT", -7),
    ("HST", -10),
];

/// Milliseconds since 1970; two digits of a year mean one of the hundred years after `century_start`.
pub fn read(text: &str, items: &[Item], century_start: i64) -> Option<i64> {
    let mut reader = Reader { text, at: 0, fields: Fields::default(), century_start, ambiguous: false };
    for (i, item) in items.iter().enumerate() {
        match item {
            Item::Literal(literal) => {
                reader.rest().starts_with(literal.as_str()).then_some(())?;
                reader.at += literal.len();
            }
            Item::Field(letter, count) => {
                let abutting = matches!(items.get(i + 1), Some(Item::Field(next, n)) if next.is_numeric(*n));
                reader.field(*letter, *count, abutting)?;
            }
        }
    }
    if reader.at == 0 {
        return None;
    }
    let millis = reader.fields.to_millis();
    if reader.ambiguous && millis < century_start {
        reader.fields.add_years(100);
        return Some(reader.fields.to_millis());
    }
    Some(millis)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    fields: Fields,
    century_start: i64,
    /// A year of two digits is the first one of the hundred years or the one after the last.
    ambiguous: bool,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Reads one field of a pattern with `count` letters. If the next field is `abutting`, this one is of as many characters.
    fn field(&mut self, letter: Letter, count: usize, abutting: bool) -> Option<()> {
        let start = self.at;
        let blanks = self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
        if blanks == self.rest().len() {
            return None;
        }
        match letter {
            // Names are looked for where the blanks are.
            Letter::Era => self.name(&[&LONG_ERAS, &ERAS], Field::Era, 0),
            Letter::AmPm => self.name(&[&HALVES], Field::AmPm, 0),
            Letter::Weekday => self.name(&[&WEEKDAYS, &WEEKDAYS.map(|name| &name[..3])], Field::DayOfWeek, 1),
            Letter::Month if count >= 3 => self.name(&[&MONTHS, &MONTHS.map(|name| &name[..3])], Field::Month, 0),
            Letter::ZoneName | Letter::ZoneOffset => {
                self.at += blanks;
                self.zone()
            }
            Letter::IsoZone => {
                self.at += blanks;
                self.iso_zone(count)
            }
            _ => {
                let end = if abutting { Some(self.after(start, count)?) } else { None };
                self.at += blanks;
                let digits_at = self.at;
                let value = self.number(end)?;
                self.set(letter, count, value, digits_at);
                Some(())
            }
        }
    }

    /// The position `count` characters after `start`.
    fn after(&self, start: usize, count: usize) -> Option<usize> {
        let rest = self.text.get(start..)?;
        let mut ends = rest.char_indices().map(|(i, c)| start + i + c.len_utf8());
        if count == 0 { Some(start) } else { ends.nth(count - 1) }
    }

    fn set(&mut self, letter: Letter, count: usize, value: i64, digits_at: usize) {
        let (field, value) = match letter {
            Letter::Year | Letter::WeekYear => {
                let field = if letter == Letter::Year { Field::Year } else { Field::WeekYear };
                let digits = self.text.get(digits_at..self.at).unwrap_or_default();
                let two = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
                (field, if count <= 2 && two { self.year_of_two_digits(value) } else { value })
            }
            Letter::Month => (Field::Month, value.wrapping_sub(1)),
            Letter::WeekOfYear => (Field::WeekOfYear, value),
            Letter::WeekOfMonth => (Field::WeekOfMonth, value),
            Letter::DayOfYear => (Field::DayOfYear, value),
            Letter::DayOfWeekInMonth => (Field::DayOfWeekInMonth, value),
            // From Monday to from Sunday; what is no day stays.
            Letter::DayOfWeek => (Field::DayOfWeek, if (1..=7).contains(&value) { value % 7 + 1 } else { value }),
            Letter::Hour0To23 => (Field::HourOfDay, value),
            Letter::Hour1To24 => (Field::HourOfDay, if value == 24 { 0 } else { value }),
            Letter::Hour0To11 => (Field::Hour, value),
            Letter::Hour1To12 => (Field::Hour, if value == 12 { 0 } else { value }),
            Letter::Minute => (Field::Minute, value),
            Letter::Second => (Field::Second, value),
            Letter::Millisecond => (Field::Millisecond, value),
            _ => (Field::DayOfMonth, value),
        };
        self.fields.set(field, value);
    }

    fn year_of_two_digits(&mut self, value: i64) -> i64 {
        let start = year_of(self.century_start);
        self.ambiguous = value == start % 100;
        value + start / 100 * 100 + if value < start % 100 { 100 } else { 0 }
    }

    /// An int, up to `end` if there is one.
    fn number(&mut self, end: Option<usize>) -> Option<i64> {
        let text = self.text.get(self.at..end.unwrap_or(self.text.len()))?;
        let negative = text.starts_with('-');
        let digits = &text[usize::from(negative)..];
        let digits = &digits[..digits.bytes().take_while(u8::is_ascii_digit).count()];
        if digits.is_empty() {
            return None;
        }
        self.at += usize::from(negative) + digits.len();
        let value = digits
            .bytes()
            .fold(0_i128, |value, digit| value.saturating_mul(10).saturating_add(i128::from(digit - b'0')));
        let value = if negative { -value } else { value };
        // `Number.intValue`: the low bits of a long, the nearest int of what is larger.
        let int = i64::try_from(value).map_or(if negative { i32::MIN } else { i32::MAX }, |long| long as i32);
        Some(i64::from(int))
    }

    /// The longest of the names that is here, in any case; the first list that has one decides.
    fn name(&mut self, lists: &[&[&str]], field: Field, first: i64) -> Option<()> {
        for names in lists {
            if let Some(i) = names.iter().position(|name| starts_with_ignoring_case(self.rest(), name)) {
                self.at += names[i].len();
                self.fields.set(field, first + i as i64);
                return Some(());
            }
        }
        None
    }

    // === zones

    /// `z` and `Z`: `+0100`, `GMT+1:00` or a name.
    fn zone(&mut self) -> Option<()> {
        if let Some(sign) = self.sign() {
            return self.offset(sign, true, true, false);
        }
        if starts_with_ignoring_case(self.rest(), "GMT") {
            self.at += 3;
            return match self.sign() {
                Some(sign) => self.offset(sign, true, false, true),
                None => self.zone_offset(0),
            };
        }
        let (name, hours) = ZONES.iter().find(|(name, _)| starts_with_ignoring_case(self.rest(), name))?;
        self.at += name.len();
        self.zone_offset(hours * 60)
    }

    /// `X`: `Z`, `+01`, `+0100` or `+01:00`.
    fn iso_zone(&mut self, count: usize) -> Option<()> {
        if self.rest().starts_with('Z') {
            self.at += 1;
            return self.zone_offset(0);
        }
        let sign = self.sign()?;
        self.offset(sign, count > 1, true, count == 3)
    }

    fn sign(&mut self) -> Option<i64> {
        let sign = match self.rest().as_bytes().first()? {
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        self.at += 1;
        Some(sign)
    }

    /// Hours of one or two digits, and minutes.
    fn offset(&mut self, sign: i64, minutes: bool, two_digits: bool, colon: bool) -> Option<()> {
        let mut hours = self.digit()?;
        match self.digit() {
            Some(digit) => hours = hours * 10 + digit,
            None if two_digits => return None,
            None => {}
        }
        let mut total = hours * 60;
        if minutes {
            if colon {
                self.rest().starts_with(':').then_some(())?;
                self.at += 1;
            }
            let of_hour = self.digit()? * 10 + self.digit()?;
            total += if of_hour > 59 { return None } else { of_hour };
        }
        if hours > 23 {
            return None;
        }
        self.zone_offset(sign * total)
    }

    fn digit(&mut self) -> Option<i64> {
        let digit = self.rest().bytes().next().filter(u8::is_ascii_digit)?;
        self.at += 1;
        Some(i64::from(digit - b'0'))
    }

    fn zone_offset(&mut self, minutes: i64) -> Option<()> {
        self.fields.set(Field::ZoneOffset, minutes * 60_000);
        Some(())
    }
}

fn starts_with_ignoring_case(text: &str, name: &str) -> bool {
    text.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
}
