//! A value from a header's text (`Values.parseString`), with all that Java's guessing does and does not see.

use std::borrow::Cow;

use wasm_connect_batch::{Limits, Schema, Type, logical};

use super::inferred::{Inferred, Parsed, Shape, align, merge};
use super::tokens::{Tokens, is_blank, trim};
use crate::converter::distinct::Distinct;
use crate::converter::java::calendar::{self, Temporal};
use crate::converter::java::decimal::{MAX_DIGITS, Number};

/// Why there is no value.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// A list or map is malformed (Java's `DataException`); it then is read as plain text.
    Data,
    /// Nothing can be read.
    Limit,
}

type Result<T> = std::result::Result<T, Failure>;

/// Whether the text is a string for its first character alone: such a text is none of the three words that begin with a letter,
/// and all other values begin with something else.
pub(super) fn is_plain(text: &str) -> bool {
    let first = text.as_bytes().first().copied().unwrap_or_default();
    first.is_ascii_alphabetic() && !matches!(trim(text), "null" | "true" | "false")
}

/// The value and its schema; none for null.
pub(super) fn parse(text: &str) -> Result<Option<Inferred>> {
    if text.is_empty() {
        return Ok(Some(Inferred::string("")));
    }
    Parser { tokens: Tokens::new(text) }.value(false, Limits::DEPTH)
}

struct Parser<'a> {
    tokens: Tokens<'a>,
}

impl Parser<'_> {
    /// The next value; `embedded` in a list or map, where quotes are meant as such and text must be quoted.
    fn value(&mut self, embedded: bool, depth: u16) -> Result<Option<Inferred>> {
        if !self.tokens.has_next() {
            return Ok(None);
        }
        let depth = depth.checked_sub(1).ok_or(Failure::Limit)?;
        if embedded && self.tokens.consume("\"") {
            return Ok(Some(self.quoted()));
        }
        if self.word(embedded, "null") {
            return Ok(None);
        }
        for value in [true, false] {
            if self.word(embedded, if value { "true" } else { "false" }) {
                return Ok(Some(Inferred::new(Schema::boolean().build(), Parsed::Boolean(value))));
            }
        }
        let start = self.tokens.mark();
        match self.collection(depth) {
            Ok(Some(collection)) => return Ok(Some(collection)),
            Ok(None) => {}
            Err(Failure::Data) => self.tokens.rewind(start),
            Err(Failure::Limit) => return Err(Failure::Limit),
        }
        let token = self.tokens.next();
        if is_blank(token) {
            return Ok(Some(Inferred::string(token)));
        }
        self.scalar(embedded, trim(token)).map(Some)
    }

    /// Takes `word` if it is next and, unless embedded, all there is.
    fn word(&mut self, embedded: bool, word: &str) -> bool {
        let start = self.tokens.mark();
        if self.tokens.consume(word) && (embedded || !self.tokens.has_next()) {
            return true;
        }
        self.tokens.rewind(start);
        false
    }

    fn collection(&mut self, depth: u16) -> Result<Option<Inferred>> {
        if self.tokens.consume("[") {
            self.array(depth).map(Some)
        } else if self.tokens.consume("{") {
            self.map(depth).map(Some)
        } else {
            Ok(None)
        }
    }

    fn array(&mut self, depth: u16) -> Result<Inferred> {
        let mut items = Vec::new();
        let mut shape = Merged::Any;
        while self.tokens.has_next() {
            if self.tokens.consume("]") {
                return array_of(shape, items);
            }
            if self.tokens.consume(",") {
                return Err(Failure::Data);
            }
            let item = self.value(true, depth)?;
            shape.merge(item.as_ref());
            items.push(item.map_or(Parsed::Null, |item| item.value));
            let end = self.tokens.mark();
            if self.tokens.consume("]") {
                self.tokens.rewind(end);
            } else if !self.tokens.consume(",") {
                return Err(Failure::Data);
            }
        }
        Err(Failure::Data)
    }

    fn map(&mut self, depth: u16) -> Result<Inferred> {
        let mut entries = Distinct::new();
        let (mut keys, mut values) = (Merged::Any, Merged::Any);
        while self.tokens.has_next() {
            if self.tokens.consume("}") {
                return map_of(keys, values, entries.into_entries().into_iter().map(|(_, entry)| entry).collect());
            }
            if self.tokens.consume(",") {
                return Err(Failure::Data);
            }
            let key = self.value(true, depth)?.ok_or(Failure::Data)?;
            if !self.tokens.consume(":") {
                return Err(Failure::Data);
            }
            let value = self.value(true, depth)?;
            self.tokens.consume(",");
            keys.merge(Some(&key));
            values.merge(value.as_ref());
            let id = Cow::Owned(format!("{:?}", key.value));
            entries.insert(id, (key.value, value.map_or(Parsed::Null, |value| value.value)));
        }
        Err(Failure::Data)
    }

    /// Text up to the closing quote, which may be missing. Backslashes stay.
    fn quoted(&mut self) -> Inferred {
        let mut text = String::new();
        while self.tokens.has_next() {
            if self.tokens.consume("\"") {
                break;
            }
            text.push_str(self.tokens.next());
        }
        temporal(&text).unwrap_or_else(|| Inferred::string(&text))
    }

    fn scalar(&mut self, embedded: bool, token: &str) -> Result<Inferred> {
        let first = token.as_bytes().first().copied().unwrap_or_default();
        if first.is_ascii_digit()
            && let Some(temporal) = self.temporal_of_tokens(token)
        {
            return Ok(temporal);
        }
        if (first.is_ascii_digit() || first == b'+' || first == b'-')
            && let Some(number) = number(token)?
        {
            return Ok(number);
        }
        if embedded {
            return Err(Failure::Data);
        }
        Ok(Inferred::string(self.tokens.text()))
    }

    /// A time is five tokens, as colons are delimiters; a date is one.
    fn temporal_of_tokens(&mut self, token: &str) -> Option<Inferred> {
        let start = self.tokens.mark();
        if let Some(rest) = self.tokens.next_text(4)
            && let Some(found) = temporal(&format!("{token}{rest}"))
        {
            return Some(found);
        }
        self.tokens.rewind(start);
        temporal(token)
    }
}

/// What the items of a list have in common so far.
enum Merged {
    Any,
    Common(Shape),
    Nothing,
}

impl Merged {
    fn merge(&mut self, item: Option<&Inferred>) {
        let Some(item) = item else { return };
        *self = match self {
            Merged::Any => Merged::Common(item.shape.clone()),
            Merged::Common(common) => merge(common, &item.shape).map_or(Merged::Nothing, Merged::Common),
            Merged::Nothing => Merged::Nothing,
        };
    }

    fn common(self) -> Option<Shape> {
        match self {
            Merged::Common(shape) => Some(shape),
            Merged::Any | Merged::Nothing => None,
        }
    }
}

fn array_of(shape: Merged, items: Vec<Parsed>) -> Result<Inferred> {
    let Some(common) = shape.common() else {
        return Ok(Inferred { shape: Shape::Partial(Type::Array), value: Parsed::Array(items) });
    };
    let items = items.into_iter().map(|item| align(&common, item)).collect::<Result<_>>()?;
    let shape = match common {
        Shape::Schema(schema) => Shape::Schema(Schema::array(schema).build()),
        Shape::Partial(_) => Shape::Partial(Type::Array),
    };
    Ok(Inferred { shape, value: Parsed::Array(items) })
}

fn map_of(keys: Merged, values: Merged, entries: Vec<(Parsed, Parsed)>) -> Result<Inferred> {
    let (keys, values) = (keys.common(), values.common());
    let mut aligned = Vec::with_capacity(entries.len());
    for (key, value) in entries {
        let key = keys.as_ref().map_or(Ok(key.clone()), |keys| align(keys, key))?;
        let value = match (&keys, &values) {
            (Some(_), Some(values)) => align(values, value)?,
            _ => value,
        };
        aligned.push((key, value));
    }
    let shape = match (keys, values) {
        (Some(Shape::Schema(keys)), Some(Shape::Schema(values))) => Shape::Schema(Schema::map(keys, values).build()),
        _ => Shape::Partial(Type::Map),
    };
    Ok(Inferred { shape, value: Parsed::Map(aligned) })
}

fn temporal(text: &str) -> Option<Inferred> {
    let text = if text.contains('\\') { Cow::Owned(text.replace("\\:", ":")) } else { Cow::Borrowed(text) };
    Some(match calendar::parse(&text)? {
        Temporal::Date(millis) => Inferred::new(logical::date().build(), Parsed::Millis(millis)),
        Temporal::Time(millis) => Inferred::new(logical::time().build(), Parsed::Millis(millis)),
        Temporal::Timestamp(millis) => Inferred::new(logical::timestamp().build(), Parsed::Millis(millis)),
    })
}

/// The smallest type that holds the number; none if the text is no number.
fn number(text: &str) -> Result<Option<Inferred>> {
    let Some(number) = Number::parse(text) else {
        return Ok(None);
    };
    if let Some(long) = number.exact_i64() {
        return Ok(Some(integer(long)));
    }
    let (float32, float64) = (number.float32(), number.float64());
    Ok(Some(if float32.is_finite() && number.scale() != 0 {
        Inferred::new(Schema::float32().build(), Parsed::Float32(float32))
    } else if float64.is_finite() && number.scale() != 0 {
        Inferred::new(Schema::float64().build(), Parsed::Float64(float64))
    } else if text.len() > MAX_DIGITS {
        return Err(Failure::Limit);
    } else {
        Inferred::new(logical::decimal(number.scale()).build(), Parsed::Decimal(text.to_owned()))
    }))
}

fn integer(long: i64) -> Inferred {
    if let Ok(value) = i8::try_from(long) {
        Inferred::new(Schema::int8().build(), Parsed::Int8(value))
    } else if let Ok(value) = i16::try_from(long) {
        Inferred::new(Schema::int16().build(), Parsed::Int16(value))
    } else if let Ok(value) = i32::try_from(long) {
        Inferred::new(Schema::int32().build(), Parsed::Int32(value))
    } else {
        Inferred::new(Schema::int64().build(), Parsed::Int64(long))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::converter::tests::random::Random;

    #[test]
    fn a_text_that_is_plain_at_a_glance_is_plain_with_care() {
        let words = [
            "null", "true", "false", "nullx", "True", " ", "", ":", ",", "[", "}", "\"", "\\", "x", "1", "é", "\t",
            "NaN",
        ];
        let mut random = Random::new(5);
        let mut plain = 0;
        for _ in 0..20_000 {
            let count = random.below(4) + 1;
            let mut text: String = (0..count).map(|_| words[random.below(words.len() as u64) as usize]).collect();
            text += &if random.chance(3) { random.text() } else { String::new() };
            if is_plain(&text) {
                assert_eq!(parse(&text), Ok(Some(Inferred::string(&text))), "{text:?}");
                plain += 1;
            }
        }
        assert!(plain > 4_000, "{plain}");
    }
}
