//! Values read in place: scalars by value, everything else as a view of the row.

use super::datum::Site;
use super::slots::{Slots, check_slot, check_spare_bits, check_variable, is_zero, null_bit, slot_value};
use super::tagged;
use crate::bytes::{What, exact, u32_at, utf8};
use crate::{MalformedBatch, Schema, Struct, Type, Value};

/// A value that borrows from the batch. Its nested values are decoded when asked for.
#[derive(Clone, Copy, Debug)]
pub enum ValueRef<'a> {
    Null,
    Int8(i8),
    Int16(i16),
    Int32(i32),
    Int64(i64),
    Float32(f32),
    Float64(f64),
    Boolean(bool),
    String(&'a str),
    Bytes(&'a [u8]),
    Array(ArrayRef<'a>),
    Map(MapRef<'a>),
    Struct(StructRef<'a>),
}

/// An array, with a schema of its items or schemaless.
#[derive(Clone, Copy, Debug)]
pub struct ArrayRef<'a>(Collection<'a>);

/// A map, with schemas or schemaless, in the writer's order.
#[derive(Clone, Copy, Debug)]
pub struct MapRef<'a>(Collection<'a>);

/// What an array and a map are made of.
#[derive(Clone, Copy, Debug)]
struct Collection<'a> {
    /// The array's or the map's own; none if schemaless.
    schema: Option<&'a Schema>,
    /// The row; of a schemaless one, its items.
    bytes: &'a [u8],
    len: u32,
    site: Site,
}

/// A struct; any field is read without reading the others.
#[derive(Clone, Copy, Debug)]
pub struct StructRef<'a> {
    schema: &'a Schema,
    row: &'a [u8],
    site: Site,
}

/// Decodes the first level of a row that is not null.
#[inline]
pub(crate) fn decode<'a>(
    ty: Type,
    schema: impl FnOnce() -> &'a Schema,
    row: &'a [u8],
    site: Site,
) -> Result<ValueRef<'a>, What> {
    Ok(match ty {
        Type::Int8 => ValueRef::Int8(i8::from_le_bytes(exact(row)?)),
        Type::Int16 => ValueRef::Int16(i16::from_le_bytes(exact(row)?)),
        Type::Int32 => ValueRef::Int32(i32::from_le_bytes(exact(row)?)),
        Type::Int64 => ValueRef::Int64(i64::from_le_bytes(exact(row)?)),
        Type::Float32 => ValueRef::Float32(f32::from_le_bytes(exact(row)?)),
        Type::Float64 => ValueRef::Float64(f64::from_le_bytes(exact(row)?)),
        Type::Boolean => ValueRef::Boolean(boolean(row)?),
        Type::String => ValueRef::String(utf8(row)?),
        Type::Bytes => ValueRef::Bytes(row),
        Type::Array => ValueRef::Array(ArrayRef::open(schema(), row, site)?),
        Type::Map => ValueRef::Map(MapRef::open(schema(), row, site)?),
        Type::Struct => ValueRef::Struct(StructRef::open(schema(), row, site)?),
    })
}

#[inline]
pub(crate) fn boolean(row: &[u8]) -> Result<bool, What> {
    match exact(row)? {
        [0] => Ok(false),
        [1] => Ok(true),
        [byte] => Err(format!("boolean is {byte}")),
    }
}

/// Count, null bitmaps and slots must fit into the row; computed in 64 bits, as a count is anything up to 2^32.
fn fixed_part(row: &[u8], bitmaps: u64, widths: usize) -> Result<(usize, usize), What> {
    let count = u32_at(row, 0).ok_or("count is cut off")?;
    let n = u64::from(count);
    let fixed = 4 + bitmaps * n.div_ceil(8) + widths as u64 * n;
    if fixed > row.len() as u64 {
        return Err(format!("{count} items do not fit into {} bytes", row.len()));
    }
    Ok((count as usize, fixed as usize))
}

fn check_end(end: usize, row: &[u8]) -> Result<(), What> {
    if end == row.len() { Ok(()) } else { Err(format!("has {} bytes after its end", row.len().saturating_sub(end))) }
}

fn child(schema: Option<&Schema>) -> Result<&Schema, What> {
    schema.ok_or_else(|| "schema lacks the one of its items".to_owned())
}

/// Items one after the other: those of slots if there are any, else the tagged ones.
fn chain<'a, T>(
    typed: Option<impl Iterator<Item = T> + 'a>,
    tagged: Option<impl Iterator<Item = T> + 'a>,
) -> impl Iterator<Item = T> + 'a {
    typed.into_iter().flatten().chain(tagged.into_iter().flatten())
}

// === impl ArrayRef ===

impl<'a> ArrayRef<'a> {
    fn open(schema: &'a Schema, row: &'a [u8], site: Site) -> Result<Self, What> {
        let item = child(schema.value_schema())?;
        let (len, fixed) = fixed_part(row, 1, item.ty().slot().0)?;
        let array = ArrayRef(Collection { schema: Some(schema), bytes: row, len: len as u32, site });
        check_end(array.slots_of(item).check(fixed)?, row)?;
        Ok(array)
    }

    /// A schemaless array of `len` items.
    pub(crate) fn tagged(items: &'a [u8], len: u32, site: Site) -> Self {
        ArrayRef(Collection { schema: None, bytes: items, len, site })
    }

    pub fn len(&self) -> usize {
        self.0.len as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The schema of the array itself; none for schemaless arrays.
    pub fn schema(&self) -> Option<&'a Schema> {
        self.0.schema
    }

    /// The schema of the items; none for schemaless arrays.
    pub fn item_schema(&self) -> Option<&'a Schema> {
        self.0.schema.and_then(Schema::value_schema)
    }

    /// The item at `i`: at once with a schema, by skipping those before it without.
    pub fn get(&self, i: usize) -> Result<ValueRef<'a>, MalformedBatch> {
        let item = match self.item_schema() {
            Some(item) => self.slots_of(item).get(i, self.0.site),
            None => self.rows().nth(i).unwrap_or_else(|| Err(format!("there is no item {i} of {}", self.len()))),
        };
        item.map_err(|what| self.0.site.malformed(&what))
    }

    /// The items in order.
    pub fn iter(&self) -> impl Iterator<Item = Result<ValueRef<'a>, MalformedBatch>> + use<'a> {
        let site = self.0.site;
        self.rows().map(move |item| item.map_err(|what| site.malformed(&what)))
    }

    fn rows(&self) -> impl Iterator<Item = Result<ValueRef<'a>, What>> + use<'a> {
        let Collection { bytes, len, site, .. } = self.0;
        let typed = self.item_schema().map(|item| {
            let slots = self.slots_of(item);
            (0..slots.len).map(move |i| slots.get(i, site))
        });
        let tagged = self.0.schema.is_none().then(|| tagged::items(bytes, len, site));
        chain(typed, tagged)
    }

    /// The row if there is a schema, else the items.
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.0.bytes
    }

    fn slots_of(&self, item: &'a Schema) -> Slots<'a> {
        let len = self.len();
        Slots::new(item, self.0.bytes, len, 4, 4 + len.div_ceil(8))
    }
}

// === impl MapRef ===

impl<'a> MapRef<'a> {
    fn open(schema: &'a Schema, row: &'a [u8], site: Site) -> Result<Self, What> {
        let (key, value) = (child(schema.key_schema())?, child(schema.value_schema())?);
        let (len, fixed) = fixed_part(row, 2, key.ty().slot().0 + value.ty().slot().0)?;
        let map = MapRef(Collection { schema: Some(schema), bytes: row, len: len as u32, site });
        let (keys, values) = map.slots_of(key, value);
        let end = keys.check(fixed).map_err(|what| format!("key of {what}"))?;
        check_end(values.check(end)?, row)?;
        Ok(map)
    }

    /// A schemaless map of `len` entries.
    pub(crate) fn tagged(entries: &'a [u8], len: u32, site: Site) -> Self {
        MapRef(Collection { schema: None, bytes: entries, len, site })
    }

    pub fn len(&self) -> usize {
        self.0.len as usize
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The schema of the map itself; none for schemaless maps.
    pub fn schema(&self) -> Option<&'a Schema> {
        self.0.schema
    }

    /// The schema of the keys; none for schemaless maps.
    pub fn key_schema(&self) -> Option<&'a Schema> {
        self.0.schema.and_then(Schema::key_schema)
    }

    /// The schema of the values; none for schemaless maps.
    pub fn value_schema(&self) -> Option<&'a Schema> {
        self.0.schema.and_then(Schema::value_schema)
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = Result<(ValueRef<'a>, ValueRef<'a>), MalformedBatch>> + use<'a> {
        let site = self.0.site;
        self.rows().map(move |entry| entry.map_err(|what| site.malformed(&what)))
    }

    fn rows(&self) -> impl Iterator<Item = Result<(ValueRef<'a>, ValueRef<'a>), What>> + use<'a> {
        let Collection { bytes, len, site, .. } = self.0;
        let typed = self.key_schema().zip(self.value_schema()).map(|(key, value)| {
            let (keys, values) = self.slots_of(key, value);
            (0..keys.len).map(move |i| {
                let key = keys.get(i, site).map_err(|what| format!("key of {what}"))?;
                Ok((key, values.get(i, site)?))
            })
        });
        let tagged = self.0.schema.is_none().then(|| tagged::entries(bytes, len, site));
        chain(typed, tagged)
    }

    /// The row if there is a schema, else the entries.
    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.0.bytes
    }

    fn slots_of(&self, key: &'a Schema, value: &'a Schema) -> (Slots<'a>, Slots<'a>) {
        let (len, bitmap) = (self.len(), self.len().div_ceil(8));
        let keys_at = 4 + 2 * bitmap;
        let values_at = keys_at + len * key.ty().slot().0;
        (Slots::new(key, self.0.bytes, len, 4, keys_at), Slots::new(value, self.0.bytes, len, 4 + bitmap, values_at))
    }
}

// === impl StructRef ===

impl<'a> StructRef<'a> {
    fn open(schema: &'a Schema, row: &'a [u8], site: Site) -> Result<Self, What> {
        let layout = schema.layout();
        if layout.fixed > row.len() {
            return Err(format!("struct wants {} bytes, has {}", layout.fixed, row.len()));
        }
        let bitmap = layout.slots.len().div_ceil(8);
        let end =
            if is_zero(row, 0..bitmap) { check_without_nulls(schema, row)? } else { check_with_nulls(schema, row)? };
        check_end(end, row)?;
        Ok(StructRef { schema, row, site })
    }

    #[inline]
    pub fn schema(&self) -> &'a Schema {
        self.schema
    }

    pub(crate) fn bytes(&self) -> &'a [u8] {
        self.row
    }

    /// The value of the field at `i`, null where it is null: a default is not substituted.
    #[inline]
    pub fn get(&self, i: usize) -> Result<ValueRef<'a>, MalformedBatch> {
        match self.row(i) {
            Ok(value) => Ok(value),
            Err(what) => Err(self.site.malformed(&what)),
        }
    }

    /// Whether the field at `i` is null. Decodes nothing; a field that is not there is not null.
    #[inline]
    pub fn is_null(&self, i: usize) -> bool {
        i < self.schema.layout().slots.len() && null_bit(self.row, 0, i)
    }

    /// The value of the field of that name; none if there is no such field.
    pub fn get_by_name(&self, name: &str) -> Option<Result<ValueRef<'a>, MalformedBatch>> {
        self.schema.field(name).map(|(i, _)| self.get(i))
    }

    #[inline]
    fn row(&self, i: usize) -> Result<ValueRef<'a>, What> {
        let Some(slot) = self.schema.layout().slots.get(i) else {
            return Err(format!("there is no field {i} of {}", self.schema.fields().len()));
        };
        if null_bit(self.row, 0, i) {
            return Ok(ValueRef::Null);
        }
        let schema = || &self.schema.fields()[i].schema;
        match slot_value(slot.ty, schema, self.row, slot.at as usize, self.site) {
            Ok(value) => Ok(value),
            Err(what) => Err(of_field(self.schema, i, &what)),
        }
    }
}

#[inline]
fn check_without_nulls(schema: &Schema, row: &[u8]) -> Result<usize, What> {
    let layout = schema.layout();
    let mut cursor = layout.fixed;
    for &at in &layout.variable {
        cursor = match check_variable(row, at as usize, cursor) {
            Ok(cursor) => cursor,
            Err(what) => {
                let i = layout.slots.partition_point(|slot| slot.at < at);
                return Err(of_field(schema, i, &what));
            }
        };
    }
    Ok(cursor)
}

fn check_with_nulls(schema: &Schema, row: &[u8]) -> Result<usize, What> {
    let layout = schema.layout();
    check_spare_bits(row, 0, layout.slots.len())?;
    let mut cursor = layout.fixed;
    for (i, slot) in layout.slots.iter().enumerate() {
        cursor = match check_slot(row, null_bit(row, 0, i), slot.at as usize, slot.ty, cursor) {
            Ok(cursor) => cursor,
            Err(what) => return Err(of_field(schema, i, &what)),
        };
    }
    Ok(cursor)
}

#[cold]
fn of_field(schema: &Schema, i: usize, what: &What) -> What {
    let name = schema.fields().get(i).map_or("", |field| &field.name);
    format!("field {name:?}: {what}")
}

// === impl ValueRef ===

impl ValueRef<'_> {
    /// Whether it is null.
    pub fn is_null(&self) -> bool {
        matches!(self, ValueRef::Null)
    }

    /// The value with all its parts, owned.
    pub fn to_value(&self) -> Result<Value, MalformedBatch> {
        let site = match self {
            ValueRef::Array(array) => array.0.site,
            ValueRef::Map(map) => map.0.site,
            ValueRef::Struct(value) => value.site,
            _ => return self.into_value().map_err(MalformedBatch::batch),
        };
        self.into_value().map_err(|what| site.malformed(&what))
    }

    pub(crate) fn into_value(self) -> Result<Value, What> {
        Ok(match self {
            ValueRef::Null => Value::Null,
            ValueRef::Int8(v) => Value::Int8(v),
            ValueRef::Int16(v) => Value::Int16(v),
            ValueRef::Int32(v) => Value::Int32(v),
            ValueRef::Int64(v) => Value::Int64(v),
            ValueRef::Float32(v) => Value::Float32(v),
            ValueRef::Float64(v) => Value::Float64(v),
            ValueRef::Boolean(v) => Value::Boolean(v),
            ValueRef::String(v) => Value::String(v.to_owned()),
            ValueRef::Bytes(v) => Value::Bytes(v.to_vec()),
            ValueRef::Array(array) => Value::Array(array.rows().enumerate().map(item_value).collect::<Result<_, _>>()?),
            ValueRef::Map(map) => Value::Map(map.rows().enumerate().map(entry_value).collect::<Result<_, _>>()?),
            ValueRef::Struct(value) => Value::Struct(value.into_struct()?),
        })
    }
}

impl StructRef<'_> {
    fn into_struct(self) -> Result<Struct, What> {
        let fields = self.schema.fields().iter().enumerate();
        let values = fields
            .map(|(i, field)| self.row(i)?.into_value().map_err(|what| format!("field {:?}: {what}", field.name)));
        Ok(Struct::from_parts(self.schema.clone(), values.collect::<Result<_, _>>()?))
    }
}

fn item_value((i, item): (usize, Result<ValueRef<'_>, What>)) -> Result<Value, What> {
    item?.into_value().map_err(|what| format!("item {i}: {what}"))
}

fn entry_value((i, entry): (usize, Result<(ValueRef<'_>, ValueRef<'_>), What>)) -> Result<(Value, Value), What> {
    let (key, value) = entry?;
    let key = key.into_value().map_err(|what| format!("key of item {i}: {what}"))?;
    Ok((key, value.into_value().map_err(|what| format!("item {i}: {what}"))?))
}
