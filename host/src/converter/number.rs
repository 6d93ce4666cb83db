//! The converters of Kafka's fixed-length, big-endian numbers and of booleans.

use wasm_connect_batch::{FrameWriter, Payload, Schema, SchemaId, Type};

use super::java::class;
use super::java::logical::Logical;
use super::view::View;
use super::{ConvertError, Converter, SchemaAndValue, Slot, Unconverted};

/// `ShortConverter`, `IntegerConverter`, `LongConverter`, `FloatConverter` and `DoubleConverter` of
/// `org.apache.kafka.connect.converters`, by the type of their schema.
pub(super) struct NumberConverter {
    ty: Type,
    /// What Java's error texts call it.
    name: &'static str,
    /// The prefix of the deserializer's class, as its error text spells it.
    deserializer: &'static str,
}

/// `org.apache.kafka.connect.converters.BooleanConverter`.
pub(super) struct BooleanConverter;

impl NumberConverter {
    pub(super) const SHORT: Self = NumberConverter { ty: Type::Int16, name: "short", deserializer: "Short" };
    pub(super) const INTEGER: Self = NumberConverter { ty: Type::Int32, name: "integer", deserializer: "Integer" };
    pub(super) const LONG: Self = NumberConverter { ty: Type::Int64, name: "long", deserializer: "Long" };
    pub(super) const FLOAT: Self = NumberConverter { ty: Type::Float32, name: "float", deserializer: "" };
    pub(super) const DOUBLE: Self = NumberConverter { ty: Type::Float64, name: "double", deserializer: "" };

    fn width(&self) -> usize {
        match self.ty {
            Type::Int16 => 2,
            Type::Int32 | Type::Float32 => 4,
            _ => 8,
        }
    }
}

impl Converter for NumberConverter {
    fn from_connect(&self, _topic: &str, value: SchemaAndValue<'_>, out: &mut Vec<u8>) -> Result<bool, Unconverted> {
        let view = value.view()?;
        let logical = Logical::of(value.schema());
        match (self.ty, view) {
            (_, View::Null) => return Ok(false),
            (Type::Int16, View::Int16(v)) => out.extend_from_slice(&v.to_be_bytes()),
            (Type::Int32, View::Int32(v)) if logical.is_none() => out.extend_from_slice(&v.to_be_bytes()),
            (Type::Int64, View::Int64(v)) if logical.is_none() => out.extend_from_slice(&v.to_be_bytes()),
            (Type::Float32, View::Float32(v)) => out.extend_from_slice(&v.to_be_bytes()),
            (Type::Float64, View::Float64(v)) => out.extend_from_slice(&v.to_be_bytes()),
            _ => {
                let class = class::of(value.schema(), &view);
                return Err(ConvertError(format!("Failed to serialize to {} (was {class}): ", self.name)).into());
            }
        }
        Ok(true)
    }

    fn to_connect(
        &self,
        _topic: &str,
        bytes: Option<&[u8]>,
        slot: Slot,
        frame: &mut FrameWriter<'_>,
    ) -> Result<(), Unconverted> {
        let Some(bytes) = bytes else {
            return Ok(slot.write(frame, Payload::Null(Some(&Schema::new(self.ty).optional().build())))?);
        };
        let mut row = [0; 8];
        let width = self.width();
        if bytes.len() != width {
            let (name, deserializer) = (self.name, self.deserializer);
            return Err(ConvertError(format!(
                "Failed to deserialize {name}: Size of data received by {deserializer}Deserializer is not {width}"
            ))
            .into());
        }
        row[..width].copy_from_slice(bytes);
        row[..width].reverse();
        Ok(slot.write(frame, Payload::Raw { schema: SchemaId::primitive(self.ty, true), row: &row[..width] })?)
    }
}

impl Converter for BooleanConverter {
    fn from_connect(&self, _topic: &str, value: SchemaAndValue<'_>, out: &mut Vec<u8>) -> Result<bool, Unconverted> {
        if let Some(schema) = value.schema()
            && schema.ty() != Type::Boolean
        {
            return Err(ConvertError(format!("Invalid schema type for BooleanConverter: {}", schema.ty())).into());
        }
        match value.view()? {
            View::Null => Ok(false),
            View::Boolean(v) => {
                out.push(u8::from(v));
                Ok(true)
            }
            other => {
                let class = class::of(value.schema(), &other);
                Err(ConvertError(format!("BooleanConverter is not compatible with objects of type {class}")).into())
            }
        }
    }

    fn to_connect(
        &self,
        _topic: &str,
        bytes: Option<&[u8]>,
        slot: Slot,
        frame: &mut FrameWriter<'_>,
    ) -> Result<(), Unconverted> {
        let failed = |cause: String| Err(ConvertError(format!("Failed to deserialize boolean: {cause}")).into());
        match bytes {
            None => Ok(slot.write(frame, Payload::Null(Some(&Schema::boolean().optional().build())))?),
            Some(row @ [0 | 1]) => {
                Ok(slot.write(frame, Payload::Raw { schema: SchemaId::primitive(Type::Boolean, true), row })?)
            }
            Some([byte]) => failed(format!("Unexpected byte received by BooleanDeserializer: {}", *byte as i8)),
            Some(_) => failed("Size of data received by BooleanDeserializer is not 1".into()),
        }
    }
}
