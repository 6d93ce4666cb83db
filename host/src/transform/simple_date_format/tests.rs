//! Patterns and dates whose text in Java is known; many more are in the golden cases of the transforms that use them.

use super::*;

/// 2001-07-04 12:08:56.235 UTC, a Wednesday.
const DATE: i64 = 994_248_536_235;

fn format(pattern: &str, millis: i64) -> String {
    SimpleDateFormat::new(pattern).unwrap().format(millis)
}

fn parse(pattern: &str, text: &str) -> Option<i64> {
    SimpleDateFormat::new(pattern).unwrap().parse(text)
}

#[test]
fn every_letter_is_written() {
    let cases = [
        ("yyyy.MM.dd G 'at' HH:mm:ss z", "2001.07.04 AD at 12:08:56 UTC"),
        ("EEE, MMM d, ''yy", "Wed, Jul 4, '01"),
        ("h:mm a", "12:08 PM"),
        ("hh 'o''clock' a, zzzz", "12 o'clock PM, Coordinated Universal Time"),
        ("K:mm a, z", "0:08 PM, UTC"),
        ("yyyyy.MMMMM.dd GGG hh:mm aaa", "02001.July.04 AD 12:08 PM"),
        ("yyMMddHHmmssZ", "010704120856+0000"),
        ("yyyy-MM-dd'T'HH:mm:ss.SSSXXX", "2001-07-04T12:08:56.235Z"),
        ("YYYY-'W'ww-u", "2001-W27-3"),
        ("D F W k EEEE", "185 1 1 12 Wednesday"),
    ];
    for (pattern, text) in cases {
        assert_eq!(format(pattern, DATE), text, "{pattern}");
    }
}

#[test]
fn a_text_holds_for_a_period_of_the_resolution() {
    let mut millis = DATE;
    for round in 0..200_i64 {
        millis = (millis * 31 + round * 86_399_999) % 4_000_000_000_000 - 600_000_000_000;
        for pattern in [
            "yyyyMMdd",
            "G YYYY ww W D F E u",
            "yyyy-MM-dd HH",
            "k a z",
            "K",
            "h Z X",
            "HH:mm",
            "s",
            "HH:mm:ss.S",
            "'x'",
        ] {
            let format = SimpleDateFormat::new(pattern).unwrap();
            let resolution = format.resolution_ms();
            let start = millis.div_euclid(resolution) * resolution;
            for other in [start, start + resolution - 1, start + resolution / 2] {
                assert_eq!(format.format(other), format.format(millis), "{pattern} {millis}");
            }
        }
    }
}

#[test]
fn what_is_written_is_read() {
    for pattern in
        ["yyyy-MM-dd HH:mm:ss.SSS", "yyyyMMddHHmmssSSS", "EEE, d MMM yyyy hh:mm:ss.SSS a Z", "YYYY ww u H:m:s.S"]
    {
        assert_eq!(parse(pattern, &format(pattern, DATE)), Some(DATE), "{pattern}");
    }
}

#[test]
fn the_last_days_of_a_year_may_be_in_the_first_week_of_the_next() {
    let millis = parse("yyyy-MM-dd", "2019-12-30").unwrap();
    assert_eq!(format("YYYY-ww yyyy", millis), "2020-01 2019");
}

#[test]
fn parsing_is_lenient() {
    let day = |text| parse("yyyy-MM-dd", text);
    assert_eq!(day("2020-02-30"), day("2020-03-01"));
    assert_eq!(day("2020-13-01"), day("2021-01-01"));
    assert_eq!(day("2020-1-1 and so on"), day("2020-01-01"));
    assert_eq!(day("2020/01/01"), None);
    assert_eq!(parse("yyyyMMdd", "20200101"), day("2020-01-01"));
    assert_eq!(parse("HH:mm", "1:75"), Some(135 * 60_000));
    assert_eq!(parse("yyyy-MM-dd HH:mm z", "2020-01-01 12:00 PST"), parse("yyyy-MM-dd HH:mm", "2020-01-01 20:00"));
}

#[test]
fn two_digits_of_a_year_are_of_the_hundred_years_around_now() {
    let mut format = SimpleDateFormat::new("yy-MM-dd").unwrap();
    format.century_start = parse("yyyy-MM-dd", "1946-06-15").unwrap();
    let year = |text| SimpleDateFormat::new("yyyy").unwrap().format(format.parse(text).unwrap());
    assert_eq!(year("47-01-01"), "1947");
    assert_eq!(year("45-01-01"), "2045");
    assert_eq!(year("46-06-14"), "2046");
    assert_eq!(year("46-06-16"), "1946");
    assert_eq!(year("1-01-01"), "0001");
}

#[test]
fn patterns_that_are_none_are_refused() {
    let error = |pattern| SimpleDateFormat::new(pattern).unwrap_err();
    assert_eq!(error("yyyy-bb"), "Illegal pattern character 'b'");
    assert_eq!(error("yyyy'T"), "Unterminated quote");
    assert_eq!(error("XXXX"), "invalid ISO 8601 format: length=4");
}

#[test]
fn no_date_and_no_text_panics() {
    let pattern = "GyYMLwWDdFEuakHKhmsSzZX";
    let format = SimpleDateFormat::new(&pattern.chars().map(|c| format!("{c} ")).collect::<String>()).unwrap();
    for millis in [i64::MIN, -62_135_769_600_001, -1, 0, DATE, i64::MAX] {
        let text = format.format(millis);
        format.parse(&text);
        for end in (0..text.len()).filter(|end| text.is_char_boundary(*end)) {
            format.parse(&text[..end]);
        }
    }
    let long = SimpleDateFormat::new(&"y".repeat(100_000)).unwrap();
    assert_eq!(long.format(0).len(), 100_000);
    for text in ["é", "99999999999999999999999999999999999999999999", "-", "2147483647-2147483647-é"] {
        parse("yyyy-MM-dd", text);
        parse("yyMMdd", text);
        parse("YYYY-DD-WW", text);
        parse("z", text);
    }
}

/// What Java's class wrote and read, line by line; `tests/scripts/golden.sh` writes the file.
#[test]
fn dates_are_written_and_read_as_java_does() {
    let mut failures = Vec::new();
    let mut count = 0;
    for line in include_str!("../tests/dates.txt").lines() {
        let columns: Vec<String> = line.split('\t').map(|text| text.replace("\\t", "\t")).collect();
        let [kind, pattern, input, expected] = &columns[..] else { panic!("{line}") };
        let answer = match (SimpleDateFormat::new(pattern), kind.as_str()) {
            (Ok(_), "compile") => "ok".to_owned(),
            (Err(error), _) => error,
            (Ok(mut format), kind) => {
                format.century_start = -743_212_800_000;
                match kind {
                    "format" => format.format(input.parse().unwrap()),
                    _ => format.parse(input).map_or("none".to_owned(), |millis| millis.to_string()),
                }
            }
        };
        if answer != *expected {
            failures.push(format!("{line}\n  ours {answer}"));
        }
        count += 1;
    }
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
    assert!(count > 1500);
}
