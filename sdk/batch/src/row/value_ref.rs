//! Values read in place: scalars by value, everything else as a view of the row.

use super::datum::Site;
use super::slots::{Slots, check_slot, check_spare_bits, null_bit, slot_value};
use super::tagged::{TaggedArray, TaggedMap};
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
pub struct ArrayRef<'a> {
    items: Items<'a>,
    site: Site,
}

#[derive(Clone, Copy, Debug)]
enum Items<'a> {
    Typed(Slots<'a>),
    Tagged(TaggedArray<'a>),
}

/// A map, with schemas or schemaless, in the writer's order.
#[derive(Clone, Copy, Debug)]
pub struct MapRef<'a> {
    entries: Entries<'a>,
    site: Site,
}

#[derive(Clone, Copy, Debug)]
enum Entries<'a> {
    Typed { keys: Slots<'a>, values: Slots<'a> },
    Tagged(TaggedMap<'a>),
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
pub(crate) fn decode<'a>(schema: &'a Schema, row: &'a [u8], site: Site) -> Result<ValueRef<'a>, What> {
    Ok(match schema.ty() {
        Type::Int8 => ValueRef::Int8(i8::from_le_bytes(exact(row)?)),
        Type::Int16 => ValueRef::Int16(i16::from_le_bytes(exact(row)?)),
        Type::Int32 => ValueRef::Int32(i32::from_le_bytes(exact(row)?)),
        Type::Int64 => ValueRef::Int64(i64::from_le_bytes(exact(row)?)),
        Type::Float32 => ValueRef::Float32(f32::from_le_bytes(exact(row)?)),
        Type::Float64 => ValueRef::Float64(f64::from_le_bytes(exact(row)?)),
        Type::Boolean => ValueRef::Boolean(boolean(row)?),
        Type::String => ValueRef::String(utf8(row)?),
        Type::Bytes => ValueRef::Bytes(row),
        Type::Array => ValueRef::Array(ArrayRef::open(schema, row, site)?),
        Type::Map => ValueRef::Map(MapRef::open(schema, row, site)?),
        Type::Struct => ValueRef::Struct(StructRef::open(schema, row, site)?),
    })
}

pub(crate) fn boolean(row: &[u8]) -> Result<bool, What> {
    match exact(row)? {
        [0] => Ok(false),
        [1] => Ok(true),
        [byte] => Err(format!("boolean is {byte}")),
    }
}

/// Count, null bitmaps and slots must fit into the row; computed in 64 bits, as a count is anything up to 2^32.
fn fixed_part(row: &[u8], bitmaps: u64, widths: u64) -> Result<(usize, usize), What> {
    let count = u32_at(row, 0).ok_or("count is cut off")?;
    let n = u64::from(count);
    let fixed = 4 + bitmaps * n.div_ceil(8) + widths * n;
    if fixed > row.len() as u64 {
        return Err(format!("{count} items do not fit into {} bytes", row.len()));
    }
    Ok((count as usize, fixed as usize))
}

fn check_end(end: usize, row: &[u8]) -> Result<(), What> {
    if end == row.len() {
        return Ok(());
    }
    Err(format!("has {} bytes after its end", row.len() - end))
}

fn child(schema: Option<&Schema>) -> Result<&Schema, What> {
    schema.ok_or_else(|| "schema lacks the one of its items".to_owned())
}

// === impl ArrayRef ===

impl<'a> ArrayRef<'a> {
    fn open(schema: &'a Schema, row: &'a [u8], site: Site) -> Result<Self, What> {
        let item = child(schema.value_schema())?;
        let (len, fixed) = fixed_part(row, 1, item.ty().slot().0 as u64)?;
        let slots = Slots::new(item, row, len, 4, 4 + len.div_ceil(8));
        check_end(slots.check(fixed)?, row)?;
        Ok(ArrayRef { items: Items::Typed(slots), site })
    }

    pub(crate) fn tagged(items: TaggedArray<'a>, site: Site) -> Self {
        ArrayRef { items: Items::Tagged(items), site }
    }

    pub fn len(&self) -> usize {
        match &self.items {
            Items::Typed(slots) => slots.len,
            Items::Tagged(items) => items.len,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The schema of the items; none for schemaless arrays.
    pub fn item_schema(&self) -> Option<&'a Schema> {
        match &self.items {
            Items::Typed(slots) => Some(slots.schema),
            Items::Tagged(_) => None,
        }
    }

    /// The item at `i`: at once with a schema, by skipping those before it without.
    pub fn get(&self, i: usize) -> Result<ValueRef<'a>, MalformedBatch> {
        let item = match &self.items {
            Items::Typed(slots) => slots.get(i, self.site),
            Items::Tagged(items) => items.iter().nth(i).unwrap_or_else(|| Err(format!("there is no item {i} of {}", items.len))),
        };
        item.map_err(|what| self.site.malformed(&what))
    }

    /// The items in order.
    pub fn iter(&self) -> impl Iterator<Item = Result<ValueRef<'a>, MalformedBatch>> + use<'a> {
        let site = self.site;
        self.rows().map(move |item| item.map_err(|what| site.malformed(&what)))
    }

    fn rows(&self) -> impl Iterator<Item = Result<ValueRef<'a>, What>> + use<'a> {
        let (typed, tagged) = match self.items {
            Items::Typed(slots) => (Some(slots), None),
            Items::Tagged(items) => (None, Some(items)),
        };
        let site = self.site;
        let typed = typed.into_iter().flat_map(move |slots| (0..slots.len).map(move |i| slots.get(i, site)));
        typed.chain(tagged.into_iter().flat_map(|items| items.iter()))
    }
}

// === impl MapRef ===

impl<'a> MapRef<'a> {
    fn open(schema: &'a Schema, row: &'a [u8], site: Site) -> Result<Self, What> {
        let (key, value) = (child(schema.key_schema())?, child(schema.value_schema())?);
        let (key_width, value_width) = (key.ty().slot().0, value.ty().slot().0);
        let (len, fixed) = fixed_part(row, 2, (key_width + value_width) as u64)?;
        let bitmap = len.div_ceil(8);
        let slots_at = 4 + 2 * bitmap;
        let keys = Slots::new(key, row, len, 4, slots_at);
        let values = Slots::new(value, row, len, 4 + bitmap, slots_at + len * key_width);
        let end = keys.check(fixed).map_err(|what| format!("key of {what}"))?;
        check_end(values.check(end)?, row)?;
        Ok(MapRef { entries: Entries::Typed { keys, values }, site })
    }

    pub(crate) fn tagged(entries: TaggedMap<'a>, site: Site) -> Self {
        MapRef { entries: Entries::Tagged(entries), site }
    }

    pub fn len(&self) -> usize {
        match &self.entries {
            Entries::Typed { keys, .. } => keys.len,
            Entries::Tagged(entries) => entries.len,
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The schema of the keys; none for schemaless maps.
    pub fn key_schema(&self) -> Option<&'a Schema> {
        match &self.entries {
            Entries::Typed { keys, .. } => Some(keys.schema),
            Entries::Tagged(_) => None,
        }
    }

    /// The schema of the values; none for schemaless maps.
    pub fn value_schema(&self) -> Option<&'a Schema> {
        match &self.entries {
            Entries::Typed { values, .. } => Some(values.schema),
            Entries::Tagged(_) => None,
        }
    }

    /// The entries in order.
    pub fn iter(&self) -> impl Iterator<Item = Result<(ValueRef<'a>, ValueRef<'a>), MalformedBatch>> + use<'a> {
        let site = self.site;
        self.rows().map(move |entry| entry.map_err(|what| site.malformed(&what)))
    }

    fn rows(&self) -> impl Iterator<Item = Result<(ValueRef<'a>, ValueRef<'a>), What>> + use<'a> {
        let (typed, tagged) = match self.entries {
            Entries::Typed { keys, values } => (Some((keys, values)), None),
            Entries::Tagged(entries) => (None, Some(entries)),
        };
        let site = self.site;
        let entry = move |keys: Slots<'a>, values: Slots<'a>, i| {
            let key = keys.get(i, site).map_err(|what| format!("key of {what}"))?;
            Ok((key, values.get(i, site)?))
        };
        let typed = typed.into_iter().flat_map(move |(keys, values)| (0..keys.len).map(move |i| entry(keys, values, i)));
        typed.chain(tagged.into_iter().flat_map(|entries| entries.iter()))
    }
}

// === impl StructRef ===

impl<'a> StructRef<'a> {
    fn open(schema: &'a Schema, row: &'a [u8], site: Site) -> Result<Self, What> {
        let layout = schema.layout();
        if layout.fixed > row.len() {
            return Err(format!("struct wants {} bytes, has {}", layout.fixed, row.len()));
        }
        check_spare_bits(row, 0, schema.fields().len())?;
        let mut cursor = layout.fixed;
        for (i, (field, &at)) in schema.fields().iter().zip(&layout.slots).enumerate() {
            let checked = check_slot(row, null_bit(row, 0, i), at as usize, field.schema.ty(), cursor);
            cursor = checked.map_err(|what| format!("field {:?}: {what}", field.name))?;
        }
        check_end(cursor, row)?;
        Ok(StructRef { schema, row, site })
    }

    pub fn schema(&self) -> &'a Schema {
        self.schema
    }

    /// The value of the field at `i`, null where it is null: a default is not substituted.
    #[inline]
    pub fn get(&self, i: usize) -> Result<ValueRef<'a>, MalformedBatch> {
        self.row(i).map_err(|what| self.site.malformed(&what))
    }

    /// The value of the field of that name; none if there is no such field.
    pub fn get_by_name(&self, name: &str) -> Option<Result<ValueRef<'a>, MalformedBatch>> {
        self.schema.field(name).map(|(i, _)| self.get(i))
    }

    #[inline]
    fn row(&self, i: usize) -> Result<ValueRef<'a>, What> {
        let (Some(field), Some(&at)) = (self.schema.fields().get(i), self.schema.layout().slots.get(i)) else {
            return Err(format!("there is no field {i} of {}", self.schema.fields().len()));
        };
        if null_bit(self.row, 0, i) {
            return Ok(ValueRef::Null);
        }
        slot_value(&field.schema, self.row, at as usize, self.site).map_err(|what| format!("field {:?}: {what}", field.name))
    }
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
            ValueRef::Array(array) => array.site,
            ValueRef::Map(map) => map.site,
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
        let values = fields.map(|(i, field)| self.row(i)?.into_value().map_err(|what| format!("field {:?}: {what}", field.name)));
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
