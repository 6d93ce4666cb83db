//! `java.text.SimpleDateFormat` in the time zone UTC and in English: dates as text by a pattern, and back as leniently as Java.
//!
//! All pattern letters of Java's are there. Time zones are read as offsets, as `UTC` and `GMT`, and by the names of the zones of the
//! United States; every other name is no date. Unlike in Java, a zone that was read is not used for what is written later. Digits
//! other than ASCII's are no digits.

mod calendar;
mod format;
mod parse;
mod pattern;

use std::time::{SystemTime, UNIX_EPOCH};

use crate::converter::java::calendar::MILLIS_PER_DAY;
use pattern::Item;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

/// A compiled pattern.
#[derive(Clone, Debug)]
pub struct SimpleDateFormat {
    pattern: String,
    items: Vec<Item>,
    /// From here on two digits of a year mean the years of one century; milliseconds since 1970.
    century_start: i64,
}

impl SimpleDateFormat {
    /// The error is the message of Java's `IllegalArgumentException`.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
        let century_start = calendar::years_before(now, 80);
        Ok(Self { pattern: pattern.to_owned(), items: pattern::compile(pattern)?, century_start })
    }

    /// The pattern as it was given (Java's `toPattern`).
    pub fn pattern(&self) -> &str {
        &self.pattern
    }

    /// Text of a date in milliseconds since 1970.
    pub fn format(&self, millis: i64) -> String {
        let mut text = String::with_capacity(self.pattern.len() + 8);
        format::write(&mut text, &self.items, millis);
        text
    }

    /// How long a date keeps its text at least: all dates of one period of so many milliseconds, counted from 1970, have the same.
    pub fn resolution_ms(&self) -> i64 {
        let of_item = |item: &Item| match item {
            Item::Literal(_) => MILLIS_PER_DAY,
            Item::Field(letter, _) => letter.resolution_ms(),
        };
        self.items.iter().map(of_item).min().unwrap_or(MILLIS_PER_DAY)
    }

    /// Milliseconds since 1970; none: the text does not begin with a date of this pattern.
    pub fn parse(&self, text: &str) -> Option<i64> {
        parse::read(text, &self.items, self.century_start)
    }
}

/// The day of a date and the time of that day, both in UTC.
fn day_and_time(millis: i64) -> (i64, i64) {
    (millis.div_euclid(MILLIS_PER_DAY), millis.rem_euclid(MILLIS_PER_DAY))
}

#[cfg(test)]
mod tests;
