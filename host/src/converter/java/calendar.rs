//! Days, dates and times as Java's `GregorianCalendar` and `SimpleDateFormat` in the time zone UTC compute them.
//!
//! Before 1582-10-15 that is the Julian calendar, and a field that is too large overflows into the next one.

use super::integer;

pub(crate) const MILLIS_PER_DAY: i64 = 24 * 60 * 60 * 1000;

/// 1582-10-15, the first day of the Gregorian calendar, in days since 1970-01-01.
const GREGORIAN_START: i64 = -141_427;

const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// A text that `SimpleDateFormat` understands, in milliseconds since the epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Temporal {
    /// `yyyy-MM-dd`
    Date(i64),
    /// `HH:mm:ss.SSS'Z'`
    Time(i64),
    /// `yyyy-MM-dd'T'HH:mm:ss.SSS'Z'`
    Timestamp(i64),
}

// === writing ===

/// Appends `java.util.Date.toString`: `Wed Jan 01 00:00:00 UTC 2020`.
pub(crate) fn write_date_text(out: &mut Vec<u8>, millis: i64) {
    let days = millis.div_euclid(MILLIS_PER_DAY);
    let (year, month, day) = date_of(days);
    out.extend_from_slice(WEEKDAYS[(days + 4).rem_euclid(7) as usize].as_bytes());
    out.push(b' ');
    out.extend_from_slice(MONTHS[(month - 1).rem_euclid(12) as usize].as_bytes());
    out.push(b' ');
    integer::write_padded(out, day, 2);
    out.push(b' ');
    write_clock(out, millis);
    out.extend_from_slice(b" UTC ");
    integer::write(out, if year > 0 { year } else { 1 - year });
}

/// Appends a date in the form that `Values.dateFormatFor` chooses: a time before 1970-01-02, a date at midnight, else both.
pub(crate) fn write_iso(out: &mut Vec<u8>, millis: i64) {
    if millis < MILLIS_PER_DAY {
        return write_time(out, millis);
    }
    let (year, month, day) = date_of(millis.div_euclid(MILLIS_PER_DAY));
    integer::write_padded(out, year, 4);
    out.push(b'-');
    integer::write_padded(out, month, 2);
    out.push(b'-');
    integer::write_padded(out, day, 2);
    if millis.rem_euclid(MILLIS_PER_DAY) != 0 {
        out.push(b'T');
        write_time(out, millis);
    }
}

fn write_time(out: &mut Vec<u8>, millis: i64) {
    write_clock(out, millis);
    out.push(b'.');
    integer::write_padded(out, millis.rem_euclid(1000), 3);
    out.push(b'Z');
}

/// `HH:mm:ss`
fn write_clock(out: &mut Vec<u8>, millis: i64) {
    let seconds = millis.rem_euclid(MILLIS_PER_DAY) / 1000;
    integer::write_padded(out, seconds / 3600, 2);
    out.push(b':');
    integer::write_padded(out, seconds / 60 % 60, 2);
    out.push(b':');
    integer::write_padded(out, seconds % 60, 2);
}

// === reading ===

/// A text of the length of one of the three patterns, read as leniently as Java does: what follows the pattern is ignored.
pub(crate) fn parse(text: &str) -> Option<Temporal> {
    let mut scan = Scan { text: text.as_bytes(), at: 0 };
    // Java counts UTF-16 units.
    let length = if text.is_ascii() { text.len() } else { text.encode_utf16().count() };
    match length {
        10 => scan.date().and_then(at_midnight).map(Temporal::Date),
        13 => scan.time().map(Temporal::Time),
        24 => {
            let midnight = at_midnight(scan.date()?)?;
            scan.literal(b'T')?;
            midnight.checked_add(scan.time()?).map(Temporal::Timestamp)
        }
        _ => None,
    }
}

fn at_midnight(days: i64) -> Option<i64> {
    days.checked_mul(MILLIS_PER_DAY)
}

struct Scan<'a> {
    text: &'a [u8],
    at: usize,
}

impl Scan<'_> {
    /// `yyyy-MM-dd` in days since the epoch.
    fn date(&mut self) -> Option<i64> {
        let year = self.number()?;
        self.literal(b'-')?;
        let month = self.number()?;
        self.literal(b'-')?;
        Some(days_of(year, month, self.number()?))
    }

    /// `HH:mm:ss.SSS'Z'` in milliseconds.
    fn time(&mut self) -> Option<i64> {
        let hours = self.number()?;
        self.literal(b':')?;
        let minutes = self.number()?;
        self.literal(b':')?;
        let seconds = self.number()?;
        self.literal(b'.')?;
        let millis = self.number()?;
        self.literal(b'Z')?;
        Some(((hours * 60 + minutes) * 60 + seconds) * 1000 + millis)
    }

    fn literal(&mut self, wanted: u8) -> Option<()> {
        (self.text.get(self.at) == Some(&wanted)).then(|| self.at += 1)
    }

    /// An int with blanks in front.
    fn number(&mut self) -> Option<i64> {
        while let Some(b' ' | b'\t') = self.text.get(self.at) {
            self.at += 1;
        }
        let negative = self.literal(b'-').is_some();
        let start = self.at;
        let mut value = 0_i128;
        while let Some(digit @ b'0'..=b'9') = self.text.get(self.at) {
            value = value * 10 + i128::from(digit - b'0');
            self.at += 1;
        }
        if self.at == start {
            return None;
        }
        let value = if negative { -value } else { value };
        // `Number.intValue`: the low bits of a long, the nearest int of a double.
        let int = i64::try_from(value).map_or(if negative { i32::MIN } else { i32::MAX }, |long| long as i32);
        Some(i64::from(int))
    }
}

// === days and dates ===

/// Year (0 is 1 BC), month from 1 and day of the month.
pub(crate) fn date_of(days: i64) -> (i64, i64, i64) {
    // Both calendars are counted in years that begin in March, from the March of the year 0 (Gregorian: in cycles of 400 years).
    let (cycle_year, day_of_year) = if days >= GREGORIAN_START {
        let from_march = days + 719_468;
        let (cycle, day) = (from_march.div_euclid(146_097), from_march.rem_euclid(146_097));
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
        (cycle * 400 + year, day - (365 * year + year / 4 - year / 100))
    } else {
        let from_march = days + 719_470;
        let (cycle, day) = (from_march.div_euclid(1_461), from_march.rem_euclid(1_461));
        let year = (day - day / 1_460) / 365;
        (cycle * 4 + year, day - 365 * year)
    };
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (cycle_year + i64::from(month <= 2), month, day)
}

/// The day of a date whose parts may be out of bounds.
pub(crate) fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year + (month - 1).div_euclid(12);
    let month = (month - 1).rem_euclid(12) + 1;
    let (gregorian, julian) = (gregorian_days(year, month, day), julian_days(year, month, day));
    let is_gregorian = match year {
        1582 => gregorian >= GREGORIAN_START,
        ..1582 => julian >= GREGORIAN_START && gregorian >= GREGORIAN_START,
        _ => gregorian >= GREGORIAN_START,
    };
    if is_gregorian { gregorian } else { julian }
}

fn gregorian_days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leap_days + days_from_march(month) + day - 1 - 719_468
}

fn julian_days(year: i64, month: i64, day: i64) -> i64 {
    let year = year - i64::from(month <= 2);
    365 * year + year.div_euclid(4) + days_from_march(month) + day - 1 - 719_470
}

fn days_from_march(month: i64) -> i64 {
    (153 * ((month + 9) % 12) + 2) / 5
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: fn(&mut Vec<u8>, i64), millis: i64) -> String {
        let mut out = Vec::new();
        write(&mut out, millis);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn dates_are_written_as_java_does() {
        assert_eq!(text(write_date_text, 1_577_836_800_000), "Wed Jan 01 00:00:00 UTC 2020");
        assert_eq!(text(write_date_text, -1), "Wed Dec 31 23:59:59 UTC 1969");
        assert_eq!(text(write_date_text, GREGORIAN_START * MILLIS_PER_DAY), "Fri Oct 15 00:00:00 UTC 1582");
        assert_eq!(text(write_date_text, (GREGORIAN_START - 1) * MILLIS_PER_DAY), "Thu Oct 04 00:00:00 UTC 1582");
        assert_eq!(text(write_iso, 1_700_000_000_123), "2023-11-14T22:13:20.123Z");
        assert_eq!(text(write_iso, 1_577_836_800_000), "2020-01-01");
        assert_eq!(text(write_iso, 36_672_345), "10:11:12.345Z");
        assert_eq!(text(write_iso, -1), "23:59:59.999Z");
    }

    #[test]
    fn days_and_dates_agree() {
        for days in (-800_000..800_000).step_by(7) {
            let (year, month, day) = date_of(days);
            assert_eq!(days_of(year, month, day), days, "{year}-{month}-{day}");
        }
        assert_eq!(days_of(1, 1, 1), -719_164);
    }

    #[test]
    fn parsing_is_lenient() {
        let day = MILLIS_PER_DAY;
        assert_eq!(parse("2020-01-01"), Some(Temporal::Date(18_262 * day)));
        assert_eq!(parse("2020-13-32"), Some(Temporal::Date((18_628 + 31) * day)));
        assert_eq!(parse("2020-1-1xx"), Some(Temporal::Date(18_262 * day)));
        assert_eq!(parse("2020- 1- 1"), Some(Temporal::Date(18_262 * day)));
        assert_eq!(parse("10:11:12.345Z"), Some(Temporal::Time(36_672_345)));
        assert_eq!(parse("10:11:12.345X"), None);
        assert_eq!(parse("2020-01-01T00:00:00.000Z"), Some(Temporal::Timestamp(18_262 * day)));
        assert_eq!(parse("1234567890"), None);
        assert_eq!(parse("2020-01-01 "), None);
        assert_eq!(parse("2147483647-1-1T1:1:1.11Z"), None);
    }
}
