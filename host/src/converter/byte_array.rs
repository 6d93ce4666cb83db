//! `ByteArrayConverter`: bytes as they are.

use wasm_connect_batch::{FrameWriter, Payload, Schema, SchemaId, Type};

use super::java::class;
use super::java::logical::Logical;
use super::view::View;
use super::{ConvertError, Converter, SchemaAndValue, Slot, Unconverted};

/// `org.apache.kafka.connect.converters.ByteArrayConverter`.
pub(super) struct ByteArrayConverter;

impl Converter for ByteArrayConverter {
    fn from_connect(&self, _topic: &str, value: SchemaAndValue<'_>, out: &mut Vec<u8>) -> Result<bool, Unconverted> {
        let schema = value.schema();
        if let Some(schema) = schema
            && schema.ty() != Type::Bytes
        {
            return Err(ConvertError(format!("Invalid schema type for ByteArrayConverter: {}", schema.ty())).into());
        }
        match value.view()? {
            View::Null => Ok(false),
            View::Bytes(bytes) if Logical::of(schema) != Some(Logical::Decimal) => {
                out.extend_from_slice(bytes);
                Ok(true)
            }
            other => {
                let class = class::of(schema, &other);
                Err(ConvertError(format!("ByteArrayConverter is not compatible with objects of type {class}")).into())
            }
        }
    }

    fn as_it_is<'a>(&self, value: SchemaAndValue<'a>) -> Option<&'a [u8]> {
        let schema = value.schema();
        match value.view() {
            Ok(View::Bytes(bytes)) if schema.is_none_or(|schema| schema.ty() == Type::Bytes) => {
                (Logical::of(schema) != Some(Logical::Decimal)).then_some(bytes)
            }
            _ => None,
        }
    }

    fn to_connect(
        &self,
        _topic: &str,
        bytes: Option<&[u8]>,
        slot: Slot,
        frame: &mut FrameWriter<'_>,
    ) -> Result<(), Unconverted> {
        match bytes {
            Some(bytes) => slot.write(frame, Payload::Bytes(SchemaId::OPTIONAL_BYTES, bytes))?,
            None => slot.write(frame, Payload::Null(Some(&Schema::bytes().optional().build())))?,
        }
        Ok(())
    }
}
