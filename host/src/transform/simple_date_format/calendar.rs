//! Java's `GregorianCalendar` in UTC, with weeks that begin on Sunday and a first week of one day or more: fields of a date, and
//! the date that fields mean of which some are missing, too large or in contradiction.

use super::day_and_time;
use crate::converter::java::calendar::{MILLIS_PER_DAY, date_of, days_of};

/// What a date consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Field {
    /// 0 is BC, 1 is AD.
    Era,
    Year,
    /// From 0.
    Month,
    WeekOfYear,
    WeekOfMonth,
    DayOfMonth,
    DayOfYear,
    /// From 1, Sunday.
    DayOfWeek,
    DayOfWeekInMonth,
    /// 1 is PM.
    AmPm,
    /// 0 to 11.
    Hour,
    HourOfDay,
    Minute,
    Second,
    Millisecond,
    /// Milliseconds east of Greenwich, summer time included.
    ZoneOffset,
    /// The year that a week belongs to.
    WeekYear,
}

const FIELDS: usize = Field::WeekYear as usize + 1;

/// Fields as they were read. Where they contradict each other, it counts which were set last.
#[derive(Clone, Debug, Default)]
pub struct Fields {
    values: [i64; FIELDS],
    /// When it was set, from 1; 0: never.
    stamps: [u32; FIELDS],
    clock: u32,
}

/// The day of the week, 0 being Sunday.
pub fn weekday(days: i64) -> i64 {
    (days + 4).rem_euclid(7)
}

/// The last `weekday` (from 0, Sunday) that is not after `days`.
fn weekday_on_or_before(days: i64, weekday_wanted: i64) -> i64 {
    days - (weekday(days) - weekday_wanted).rem_euclid(7)
}

/// The same day and time `years` earlier; a 29th of February may become a 28th.
pub fn years_before(millis: i64, years: i64) -> i64 {
    let (days, time) = day_and_time(millis);
    let (year, month, day) = date_of(days);
    let last = days_of(year - years, month + 1, 1) - days_of(year - years, month, 1);
    days_of(year - years, month, day.min(last)) * MILLIS_PER_DAY + time
}

/// The year of a date; 0 is 1 BC.
pub fn year_of(millis: i64) -> i64 {
    date_of(day_and_time(millis).0).0
}

// === impl Fields ===

impl Fields {
    pub fn set(&mut self, field: Field, value: i64) {
        self.clock += 1;
        self.stamps[field as usize] = self.clock;
        self.values[field as usize] = value;
    }

    /// Moves to another year, whatever kind of year was set.
    pub fn add_years(&mut self, years: i64) {
        self.values[Field::Year as usize] += years;
        self.values[Field::WeekYear as usize] += years;
    }

    /// Milliseconds since 1970.
    pub fn to_millis(&self) -> i64 {
        let (hours, day) = (self.hours(), self.day());
        let minutes = hours * 60 + self.get(Field::Minute).unwrap_or(0);
        let seconds = minutes * 60 + self.get(Field::Second).unwrap_or(0);
        let time = seconds * 1000 + self.get(Field::Millisecond).unwrap_or(0);
        // A year beyond those of a long wraps around, as in Java.
        day.wrapping_mul(MILLIS_PER_DAY).wrapping_add(time - self.get(Field::ZoneOffset).unwrap_or(0))
    }

    fn get(&self, field: Field) -> Option<i64> {
        (self.stamp(field) > 0).then(|| self.values[field as usize])
    }

    fn stamp(&self, field: Field) -> u32 {
        self.stamps[field as usize]
    }

    /// When the later of the two was set; 0 if one of them was not.
    fn both(&self, a: Field, b: Field) -> u32 {
        let (a, b) = (self.stamp(a), self.stamp(b));
        if a == 0 || b == 0 { 0 } else { a.max(b) }
    }

    fn hours(&self) -> i64 {
        let of_day = self.stamp(Field::HourOfDay);
        let mut best = of_day.max(self.both(Field::Hour, Field::AmPm));
        if best == 0 {
            best = self.stamp(Field::Hour).max(self.stamp(Field::AmPm));
        }
        if best == of_day {
            return self.get(Field::HourOfDay).unwrap_or(0);
        }
        self.get(Field::Hour).unwrap_or(0) + 12 * self.get(Field::AmPm).unwrap_or(0)
    }

    /// Days since 1970.
    fn day(&self) -> i64 {
        if let Some(year) = self.get(Field::WeekYear)
            && self.stamp(Field::WeekYear) > self.stamp(Field::Year)
        {
            return self.day_of_week_year(year);
        }
        let year = self.get(Field::Year).unwrap_or(1970);
        let year = if self.get(Field::Era) == Some(0) { 1 - year } else { year };
        match self.kind_of_date() {
            Kind::DayOfMonth => days_of(year, self.month(), self.get(Field::DayOfMonth).unwrap_or(1)),
            Kind::WeekOfMonth => {
                let first = first_week(days_of(year, self.month(), 1));
                let week = self.get(Field::WeekOfMonth).unwrap_or(1);
                first + self.get(Field::DayOfWeek).map_or(0, |day| (day - 1).rem_euclid(7)) + 7 * (week - 1)
            }
            Kind::DayOfWeekInMonth => self.day_of_week_in_month(year),
            Kind::DayOfYear => days_of(year, 1, 1) + self.get(Field::DayOfYear).unwrap_or(1) - 1,
            Kind::WeekOfYear => {
                let first = first_week(days_of(year, 1, 1));
                let week = self.get(Field::WeekOfYear).unwrap_or(1);
                first + self.get(Field::DayOfWeek).map_or(0, |day| (day - 1).rem_euclid(7)) + 7 * (week - 1)
            }
        }
    }

    /// The month from 1, which may be out of bounds.
    fn month(&self) -> i64 {
        self.get(Field::Month).unwrap_or(0) + 1
    }

    fn day_of_week_in_month(&self, year: i64) -> i64 {
        let first = days_of(year, self.month(), 1);
        let weekday_wanted = self.get(Field::DayOfWeek).map_or(0, |day| (day - 1).rem_euclid(7));
        match self.get(Field::DayOfWeekInMonth).unwrap_or(1) {
            nth @ 0.. => weekday_on_or_before(first + 7 * nth - 1, weekday_wanted),
            // From the end of the month.
            nth => {
                let length = days_of(year, self.month() + 1, 1) - first;
                weekday_on_or_before(first + length + 7 * (nth + 1) - 1, weekday_wanted)
            }
        }
    }

    /// `Calendar.setWeekDate`.
    fn day_of_week_year(&self, year: i64) -> i64 {
        let mut week = self.get(Field::WeekOfYear).unwrap_or(1);
        let mut day = self.get(Field::DayOfWeek).unwrap_or(1);
        if !(1..=7).contains(&day) {
            // A day that is none is one of Java's ISO numbering (`u`), counted on into other weeks.
            if day >= 8 {
                day -= 1;
                week += day / 7;
                day = day % 7 + 1;
            } else {
                week -= (7 - day) / 7;
                day = (day - 1).rem_euclid(7) + 1;
            }
            day = if day == 7 { 1 } else { day + 1 };
        }
        first_week(days_of(year, 1, 1)) + day - 1 + 7 * (week - 1)
    }

    /// Which of the fields that were set say what day it is (`GregorianCalendar.selectFields`).
    fn kind_of_date(&self) -> Kind {
        let (month, day_of_week) = (self.stamp(Field::Month), self.stamp(Field::DayOfWeek));
        let mut week_of_month = self.both(Field::WeekOfMonth, Field::DayOfWeek);
        let mut in_month = self.both(Field::DayOfWeekInMonth, Field::DayOfWeek);
        let mut week_of_year = self.both(Field::WeekOfYear, Field::DayOfWeek);
        let mut day_of_month = self.stamp(Field::DayOfMonth);
        let day_of_year = self.stamp(Field::DayOfYear);
        let mut best = day_of_month.max(week_of_month).max(in_month).max(day_of_year).max(week_of_year);
        if best == 0 {
            // No complete set of fields; the most recent one of an incomplete set.
            week_of_month = self.stamp(Field::WeekOfMonth);
            in_month = self.stamp(Field::DayOfWeekInMonth).max(day_of_week);
            week_of_year = self.stamp(Field::WeekOfYear);
            best = week_of_month.max(in_month).max(week_of_year);
            if best == 0 {
                day_of_month = month;
                best = month;
            }
        }
        let before_week_of_year = |field| self.stamp(field) >= self.stamp(Field::WeekOfYear);
        if best == day_of_month {
            Kind::DayOfMonth
        } else if (best == week_of_month && before_week_of_year(Field::WeekOfMonth))
            || (best == in_month && before_week_of_year(Field::DayOfWeekInMonth))
        {
            let prefers_week = if week_of_month == in_month {
                self.stamp(Field::WeekOfMonth) >= self.stamp(Field::DayOfWeekInMonth)
            } else {
                best == week_of_month
            };
            if prefers_week { Kind::WeekOfMonth } else { Kind::DayOfWeekInMonth }
        } else if best == day_of_year {
            Kind::DayOfYear
        } else {
            Kind::WeekOfYear
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    DayOfMonth,
    WeekOfMonth,
    DayOfWeekInMonth,
    DayOfYear,
    WeekOfYear,
}

/// The Sunday of the week that `days` is in.
fn first_week(days: i64) -> i64 {
    weekday_on_or_before(days, 0)
}
