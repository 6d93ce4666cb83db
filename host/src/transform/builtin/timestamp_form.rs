//! The forms that a time can have, and one time in each of them.

use wasm_connect_batch::{Schema, Type, Value, logical};

use crate::converter::java::calendar::MILLIS_PER_DAY;
use crate::converter::java::logical::Logical;
use crate::transform::TransformError;
use crate::transform::lazy::Lazy;
use crate::transform::simple_date_format::SimpleDateFormat;

/// What `target.type` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampForm {
    String,
    Unix,
    Date,
    Time,
    Timestamp,
}

/// The unit of times that are numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    Nanoseconds,
    Microseconds,
    Milliseconds,
    Seconds,
}

impl TimestampForm {
    /// In the order in which Java lists them.
    pub const NAMES: [&'static str; 5] = ["string", "unix", "Date", "Time", "Timestamp"];

    /// One of [`Self::NAMES`], which the configuration was checked for.
    pub fn named(name: &str) -> Self {
        match name {
            "string" => Self::String,
            "unix" => Self::Unix,
            "Date" => Self::Date,
            "Time" => Self::Time,
            _ => Self::Timestamp,
        }
    }

    /// What times of a schema are.
    pub fn of_schema(schema: &Schema) -> Result<Self, TransformError> {
        match (Logical::of(Some(schema)), schema.ty()) {
            (Some(Logical::Timestamp), _) => Ok(Self::Timestamp),
            (Some(Logical::Date), _) => Ok(Self::Date),
            (Some(Logical::Time), _) => Ok(Self::Time),
            (_, Type::String) => Ok(Self::String),
            (_, Type::Int64) => Ok(Self::Unix),
            _ => Err(TransformError::of(
                "org.apache.kafka.connect.errors.ConnectException",
                format!("Schema {schema} does not correspond to a known timestamp type format"),
            )),
        }
    }

    /// What a time without a schema is.
    pub fn of_value(value: &Value) -> Result<Self, TransformError> {
        match value {
            Value::Int64(_) => Ok(Self::Unix),
            Value::String(_) => Ok(Self::String),
            other => {
                let class = Lazy::Owned(other).class_name(None);
                let message = format!("TimestampConverter does not support class {class} objects as timestamps");
                Err(TransformError::data(message))
            }
        }
    }

    pub fn schema(self, optional: bool) -> Schema {
        let builder = match self {
            Self::String => Schema::string(),
            Self::Unix => Schema::int64(),
            Self::Date => logical::date(),
            Self::Time => logical::time(),
            Self::Timestamp => logical::timestamp(),
        };
        if optional { builder.optional().build() } else { builder.build() }
    }
}

impl Precision {
    /// In the order in which Java lists them.
    pub const NAMES: [&'static str; 4] = ["nanoseconds", "microseconds", "milliseconds", "seconds"];

    /// One of [`Self::NAMES`], which the configuration was checked for.
    pub fn named(name: &str) -> Self {
        match name {
            "nanoseconds" => Self::Nanoseconds,
            "microseconds" => Self::Microseconds,
            "seconds" => Self::Seconds,
            _ => Self::Milliseconds,
        }
    }

    /// Towards zero, and as far as a long goes (`TimeUnit.toMillis`).
    fn to_millis(self, time: i64) -> i64 {
        match self {
            Self::Nanoseconds => time / 1_000_000,
            Self::Microseconds => time / 1000,
            Self::Milliseconds => time,
            Self::Seconds => time.saturating_mul(1000),
        }
    }

    fn of_millis(self, millis: i64) -> i64 {
        match self {
            Self::Nanoseconds => millis.saturating_mul(1_000_000),
            Self::Microseconds => millis.saturating_mul(1000),
            Self::Milliseconds => millis,
            Self::Seconds => millis / 1000,
        }
    }
}

/// Reads and writes times of all forms.
pub struct Translator {
    pub format: Option<SimpleDateFormat>,
    pub precision: Precision,
}

impl Translator {
    /// The time in milliseconds since 1970.
    pub fn read(&self, source: TimestampForm, schema: Option<&Schema>, value: &Value) -> Result<i64, TransformError> {
        Ok(match (source, value) {
            (TimestampForm::String, Value::String(text)) => self.parse(text)?,
            (TimestampForm::Unix, Value::Int64(time)) => self.precision.to_millis(*time),
            (TimestampForm::Date, Value::Int32(days)) => i64::from(*days) * MILLIS_PER_DAY,
            (TimestampForm::Time, Value::Int32(millis)) => i64::from(*millis),
            (TimestampForm::Timestamp, Value::Int64(millis)) => *millis,
            (_, other) => {
                let (expected, class) = match source {
                    TimestampForm::String => ("string timestamp", "String"),
                    TimestampForm::Unix => ("Unix timestamp", "Long"),
                    TimestampForm::Date => ("Date", "java.util.Date"),
                    TimestampForm::Time => ("Time", "java.util.Date"),
                    TimestampForm::Timestamp => ("Timestamp", "java.util.Date"),
                };
                let found = Lazy::Owned(other).class_name(schema);
                let message = format!("Expected {expected} to be a {class}, but found class {found}");
                return Err(TransformError::data(message));
            }
        })
    }

    /// A time as one of its forms; logical types as their base type.
    pub fn write(&self, target: TimestampForm, millis: i64) -> Result<Value, TransformError> {
        Ok(match target {
            TimestampForm::String => Value::String(self.format()?.format(millis)),
            TimestampForm::Unix => Value::Int64(self.precision.of_millis(millis)),
            // Days beyond those of an int wrap around, as in Java.
            TimestampForm::Date => Value::Int32(millis.div_euclid(MILLIS_PER_DAY) as i32),
            TimestampForm::Time => Value::Int32(millis.rem_euclid(MILLIS_PER_DAY) as i32),
            TimestampForm::Timestamp => Value::Int64(millis),
        })
    }

    fn parse(&self, text: &str) -> Result<i64, TransformError> {
        let format = self.format()?;
        format.parse(text).ok_or_else(|| {
            let pattern = format.pattern();
            TransformError::data(format!(
                "Could not parse timestamp: value ({text}) does not match pattern ({pattern})"
            ))
        })
    }

    fn format(&self) -> Result<&SimpleDateFormat, TransformError> {
        self.format.as_ref().ok_or_else(|| {
            TransformError::of(
                "java.lang.NullPointerException",
                "TimestampConverter requires format option to be specified when using string timestamps",
            )
        })
    }
}
