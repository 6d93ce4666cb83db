//! Values of a schema as bytes: rows are read in place and written in one pass.

mod datum;
mod slots;
pub mod tagged;
mod value_ref;
mod write;

pub use datum::Datum;
pub(crate) use datum::{Part, Site};
pub use value_ref::{ArrayRef, MapRef, StructRef, ValueRef};
pub use write::RowWriter;
pub(crate) use write::{write_default, write_row};
