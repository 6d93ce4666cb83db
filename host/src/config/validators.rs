//! What a parsed value must be, beyond its type: the checks of Java's `ConfigDef` validators, in their words.

use super::config_def::{ConfigType, Validator};
use super::config_exception::ConfigException;
use super::config_value::{ParsedValue, double_text};
use super::java_pattern::JavaPattern;

/// Runs the checks; the first that fails is the error.
pub fn ensure_valid(
    name: &str,
    ty: ConfigType,
    value: &ParsedValue,
    validators: &[Validator],
) -> Result<(), ConfigException> {
    for validator in validators {
        if let Validator::Lambda(check) = validator {
            check(name, value)?;
            continue;
        }
        check(name, ty, value, validator).map_err(|message| match validator {
            // Java's `ValidList` throws a message without the usual beginning.
            Validator::EachOnce | Validator::EachOnceNotEmpty => ConfigException(message),
            _ => ConfigException::invalid(name, value, message),
        })?;
    }
    Ok(())
}

fn check(name: &str, ty: ConfigType, value: &ParsedValue, validator: &Validator) -> Result<(), String> {
    let text = || match value {
        ParsedValue::Password(secret) => Some(secret.0.clone()),
        other => other.to_text(),
    };
    let holds = match validator {
        Validator::Min(_) | Validator::Max(_) if *value == ParsedValue::Null => false,
        Validator::Min(min) => value.as_number().is_some_and(|n| n >= *min),
        Validator::Max(max) => value.as_number().is_some_and(|n| n <= *max),
        Validator::OneOf(allowed) => text().is_some_and(|text| allowed.iter().any(|a| *a == text)),
        Validator::OneOfIgnoreCase(allowed) => {
            text().is_some_and(|text| allowed.iter().any(|a| a.to_uppercase() == text.to_uppercase()))
        }
        Validator::NonEmpty => text().is_none_or(|text| !text.is_empty()),
        Validator::NonEmptyWithoutControlChars => {
            return text().map_or(Ok(()), |text| without_control_chars(&text));
        }
        Validator::Pattern(pattern) => {
            let compiled = JavaPattern::compile(pattern).map_err(|error| format!("Invalid regex: {error}"))?;
            text().is_none_or(|text| compiled.matches(&text))
        }
        Validator::EachOnce => return each_once(name, value, true),
        Validator::EachOnceNotEmpty => return each_once(name, value, false),
        Validator::Custom(custom) => return custom(name, text().as_deref()),
        Validator::Lambda(check) => return check(name, value).map_err(|error| error.0),
    };
    if holds { Ok(()) } else { Err(complaint(ty, value, validator)) }
}

fn complaint(ty: ConfigType, value: &ParsedValue, validator: &Validator) -> String {
    match validator {
        Validator::Min(_) | Validator::Max(_) if *value == ParsedValue::Null => "Value must be non-null".to_owned(),
        Validator::Min(min) => format!("Value must be at least {}", bound(ty, *min)),
        Validator::Max(max) => format!("Value must be no more than {}", bound(ty, *max)),
        Validator::OneOf(allowed) => format!("String must be one of: {}", allowed.join(", ")),
        Validator::OneOfIgnoreCase(allowed) => {
            let upper: Vec<_> = allowed.iter().map(|a| a.to_uppercase()).collect();
            format!("String must be one of (case insensitive): {}", upper.join(", "))
        }
        Validator::Pattern(pattern) => format!("Value must match {pattern}"),
        Validator::NonEmpty
        | Validator::NonEmptyWithoutControlChars
        | Validator::EachOnce
        | Validator::EachOnceNotEmpty
        | Validator::Custom(_)
        | Validator::Lambda(_) => "String must be non-empty".to_owned(),
    }
}

/// A bound prints as a number of the key's type.
fn bound(ty: ConfigType, bound: f64) -> String {
    if ty == ConfigType::Double { double_text(bound) } else { format!("{bound}") }
}

fn without_control_chars(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("String may not be empty".to_owned());
    }
    let found: Vec<String> = text.chars().filter(|c| c.is_control()).map(|c| u32::from(c).to_string()).collect();
    if found.is_empty() {
        return Ok(());
    }
    Err(format!("String may not contain control sequences but had the following ASCII chars: {}", found.join(", ")))
}

/// A list that may not be null and has each item once, none of them empty (Java's `ValidList.anyNonDuplicateValues`).
fn each_once(name: &str, value: &ParsedValue, may_be_empty: bool) -> Result<(), String> {
    let ParsedValue::List(items) = value else {
        return Err(format!("Configuration '{name}' values must not be null."));
    };
    if items.is_empty() && !may_be_empty {
        return Err(format!("Configuration '{name}' must not be empty. Valid values include: any non-empty value"));
    }
    let unique: std::collections::HashSet<_> = items.iter().collect();
    if unique.len() != items.len() {
        return Err(format!("Configuration '{name}' values must not be duplicated."));
    }
    if unique.contains(&String::new()) {
        return Err(format!("Configuration '{name}' values must not be empty."));
    }
    Ok(())
}

// === checks for `Validator::Custom`

/// A list of aliases that may not be null and has each once.
pub fn unique_aliases(_name: &str, value: Option<&str>) -> Result<(), String> {
    let aliases = super::config_value::parse_list(value.ok_or("entry must be non null")?);
    let unique: std::collections::HashSet<_> = aliases.iter().collect();
    if unique.len() == aliases.len() { Ok(()) } else { Err("Duplicate alias provided.".to_owned()) }
}

/// A regular expression in Java's dialect, or nothing.
pub fn regex(_name: &str, value: Option<&str>) -> Result<(), String> {
    match value.map(JavaPattern::compile) {
        Some(Err(error)) => Err(format!("Invalid regex: {error}")),
        _ => Ok(()),
    }
}

/// A list with at least one item.
pub fn non_empty_list(_name: &str, value: Option<&str>) -> Result<(), String> {
    // An item of a list that is joined to nothing is an empty one; Java reads a list of one empty item as no item.
    if value.is_none_or(str::is_empty) { Err("Empty list".to_owned()) } else { Ok(()) }
}

/// Anything but null.
pub fn non_null(_name: &str, value: Option<&str>) -> Result<(), String> {
    value.map(drop).ok_or_else(|| "entry must be non null".to_owned())
}

/// A list of regular expressions in Java's dialect that may not be null.
pub fn regex_list(name: &str, value: Option<&str>) -> Result<(), String> {
    let list = super::config_value::parse_list(value.ok_or("entry must be non null")?);
    list.iter().try_for_each(|item| regex(name, Some(item)))
}

/// Null, or not negative.
pub fn null_or_not_negative(_name: &str, value: Option<&str>) -> Result<(), String> {
    match value.map(str::parse::<i64>) {
        Some(Ok(n)) if n < 0 => Err("Value must be at least 0".to_owned()),
        _ => Ok(()),
    }
}

/// −1, or at least 1: a replication factor.
pub fn replication_factor(_name: &str, value: Option<&str>) -> Result<(), String> {
    positive_or_default(value).ok_or_else(|| {
        "Replication factor must be positive and not larger than the number of brokers in the Kafka cluster, or -1 to use the \
         broker's default"
            .to_owned()
    })
}

/// −1, or at least 1: a number of partitions.
pub fn partitions(_name: &str, value: Option<&str>) -> Result<(), String> {
    positive_or_default(value)
        .ok_or_else(|| "Number of partitions must be positive, or -1 to use the broker's default".to_owned())
}

fn positive_or_default(value: Option<&str>) -> Option<()> {
    // A missing or unreadable number has been reported as such.
    let Some(Ok(n)) = value.map(str::parse::<i64>) else {
        return Some(());
    };
    (n == -1 || n > 0).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ty: ConfigType, text: Option<&str>, validator: Validator, expected: Option<&str>) {
        let value = text.map_or(ParsedValue::Null, |text| ParsedValue::parse("k", text, ty).unwrap());
        let error = ensure_valid("k", ty, &value, &[validator]).err().map(|error| error.0);
        assert_eq!(error.as_deref(), expected);
    }

    #[test]
    fn complaints_are_javas() {
        use ConfigType as T;
        check(
            T::Int,
            Some("0"),
            Validator::Min(1.0),
            Some("Invalid value 0 for configuration k: Value must be at least 1"),
        );
        check(
            T::Double,
            Some("0.1"),
            Validator::Min(0.5),
            Some("Invalid value 0.1 for configuration k: Value must be at least 0.5"),
        );
        let tolerance = || Validator::OneOf(vec!["none".into(), "all".into()]);
        check(T::String, Some("all"), tolerance(), None);
        check(
            T::String,
            Some("foo"),
            tolerance(),
            Some("Invalid value foo for configuration k: String must be one of: none, all"),
        );
        check(
            T::String,
            None,
            tolerance(),
            Some("Invalid value null for configuration k: String must be one of: none, all"),
        );
        let boundary = || Validator::OneOfIgnoreCase(vec!["POLL".into(), "INTERVAL".into()]);
        check(T::String, Some("poll"), boundary(), None);
        check(
            T::String,
            Some("x"),
            boundary(),
            Some("Invalid value x for configuration k: String must be one of (case insensitive): POLL, INTERVAL"),
        );
        check(T::String, None, Validator::NonEmptyWithoutControlChars, None);
        check(
            T::String,
            Some(""),
            Validator::NonEmptyWithoutControlChars,
            Some("Invalid value  for configuration k: String may not be empty"),
        );
        check(
            T::String,
            Some("a\u{0}b\nc"),
            Validator::NonEmptyWithoutControlChars,
            Some(
                "Invalid value a\u{0}b\nc for configuration k: String may not contain control sequences but had the \
                 following ASCII chars: 0, 10",
            ),
        );
        check(
            T::List,
            Some("a, a"),
            Validator::Custom(unique_aliases),
            Some("Invalid value [a, a] for configuration k: Duplicate alias provided."),
        );
        check(
            T::String,
            Some("("),
            Validator::Custom(regex),
            Some("Invalid value ( for configuration k: Invalid regex: Unclosed group near index 1\n("),
        );
        check(T::String, Some("abc"), Validator::Pattern("a.c".to_owned()), None);
        check(T::List, Some("a,b"), Validator::EachOnceNotEmpty, None);
        check(T::List, Some(""), Validator::EachOnce, None);
        check(
            T::List,
            Some(""),
            Validator::EachOnceNotEmpty,
            Some("Configuration 'k' must not be empty. Valid values include: any non-empty value"),
        );
        check(T::List, Some("a,a"), Validator::EachOnce, Some("Configuration 'k' values must not be duplicated."));
        check(T::List, Some("a,,b"), Validator::EachOnce, Some("Configuration 'k' values must not be empty."));
        check(T::List, None, Validator::EachOnce, Some("Configuration 'k' values must not be null."));
        check(
            T::List,
            Some(""),
            Validator::Custom(non_empty_list),
            Some("Invalid value [] for configuration k: Empty list"),
        );
    }
}
