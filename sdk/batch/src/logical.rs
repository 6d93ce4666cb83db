//! Connect's logical types: a name on a base type; values stay those of the base type.

use crate::{Schema, SchemaBuilder};

/// `org.apache.kafka.connect.data.Decimal`: the big-endian two's complement of the unscaled value, on bytes.
pub const DECIMAL: &str = "org.apache.kafka.connect.data.Decimal";
/// `org.apache.kafka.connect.data.Date`: days since 1970-01-01, on int32.
pub const DATE: &str = "org.apache.kafka.connect.data.Date";
/// `org.apache.kafka.connect.data.Time`: milliseconds since midnight, on int32.
pub const TIME: &str = "org.apache.kafka.connect.data.Time";
/// `org.apache.kafka.connect.data.Timestamp`: milliseconds since the epoch, on int64.
pub const TIMESTAMP: &str = "org.apache.kafka.connect.data.Timestamp";
/// The parameter of a decimal that holds its scale.
pub const SCALE: &str = "scale";

/// `Decimal.builder(scale)`.
pub fn decimal(scale: i32) -> SchemaBuilder {
    Schema::bytes().name(DECIMAL).parameter(SCALE, scale.to_string()).version(1)
}

/// `Date.builder()`.
pub fn date() -> SchemaBuilder {
    Schema::int32().name(DATE).version(1)
}

/// `Time.builder()`.
pub fn time() -> SchemaBuilder {
    Schema::int32().name(TIME).version(1)
}

/// `Timestamp.builder()`.
pub fn timestamp() -> SchemaBuilder {
    Schema::int64().name(TIMESTAMP).version(1)
}

/// The scale of a decimal schema; none if it is no decimal or has no such number.
pub fn scale(schema: &Schema) -> Option<i32> {
    if schema.name() != Some(DECIMAL) {
        return None;
    }
    schema.parameter(SCALE)?.parse().ok()
}
