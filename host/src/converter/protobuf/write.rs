//! Values into Protobuf's wire format: how each field of a Connect schema becomes one of the message, and the bytes.

use std::collections::HashMap;

use prost_reflect::{FieldDescriptor, Kind as ProtoKind, MessageDescriptor};
use wasm_connect_batch::{Limits, Schema, Type};

use super::definition::{is_union, root_name, scrubbed};
use super::input::{Encoding, WireType, put_delimited, put_tag};
use super::plan::{encoding, entry_of, wrapped};
use super::schema::ProtoFile;
use super::{Options, logical, names};
use crate::converter::ConvertError;
use crate::converter::binary::{put_varint, put_zigzag};
use crate::converter::java::{class, decimal, logical::Logical};
use crate::converter::view::{StructView, View};

/// How values of one Connect schema are written.
pub(super) struct Plan {
    /// The indexes of the message in its file.
    prefix: Vec<u8>,
    root: Root,
}

enum Root {
    Message(Message),
    /// A primitive in its wrapper.
    Wrapper(Encoding),
}

struct Message {
    /// By field number.
    parts: Vec<Part>,
    /// Which fields of the struct are oneofs.
    unions: Vec<usize>,
    /// The fields that the registered schema does not have.
    missing: Vec<usize>,
}

/// One field of the message.
struct Part {
    from: Source,
    number: u32,
    kind: Kind,
    /// Whether a zero, too, is written.
    presence: bool,
    required: bool,
}

/// Where a field's value is in the struct.
enum Source {
    Field(usize),
    /// Which of the message's oneofs, and which member of it.
    Member(usize, usize),
}

enum Kind {
    Scalar(Encoding),
    Wrapper(Encoding),
    Symbol(HashMap<String, i32>),
    Logical(Logical, i32),
    Message(Box<Message>),
    Repeated(Box<Kind>, Packing),
    Map(Box<[Entry; 2]>),
}

/// Whether numbers stand one behind the other under one tag.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Packing {
    Packed,
    Apart,
}

/// Key or value of a map.
struct Entry {
    kind: Kind,
    presence: bool,
}

// === planning

/// How values of `schema` are written as a message of the file: that of its name, else the first one.
pub(super) fn plan(schema: Option<&Schema>, file: &ProtoFile, options: &Options) -> Result<Plan, ConvertError> {
    let Some(schema) = schema else {
        return Err(ConvertError("values without a schema cannot be written as Protobuf".to_owned()));
    };
    let indexes = file.indexes_of(&root_name(schema, options)).unwrap_or_else(|| vec![0]);
    let message = file.message_at(&indexes)?;
    let mut prefix = Vec::new();
    if indexes == [0] {
        prefix.push(0);
    } else {
        put_zigzag(&mut prefix, indexes.len() as i64);
        indexes.iter().for_each(|index| put_zigzag(&mut prefix, *index));
    }
    let planner = Planner { options };
    let root = match (schema.ty(), wrapped(message.full_name())) {
        (Type::Struct, None) => Root::Message(planner.message(schema, &message, 0)?),
        (_, Some((encoding, _))) if fits(schema.ty(), encoding) => Root::Wrapper(encoding),
        _ => return Err(mismatch(schema, message.full_name())),
    };
    Ok(Plan { prefix, root })
}

fn mismatch(schema: &Schema, type_name: &str) -> ConvertError {
    ConvertError(format!("values of {schema} cannot be written as Protobuf's {type_name}"))
}

/// Whether values of a type can be written in an encoding; whole numbers are checked one by one.
fn fits(ty: Type, encoding: Encoding) -> bool {
    match ty {
        Type::Int8 | Type::Int16 | Type::Int32 | Type::Int64 => !matches!(
            encoding,
            Encoding::Bool | Encoding::Float | Encoding::Double | Encoding::Text { .. } | Encoding::Bytes
        ),
        Type::Float32 => matches!(encoding, Encoding::Float | Encoding::Double),
        Type::Float64 => encoding == Encoding::Double,
        Type::Boolean => encoding == Encoding::Bool,
        Type::String => matches!(encoding, Encoding::Text { .. }),
        Type::Bytes => encoding == Encoding::Bytes,
        Type::Array | Type::Map | Type::Struct => false,
    }
}

struct Planner<'o> {
    options: &'o Options,
}

impl Planner<'_> {
    fn message(&self, schema: &Schema, message: &MessageDescriptor, depth: u16) -> Result<Message, ConvertError> {
        if depth > Limits::DEPTH {
            return Err(ConvertError(format!("schema is nested deeper than {}", Limits::DEPTH)));
        }
        let mut planned = Message { parts: Vec::new(), unions: Vec::new(), missing: Vec::new() };
        for (at, field) in schema.fields().iter().enumerate() {
            if is_union(&field.schema) {
                let union = planned.unions.len();
                planned.unions.push(at);
                for (member, of) in field.schema.fields().iter().enumerate() {
                    let found = message.get_field_by_name(&scrubbed(&of.name, self.options));
                    let descriptor = found.ok_or_else(|| {
                        ConvertError(format!("{} of the registry has no field {}", message.full_name(), of.name))
                    })?;
                    planned.parts.push(self.part(&of.schema, &descriptor, Source::Member(union, member), depth)?);
                }
                continue;
            }
            match message.get_field_by_name(&scrubbed(&field.name, self.options)) {
                Some(descriptor) => {
                    planned.parts.push(self.part(&field.schema, &descriptor, Source::Field(at), depth)?);
                }
                None => planned.missing.push(at),
            }
        }
        let has = |number| planned.parts.iter().any(|part| part.number == number);
        if let Some(lacking) = message.fields().find(|field| field.is_required() && !has(field.number())) {
            return Err(ConvertError(format!("{schema} has no field {}, which is required", lacking.name())));
        }
        planned.parts.sort_by_key(|part| part.number);
        Ok(planned)
    }

    fn part(&self, schema: &Schema, field: &FieldDescriptor, from: Source, depth: u16) -> Result<Part, ConvertError> {
        let kind = self.field(schema, field, depth + 1);
        let kind = kind.map_err(|ConvertError(why)| ConvertError(format!("field {}: {why}", field.name())))?;
        let presence = field.supports_presence();
        Ok(Part { from, number: field.number(), kind, presence, required: field.is_required() })
    }

    fn field(&self, schema: &Schema, field: &FieldDescriptor, depth: u16) -> Result<Kind, ConvertError> {
        let is_list = field.is_list() || field.is_map();
        match (schema.ty(), is_list) {
            (Type::Map, true) => {
                let (Some((key, value)), Some(keys), Some(values)) =
                    (entry_of(field), schema.key_schema(), schema.value_schema())
                else {
                    return Err(self.mismatch(schema, field));
                };
                let entry = |schema: &Schema, field: &FieldDescriptor| {
                    Ok::<_, ConvertError>(Entry {
                        kind: self.field(schema, field, depth + 1)?,
                        presence: field.supports_presence(),
                    })
                };
                Ok(Kind::Map(Box::new([entry(keys, &key)?, entry(values, &value)?])))
            }
            (Type::Array, true) => {
                let Some(items) = schema.value_schema() else { return Err(self.mismatch(schema, field)) };
                let packing = if field.is_packed() { Packing::Packed } else { Packing::Apart };
                Ok(Kind::Repeated(Box::new(self.single(items, field, depth)?), packing))
            }
            (Type::Map | Type::Array, false) | (_, true) => Err(self.mismatch(schema, field)),
            (_, false) => self.single(schema, field, depth),
        }
    }

    fn single(&self, schema: &Schema, field: &FieldDescriptor, depth: u16) -> Result<Kind, ConvertError> {
        let mismatch = || self.mismatch(schema, field);
        if let Some((encoding, _)) = encoding(field) {
            let is_plain = Logical::of(Some(schema)).is_none();
            return if is_plain && fits(schema.ty(), encoding) { Ok(Kind::Scalar(encoding)) } else { Err(mismatch()) };
        }
        let message = match field.kind() {
            ProtoKind::Enum(enumeration) if schema.ty() == Type::String => {
                let symbols = enumeration.values().map(|symbol| (symbol.name().to_owned(), symbol.number()));
                return Ok(Kind::Symbol(symbols.collect()));
            }
            ProtoKind::Enum(_) if fits(schema.ty(), Encoding::Int32) => return Ok(Kind::Scalar(Encoding::Int32)),
            ProtoKind::Message(message) if !field.is_group() => message,
            _ => return Err(mismatch()),
        };
        match (Logical::of(Some(schema)), message.full_name(), schema.ty()) {
            (Some(Logical::Decimal), names::DECIMAL, Type::Bytes) => {
                Ok(Kind::Logical(Logical::Decimal, decimal::scale(Some(schema))?))
            }
            (Some(Logical::Date), names::DATE, Type::Int32) => Ok(Kind::Logical(Logical::Date, 0)),
            (Some(Logical::Time), names::TIME, Type::Int32) => Ok(Kind::Logical(Logical::Time, 0)),
            (Some(Logical::Timestamp), names::TIMESTAMP, Type::Int64) => Ok(Kind::Logical(Logical::Timestamp, 0)),
            (None, _, Type::Struct) => Ok(Kind::Message(Box::new(self.message(schema, &message, depth)?))),
            (None, full_name, ty) => match wrapped(full_name) {
                Some((encoding, _)) if fits(ty, encoding) => Ok(Kind::Wrapper(encoding)),
                _ => Err(mismatch()),
            },
            _ => Err(mismatch()),
        }
    }

    fn mismatch(&self, schema: &Schema, field: &FieldDescriptor) -> ConvertError {
        let repeated = if field.is_list() || field.is_map() { "repeated " } else { "" };
        mismatch(schema, &format!("{repeated}{:?}", field.kind()))
    }
}

// === values

/// Appends a value.
pub(super) fn write(
    plan: &Plan,
    schema: Option<&Schema>,
    value: View<'_>,
    ignore_default: bool,
    out: &mut Vec<u8>,
) -> Result<(), ConvertError> {
    out.extend_from_slice(&plan.prefix);
    let writer = Writer { ignore_default };
    match (&plan.root, schema, value) {
        (Root::Message(message), _, View::Struct(fields)) => writer.message(message, &fields, out),
        (Root::Wrapper(encoding), Some(schema), value) => writer.scalar(*encoding, 1, false, schema, &value, out),
        (_, Some(schema), value) => Err(wrong(schema, &value)),
        (_, None, _) => Err(ConvertError("values without a schema have no plan".to_owned())),
    }
}

fn wrong(schema: &Schema, value: &View<'_>) -> ConvertError {
    ConvertError(format!("Invalid type for {}: {}", schema.ty(), class::of(Some(schema), value)))
}

struct Writer {
    ignore_default: bool,
}

impl Writer {
    fn message(&self, message: &Message, value: &StructView<'_>, out: &mut Vec<u8>) -> Result<(), ConvertError> {
        let fields = value.schema().fields();
        for at in &message.missing {
            if let (Some(field), false) = (fields.get(*at), self.get(value, *at)?.is_null()) {
                return Err(ConvertError(format!("the registered schema has no field {}", field.name)));
            }
        }
        // Of each oneof the member that is set.
        let mut set = Vec::with_capacity(message.unions.len());
        for at in &message.unions {
            set.push(match self.get(value, *at)? {
                View::Struct(union) => Some((self.member(&union)?, union)),
                _ => None,
            });
        }
        for part in &message.parts {
            let (found, schema, name) = match part.from {
                Source::Field(at) => match fields.get(at) {
                    Some(field) => (self.get(value, at)?, &field.schema, &field.name),
                    None => continue,
                },
                Source::Member(union, member) => match set.get(union) {
                    Some(Some((chosen, union))) if *chosen == member => match union.schema().fields().get(member) {
                        Some(field) => (self.get(union, member)?, &field.schema, &field.name),
                        None => continue,
                    },
                    _ => continue,
                },
            };
            let of_field = |ConvertError(why)| ConvertError(format!("field {name}: {why}"));
            if found.is_null() {
                if part.required {
                    return Err(of_field(ConvertError("Found null value for required field".to_owned())));
                }
                continue;
            }
            self.value(&part.kind, part.number, part.presence, schema, found, out).map_err(of_field)?;
        }
        Ok(())
    }

    /// Which field of a oneof is set.
    fn member(&self, union: &StructView<'_>) -> Result<usize, ConvertError> {
        for at in 0..union.schema().fields().len() {
            if !self.get(union, at)?.is_null() {
                return Ok(at);
            }
        }
        Err(ConvertError("Cannot find non-null field".to_owned()))
    }

    /// A field's value, or what stands for it if it is null.
    fn get<'a>(&self, value: &StructView<'a>, at: usize) -> Result<View<'a>, ConvertError> {
        let view = value.get(at)?;
        match value.schema().fields().get(at).and_then(|field| field.schema.default_value()) {
            Some(default) if view.is_null() && !self.ignore_default => Ok(default.into()),
            _ => Ok(view),
        }
    }

    /// Appends a field that is not null.
    fn value(
        &self,
        kind: &Kind,
        number: u32,
        presence: bool,
        schema: &Schema,
        value: View<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ConvertError> {
        match (kind, value) {
            (Kind::Scalar(encoding), value) => self.scalar(*encoding, number, presence, schema, &value, out),
            (Kind::Symbol(symbols), View::String(symbol)) => match symbols.get(symbol) {
                Some(0) if !presence => Ok(()),
                Some(value) => {
                    put_tag(out, number, WireType::Varint);
                    put_varint(out, i64::from(*value) as u64);
                    Ok(())
                }
                None => Err(ConvertError(format!("{symbol:?} is no symbol of the enumeration"))),
            },
            (Kind::Wrapper(encoding), value) => {
                put_tag(out, number, WireType::Delimited);
                put_delimited(out, |out| self.scalar(*encoding, 1, false, schema, &value, out))
            }
            (Kind::Logical(Logical::Decimal, scale), View::Bytes(unscaled)) => {
                put_tag(out, number, WireType::Delimited);
                put_delimited(out, |out| logical::put_decimal(out, unscaled, *scale))
            }
            (Kind::Logical(logical, _), value) => {
                let value = integer(schema, &value)?;
                put_tag(out, number, WireType::Delimited);
                put_delimited(out, |out| logical::put_number(out, *logical, value))
            }
            (Kind::Message(message), View::Struct(fields)) => {
                put_tag(out, number, WireType::Delimited);
                put_delimited(out, |out| self.message(message, &fields, out))
            }
            (Kind::Repeated(item, packing), View::Array(items)) => {
                let Some(item_schema) = schema.value_schema() else { return Err(wrong(schema, &View::Array(items))) };
                let null = || ConvertError("Found null value in a repeated field".to_owned());
                if items.len() == 0 {
                    return Ok(());
                }
                match (&**item, packing) {
                    (Kind::Scalar(encoding), Packing::Packed) => {
                        put_tag(out, number, WireType::Delimited);
                        put_delimited(out, |out| {
                            items.visit(|value| match value.is_null() {
                                true => Err(null()),
                                false => put_scalar(*encoding, item_schema, &value, out),
                            })
                        })
                    }
                    (Kind::Symbol(symbols), Packing::Packed) => {
                        put_tag(out, number, WireType::Delimited);
                        put_delimited(out, |out| {
                            items.visit(|value| match value {
                                View::String(symbol) => match symbols.get(symbol) {
                                    Some(value) => {
                                        put_varint(out, i64::from(*value) as u64);
                                        Ok(())
                                    }
                                    None => Err(ConvertError(format!("{symbol:?} is no symbol of the enumeration"))),
                                },
                                View::Null => Err(null()),
                                value => Err(wrong(item_schema, &value)),
                            })
                        })
                    }
                    (item, _) => items.visit(|value| match value.is_null() {
                        true => Err(null()),
                        // An item is there, whatever it is.
                        false => self.value(item, number, true, item_schema, value, out),
                    }),
                }
            }
            (Kind::Map(entry), View::Map(entries)) => {
                let (Some(keys), Some(values)) = (schema.key_schema(), schema.value_schema()) else {
                    return Err(wrong(schema, &View::Map(entries)));
                };
                let [key_entry, value_entry] = &**entry;
                entries.visit(|key, value| {
                    put_tag(out, number, WireType::Delimited);
                    put_delimited(out, |out| {
                        if !key.is_null() {
                            self.value(&key_entry.kind, 1, key_entry.presence, keys, key, out)?;
                        }
                        if !value.is_null() {
                            self.value(&value_entry.kind, 2, value_entry.presence, values, value, out)?;
                        }
                        Ok(())
                    })
                })
            }
            (_, value) => Err(wrong(schema, &value)),
        }
    }

    /// Appends a field of a scalar type; a zero only if that makes a difference.
    fn scalar(
        &self,
        encoding: Encoding,
        number: u32,
        presence: bool,
        schema: &Schema,
        value: &View<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), ConvertError> {
        if !presence && is_zero(value) {
            return Ok(());
        }
        put_tag(out, number, encoding.wire());
        match value {
            View::String(text) if encoding.wire() == WireType::Delimited => put_delimited(out, |out| {
                out.extend_from_slice(text.as_bytes());
                Ok(())
            }),
            View::Bytes(bytes) if encoding.wire() == WireType::Delimited => put_delimited(out, |out| {
                out.extend_from_slice(bytes);
                Ok(())
            }),
            value => put_scalar(encoding, schema, value, out),
        }
    }
}

/// Whether a value is what an absent one is taken for; the negative zero is not.
fn is_zero(value: &View<'_>) -> bool {
    match value {
        View::Int8(value) => *value == 0,
        View::Int16(value) => *value == 0,
        View::Int32(value) => *value == 0,
        View::Int64(value) => *value == 0,
        View::Float32(value) => value.to_bits() == 0,
        View::Float64(value) => value.to_bits() == 0,
        View::Boolean(value) => !value,
        View::String(value) => value.is_empty(),
        View::Bytes(value) => value.is_empty(),
        View::Null | View::Array(_) | View::Map(_) | View::Struct(_) => false,
    }
}

/// Appends a number or a boolean without its tag.
fn put_scalar(encoding: Encoding, schema: &Schema, value: &View<'_>, out: &mut Vec<u8>) -> Result<(), ConvertError> {
    match (encoding, value) {
        (Encoding::Bool, View::Boolean(value)) => out.push(u8::from(*value)),
        (Encoding::Float, View::Float32(value)) => out.extend_from_slice(&value.to_le_bytes()),
        (Encoding::Double, View::Float64(value)) => out.extend_from_slice(&value.to_le_bytes()),
        (Encoding::Double, View::Float32(value)) => out.extend_from_slice(&f64::from(*value).to_le_bytes()),
        (encoding, value) => {
            let number = integer(schema, value)?;
            let unsigned = || u32::try_from(number).map_err(|_| out_of_range(encoding, number));
            let signed = || i32::try_from(number).map_err(|_| out_of_range(encoding, number));
            match encoding {
                Encoding::Int32 => put_varint(out, i64::from(signed()?) as u64),
                Encoding::Int64 | Encoding::Uint64 => put_varint(out, number as u64),
                Encoding::Uint32 => put_varint(out, u64::from(unsigned()?)),
                Encoding::Sint32 => put_zigzag(out, i64::from(signed()?)),
                Encoding::Sint64 => put_zigzag(out, number),
                Encoding::Fixed32 => out.extend_from_slice(&unsigned()?.to_le_bytes()),
                Encoding::Sfixed32 => out.extend_from_slice(&signed()?.to_le_bytes()),
                Encoding::Fixed64 | Encoding::Sfixed64 => out.extend_from_slice(&number.to_le_bytes()),
                _ => return Err(wrong(schema, value)),
            }
        }
    }
    Ok(())
}

fn out_of_range(encoding: Encoding, number: i64) -> ConvertError {
    ConvertError(format!("{number} is no {}", format!("{encoding:?}").to_lowercase()))
}

fn integer(schema: &Schema, value: &View<'_>) -> Result<i64, ConvertError> {
    match value {
        View::Int8(v) => Ok(i64::from(*v)),
        View::Int16(v) => Ok(i64::from(*v)),
        View::Int32(v) => Ok(i64::from(*v)),
        View::Int64(v) => Ok(*v),
        value => Err(wrong(schema, value)),
    }
}
