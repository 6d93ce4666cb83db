//! Values from JSON (Java's `convertToConnect`), in one pass over the text.
//!
//! Two kinds of error are told apart: text that is no JSON ends the reading, a value that does not fit its schema does not. The
//! rest is read all the same, as a later member of the same name may replace the value, and as malformed text is the error
//! that Java finds first.

use std::borrow::Cow;
use std::collections::BTreeMap;

use wasm_connect_batch::{EncodeError, Limits, Schema, Type};

use super::base64;
use super::item::{Item, check_field};
use super::reader::{Kind, Reader, SyntaxError};
use crate::converter::ConvertError;
use crate::converter::distinct::Distinct;
use crate::converter::java::calendar;
use crate::converter::java::decimal::{self, Number};
use crate::converter::java::logical::Logical;

/// The value if the text is JSON, or why the value does not fit.
pub(super) type Converted<'a> = Result<Result<Item<'a>, ConvertError>, SyntaxError>;

/// Converts the next value of `reader`, which is passed as a whole even if it does not fit.
pub(super) struct Conversion<'r, 'a> {
    pub(super) reader: &'r mut Reader<'a>,
    /// Java's `replace.null.with.default`.
    pub(super) replace_null_with_default: bool,
}

impl<'a> Conversion<'_, 'a> {
    pub(super) fn convert(&mut self, schema: Option<&'a Schema>) -> Converted<'a> {
        match schema {
            Some(schema) => self.typed(schema),
            None => self.schemaless(Limits::DEPTH),
        }
    }

    // === without a schema

    pub(super) fn schemaless(&mut self, depth: u16) -> Converted<'a> {
        let kind = self.reader.kind()?;
        let Some(depth) = depth.checked_sub(1) else {
            return if kind == Kind::Null {
                self.null().map(Ok)
            } else {
                self.refuse(EncodeError::TooDeep.to_string())
            };
        };
        let item = match kind {
            Kind::Missing => Item::Null,
            Kind::Null => self.null()?,
            Kind::Boolean => Item::Boolean(self.reader.boolean()?),
            Kind::Number => match parse_number(self.reader.number()?) {
                Ok(number) if number.is_integral() => Item::Int64(number.low_i64()),
                Ok(number) => Item::Float64(number.float64()),
                Err(error) => return Ok(Err(error)),
            },
            Kind::String => Item::String(self.reader.string()?),
            Kind::Array => return self.items(|conversion| conversion.schemaless(depth)),
            Kind::Object => return self.members(|conversion| conversion.schemaless(depth)),
        };
        Ok(Ok(item))
    }

    // === with a schema

    fn typed(&mut self, schema: &'a Schema) -> Converted<'a> {
        let kind = self.reader.kind()?;
        self.typed_of(schema, kind)
    }

    /// The next value, which is of that kind.
    pub(super) fn typed_of(&mut self, schema: &'a Schema, kind: Kind) -> Converted<'a> {
        if kind == Kind::Null {
            self.reader.null()?;
            return Ok(self.null_of(schema));
        }
        if let Some(logical) = Logical::of(Some(schema)) {
            return self.logical(schema, logical, kind);
        }
        match schema.ty() {
            Type::Array => self.array(schema, kind),
            Type::Map => self.map(schema, kind),
            Type::Struct => self.structure(schema, kind),
            ty => self.primitive(ty, kind),
        }
    }

    /// What a null or a missing field means.
    pub(super) fn null_of(&self, schema: &'a Schema) -> Result<Item<'a>, ConvertError> {
        match schema.default_value() {
            Some(default) if self.replace_null_with_default => Ok(default.into()),
            _ if schema.is_optional() => Ok(Item::Null),
            _ => Err(ConvertError(format!("Invalid null value for required {} field", schema.ty()))),
        }
    }

    /// As lenient as Jackson's `intValue`, `textValue` and so on: what is of another kind counts as zero, false or null.
    fn primitive(&mut self, ty: Type, kind: Kind) -> Converted<'a> {
        Ok(Ok(match (ty, kind) {
            (Type::Boolean, Kind::Boolean) => Item::Boolean(self.reader.boolean()?),
            (Type::String, Kind::String) => Item::String(self.reader.string()?),
            (Type::Bytes, Kind::String) => {
                let text = self.reader.string()?;
                return Ok(base64::read(&text)
                    .map(|bytes| Item::Bytes(bytes.into()))
                    .ok_or(ConvertError("Invalid bytes field".into())));
            }
            (Type::String | Type::Bytes, _) => {
                self.reader.skip()?;
                Item::Null
            }
            (Type::Boolean, _) => {
                self.reader.skip()?;
                Item::Boolean(false)
            }
            (_, Kind::Number) => return Ok(parse_number(self.reader.number()?).map(|number| number.of_type(ty))),
            _ => {
                self.reader.skip()?;
                Json::ZERO.of_type(ty)
            }
        }))
    }

    fn logical(&mut self, schema: &'a Schema, logical: Logical, kind: Kind) -> Converted<'a> {
        match (logical, kind) {
            (Logical::Decimal, Kind::String) => {
                let text = self.reader.string()?;
                let bytes =
                    base64::read(&text).filter(|bytes| !bytes.is_empty() && decimal::scale(Some(schema)).is_ok());
                Ok(bytes
                    .map(|bytes| Item::Bytes(bytes.into()))
                    .ok_or(ConvertError("Invalid bytes for Decimal field".into())))
            }
            (_, Kind::Number) => {
                Ok(parse_number(self.reader.number()?).and_then(|number| number.of_logical(schema, logical)))
            }
            _ => {
                let node_type = kind.node_type();
                let wanted = wanted(logical);
                self.refuse(format!(
                    "Invalid type for {logical:?}, underlying representation should be {wanted} but was {node_type}"
                ))
            }
        }
    }

    /// An array; Jackson's iteration over another kind of node finds an object's values, and else nothing.
    fn array(&mut self, schema: &'a Schema, kind: Kind) -> Converted<'a> {
        let Some(items) = schema.value_schema() else {
            return self.refuse(format!("{schema} has no schema for its items"));
        };
        match kind {
            Kind::Array => self.items(|conversion| conversion.typed(items)),
            Kind::Object => Ok(self.members(|conversion| conversion.typed(items))?.map(|map| match map {
                Item::Map(entries) => Item::Array(entries.into_iter().map(|(_, value)| value).collect()),
                other => other,
            })),
            _ => {
                self.reader.skip()?;
                Ok(Ok(Item::Array(Vec::new())))
            }
        }
    }

    /// A map: an object if its keys are strings, else an array of pairs.
    fn map(&mut self, schema: &'a Schema, kind: Kind) -> Converted<'a> {
        let (Some(keys), Some(values)) = (schema.key_schema(), schema.value_schema()) else {
            return self.refuse(format!("{schema} has no schema for its keys or values"));
        };
        let node_type = kind.node_type();
        match (keys.ty() == Type::String, kind) {
            (true, Kind::Object) => self.members(|conversion| conversion.typed(values)),
            (true, _) => {
                self.refuse(format!("Maps with string fields should be encoded as JSON objects, but found {node_type}"))
            }
            (false, Kind::Array) => self.pairs(keys, values),
            (false, _) => self.refuse(format!(
                "Maps with non-string fields should be encoded as JSON array of tuples, but found {node_type}"
            )),
        }
    }

    fn pairs(&mut self, keys: &'a Schema, values: &'a Schema) -> Converted<'a> {
        let mut entries = Distinct::new();
        let mut error = None;
        self.reader.open_array()?;
        let mut first = true;
        while self.reader.item(first)? {
            first = false;
            match self.pair(keys, values)? {
                Ok((key, value)) if error.is_none() => entries.insert(Cow::Owned(format!("{key:?}")), (key, value)),
                Ok(_) => {}
                Err(new) => error = error.or(Some(new)),
            }
        }
        Ok(error
            .map_or_else(|| Ok(Item::Map(entries.into_entries().into_iter().map(|(_, entry)| entry).collect())), Err))
    }

    fn pair(
        &mut self,
        keys: &'a Schema,
        values: &'a Schema,
    ) -> Result<Result<(Item<'a>, Item<'a>), ConvertError>, SyntaxError> {
        let kind = self.reader.kind()?;
        if kind != Kind::Array {
            self.reader.skip()?;
            return Ok(Err(ConvertError(format!(
                "Found invalid map entry instead of array tuple: {}",
                kind.node_type()
            ))));
        }
        let mut pair = Vec::with_capacity(2);
        let mut count = 0;
        self.reader.open_array()?;
        while self.reader.item(count == 0)? {
            match count {
                0 => pair.push(self.typed(keys)?),
                1 => pair.push(self.typed(values)?),
                _ => self.reader.skip()?,
            }
            count += 1;
        }
        let mut pair = pair.into_iter();
        Ok(match (count, pair.next(), pair.next()) {
            (2, Some(key), Some(value)) => key.and_then(|key| Ok((key, value?))),
            _ => Err(ConvertError(format!("Found invalid map entry, expected length 2 but found :{count}"))),
        })
    }

    fn structure(&mut self, schema: &'a Schema, kind: Kind) -> Converted<'a> {
        if kind != Kind::Object {
            return self.refuse(format!("Structs should be encoded as JSON objects, but found {}", kind.node_type()));
        }
        let fields = schema.fields();
        let mut items = vec![Item::Null; fields.len()];
        let mut seen = vec![false; fields.len()];
        // Mostly none, and then it costs nothing.
        let mut errors = BTreeMap::new();
        let mut expected = 0;
        self.reader.open_object()?;
        let mut first = true;
        while let Some(name) = self.reader.member(first)? {
            first = false;
            // Members mostly come in the order of the fields.
            let index = match fields.get(expected) {
                Some(field) if field.name == name => Some(expected),
                _ => schema.field(&name).map(|(index, _)| index),
            };
            let Some((index, field)) = index.and_then(|index| Some((index, fields.get(index)?))) else {
                self.reader.skip()?;
                continue;
            };
            let converted = self.typed(&field.schema)?;
            if seen[index] {
                errors.remove(&index);
            }
            match converted {
                Ok(item) => items[index] = item,
                Err(error) => drop(errors.insert(index, error)),
            }
            seen[index] = true;
            expected = index + 1;
        }
        Ok(self.complete(schema, items, &seen, errors))
    }

    /// Puts the fields that are missing and finds the first one that does not fit.
    fn complete(
        &self,
        schema: &'a Schema,
        mut items: Vec<Item<'a>>,
        seen: &[bool],
        mut errors: BTreeMap<usize, ConvertError>,
    ) -> Result<Item<'a>, ConvertError> {
        for (index, (field, item)) in schema.fields().iter().zip(&mut items).enumerate() {
            if let Some(error) = errors.remove(&index) {
                return Err(error);
            }
            if !seen.get(index).is_some_and(|seen| *seen) {
                *item = self.null_of(&field.schema)?;
            }
            check_field(&field.name, &field.schema, item)?;
        }
        Ok(Item::Struct(items))
    }

    // === collections

    fn items(&mut self, mut convert: impl FnMut(&mut Self) -> Converted<'a>) -> Converted<'a> {
        let mut items = Vec::new();
        let mut error = None;
        self.reader.open_array()?;
        let mut first = true;
        while self.reader.item(first)? {
            first = false;
            if error.is_some() {
                self.reader.skip()?;
                continue;
            }
            match convert(self)? {
                Ok(item) => items.push(item),
                Err(new) => error = Some(new),
            }
        }
        Ok(error.map_or(Ok(Item::Array(items)), Err))
    }

    fn members(&mut self, mut convert: impl FnMut(&mut Self) -> Converted<'a>) -> Converted<'a> {
        let mut members = Distinct::new();
        self.reader.open_object()?;
        let mut first = true;
        while let Some(name) = self.reader.member(first)? {
            first = false;
            members.insert(name, convert(self)?);
        }
        let entries = members.into_entries().into_iter().map(|(key, value)| Ok((Item::String(key), value?)));
        Ok(entries.collect::<Result<_, _>>().map(Item::Map))
    }

    fn null(&mut self) -> Result<Item<'a>, SyntaxError> {
        self.reader.null().map(|()| Item::Null)
    }

    /// Passes the value that does not fit.
    fn refuse(&mut self, why: String) -> Converted<'a> {
        self.reader.skip()?;
        Ok(Err(ConvertError(why)))
    }
}

fn wanted(logical: Logical) -> &'static str {
    match logical {
        Logical::Decimal => "numeric or bytes",
        Logical::Date | Logical::Time => "integer",
        Logical::Timestamp => "integral",
    }
}

/// A JSON number: integers that are longs are at hand, others stay text.
enum Json<'a> {
    Long(i64),
    Other(Number<'a>, bool),
}

fn parse_number(text: &str) -> Result<Json<'_>, ConvertError> {
    // Text that is an i64 has neither a fraction nor an exponent.
    if let Ok(long) = text.parse() {
        return Ok(Json::Long(long));
    }
    let integral = !text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
    match Number::parse(text) {
        Some(number) => Ok(Json::Other(number, integral)),
        None => Err(super::malformed(format!("number {text} has an exponent that is too large"))),
    }
}

/// An integer as `JsonNode.intValue` gives it; none for other numbers.
pub(super) fn parse_int(text: &str) -> Option<i32> {
    let number = parse_number(text).ok().filter(Json::is_integral)?;
    Some(number.low_i64() as i32)
}

impl Json<'_> {
    const ZERO: Json<'static> = Json::Long(0);

    fn is_integral(&self) -> bool {
        matches!(self, Json::Long(_) | Json::Other(_, true))
    }

    fn low_i64(&self) -> i64 {
        match self {
            Json::Long(long) => *long,
            Json::Other(number, _) => number.low_i64(),
        }
    }

    fn float64(&self) -> f64 {
        match self {
            Json::Long(long) => *long as f64,
            Json::Other(number, _) => number.float64(),
        }
    }

    fn float32(&self) -> f32 {
        match self {
            Json::Long(long) => *long as f32,
            Json::Other(number, _) => number.float32(),
        }
    }

    /// The value of a numeric type, cut off and wrapped as Java's casts do.
    fn of_type<'i>(&self, ty: Type) -> Item<'i> {
        match ty {
            Type::Int8 => Item::Int8(self.low_i64() as i8),
            Type::Int16 => Item::Int16(self.low_i64() as i16),
            Type::Int32 => Item::Int32(self.low_i64() as i32),
            Type::Float32 => Item::Float32(self.float32()),
            Type::Float64 => Item::Float64(self.float64()),
            _ => Item::Int64(self.low_i64()),
        }
    }

    fn of_logical<'i>(&self, schema: &Schema, logical: Logical) -> Result<Item<'i>, ConvertError> {
        let int = match self {
            Json::Long(long) => i32::try_from(*long).ok(),
            Json::Other(..) => None,
        };
        match (logical, int) {
            (Logical::Decimal, _) => Ok(Item::Bytes(self.unscaled(decimal::scale(Some(schema))?)?.into())),
            (Logical::Date, Some(days)) => Ok(Item::Int32(days)),
            (Logical::Time, Some(millis)) if (0..=calendar::MILLIS_PER_DAY).contains(&i64::from(millis)) => {
                Ok(Item::Int32(millis))
            }
            (Logical::Time, Some(_)) => Err(ConvertError(
                "Time values must use number of milliseconds greater than 0 and less than 86400000".into(),
            )),
            (Logical::Timestamp, _) if self.is_integral() => Ok(Item::Int64(self.low_i64())),
            _ => {
                let wanted = wanted(logical);
                Err(ConvertError(format!(
                    "Invalid type for {logical:?}, underlying representation should be {wanted} but was NUMBER"
                )))
            }
        }
    }

    fn unscaled(&self, scale: i32) -> Result<Vec<u8>, ConvertError> {
        match self {
            Json::Long(long) if scale == 0 => Ok(decimal::minimal(&long.to_be_bytes()).unwrap_or_default().to_vec()),
            Json::Long(long) => Number::parse(&long.to_string()).map_or(Ok(vec![0]), |number| number.unscaled(scale)),
            Json::Other(number, _) => number.unscaled(scale),
        }
    }
}
