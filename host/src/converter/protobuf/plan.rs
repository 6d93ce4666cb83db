//! Connect's schema of a message (`ProtobufData.toConnectSchema`), and with it how values are read.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use prost_reflect::{
    Cardinality, EnumDescriptor, FieldDescriptor, Kind as ProtoKind, MessageDescriptor, Syntax, Value,
};
use wasm_connect_batch::{Limits, Schema, SchemaBuilder, Type, logical};

use super::input::{Encoding, Scalar, WireType};
use super::schema::ProtoFile;
use super::{Options, names};
use crate::converter::ConvertError;
use crate::converter::java::logical::Logical;

/// Field numbers up to this are looked up in a table.
const SMALL_NUMBERS: u32 = 256;

/// What a message of the registry is read as.
pub(super) enum Root {
    Message(Arc<Message>),
    /// A wrapper around one value.
    Wrapper(Encoding, Type),
}

/// How a message is read.
pub(super) struct Message {
    /// The fields of Protobuf; those of one oneof stand together.
    pub fields: Vec<Field>,
    /// Those of the Connect struct, in its order.
    pub slots: Vec<Slot>,
    /// How many oneofs there are.
    pub oneofs: usize,
    small: Vec<u16>,
    large: HashMap<u32, u16>,
}

/// One field of a struct.
pub(super) enum Slot {
    Field(usize),
    /// A struct with one field for each member.
    Union(Range<usize>),
}

/// One field of a message.
pub(super) struct Field {
    pub name: String,
    pub kind: Kind,
    pub oneof: Option<usize>,
    pub absent: Absent,
}

/// What a field is that is not there.
pub(super) enum Absent {
    Null,
    Default(Scalar<'static>),
    /// Read as if it were there without a byte: a list without items, a message without fields.
    Empty,
}

/// How the value of one field is read.
pub(super) enum Kind {
    Scalar(Encoding),
    /// A message around one value.
    Wrapper(Encoding),
    /// The name of a symbol.
    Symbol(Arc<Symbols>),
    /// With the scale, which only decimals have.
    Logical(Logical, i32),
    Message(Arc<Message>),
    Repeated(Box<Kind>),
    /// By the message of its entries: key and value.
    Map(Arc<Message>),
}

/// The symbols of an enumeration.
pub(super) struct Symbols {
    enumeration: String,
    names: HashMap<i32, String>,
}

impl Message {
    /// The place of a field by its number.
    #[inline]
    pub(super) fn place(&self, number: u32) -> Option<usize> {
        let place = match self.small.get(number as usize) {
            Some(place) => *place,
            None => *self.large.get(&number)?,
        };
        (place != u16::MAX).then_some(usize::from(place))
    }
}

impl Kind {
    /// Whether a value may come in this form.
    #[inline]
    pub(super) fn accepts(&self, wire: WireType) -> bool {
        match self {
            Kind::Scalar(encoding) => wire == encoding.wire(),
            Kind::Symbol(_) => wire == WireType::Varint,
            Kind::Repeated(item) => item.accepts(wire) || (wire == WireType::Delimited && item.packed().is_some()),
            Kind::Wrapper(..) | Kind::Logical(..) | Kind::Message(_) | Kind::Map(_) => wire == WireType::Delimited,
        }
    }

    /// How items of this kind stand one behind the other, if they may.
    pub(super) fn packed(&self) -> Option<Encoding> {
        match self {
            Kind::Scalar(encoding) => Some(*encoding).filter(|encoding| encoding.is_packable()),
            Kind::Symbol(_) => Some(Encoding::Int32),
            _ => None,
        }
    }
}

impl Symbols {
    pub(super) fn name(&self, number: i64) -> Cow<'_, str> {
        match i32::try_from(number).ok().and_then(|number| self.names.get(&number)) {
            Some(name) => Cow::Borrowed(name),
            // As Java calls those that came later.
            None => Cow::Owned(format!("UNKNOWN_ENUM_VALUE_{}_{number}", self.enumeration)),
        }
    }
}

// === planning

/// Reads a message's schema; `version` is the registry's.
pub(super) fn plan(
    file: &ProtoFile,
    message: &MessageDescriptor,
    options: &Options,
    version: Option<i32>,
) -> Result<(Schema, Root), ConvertError> {
    let wrapped = wrapped(message.full_name()).filter(|_| options.wrapper_for_raw_primitives);
    let (mut builder, root) = match wrapped {
        Some((encoding, ty)) => (Schema::new(ty), Root::Wrapper(encoding, ty)),
        None => {
            let mut planner = Planner { file, options, known: HashMap::new(), open: Vec::new() };
            let (builder, message) = planner.message(message)?;
            (builder, Root::Message(message))
        }
    };
    if let Some(version) = version {
        builder = builder.version(version);
    }
    Ok((builder.try_build()?, root))
}

/// What is in a wrapper of that name.
pub(super) fn wrapped(full_name: &str) -> Option<(Encoding, Type)> {
    Some(match full_name.strip_prefix("google.protobuf.")? {
        "DoubleValue" => (Encoding::Double, Type::Float64),
        "FloatValue" => (Encoding::Float, Type::Float32),
        "Int64Value" => (Encoding::Int64, Type::Int64),
        "UInt64Value" => (Encoding::Uint64, Type::Int64),
        "Int32Value" => (Encoding::Int32, Type::Int32),
        "UInt32Value" => (Encoding::Uint32, Type::Int64),
        "BoolValue" => (Encoding::Bool, Type::Boolean),
        "StringValue" => (Encoding::Text { lossy: false }, Type::String),
        "BytesValue" => (Encoding::Bytes, Type::Bytes),
        _ => return None,
    })
}

/// The encoding of a scalar type, and what Protobuf calls it; none: it is an enumeration or a message.
pub(super) fn encoding(field: &FieldDescriptor) -> Option<(Encoding, &'static str)> {
    Some(match field.kind() {
        ProtoKind::Int32 => (Encoding::Int32, "int32"),
        ProtoKind::Int64 => (Encoding::Int64, "int64"),
        ProtoKind::Uint32 => (Encoding::Uint32, "uint32"),
        ProtoKind::Uint64 => (Encoding::Uint64, "uint64"),
        ProtoKind::Sint32 => (Encoding::Sint32, "sint32"),
        ProtoKind::Sint64 => (Encoding::Sint64, "sint64"),
        ProtoKind::Fixed32 => (Encoding::Fixed32, "fixed32"),
        ProtoKind::Fixed64 => (Encoding::Fixed64, "fixed64"),
        ProtoKind::Sfixed32 => (Encoding::Sfixed32, "sfixed32"),
        ProtoKind::Sfixed64 => (Encoding::Sfixed64, "sfixed64"),
        ProtoKind::Bool => (Encoding::Bool, "bool"),
        ProtoKind::Float => (Encoding::Float, "float"),
        ProtoKind::Double => (Encoding::Double, "double"),
        ProtoKind::String => (Encoding::Text { lossy: field.parent_file().syntax() == Syntax::Proto2 }, "string"),
        ProtoKind::Bytes => (Encoding::Bytes, "bytes"),
        ProtoKind::Message(_) | ProtoKind::Enum(_) => return None,
    })
}

/// Key and value, if the items of a repeated field are the entries of a map.
pub(super) fn entry_of(field: &FieldDescriptor) -> Option<(FieldDescriptor, FieldDescriptor)> {
    let ProtoKind::Message(message) = field.kind() else { return None };
    if field.cardinality() != Cardinality::Repeated || !names::is_entry(message.name()) {
        return None;
    }
    let [first, second] = message.descriptor_proto().field.as_slice() else { return None };
    let (key, value) = (message.get_field_by_name(first.name())?, message.get_field_by_name(second.name())?);
    let is_single = |field: &FieldDescriptor| field.cardinality() != Cardinality::Repeated;
    (key.name() == "key" && value.name() == "value" && is_single(&key) && is_single(&value)).then_some((key, value))
}

struct Planner<'a> {
    file: &'a ProtoFile,
    options: &'a Options,
    /// The messages that have been read, by full name.
    known: HashMap<String, (SchemaBuilder, Arc<Message>)>,
    /// Those that are being read.
    open: Vec<String>,
}

impl Planner<'_> {
    fn message(&mut self, descriptor: &MessageDescriptor) -> Result<(SchemaBuilder, Arc<Message>), ConvertError> {
        let full_name = descriptor.full_name();
        if let Some((builder, message)) = self.known.get(full_name) {
            return Ok((builder.clone(), message.clone()));
        }
        if self.open.iter().any(|open| open == full_name) {
            return Err(ConvertError(format!("{full_name} contains itself, and Connect's schemas here cannot")));
        }
        if self.open.len() >= usize::from(Limits::DEPTH) {
            return Err(ConvertError(format!("schema is nested deeper than {}", Limits::DEPTH)));
        }
        self.open.push(full_name.to_owned());
        let planned = self.fields(descriptor);
        self.open.pop();
        let (builder, message) = planned?;
        self.known.insert(full_name.to_owned(), (builder.clone(), message.clone()));
        Ok((builder, message))
    }

    /// Oneofs come first, then the other fields as they stand in the message.
    fn fields(&mut self, descriptor: &MessageDescriptor) -> Result<(SchemaBuilder, Arc<Message>), ConvertError> {
        let mut builder = Schema::structure().name(self.name(descriptor.name(), descriptor.full_name()));
        let mut making = Making::default();
        for (index, oneof) in descriptor.oneofs().filter(|oneof| !oneof.is_synthetic()).enumerate() {
            let start = making.fields.len();
            let union_name = self.name(oneof.name(), oneof.full_name());
            let mut union = Schema::structure().name(format!("{}.{union_name}", names::UNION));
            for field in oneof.fields() {
                let (schema, kind) = self.field(&field, true)?;
                making.oneofs = index + 1;
                making.push(&field, kind, Some(index), Absent::Null)?;
                if self.options.flatten_unions {
                    builder = builder.field(field.name(), schema);
                    making.slots.push(Slot::Field(making.fields.len() - 1));
                } else {
                    union = union.field(field.name(), schema);
                }
            }
            if !self.options.flatten_unions {
                let indexed = if self.options.index_for_unions { format!("_{index}") } else { String::new() };
                builder = builder.field(format!("{}{indexed}", oneof.name()), union.optional().try_build()?);
                making.slots.push(Slot::Union(start..making.fields.len()));
            }
        }
        for declared in &descriptor.descriptor_proto().field {
            let Some(field) = descriptor.get_field_by_name(declared.name()) else { continue };
            if field.containing_oneof().is_some_and(|oneof| !oneof.is_synthetic()) {
                continue;
            }
            let (schema, kind) = self.field(&field, false)?;
            let absent = self.absent(&field, &kind);
            builder = builder.field(field.name(), schema);
            making.slots.push(Slot::Field(making.fields.len()));
            making.push(&field, kind, None, absent)?;
        }
        Ok((builder, Arc::new(making.finish())))
    }

    fn name<'n>(&self, simple: &'n str, full: &'n str) -> &'n str {
        if self.options.enhanced { full } else { simple }
    }

    fn field(&mut self, field: &FieldDescriptor, is_member: bool) -> Result<(Schema, Kind), ConvertError> {
        if field.is_group() {
            return Err(ConvertError(format!("field {}: Unknown Connect schema type: GROUP", field.full_name())));
        }
        let (mut builder, mut kind) = match field.kind() {
            ProtoKind::Message(message) => {
                let (builder, kind) = self.message_field(field, &message)?;
                (builder.optional(), kind)
            }
            ProtoKind::Enum(enumeration) => {
                let (builder, kind) = self.enumeration(&enumeration);
                (builder.optional(), kind)
            }
            _ => self.scalar(field)?,
        };
        if field.cardinality() == Cardinality::Repeated && !matches!(kind, Kind::Map(_)) {
            builder = Schema::array(builder.optional().try_build()?).optional();
            kind = Kind::Repeated(Box::new(kind));
        }
        let is_wrapper = |message: &MessageDescriptor| wrapped(message.full_name()).is_some();
        if is_member {
            builder = builder.optional();
            if self.options.wrapper_for_nullables && field.kind().as_message().is_some_and(is_wrapper) {
                builder = builder.parameter(names::WRAPPER, "true");
            }
        } else if self.options.optional_for_nullables {
            if has_optional_keyword(field) {
                builder = builder.optional();
            }
        } else if !self.options.wrapper_for_nullables {
            builder = builder.optional();
        }
        let schema = builder.parameter(names::TAG, field.number().to_string()).try_build()?;
        Ok((schema, kind))
    }

    fn scalar(&self, field: &FieldDescriptor) -> Result<(SchemaBuilder, Kind), ConvertError> {
        let Some((encoding, type_name)) = encoding(field) else {
            return Err(ConvertError(format!("field {}: Unknown Connect schema type", field.full_name())));
        };
        let small = || match self.file.meta(field, names::CONNECT_TYPE).as_deref() {
            Some("int8") => Some(Type::Int8),
            Some("int16") => Some(Type::Int16),
            _ => None,
        };
        let (ty, usual) = match encoding {
            Encoding::Int32 | Encoding::Sint32 | Encoding::Sfixed32 => match small() {
                Some(ty) => return Ok((Schema::new(ty), Kind::Scalar(encoding))),
                None => (Type::Int32, "int32"),
            },
            Encoding::Bool => (Type::Boolean, type_name),
            Encoding::Float => (Type::Float32, type_name),
            Encoding::Double => (Type::Float64, type_name),
            Encoding::Text { .. } => (Type::String, type_name),
            Encoding::Bytes => (Type::Bytes, type_name),
            _ => (Type::Int64, "int64"),
        };
        let builder = Schema::new(ty);
        let builder = if type_name == usual { builder } else { builder.parameter(names::TYPE, type_name) };
        Ok((builder, Kind::Scalar(encoding)))
    }

    fn enumeration(&self, descriptor: &EnumDescriptor) -> (SchemaBuilder, Kind) {
        let ty = if self.options.int_for_enums { Type::Int32 } else { Type::String };
        let mut builder = Schema::new(ty).name(self.name(descriptor.name(), descriptor.full_name()));
        builder = builder.parameter(names::ENUM, descriptor.name());
        let mut symbols = HashMap::new();
        // In the order of the text; of two names of one number the first one counts.
        for declared in &descriptor.enum_descriptor_proto().value {
            builder = builder.parameter(format!("{}.{}", names::ENUM, declared.name()), declared.number().to_string());
            symbols.entry(declared.number()).or_insert_with(|| declared.name().to_owned());
        }
        let kind = match ty {
            Type::Int32 => Kind::Scalar(Encoding::Int32),
            _ => Kind::Symbol(Arc::new(Symbols { enumeration: descriptor.name().to_owned(), names: symbols })),
        };
        (builder, kind)
    }

    fn message_field(
        &mut self,
        field: &FieldDescriptor,
        message: &MessageDescriptor,
    ) -> Result<(SchemaBuilder, Kind), ConvertError> {
        match message.full_name() {
            names::DECIMAL => {
                let number = |parameter| self.file.meta(field, parameter).and_then(|text| text.parse::<i32>().ok());
                let scale = number(names::SCALE).unwrap_or(0);
                let builder = logical::decimal(scale);
                let builder = match number(names::PRECISION) {
                    Some(precision) => builder.parameter(names::CONNECT_PRECISION, precision.to_string()),
                    None => builder,
                };
                return Ok((builder, Kind::Logical(Logical::Decimal, scale)));
            }
            names::DATE => return Ok((logical::date(), Kind::Logical(Logical::Date, 0))),
            names::TIME => return Ok((logical::time(), Kind::Logical(Logical::Time, 0))),
            names::TIMESTAMP => return Ok((logical::timestamp(), Kind::Logical(Logical::Timestamp, 0))),
            full_name => {
                if let Some((encoding, ty)) = wrapped(full_name).filter(|_| self.options.wrapper_for_nullables) {
                    return Ok((Schema::new(ty), Kind::Wrapper(encoding)));
                }
            }
        }
        if let Some((key, value)) = entry_of(field) {
            let mut making = Making::default();
            let (key_schema, key_kind) = self.field(&key, false)?;
            let absent = self.in_entry(&key, &key_kind);
            making.push(&key, key_kind, None, absent)?;
            let (value_schema, value_kind) = self.field(&value, false)?;
            let absent = self.in_entry(&value, &value_kind);
            making.push(&value, value_kind, None, absent)?;
            let name = names::map_of_entry(self.name(message.name(), message.full_name()));
            let kind = Kind::Map(Arc::new(making.finish()));
            return Ok((Schema::map(key_schema, value_schema).name(name), kind));
        }
        let (builder, message) = self.message(message)?;
        Ok((builder, Kind::Message(message)))
    }

    /// What a field of a message is that is not there (`ProtobufData.setStructField`).
    fn absent(&self, field: &FieldDescriptor, kind: &Kind) -> Absent {
        let is_optional = field.field_descriptor_proto().proto3_optional()
            || (self.options.optional_for_proto2 && has_optional_keyword(field));
        match kind {
            Kind::Repeated(_) | Kind::Map(_) => Absent::Empty,
            _ if self.options.struct_for_nulls => self.in_entry(field, kind),
            Kind::Scalar(..) | Kind::Symbol(_) if !is_optional => self.in_entry(field, kind),
            _ => Absent::Null,
        }
    }

    /// What the key or the value of an entry is that is not there.
    fn in_entry(&self, field: &FieldDescriptor, kind: &Kind) -> Absent {
        match kind {
            // There is no decimal without bytes, and no year 0.
            Kind::Logical(Logical::Decimal | Logical::Date, _) => Absent::Null,
            Kind::Scalar(..) => Absent::Default(default(field)),
            Kind::Symbol(symbols) => match field.default_value() {
                Value::EnumNumber(number) => {
                    Absent::Default(Scalar::Text(Cow::Owned(symbols.name(i64::from(number)).into_owned())))
                }
                _ => Absent::Null,
            },
            _ => Absent::Empty,
        }
    }
}

/// Whether the schema says `optional` (`FieldDescriptor.hasOptionalKeyword`).
fn has_optional_keyword(field: &FieldDescriptor) -> bool {
    let is_proto2 = || field.parent_file().syntax() == Syntax::Proto2;
    field.field_descriptor_proto().proto3_optional()
        || (is_proto2() && field.cardinality() == Cardinality::Optional && field.containing_oneof().is_none())
}

/// The default that the schema says, or the type's.
fn default(field: &FieldDescriptor) -> Scalar<'static> {
    match field.default_value() {
        Value::Bool(value) => Scalar::Bool(value),
        Value::I32(value) | Value::EnumNumber(value) => Scalar::Int(i64::from(value)),
        Value::I64(value) => Scalar::Int(value),
        Value::U32(value) => Scalar::Int(i64::from(value)),
        Value::U64(value) => Scalar::Int(value as i64),
        Value::F32(value) => Scalar::Float(value),
        Value::F64(value) => Scalar::Double(value),
        Value::String(value) => Scalar::Text(Cow::Owned(value)),
        Value::Bytes(value) => Scalar::Bytes(Cow::Owned(value.to_vec())),
        Value::Message(_) | Value::List(_) | Value::Map(_) => Scalar::Int(0),
    }
}

/// A message's plan in the making.
#[derive(Default)]
struct Making {
    fields: Vec<Field>,
    numbers: Vec<u32>,
    slots: Vec<Slot>,
    oneofs: usize,
}

impl Making {
    fn push(
        &mut self,
        field: &FieldDescriptor,
        kind: Kind,
        oneof: Option<usize>,
        absent: Absent,
    ) -> Result<(), ConvertError> {
        if self.fields.len() >= usize::from(u16::MAX) {
            return Err(ConvertError(format!("a message has more than {} fields", u16::MAX)));
        }
        self.fields.push(Field { name: field.name().to_owned(), kind, oneof, absent });
        self.numbers.push(field.number());
        Ok(())
    }

    fn finish(self) -> Message {
        let is_small = |number: &&u32| **number < SMALL_NUMBERS;
        let most = self.numbers.iter().filter(is_small).max().map_or(0, |most| *most as usize + 1);
        let (mut small, mut large) = (vec![u16::MAX; most], HashMap::new());
        for (number, place) in self.numbers.iter().zip(0u16..) {
            match small.get_mut(*number as usize) {
                Some(at) => *at = place,
                None => drop(large.insert(*number, place)),
            }
        }
        Message { fields: self.fields, slots: self.slots, oneofs: self.oneofs, small, large }
    }
}
