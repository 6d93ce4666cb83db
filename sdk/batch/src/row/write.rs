//! Writes rows in one pass: null bits and slots first, variable parts behind them in slot order.

use super::value_ref::ValueRef;
use crate::{EncodeError, Schema, Type, Value};

/// Writes the slots of a struct, an array or a map one after the other, straight into a buffer.
///
/// Slots come in the schema's order: the fields of a struct, the items of an array, all keys of a map and then all its values.
/// On an error the buffer holds a part of a row; [`crate::FrameWriter`] drops it.
pub struct RowWriter<'w> {
    buf: &'w mut Vec<u8>,
    schema: &'w Schema,
    start: usize,
    shape: Shape,
    next: usize,
    slots: usize,
}

#[derive(Clone, Copy)]
enum Shape {
    Struct,
    /// Where the first slot is.
    Array(usize),
    /// Entries, and where the first key's slot and the first value's slot are.
    Map(usize, usize, usize),
}

/// Where a slot is, and its null bit.
struct Slot<'w> {
    schema: &'w Schema,
    at: usize,
    null_byte: usize,
    null_mask: u8,
}

impl<'w> RowWriter<'w> {
    /// Starts a struct at the end of `buf`.
    pub fn structure(buf: &'w mut Vec<u8>, schema: &'w Schema) -> Result<Self, EncodeError> {
        expect(schema, Type::Struct)?;
        let (fixed, slots) = (schema.layout().fixed, schema.fields().len());
        Ok(RowWriter::start(buf, schema, fixed, Shape::Struct, slots))
    }

    /// Starts an array of `count` items.
    pub fn array(buf: &'w mut Vec<u8>, schema: &'w Schema, count: usize) -> Result<Self, EncodeError> {
        expect(schema, Type::Array)?;
        let width = child(schema.value_schema())?.ty().slot().0;
        let slots_at = 4 + count.div_ceil(8);
        let fixed = slots_at + count * width;
        let writer = RowWriter::start(buf, schema, fixed, Shape::Array(slots_at), count);
        writer.put_count(count)
    }

    /// Starts a map of `count` entries: all keys are written before all values.
    pub fn map(buf: &'w mut Vec<u8>, schema: &'w Schema, count: usize) -> Result<Self, EncodeError> {
        expect(schema, Type::Map)?;
        let key_width = child(schema.key_schema())?.ty().slot().0;
        let value_width = child(schema.value_schema())?.ty().slot().0;
        let keys_at = 4 + 2 * count.div_ceil(8);
        let values_at = keys_at + count * key_width;
        let fixed = values_at + count * value_width;
        let writer = RowWriter::start(buf, schema, fixed, Shape::Map(count, keys_at, values_at), 2 * count);
        writer.put_count(count)
    }

    fn start(buf: &'w mut Vec<u8>, schema: &'w Schema, fixed: usize, shape: Shape, slots: usize) -> Self {
        let start = buf.len();
        buf.resize(start + fixed, 0);
        RowWriter { buf, schema, start, shape, next: 0, slots }
    }

    fn put_count(self, count: usize) -> Result<Self, EncodeError> {
        let count = u32::try_from(count).map_err(|_| EncodeError::TooLarge)?;
        self.buf[self.start..self.start + 4].copy_from_slice(&count.to_le_bytes());
        Ok(self)
    }

    /// The schema of the next slot; none when all are written.
    pub fn next_schema(&self) -> Option<&'w Schema> {
        self.slot().ok().map(|slot| slot.schema)
    }

    /// Null, whatever the schema says about it.
    #[inline]
    pub fn null(&mut self) -> Result<&mut Self, EncodeError> {
        let slot = self.slot()?;
        self.buf[slot.null_byte] |= slot.null_mask;
        self.next += 1;
        Ok(self)
    }

    pub fn int8(&mut self, value: i8) -> Result<&mut Self, EncodeError> {
        self.scalar(Type::Int8, value.to_le_bytes())
    }

    pub fn int16(&mut self, value: i16) -> Result<&mut Self, EncodeError> {
        self.scalar(Type::Int16, value.to_le_bytes())
    }

    pub fn int32(&mut self, value: i32) -> Result<&mut Self, EncodeError> {
        self.scalar(Type::Int32, value.to_le_bytes())
    }

    pub fn int64(&mut self, value: i64) -> Result<&mut Self, EncodeError> {
        self.scalar(Type::Int64, value.to_le_bytes())
    }

    pub fn float32(&mut self, value: f32) -> Result<&mut Self, EncodeError> {
        self.scalar(Type::Float32, value.to_le_bytes())
    }

    pub fn float64(&mut self, value: f64) -> Result<&mut Self, EncodeError> {
        self.scalar(Type::Float64, value.to_le_bytes())
    }

    pub fn boolean(&mut self, value: bool) -> Result<&mut Self, EncodeError> {
        self.scalar(Type::Boolean, [u8::from(value)])
    }

    #[inline]
    pub fn string(&mut self, value: &str) -> Result<&mut Self, EncodeError> {
        self.variable(Type::String, |_, buf| {
            buf.extend_from_slice(value.as_bytes());
            Ok(())
        })
    }

    #[inline]
    pub fn bytes(&mut self, value: &[u8]) -> Result<&mut Self, EncodeError> {
        self.variable(Type::Bytes, |_, buf| {
            buf.extend_from_slice(value);
            Ok(())
        })
    }

    /// A slot of the type string, bytes, array, map or struct whose row `write` appends to the buffer, given the slot's schema.
    pub fn nested<E: From<EncodeError>>(
        &mut self,
        write: impl FnOnce(&'w Schema, &mut Vec<u8>) -> Result<(), E>,
    ) -> Result<&mut Self, E> {
        let ty = self.slot()?.schema.ty();
        self.variable(ty, write)
    }

    /// A value with all its parts.
    pub fn value(&mut self, value: &Value) -> Result<&mut Self, EncodeError> {
        match value {
            Value::Null => self.null(),
            Value::Int8(v) => self.int8(*v),
            Value::Int16(v) => self.int16(*v),
            Value::Int32(v) => self.int32(*v),
            Value::Int64(v) => self.int64(*v),
            Value::Float32(v) => self.float32(*v),
            Value::Float64(v) => self.float64(*v),
            Value::Boolean(v) => self.boolean(*v),
            Value::String(v) => self.string(v),
            Value::Bytes(v) => self.bytes(v),
            Value::Array(_) => self.variable(Type::Array, |schema, buf| write_row(buf, schema, value)),
            Value::Map(_) => self.variable(Type::Map, |schema, buf| write_row(buf, schema, value)),
            Value::Struct(_) => self.variable(Type::Struct, |schema, buf| write_row(buf, schema, value)),
        }
    }

    /// A value of another row. The rows of arrays, maps and structs are copied as they are, unchecked.
    ///
    /// # Errors
    /// Arrays and maps that are schemaless, or whose items are of other schemas than the slot's; structs of other schemas.
    pub fn value_ref(&mut self, value: &ValueRef<'_>) -> Result<&mut Self, EncodeError> {
        let (ty, schema, row) = match *value {
            ValueRef::Null => return self.null(),
            ValueRef::Int8(v) => return self.int8(v),
            ValueRef::Int16(v) => return self.int16(v),
            ValueRef::Int32(v) => return self.int32(v),
            ValueRef::Int64(v) => return self.int64(v),
            ValueRef::Float32(v) => return self.float32(v),
            ValueRef::Float64(v) => return self.float64(v),
            ValueRef::Boolean(v) => return self.boolean(v),
            ValueRef::String(v) => return self.string(v),
            ValueRef::Bytes(v) => return self.bytes(v),
            ValueRef::Array(array) => (Type::Array, array.schema(), array.bytes()),
            ValueRef::Map(map) => (Type::Map, map.schema(), map.bytes()),
            ValueRef::Struct(value) => (Type::Struct, Some(value.schema()), value.bytes()),
        };
        self.variable(ty, |slot, buf| {
            let is_alike = schema.is_some_and(|schema| match ty {
                Type::Struct => schema == slot,
                _ => (schema.key_schema(), schema.value_schema()) == (slot.key_schema(), slot.value_schema()),
            });
            if !is_alike {
                return Err(EncodeError::Mismatch(format!("{} of a row is no value of {slot}", ty.name())));
            }
            buf.extend_from_slice(row);
            Ok(())
        })
    }

    /// Ends the row.
    ///
    /// # Errors
    /// Slots that have not been written.
    pub fn finish(self) -> Result<(), EncodeError> {
        if self.next == self.slots {
            return Ok(());
        }
        Err(EncodeError::Slots(format!("{} of {} slots of {} are written", self.next, self.slots, self.schema)))
    }

    #[inline]
    fn scalar<const N: usize>(&mut self, ty: Type, value: [u8; N]) -> Result<&mut Self, EncodeError> {
        let slot = self.slot()?;
        if slot.schema.ty() != ty {
            return Err(self.mismatch(slot.schema, ty));
        }
        self.buf[slot.at..slot.at + N].copy_from_slice(&value);
        self.next += 1;
        Ok(self)
    }

    #[inline]
    fn variable<E: From<EncodeError>>(
        &mut self,
        ty: Type,
        write: impl FnOnce(&'w Schema, &mut Vec<u8>) -> Result<(), E>,
    ) -> Result<&mut Self, E> {
        let slot = self.slot()?;
        if slot.schema.ty() != ty || ty.slot().1 {
            return Err(self.mismatch(slot.schema, ty).into());
        }
        let at = self.buf.len();
        write(slot.schema, self.buf)?;
        if self.buf.len() < at {
            return Err(EncodeError::Slots(format!("a nested row of {} took bytes away", self.schema)).into());
        }
        let offset = u32::try_from(at - self.start).map_err(|_| EncodeError::TooLarge)?;
        let length = u32::try_from(self.buf.len() - at).map_err(|_| EncodeError::TooLarge)?;
        self.buf[slot.at..slot.at + 4].copy_from_slice(&offset.to_le_bytes());
        self.buf[slot.at + 4..slot.at + 8].copy_from_slice(&length.to_le_bytes());
        self.next += 1;
        Ok(self)
    }

    #[inline]
    fn slot(&self) -> Result<Slot<'w>, EncodeError> {
        let i = self.next;
        if i >= self.slots {
            return Err(EncodeError::Slots(format!("{} has no slot {i}", self.schema)));
        }
        let schema: &'w Schema = self.schema;
        let (schema, at, bitmap, bit) = match self.shape {
            Shape::Struct => (&schema.fields()[i].schema, schema.layout().slots[i].at as usize, 0, i),
            Shape::Array(slots_at) => {
                let item = child(schema.value_schema())?;
                (item, slots_at + i * item.ty().slot().0, 4, i)
            }
            Shape::Map(count, keys_at, _) if i < count => {
                let key = child(schema.key_schema())?;
                (key, keys_at + i * key.ty().slot().0, 4, i)
            }
            Shape::Map(count, _, values_at) => {
                let value = child(schema.value_schema())?;
                (value, values_at + (i - count) * value.ty().slot().0, 4 + count.div_ceil(8), i - count)
            }
        };
        let null_byte = self.start + bitmap + bit / 8;
        Ok(Slot { schema, at: self.start + at, null_byte, null_mask: 1 << (bit % 8) })
    }

    #[cold]
    fn mismatch(&self, schema: &Schema, ty: Type) -> EncodeError {
        let slot = match self.shape {
            Shape::Struct => {
                self.schema.fields().get(self.next).map_or(String::new(), |field| format!("field {:?}", field.name))
            }
            _ => format!("item {}", self.next),
        };
        EncodeError::Mismatch(format!("{slot} is of {schema}, not {ty}"))
    }
}

fn expect(schema: &Schema, ty: Type) -> Result<(), EncodeError> {
    if schema.ty() == ty {
        return Ok(());
    }
    Err(EncodeError::Mismatch(format!("value of {schema} is no {ty}")))
}

fn child(schema: Option<&Schema>) -> Result<&Schema, EncodeError> {
    schema.ok_or_else(|| EncodeError::Mismatch("schema lacks the one of its items".into()))
}

/// Appends the row of a value that is not null.
pub(crate) fn write_row(buf: &mut Vec<u8>, schema: &Schema, value: &Value) -> Result<(), EncodeError> {
    match value {
        Value::Struct(value) if value.schema() != schema => {
            Err(EncodeError::Mismatch("Struct schemas do not match.".into()))
        }
        _ => write_default(buf, schema, value),
    }
}

/// As [`write_row`], but a struct's own schema is not compared: a default's is the one without the default.
pub(crate) fn write_default(buf: &mut Vec<u8>, schema: &Schema, value: &Value) -> Result<(), EncodeError> {
    if value.ty() != Some(schema.ty()) {
        let found = value.ty().map_or("null", Type::name);
        return Err(EncodeError::Mismatch(format!("value of {schema} is of the type {found}")));
    }
    match value {
        Value::Null => {}
        Value::Int8(v) => buf.extend_from_slice(&v.to_le_bytes()),
        Value::Int16(v) => buf.extend_from_slice(&v.to_le_bytes()),
        Value::Int32(v) => buf.extend_from_slice(&v.to_le_bytes()),
        Value::Int64(v) => buf.extend_from_slice(&v.to_le_bytes()),
        Value::Float32(v) => buf.extend_from_slice(&v.to_le_bytes()),
        Value::Float64(v) => buf.extend_from_slice(&v.to_le_bytes()),
        Value::Boolean(v) => buf.push(u8::from(*v)),
        Value::String(v) => buf.extend_from_slice(v.as_bytes()),
        Value::Bytes(v) => buf.extend_from_slice(v),
        Value::Array(items) => {
            let mut row = RowWriter::array(buf, schema, items.len())?;
            for item in items {
                row.value(item)?;
            }
            row.finish()?;
        }
        Value::Map(entries) => {
            let mut row = RowWriter::map(buf, schema, entries.len())?;
            for (key, _) in entries {
                row.value(key)?;
            }
            for (_, value) in entries {
                row.value(value)?;
            }
            row.finish()?;
        }
        Value::Struct(value) => {
            let mut row = RowWriter::structure(buf, schema)?;
            for value in value.values() {
                row.value(value)?;
            }
            row.finish()?;
        }
    }
    Ok(())
}
