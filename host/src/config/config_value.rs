//! Values of configuration keys: Java's `ConfigDef.parseType` and `convertToString`, and how Java prints them.

use std::fmt;

use super::config_def::ConfigType;
use super::config_exception::ConfigException;

/// What is shown instead of a password.
pub const HIDDEN: &str = "[hidden]";

/// A value of the type that its key says.
#[derive(Clone, Debug, PartialEq)]
pub enum ParsedValue {
    Null,
    Boolean(bool),
    String(String),
    Int(i32),
    Short(i16),
    Long(i64),
    Double(f64),
    List(Vec<String>),
    /// A class name.
    Class(String),
    Password(Password),
}

/// A secret that neither `Debug` nor `Display` shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(pub String);

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HIDDEN)
    }
}

// === impl ParsedValue

impl ParsedValue {
    /// Reads `text`, which is trimmed first.
    pub fn parse(name: &str, text: &str, ty: ConfigType) -> Result<Self, ConfigException> {
        let trimmed = trim(text);
        let number = |kind| move || ConfigException::invalid(name, text, format_args!("Not a number of type {kind}"));
        Ok(match ty {
            ConfigType::Boolean if trimmed.eq_ignore_ascii_case("true") => Self::Boolean(true),
            ConfigType::Boolean if trimmed.eq_ignore_ascii_case("false") => Self::Boolean(false),
            ConfigType::Boolean => {
                return Err(ConfigException::invalid(name, text, "Expected value to be either true or false"));
            }
            ConfigType::String => Self::String(trimmed.to_owned()),
            ConfigType::Int => Self::Int(trimmed.parse().map_err(|_| number("INT")())?),
            ConfigType::Short => Self::Short(trimmed.parse().map_err(|_| number("SHORT")())?),
            ConfigType::Long => Self::Long(trimmed.parse().map_err(|_| number("LONG")())?),
            ConfigType::Double => Self::Double(parse_double(trimmed).ok_or_else(number("DOUBLE"))?),
            ConfigType::List => Self::List(parse_list(trimmed)),
            ConfigType::Class => Self::Class(trimmed.to_owned()),
            ConfigType::Password => Self::Password(Password(trimmed.to_owned())),
        })
    }

    /// The value as text for REST; none: null.
    pub fn to_text(&self) -> Option<String> {
        Some(match self {
            Self::Null => return None,
            Self::List(items) => items.join(","),
            other => other.to_string(),
        })
    }

    /// The value as a number, if it is one.
    pub(super) fn as_number(&self) -> Option<f64> {
        Some(match self {
            Self::Int(n) => f64::from(*n),
            Self::Short(n) => f64::from(*n),
            // Bounds are small numbers, so that the rounding of huge values changes no answer.
            #[allow(clippy::cast_precision_loss)]
            Self::Long(n) => *n as f64,
            Self::Double(n) => *n,
            _ => return None,
        })
    }
}

/// As Java prints the value in the text of an exception.
impl fmt::Display for ParsedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Boolean(b) => write!(f, "{b}"),
            Self::String(s) | Self::Class(s) => f.write_str(s),
            Self::Int(n) => write!(f, "{n}"),
            Self::Short(n) => write!(f, "{n}"),
            Self::Long(n) => write!(f, "{n}"),
            Self::Double(n) => f.write_str(&double_text(*n)),
            Self::List(items) => write!(f, "[{}]", items.join(", ")),
            Self::Password(_) => f.write_str(HIDDEN),
        }
    }
}

/// Java's `String.trim`: everything up to and including the space goes, nothing else.
pub fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c <= ' ')
}

/// Java's `ConfigDef` lists: split at commas with the white space around them; empty items stay, an empty text is no item.
pub fn parse_list(text: &str) -> Vec<String> {
    let is_space = |c: char| matches!(c, ' ' | '\t' | '\n' | '\u{b}' | '\u{c}' | '\r');
    let text = trim(text);
    if text.is_empty() {
        return Vec::new();
    }
    text.split(',').map(|item| item.trim_matches(is_space).to_owned()).collect()
}

/// Java's `Double.parseDouble`, without hexadecimal floats.
fn parse_double(text: &str) -> Option<f64> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned {
        "NaN" => return Some(f64::NAN),
        "Infinity" => {
            return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
        }
        _ => {}
    }
    let digits = text.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(text);
    if !digits.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'e' | b'E' | b'+' | b'-')) {
        return None;
    }
    digits.parse().ok()
}

/// Java's `Double.toString`.
pub fn double_text(n: f64) -> String {
    if n.is_nan() {
        return "NaN".to_owned();
    }
    if n.is_infinite() {
        return if n > 0.0 { "Infinity" } else { "-Infinity" }.to_owned();
    }
    if n == 0.0 || (1e-3..1e7).contains(&n.abs()) {
        let text = format!("{n}");
        return if text.contains('.') { text } else { format!("{text}.0") };
    }
    let text = format!("{n:E}");
    match text.split_once('E') {
        Some((mantissa, exponent)) if !mantissa.contains('.') => format!("{mantissa}.0E{exponent}"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(ty: ConfigType, text: &str, expected: Result<ParsedValue, &str>) {
        let parsed = ParsedValue::parse("k", text, ty);
        assert_eq!(parsed, expected.map_err(|e| ConfigException(e.to_owned())), "{ty:?} {text:?}");
    }

    #[test]
    fn values_are_read_as_java_reads_them() {
        use ConfigType as T;
        check(T::Boolean, " TRUE ", Ok(ParsedValue::Boolean(true)));
        check(
            T::Boolean,
            "yes",
            Err("Invalid value yes for configuration k: Expected value to be either true or false"),
        );
        check(T::Int, "+5", Ok(ParsedValue::Int(5)));
        check(T::Int, " -5\t", Ok(ParsedValue::Int(-5)));
        check(T::Int, "2147483648", Err("Invalid value 2147483648 for configuration k: Not a number of type INT"));
        check(T::Int, "1 000", Err("Invalid value 1 000 for configuration k: Not a number of type INT"));
        check(T::Short, "40000", Err("Invalid value 40000 for configuration k: Not a number of type SHORT"));
        check(T::Long, "", Err("Invalid value  for configuration k: Not a number of type LONG"));
        check(T::Double, "1e3", Ok(ParsedValue::Double(1000.0)));
        check(T::Double, "2.5d", Ok(ParsedValue::Double(2.5)));
        check(T::Double, "inf", Err("Invalid value inf for configuration k: Not a number of type DOUBLE"));
        check(T::String, "  a b ", Ok(ParsedValue::String("a b".to_owned())));
        check(T::List, "", Ok(ParsedValue::List(vec![])));
        check(T::List, " a , b,,c, ", Ok(ParsedValue::List(["a", "b", "", "c", ""].map(String::from).to_vec())));
    }

    #[test]
    fn a_password_is_shown_nowhere() {
        let value = ParsedValue::parse("k", "s3cret", ConfigType::Password).unwrap();
        assert_eq!(value.to_text().as_deref(), Some("[hidden]"));
        assert!(!format!("{value} {value:?}").contains("s3cret"));
    }

    #[test]
    fn doubles_print_as_java_prints_them() {
        for (n, text) in [
            (0.5, "0.5"),
            (1.0, "1.0"),
            (0.0, "0.0"),
            (1e10, "1.0E10"),
            (1.5e-7, "1.5E-7"),
            (1e7, "1.0E7"),
            (123.25, "123.25"),
        ] {
            assert_eq!(double_text(n), text);
        }
    }
}
