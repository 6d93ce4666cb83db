//! What was guessed of a header's text, and how the guesses of a list's items are brought together.

use std::sync::LazyLock;

use wasm_connect_batch::{Schema, Type, Value};

use super::parse::Failure;
use crate::converter::java::calendar::{self, MILLIS_PER_DAY};
use crate::converter::java::decimal::Number;
use crate::converter::java::logical::Logical;

/// A value and its schema.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Inferred {
    pub(super) shape: Shape,
    pub(super) value: Parsed,
}

/// A schema as far as it is known.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Shape {
    Schema(Schema),
    /// A list or map whose items have no schema in common (Java's `arrayOfNull`, `mapWithNullValues`, `mapOfNull`).
    Partial(Type),
}

/// A value as Java holds it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Parsed {
    Null,
    Boolean(bool),
    Int8(i8),
    Int16(i16),
    Int32(i32),
    Int64(i64),
    Float32(f32),
    Float64(f64),
    /// `BigDecimal`, as the text that it came as.
    Decimal(String),
    /// `java.util.Date`.
    Millis(i64),
    String(String),
    Array(Vec<Parsed>),
    Map(Vec<(Parsed, Parsed)>),
}

impl Shape {
    fn ty(&self) -> Type {
        match self {
            Shape::Schema(schema) => schema.ty(),
            Shape::Partial(ty) => *ty,
        }
    }
}

/// The schema for values of both: of two numeric types the wider one, of equal types the newer one; none otherwise.
pub(super) fn merge(previous: &Shape, newer: &Shape) -> Option<Shape> {
    let (old, new) = (previous.ty(), newer.ty());
    if old == new {
        return Some(newer.clone());
    }
    let is_numeric = |ty: Type| ty <= Type::Float64;
    (is_numeric(old) && is_numeric(new)).then(|| if old > new { previous.clone() } else { newer.clone() })
}

/// The value as one of the schema (`Values.convertTo`, as far as merged schemas need it).
pub(super) fn align(shape: &Shape, value: Parsed) -> Result<Parsed, Failure> {
    let Shape::Schema(schema) = shape else {
        return if value == Parsed::Null { Err(Failure::Data) } else { Ok(value) };
    };
    if value == Parsed::Null {
        return Err(Failure::Data);
    }
    let as_long = |value: &Parsed| value.as_i64().ok_or(Failure::Data);
    Ok(match (schema.ty(), Logical::of(Some(schema))) {
        (Type::Int32, Some(Logical::Date)) => match value {
            Parsed::Millis(_) => value,
            other => Parsed::Millis(i64::from(as_long(&other)? as i32) * MILLIS_PER_DAY),
        },
        (Type::Int32, Some(Logical::Time)) => match value {
            Parsed::Millis(_) => value,
            other => {
                let millis = i64::from(as_long(&other)? as i32);
                if !(0..=MILLIS_PER_DAY).contains(&millis) {
                    return Err(Failure::Data);
                }
                Parsed::Millis(millis)
            }
        },
        (Type::Int64, Some(Logical::Timestamp)) => match value {
            Parsed::Millis(_) => value,
            other => Parsed::Millis(as_long(&other)?),
        },
        (Type::Int8, _) => Parsed::Int8(as_long(&value)? as i8),
        (Type::Int16, _) => Parsed::Int16(as_long(&value)? as i16),
        (Type::Int32, _) => Parsed::Int32(as_long(&value)? as i32),
        (Type::Int64, _) => Parsed::Int64(as_long(&value)?),
        (Type::Float32, _) => Parsed::Float32(value.as_f64().ok_or(Failure::Data)? as f32),
        (Type::Float64, _) => Parsed::Float64(value.as_f64().ok_or(Failure::Data)?),
        _ => value,
    })
}

impl Parsed {
    fn as_i64(&self) -> Option<i64> {
        match self {
            Parsed::Int8(v) => Some(i64::from(*v)),
            Parsed::Int16(v) => Some(i64::from(*v)),
            Parsed::Int32(v) => Some(i64::from(*v)),
            Parsed::Int64(v) => Some(*v),
            _ => None,
        }
    }

    fn as_f64(&self) -> Option<f64> {
        match self {
            Parsed::Float32(v) => Some(f64::from(*v)),
            Parsed::Float64(v) => Some(*v),
            _ => self.as_i64().map(|v| v as f64),
        }
    }

    /// The value as one of `schema`; none if it is not.
    fn conform(&self, schema: &Schema) -> Option<Value> {
        Some(match (schema.ty(), Logical::of(Some(schema)), self) {
            (Type::Bytes, Some(Logical::Decimal), Parsed::Decimal(text)) => {
                let scale = crate::converter::java::decimal::scale(Some(schema)).ok()?;
                Value::Bytes(Number::parse(text)?.unscaled(scale).ok()?)
            }
            (Type::Int32, Some(Logical::Date), Parsed::Millis(millis)) if millis % MILLIS_PER_DAY == 0 => {
                Value::Int32(i32::try_from(millis / MILLIS_PER_DAY).ok()?)
            }
            (Type::Int32, Some(Logical::Time), Parsed::Millis(millis)) => Value::Int32(i32::try_from(*millis).ok()?),
            (Type::Int64, Some(Logical::Timestamp), Parsed::Millis(millis)) => Value::Int64(*millis),
            (Type::Boolean, _, Parsed::Boolean(v)) => Value::Boolean(*v),
            (Type::Int8, _, Parsed::Int8(v)) => Value::Int8(*v),
            (Type::Int16, _, Parsed::Int16(v)) => Value::Int16(*v),
            (Type::Int32, None, Parsed::Int32(v)) => Value::Int32(*v),
            (Type::Int64, None, Parsed::Int64(v)) => Value::Int64(*v),
            (Type::Float32, _, Parsed::Float32(v)) => Value::Float32(*v),
            (Type::Float64, _, Parsed::Float64(v)) => Value::Float64(*v),
            (Type::String, _, Parsed::String(v)) => Value::String(v.clone()),
            (Type::Array, _, Parsed::Array(items)) => {
                let item_schema = schema.value_schema()?;
                Value::Array(items.iter().map(|item| item.conform(item_schema)).collect::<Option<_>>()?)
            }
            (Type::Map, _, Parsed::Map(entries)) => {
                let (keys, values) = (schema.key_schema()?, schema.value_schema()?);
                let conformed = entries.iter().map(|(key, value)| Some((key.conform(keys)?, value.conform(values)?)));
                Value::Map(conformed.collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    /// The value without a schema: what would need one is text.
    fn loose(self) -> Value {
        match self {
            Parsed::Null => Value::Null,
            Parsed::Boolean(v) => Value::Boolean(v),
            Parsed::Int8(v) => Value::Int8(v),
            Parsed::Int16(v) => Value::Int16(v),
            Parsed::Int32(v) => Value::Int32(v),
            Parsed::Int64(v) => Value::Int64(v),
            Parsed::Float32(v) => Value::Float32(v),
            Parsed::Float64(v) => Value::Float64(v),
            Parsed::Decimal(text) | Parsed::String(text) => Value::String(text),
            Parsed::Millis(millis) => {
                let mut text = Vec::new();
                calendar::write_iso(&mut text, millis);
                Value::String(String::from_utf8_lossy(&text).into_owned())
            }
            Parsed::Array(items) => Value::Array(items.into_iter().map(Parsed::loose).collect()),
            Parsed::Map(entries) => {
                Value::Map(entries.into_iter().map(|(key, value)| (key.loose(), value.loose())).collect())
            }
        }
    }
}

impl Inferred {
    pub(super) fn new(schema: Schema, value: Parsed) -> Self {
        Inferred { shape: Shape::Schema(schema), value }
    }

    pub(super) fn string(text: &str) -> Self {
        static STRING: LazyLock<Schema> = LazyLock::new(|| Schema::string().build());
        Inferred::new(STRING.clone(), Parsed::String(text.to_owned()))
    }

    /// The value with its schema if it has one that fits.
    pub(super) fn into_value(self) -> (Option<Schema>, Value) {
        if let Shape::Schema(schema) = self.shape
            && let Some(value) = self.value.conform(&schema)
        {
            return (Some(schema), value);
        }
        (None, self.value.loose())
    }
}
