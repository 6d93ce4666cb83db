//! How Java writes numbers, dates and collections, and what it calls the classes of Connect's values.

/// Days, dates and times as `GregorianCalendar` and `SimpleDateFormat` in UTC compute them.
pub(crate) mod calendar;
/// Text from bytes and back.
pub(crate) mod charset;
/// The class that carries a value.
pub(crate) mod class;
/// `BigDecimal`.
pub(crate) mod decimal;
/// `Float.toString` and `Double.toString`.
pub(crate) mod float;
/// Decimal digits of integers.
pub(crate) mod integer;
/// Which of Connect's logical types a schema is.
pub(crate) mod logical;
/// Names of letters, digits and underscores only.
pub(in crate::converter) mod scrub;
/// `Object.toString` of any value.
pub(crate) mod to_string;
