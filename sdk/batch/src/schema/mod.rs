//! Connect's schemas (`org.apache.kafka.connect.data.Schema`): cheap to clone, compared by structure.

mod builder;
mod builtin;

use std::fmt;
use std::sync::Arc;

pub use builder::SchemaBuilder;
pub(crate) use builtin::{BUILTIN_END, builtin, is_builtin};

use crate::{InvalidSchema, Limits, Value};

/// Connect's types (`Schema.Type`); the number is the one of the format.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
#[repr(u8)]
pub enum Type {
    Int8 = 1,
    Int16 = 2,
    Int32 = 3,
    Int64 = 4,
    Float32 = 5,
    Float64 = 6,
    Boolean = 7,
    String = 8,
    Bytes = 9,
    Array = 10,
    Map = 11,
    Struct = 12,
}

impl Type {
    /// All types, in the order of their numbers.
    pub const ALL: [Type; 12] = [
        Type::Int8,
        Type::Int16,
        Type::Int32,
        Type::Int64,
        Type::Float32,
        Type::Float64,
        Type::Boolean,
        Type::String,
        Type::Bytes,
        Type::Array,
        Type::Map,
        Type::Struct,
    ];

    /// The format's number of this type.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The type with that number.
    pub fn from_code(code: u8) -> Option<Type> {
        Type::ALL.get(usize::from(code).checked_sub(1)?).copied()
    }

    /// `Schema.Type.getName()`: `int8`, `string`, ...
    pub fn name(self) -> &'static str {
        match self {
            Type::Int8 => "int8",
            Type::Int16 => "int16",
            Type::Int32 => "int32",
            Type::Int64 => "int64",
            Type::Float32 => "float32",
            Type::Float64 => "float64",
            Type::Boolean => "boolean",
            Type::String => "string",
            Type::Bytes => "bytes",
            Type::Array => "array",
            Type::Map => "map",
            Type::Struct => "struct",
        }
    }

    /// `Schema.Type.isPrimitive()`: everything but array, map and struct.
    pub fn is_primitive(self) -> bool {
        self < Type::Array
    }

    /// Bytes of a slot, and whether it holds the value itself (else offset and length).
    #[inline]
    pub(crate) fn slot(self) -> (usize, bool) {
        match self {
            Type::Int8 | Type::Boolean => (1, true),
            Type::Int16 => (2, true),
            Type::Int32 | Type::Float32 => (4, true),
            Type::Int64 | Type::Float64 => (8, true),
            Type::String | Type::Bytes | Type::Array | Type::Map | Type::Struct => (8, false),
        }
    }
}

impl fmt::Display for Type {
    /// As Java prints the enum: `INT8`, `STRING`, ...
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Type::Int8 => "INT8",
            Type::Int16 => "INT16",
            Type::Int32 => "INT32",
            Type::Int64 => "INT64",
            Type::Float32 => "FLOAT32",
            Type::Float64 => "FLOAT64",
            Type::Boolean => "BOOLEAN",
            Type::String => "STRING",
            Type::Bytes => "BYTES",
            Type::Array => "ARRAY",
            Type::Map => "MAP",
            Type::Struct => "STRUCT",
        })
    }
}

/// One field of a struct; its index is its position.
#[derive(Clone, PartialEq, Debug)]
pub struct Field {
    /// The name, not empty.
    pub name: String,
    /// The schema of its values.
    pub schema: Schema,
}

/// A schema (`org.apache.kafka.connect.data.ConnectSchema`).
///
/// Cheap to clone. Equal if the structure is, as in Java: documentation and default count, the order of parameters does not.
#[derive(Clone)]
pub struct Schema(Arc<Node>);

pub(crate) struct Node {
    ty: Type,
    optional: bool,
    name: Option<String>,
    version: Option<i32>,
    doc: Option<String>,
    parameters: Vec<(String, String)>,
    default: Option<Value>,
    fields: Vec<Field>,
    key: Option<Schema>,
    value: Option<Schema>,
    derived: Derived,
}

/// What follows from the rest of a node.
struct Derived {
    /// The constant id, if this is a plain primitive; else 0.
    builtin: u32,
    depth: u16,
    nodes: u32,
    /// Field positions sorted by name; empty for few fields, which are searched one by one.
    by_name: Vec<u32>,
    layout: Layout,
}

/// Where a struct's slots are in its row.
#[derive(Default)]
pub(crate) struct Layout {
    /// Each field's slot; the type is here too, so that reading a scalar does not touch the field's schema.
    pub(crate) slots: Vec<SlotLayout>,
    /// Offsets of the slots that point into the variable part.
    pub(crate) variable: Vec<u32>,
    /// Bytes of bitmap and slots: where the variable part starts.
    pub(crate) fixed: usize,
}

#[derive(Clone, Copy)]
pub(crate) struct SlotLayout {
    /// Offset from the start of the row.
    pub(crate) at: u32,
    pub(crate) ty: Type,
}

/// Up to this many fields a linear search beats a binary one.
const FEW_FIELDS: usize = 8;

// === impl Schema ===

impl Schema {
    /// The type.
    #[inline]
    pub fn ty(&self) -> Type {
        self.0.ty
    }

    /// Whether null is a value of this schema.
    #[inline]
    pub fn is_optional(&self) -> bool {
        self.0.optional
    }

    /// The name, which makes a logical type of a base type.
    #[inline]
    pub fn name(&self) -> Option<&str> {
        self.0.name.as_deref()
    }

    /// The version.
    pub fn version(&self) -> Option<i32> {
        self.0.version
    }

    /// The documentation.
    pub fn doc(&self) -> Option<&str> {
        self.0.doc.as_deref()
    }

    /// The parameters, in the order in which they were set; none and empty are the same.
    pub fn parameters(&self) -> &[(String, String)] {
        &self.0.parameters
    }

    /// The value of the parameter `key`.
    pub fn parameter(&self, key: &str) -> Option<&str> {
        self.0.parameters.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }

    /// What stands for a null; never [`Value::Null`].
    pub fn default_value(&self) -> Option<&Value> {
        self.0.default.as_ref()
    }

    /// The fields of a struct, empty for other types.
    #[inline]
    pub fn fields(&self) -> &[Field] {
        &self.0.fields
    }

    /// The field of that name and its index.
    pub fn field(&self, name: &str) -> Option<(usize, &Field)> {
        let by_name = &self.0.derived.by_name;
        if by_name.is_empty() {
            return self.0.fields.iter().enumerate().find(|(_, field)| field.name == name);
        }
        let found = by_name.partition_point(|&i| self.name_at(i) < name);
        let index = *by_name.get(found)? as usize;
        self.0.fields.get(index).filter(|field| field.name == name).map(|field| (index, field))
    }

    /// The keys of a map.
    pub fn key_schema(&self) -> Option<&Schema> {
        self.0.key.as_ref()
    }

    /// The values of a map, the items of an array.
    pub fn value_schema(&self) -> Option<&Schema> {
        self.0.value.as_ref()
    }

    /// Whether both are the same object; a fast, sufficient test for equality.
    #[inline]
    pub fn is_same(&self, other: &Schema) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    /// The same schema, but optional or required as said.
    pub fn with_optional(&self, optional: bool) -> Schema {
        if optional == self.is_optional() {
            return self.clone();
        }
        let mut builder = SchemaBuilder::from(self);
        builder.set_optional(optional);
        builder.build()
    }

    /// Levels, itself included.
    pub fn depth(&self) -> u16 {
        self.0.derived.depth
    }

    /// Nodes when written out as a tree, itself included.
    pub fn nodes(&self) -> u32 {
        self.0.derived.nodes
    }

    /// The constant id, or 0.
    #[inline]
    pub(crate) fn builtin_id(&self) -> u32 {
        self.0.derived.builtin
    }

    #[inline]
    pub(crate) fn layout(&self) -> &Layout {
        &self.0.derived.layout
    }

    /// Which object this is, while it lives.
    #[inline]
    pub(crate) fn address(&self) -> usize {
        Arc::as_ptr(&self.0) as usize
    }

    fn name_at(&self, index: u32) -> &str {
        self.0.fields.get(index as usize).map_or("", |field| &field.name)
    }

    /// Whether Connect and the format allow this schema; its default is checked by the builder.
    pub(crate) fn check(&self) -> Result<(), InvalidSchema> {
        let node = &*self.0;
        let children = (node.key.is_some(), node.value.is_some());
        match node.ty {
            Type::Array if !children.1 => return Err(InvalidSchema("array has no schema for its items".into())),
            Type::Map if children != (true, true) => {
                return Err(InvalidSchema("map has no schema for its keys or values".into()));
            }
            _ => {}
        }
        if node.derived.depth > Limits::DEPTH {
            return Err(InvalidSchema(format!("schema is nested deeper than {}", Limits::DEPTH)));
        }
        if node.derived.nodes > Limits::SCHEMA_NODES {
            return Err(InvalidSchema(format!("schema has more than {} nodes", Limits::SCHEMA_NODES)));
        }
        self.check_field_names()
    }

    fn check_field_names(&self) -> Result<(), InvalidSchema> {
        let duplicate =
            |name: &str| InvalidSchema(format!("Cannot create field because of field name duplication {name}"));
        let fields = &self.0.fields;
        if fields.iter().any(|field| field.name.is_empty()) {
            return Err(InvalidSchema("fieldName cannot be null.".into()));
        }
        let by_name = &self.0.derived.by_name;
        if let Some(pair) = by_name.windows(2).find(|pair| self.name_at(pair[0]) == self.name_at(pair[1])) {
            return Err(duplicate(self.name_at(pair[0])));
        }
        if by_name.is_empty() {
            for (i, field) in fields.iter().enumerate() {
                if fields.iter().take(i).any(|before| before.name == field.name) {
                    return Err(duplicate(&field.name));
                }
            }
        }
        Ok(())
    }
}

impl PartialEq for Schema {
    fn eq(&self, other: &Schema) -> bool {
        self.is_same(other) || {
            let (a, b) = (&*self.0, &*other.0);
            a.ty == b.ty
                && a.optional == b.optional
                && a.derived.nodes == b.derived.nodes
                && a.name == b.name
                && a.version == b.version
                && a.doc == b.doc
                && same_parameters(&a.parameters, &b.parameters)
                && a.default == b.default
                && a.fields == b.fields
                && a.key == b.key
                && a.value == b.value
        }
    }
}

/// Equal as Java's maps are: whatever the order.
fn same_parameters(a: &[(String, String)], b: &[(String, String)]) -> bool {
    let sorted = |pairs: &[(String, String)]| {
        let mut order: Vec<usize> = (0..pairs.len()).collect();
        order.sort_unstable_by(|&i, &j| pairs[i].cmp(&pairs[j]));
        order
    };
    a == b || (a.len() == b.len() && sorted(a).iter().zip(sorted(b)).all(|(&i, j)| a[i] == b[j]))
}

impl fmt::Debug for Schema {
    /// As Java prints a schema, `Schema{name:TYPE}` or `Schema{TYPE}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => write!(f, "Schema{{{name}:{}}}", self.ty()),
            None => write!(f, "Schema{{{}}}", self.ty()),
        }
    }
}

impl fmt::Display for Schema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

#[cfg(test)]
mod tests;
