//! The class that carries a value in Java, for error texts.

use wasm_connect_batch::Schema;

use super::logical::Logical;
use crate::converter::view::View;

/// `value.getClass()` as Java prints it: `class java.lang.String`.
pub(crate) fn of(schema: Option<&Schema>, value: &View<'_>) -> &'static str {
    match (value, Logical::of(schema)) {
        (View::Bytes(_), Some(Logical::Decimal)) => "class java.math.BigDecimal",
        (View::Int32(_), Some(Logical::Date | Logical::Time)) | (View::Int64(_), Some(Logical::Timestamp)) => {
            "class java.util.Date"
        }
        (View::Null, _) => "null",
        (View::Int8(_), _) => "class java.lang.Byte",
        (View::Int16(_), _) => "class java.lang.Short",
        (View::Int32(_), _) => "class java.lang.Integer",
        (View::Int64(_), _) => "class java.lang.Long",
        (View::Float32(_), _) => "class java.lang.Float",
        (View::Float64(_), _) => "class java.lang.Double",
        (View::Boolean(_), _) => "class java.lang.Boolean",
        (View::String(_), _) => "class java.lang.String",
        (View::Bytes(_), _) => "class [B",
        (View::Array(_), _) => "class java.util.ArrayList",
        (View::Map(_), _) => "class java.util.HashMap",
        (View::Struct(_), _) => "class org.apache.kafka.connect.data.Struct",
    }
}
