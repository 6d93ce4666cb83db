//! One value as another type, with the narrowing and widening of Java's numbers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use wasm_connect_batch::{Schema, Type, Value};

use crate::converter::java::calendar::{self, MILLIS_PER_DAY};
use crate::converter::java::decimal::{self, Number};
use crate::converter::java::float;
use crate::converter::java::logical::Logical;
use crate::transform::TransformError;
use crate::transform::lazy::Lazy;

/// Whether a type is what is cast or what it becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    From,
    To,
}

/// Only primitives can be cast, and nothing to bytes; the error is Java's.
pub fn check_type(ty: Type, direction: Direction) -> Result<(), String> {
    let supported = match direction {
        Direction::From => &Type::ALL[..9],
        Direction::To => &Type::ALL[..8],
    };
    if supported.contains(&ty) {
        return Ok(());
    }
    let names: Vec<String> = supported.iter().map(Type::to_string).collect();
    let direction = if direction == Direction::From { "from" } else { "to" };
    Err(format!(
        "Cast transformation does not support casting {direction} {ty}; supported types are [{}]",
        names.join(", ")
    ))
}

/// The value as one of type `target`; null stays null.
pub fn cast(schema: Option<&Schema>, value: Value, target: Type) -> Result<Value, TransformError> {
    let Some(found) = value.ty() else { return Ok(Value::Null) };
    check_type(schema.map_or(found, Schema::ty), Direction::From).map_err(TransformError::data)?;
    if target == Type::String {
        return text_of(schema, value).map(Value::String);
    }
    let source = match &value {
        Value::String(text) => Source::Text(text),
        Value::Boolean(truth) => Source::Integer(i64::from(*truth)),
        Value::Int8(v) => Source::Integer(i64::from(*v)),
        Value::Int16(v) => Source::Integer(i64::from(*v)),
        Value::Int32(v) => Source::Integer(i64::from(*v)),
        Value::Int64(v) => Source::Integer(*v),
        Value::Float32(v) => Source::Float32(*v),
        Value::Float64(v) => Source::Float64(*v),
        Value::Bytes(unscaled) if Logical::of(schema) == Some(Logical::Decimal) => {
            Source::Decimal(decimal_text(schema, unscaled)?)
        }
        other => {
            let class = Lazy::Owned(other).class_name(schema);
            return Err(TransformError::data(format!("Unexpected type in Cast transformation: class {class}")));
        }
    };
    source.cast(target)
}

/// What is cast to something else than text.
enum Source<'v> {
    Integer(i64),
    Float32(f32),
    Float64(f64),
    /// A `BigDecimal`, written out.
    Decimal(String),
    Text(&'v str),
}

impl Source<'_> {
    fn cast(&self, target: Type) -> Result<Value, TransformError> {
        if let Source::Text(text) = self {
            let value = parse(text, target);
            return value.ok_or_else(|| {
                TransformError::data(format!("Value ({text}) was out of range for requested data type"))
            });
        }
        Ok(match target {
            Type::Int8 => Value::Int8(self.int() as i8),
            Type::Int16 => Value::Int16(self.int() as i16),
            Type::Int32 => Value::Int32(self.int()),
            Type::Int64 => Value::Int64(self.long()),
            Type::Float32 => Value::Float32(self.float()),
            Type::Float64 => Value::Float64(self.double()),
            Type::Boolean => Value::Boolean(self.long() != 0),
            other => return Err(TransformError::data(format!("{other} is not supported in the Cast transformation."))),
        })
    }

    /// `Number.intValue`: the low bits of an integer, the nearest int of a float.
    fn int(&self) -> i32 {
        match self {
            Source::Float32(v) => *v as i32,
            Source::Float64(v) => *v as i32,
            other => other.long() as i32,
        }
    }

    fn long(&self) -> i64 {
        match self {
            Source::Integer(v) => *v,
            Source::Float32(v) => *v as i64,
            Source::Float64(v) => *v as i64,
            Source::Decimal(text) => Number::parse(text).map_or(0, |number| number.low_i64()),
            Source::Text(_) => 0,
        }
    }

    fn float(&self) -> f32 {
        match self {
            Source::Integer(v) => *v as f32,
            Source::Float32(v) => *v,
            Source::Float64(v) => *v as f32,
            Source::Decimal(text) => Number::parse(text).map_or(0.0, |number| number.float32()),
            Source::Text(_) => 0.0,
        }
    }

    fn double(&self) -> f64 {
        match self {
            Source::Integer(v) => *v as f64,
            Source::Float32(v) => f64::from(*v),
            Source::Float64(v) => *v,
            Source::Decimal(text) => Number::parse(text).map_or(0.0, |number| number.float64()),
            Source::Text(_) => 0.0,
        }
    }
}

/// Text as `Byte.parseByte` and its kin read it; none: it is no such value.
fn parse(text: &str, target: Type) -> Option<Value> {
    Some(match target {
        Type::Int8 => Value::Int8(text.parse().ok()?),
        Type::Int16 => Value::Int16(text.parse().ok()?),
        Type::Int32 => Value::Int32(text.parse().ok()?),
        Type::Int64 => Value::Int64(text.parse().ok()?),
        Type::Float32 => Value::Float32(float::parse_f32(text)?),
        Type::Float64 => Value::Float64(float::parse_f64(text)?),
        Type::Boolean => Value::Boolean(text.eq_ignore_ascii_case("true")),
        _ => return None,
    })
}

fn text_of(schema: Option<&Schema>, value: Value) -> Result<String, TransformError> {
    let millis = match (&value, Logical::of(schema)) {
        (Value::Bytes(unscaled), Some(Logical::Decimal)) => return decimal_text(schema, unscaled),
        (Value::Int32(days), Some(Logical::Date)) => Some(i64::from(*days) * MILLIS_PER_DAY),
        (Value::Int32(millis), Some(Logical::Time)) => Some(i64::from(*millis)),
        (Value::Int64(millis), Some(Logical::Timestamp)) => Some(*millis),
        _ => None,
    };
    if let Some(millis) = millis {
        return Ok(written(|out| calendar::write_iso(out, millis)));
    }
    Ok(match value {
        Value::String(text) => text,
        Value::Int8(v) => v.to_string(),
        Value::Int16(v) => v.to_string(),
        Value::Int32(v) => v.to_string(),
        Value::Int64(v) => v.to_string(),
        Value::Float32(v) => written(|out| float::write_f32(out, v)),
        Value::Float64(v) => written(|out| float::write_f64(out, v)),
        Value::Boolean(v) => v.to_string(),
        Value::Bytes(v) => STANDARD.encode(v),
        other => {
            let class = Lazy::Owned(&other).class_name(schema);
            return Err(TransformError::data(format!("Unexpected type in Cast transformation: class {class}")));
        }
    })
}

fn decimal_text(schema: Option<&Schema>, unscaled: &[u8]) -> Result<String, TransformError> {
    let mut out = Vec::new();
    decimal::write(&mut out, unscaled, decimal::scale(schema)?)?;
    Ok(String::from_utf8(out).unwrap_or_default())
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
    let mut out = Vec::new();
    write(&mut out);
    String::from_utf8(out).unwrap_or_default()
}
