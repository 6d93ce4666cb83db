//! Which of Connect's logical types a schema is.

use wasm_connect_batch::{Schema, logical};

/// The types whose Java values are not those of the base type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Logical {
    /// `BigDecimal`.
    Decimal,
    /// `java.util.Date` at midnight UTC.
    Date,
    /// `java.util.Date` on 1970-01-01.
    Time,
    /// `java.util.Date`.
    Timestamp,
}

impl Logical {
    /// The logical type that the schema's name stands for, whatever its base type.
    #[inline]
    pub(crate) fn of(schema: Option<&Schema>) -> Option<Logical> {
        match schema?.name()? {
            logical::DECIMAL => Some(Logical::Decimal),
            logical::DATE => Some(Logical::Date),
            logical::TIME => Some(Logical::Time),
            logical::TIMESTAMP => Some(Logical::Timestamp),
            _ => None,
        }
    }
}
