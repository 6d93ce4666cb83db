//! What configurations add to the headers of all answers: `response.http.headers.config`, and CORS.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method};

use crate::config::worker_config::{CrossOrigin, HeaderAction, HeaderRule, HeaderText};

/// Seconds for which a browser may keep the answer to a preflight request, as Jetty has it.
const PREFLIGHT_MAX_AGE: HeaderValue = HeaderValue::from_static("60");

/// Adds headers to answers.
#[derive(Clone, Debug, Default)]
pub(super) struct AnswerHeaders {
    pub cross_origin: Option<CrossOrigin>,
    pub rules: Vec<HeaderRule>,
}

/// What a request from a page of another origin says of itself.
pub(super) struct Origin {
    origin: Option<HeaderValue>,
    is_preflight: bool,
}

impl Origin {
    /// Of a request with this method and these headers.
    pub(super) fn of(method: &Method, headers: &HeaderMap) -> Self {
        let is_preflight = method == Method::OPTIONS && headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        Self { origin: headers.get(ORIGIN).cloned(), is_preflight }
    }
}

impl AnswerHeaders {
    /// Adds to the headers of the answer to a request from `origin`.
    pub(super) fn add(&self, origin: &Origin, headers: &mut HeaderMap) {
        for HeaderRule { action, name, value } in &self.rules {
            let value = match value {
                HeaderText::Text(text) => text.clone(),
                HeaderText::Date(milliseconds) => http_date(from_now(*milliseconds)),
            };
            // Checked when the worker started, but for characters that no header may have.
            let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
                tracing::debug!("response.http.headers.config: header '{name}' cannot be sent");
                continue;
            };
            match action {
                HeaderAction::Set | HeaderAction::SetDate => drop(headers.insert(name, value)),
                HeaderAction::Add | HeaderAction::AddDate => drop(headers.append(name, value)),
            }
        }
        self.add_cross_origin(origin, headers);
    }

    fn add_cross_origin(&self, Origin { origin, is_preflight }: &Origin, headers: &mut HeaderMap) {
        let Some(cross_origin) = &self.cross_origin else { return };
        // Also without an origin: a cache must not give this answer to one who has.
        headers.append(VARY, HeaderValue::from_static("Origin"));
        let Some(origin) = origin else { return };
        if !origin.to_str().is_ok_and(|origin| cross_origin.allows(origin)) {
            return;
        }
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        if *is_preflight {
            headers.insert(ACCESS_CONTROL_MAX_AGE, PREFLIGHT_MAX_AGE);
            headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("Content-Type"));
            if let Ok(methods) = HeaderValue::try_from(cross_origin.methods.join(",")) {
                headers.insert(ACCESS_CONTROL_ALLOW_METHODS, methods);
            }
        }
    }
}

fn from_now(milliseconds: i64) -> SystemTime {
    let (now, distance) = (SystemTime::now(), Duration::from_millis(milliseconds.unsigned_abs()));
    let then = if milliseconds < 0 { now.checked_sub(distance) } else { now.checked_add(distance) };
    then.unwrap_or(now)
}

/// In the form of HTTP: `Sun, 06 Nov 1994 08:49:37 GMT`.
fn http_date(time: SystemTime) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "Jan", "Feb"];
    // Times before 1970 say 1970.
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Years that begin in March have their leap day last; counted from the March of year 0.
    let since = days + 719_468;
    let (era, day) = (since / 146_097, since % 146_097);
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day_of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day_of_month = day_of_year - (153 * month + 2) / 5 + 1;
    let year = era * 400 + year + u64::from(month >= 10);
    let (weekday, month) = (DAYS[(days % 7) as usize], MONTHS[(month % 12) as usize]);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{weekday}, {day_of_month:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_http() {
        let check = |seconds, date: &str| assert_eq!(http_date(UNIX_EPOCH + Duration::from_secs(seconds)), date);
        check(0, "Thu, 01 Jan 1970 00:00:00 GMT");
        check(784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT");
        check(951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT");
        check(951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT");
        check(1_795_343_782, "Sun, 22 Nov 2026 10:36:22 GMT");
        check(4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT");
    }
}
