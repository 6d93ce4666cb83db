//! How Java writes numbers, dates and collections, and what it calls the classes of Connect's values.

/// Days, dates and times as `GregorianCalendar` and `SimpleDateFormat` in UTC compute them.
pub(super) mod calendar;
/// Text from bytes and back.
pub(super) mod charset;
/// The class that carries a value.
pub(super) mod class;
/// `BigDecimal`.
pub(super) mod decimal;
/// `Float.toString` and `Double.toString`.
pub(super) mod float;
/// Decimal digits of integers.
pub(super) mod integer;
/// Which of Connect's logical types a schema is.
pub(super) mod logical;
/// `Object.toString` of any value.
pub(super) mod to_string;
