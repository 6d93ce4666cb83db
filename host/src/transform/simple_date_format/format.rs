//! Dates as text.

use super::calendar::weekday;
use super::pattern::{Item, Letter};
use super::{MONTHS, WEEKDAYS, day_and_time};
use crate::converter::java::calendar::{date_of, days_of};

/// Appends the date.
pub fn write(text: &mut String, items: &[Item], millis: i64) {
    let date = Date::of(millis);
    for item in items {
        match item {
            Item::Literal(literal) => text.push_str(literal),
            Item::Field(letter, count) => date.write(text, *letter, *count),
        }
    }
}

struct Date {
    days: i64,
    /// Milliseconds since midnight.
    time: i64,
    /// 0 is 1 BC.
    year: i64,
    month: i64,
    day: i64,
}

impl Date {
    fn of(millis: i64) -> Self {
        let (days, time) = day_and_time(millis);
        let (year, month, day) = date_of(days);
        Self { days, time, year, month, day }
    }

    fn write(&self, text: &mut String, letter: Letter, count: usize) {
        match letter {
            Letter::Era => text.push_str(if self.year > 0 { "AD" } else { "BC" }),
            Letter::Year => year(text, if self.year > 0 { self.year } else { 1 - self.year }, count),
            Letter::WeekYear => year(text, self.week_of_year().1, count),
            Letter::Month => match MONTHS.get((self.month - 1) as usize) {
                Some(name) if count >= 3 => text.push_str(if count == 3 { &name[..3] } else { name }),
                _ => number(text, self.month, count),
            },
            Letter::WeekOfYear => number(text, self.week_of_year().0, count),
            Letter::WeekOfMonth => {
                let first = weekday(self.days - self.day + 1);
                number(text, (self.day - 1 + first) / 7 + 1, count);
            }
            Letter::DayOfYear => number(text, self.days - days_of(self.year, 1, 1) + 1, count),
            Letter::DayOfMonth => number(text, self.day, count),
            Letter::DayOfWeekInMonth => number(text, (self.day - 1) / 7 + 1, count),
            Letter::Weekday => {
                let name = WEEKDAYS[weekday(self.days) as usize];
                text.push_str(if count >= 4 { name } else { &name[..3] });
            }
            Letter::DayOfWeek => number(text, (weekday(self.days) + 6) % 7 + 1, count),
            Letter::AmPm => text.push_str(if self.hour() < 12 { "AM" } else { "PM" }),
            Letter::Hour0To23 => number(text, self.hour(), count),
            Letter::Hour1To24 => number(text, if self.hour() == 0 { 24 } else { self.hour() }, count),
            Letter::Hour0To11 => number(text, self.hour() % 12, count),
            Letter::Hour1To12 => number(text, (self.hour() + 11) % 12 + 1, count),
            Letter::Minute => number(text, self.time / 60_000 % 60, count),
            Letter::Second => number(text, self.time / 1000 % 60, count),
            Letter::Millisecond => number(text, self.time % 1000, count),
            Letter::ZoneName => text.push_str(if count >= 4 { "Coordinated Universal Time" } else { "UTC" }),
            Letter::ZoneOffset => text.push_str("+0000"),
            Letter::IsoZone => text.push('Z'),
        }
    }

    fn hour(&self) -> i64 {
        self.time / 3_600_000
    }

    /// The week and its year: the week of a January 1st is the first of that year, even if it began in December.
    fn week_of_year(&self) -> (i64, i64) {
        let next = days_of(self.year + 1, 1, 1);
        if self.days + 6 - weekday(self.days) >= next {
            return (1, self.year + 1);
        }
        let first = days_of(self.year, 1, 1);
        ((self.days - first + weekday(first)) / 7 + 1, self.year)
    }
}

/// Two letters mean the last two digits.
fn year(text: &mut String, year: i64, count: usize) {
    if count == 2 { number(text, year % 100, 2) } else { number(text, year, count) }
}

/// At least `width` digits.
fn number(text: &mut String, value: i64, width: usize) {
    if value < 0 {
        text.push('-');
    }
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(value.unsigned_abs());
    text.extend(std::iter::repeat_n('0', width.saturating_sub(digits.len())));
    text.push_str(digits);
}
