//! `Filter`: drops every record that it is given; its predicate says which ones that are.

use crate::transform::{ConnectRecord, TransformError, Transformation};

pub struct Filter;

impl Transformation for Filter {
    fn apply<'b>(&mut self, _: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        Ok(None)
    }
}
