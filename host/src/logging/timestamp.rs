//! The time of a line, in the zone of the host.

use std::fmt;
use std::mem::MaybeUninit;
use std::time::{SystemTime, UNIX_EPOCH};

/// A point in time, broken down in local time; milliseconds are the last digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LocalTime {
    year: i64,
    month: i32,
    day: i32,
    hour: i32,
    minute: i32,
    second: i32,
    millis: u32,
    /// East of Greenwich, in seconds.
    utc_offset: i64,
}

/// As log4j2's `%d`: `2026-11-22 13:00:00,123`.
pub(super) struct Log4j(pub LocalTime);

/// RFC 3339: `2026-11-22T13:00:00.123+01:00`.
pub(super) struct Rfc3339(pub LocalTime);

impl LocalTime {
    /// The time now.
    pub(super) fn now() -> Self {
        // A clock before 1970 is broken; the line matters more than its time.
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self::of(i64::try_from(since_epoch.as_secs()).unwrap_or(i64::MAX), since_epoch.subsec_millis())
    }

    fn of(seconds: i64, millis: u32) -> Self {
        let mut time = MaybeUninit::<libc::tm>::zeroed();
        // SAFETY: both pointers are valid for the call; all-zero is a valid `tm`, and is what stays if the call fails.
        let time = unsafe {
            libc::localtime_r(&raw const seconds, time.as_mut_ptr());
            time.assume_init()
        };
        Self {
            year: i64::from(time.tm_year) + 1900,
            month: time.tm_mon + 1,
            day: time.tm_mday,
            hour: time.tm_hour,
            minute: time.tm_min,
            second: time.tm_sec,
            millis,
            utc_offset: time.tm_gmtoff,
        }
    }
}

impl fmt::Display for Log4j {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LocalTime { year, month, day, hour, minute, second, millis, .. } = self.0;
        write!(f, "{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02},{millis:03}")
    }
}

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let LocalTime { year, month, day, hour, minute, second, millis, utc_offset } = self.0;
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}")?;
        let (sign, minutes) = (if utc_offset < 0 { '-' } else { '+' }, utc_offset.abs() / 60);
        write!(f, "{sign}{:02}:{:02}", minutes / 60, minutes % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_all_digits() {
        let time = LocalTime {
            year: 2026,
            month: 1,
            day: 2,
            hour: 3,
            minute: 4,
            second: 5,
            millis: 6,
            utc_offset: -(5 * 3600 + 1800),
        };
        assert_eq!(Log4j(time).to_string(), "2026-01-02 03:04:05,006");
        assert_eq!(Rfc3339(time).to_string(), "2026-01-02T03:04:05.006-05:30");
    }

    #[test]
    fn local_time_is_utc_shifted_by_its_offset() {
        let time = LocalTime::of(1_795_343_782, 174);
        let seconds_of_day = i64::from(time.hour * 3600 + time.minute * 60 + time.second);
        assert_eq!(seconds_of_day, (1_795_343_782 + time.utc_offset).rem_euclid(86_400));
        assert_eq!((time.year, time.month), (2026, 11));
    }
}
