//! Builds schemas as Java's `SchemaBuilder` does.

use std::sync::Arc;

use super::{Derived, FEW_FIELDS, Field, Layout, Node, Schema, SlotLayout, Type, builtin};
use crate::{InvalidSchema, Value, validate_value};

/// A schema in the making; required unless told otherwise.
#[derive(Clone, Debug)]
pub struct SchemaBuilder {
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
}

/// Shortcuts, as Java's static methods of `SchemaBuilder`.
impl Schema {
    /// Any type; an array or a map wants its children's schemas, see [`Schema::array`] and [`Schema::map`].
    #[allow(clippy::new_ret_no_self)] // the contract's name: `Schema::new(ty)...build()`
    pub fn new(ty: Type) -> SchemaBuilder {
        SchemaBuilder::new(ty)
    }

    pub fn int8() -> SchemaBuilder {
        SchemaBuilder::new(Type::Int8)
    }

    pub fn int16() -> SchemaBuilder {
        SchemaBuilder::new(Type::Int16)
    }

    pub fn int32() -> SchemaBuilder {
        SchemaBuilder::new(Type::Int32)
    }

    pub fn int64() -> SchemaBuilder {
        SchemaBuilder::new(Type::Int64)
    }

    pub fn float32() -> SchemaBuilder {
        SchemaBuilder::new(Type::Float32)
    }

    pub fn float64() -> SchemaBuilder {
        SchemaBuilder::new(Type::Float64)
    }

    pub fn boolean() -> SchemaBuilder {
        SchemaBuilder::new(Type::Boolean)
    }

    pub fn string() -> SchemaBuilder {
        SchemaBuilder::new(Type::String)
    }

    pub fn bytes() -> SchemaBuilder {
        SchemaBuilder::new(Type::Bytes)
    }

    pub fn array(items: Schema) -> SchemaBuilder {
        SchemaBuilder { value: Some(items), ..SchemaBuilder::new(Type::Array) }
    }

    pub fn map(keys: Schema, values: Schema) -> SchemaBuilder {
        SchemaBuilder { key: Some(keys), value: Some(values), ..SchemaBuilder::new(Type::Map) }
    }

    /// A struct; `struct` is a word of the language.
    pub fn structure() -> SchemaBuilder {
        SchemaBuilder::new(Type::Struct)
    }
}

impl SchemaBuilder {
    pub fn new(ty: Type) -> Self {
        SchemaBuilder {
            ty,
            optional: false,
            name: None,
            version: None,
            doc: None,
            parameters: Vec::new(),
            default: None,
            fields: Vec::new(),
            key: None,
            value: None,
        }
    }

    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    pub fn required(mut self) -> Self {
        self.optional = false;
        self
    }

    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    pub fn version(mut self, version: i32) -> Self {
        self.version = Some(version);
        self
    }

    pub fn doc(mut self, doc: impl Into<String>) -> Self {
        self.doc = Some(doc.into());
        self
    }

    /// Sets a parameter; one of the same key is replaced.
    pub fn parameter(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        let (key, value) = (key.into(), value.into());
        match self.parameters.iter_mut().find(|(k, _)| *k == key) {
            Some((_, old)) => *old = value,
            None => self.parameters.push((key, value)),
        }
        self
    }

    /// As [`SchemaBuilder::parameter`] for a key that is known to be new.
    pub(crate) fn push_parameter(mut self, key: &str, value: &str) -> Self {
        self.parameters.push((key.to_owned(), value.to_owned()));
        self
    }

    /// What stands for a null; [`Value::Null`] is no default.
    pub fn default_value(mut self, value: Value) -> Self {
        self.default = Some(value).filter(|value| !matches!(value, Value::Null));
        self
    }

    pub fn field(mut self, name: impl Into<String>, schema: Schema) -> Self {
        self.fields.push(Field { name: name.into(), schema });
        self
    }

    /// The schema, checked: field names, children, nesting, and the default against the rest.
    pub fn try_build(mut self) -> Result<Schema, InvalidSchema> {
        let Some(default) = self.default.take() else {
            let schema = self.build();
            schema.check()?;
            return Ok(schema);
        };
        let bare = self.clone().build();
        bare.check()?;
        validate_value(None, &bare, &default)
            .map_err(|invalid| InvalidSchema(format!("Invalid default value: {invalid}")))?;
        self.default = Some(default);
        Ok(self.build())
    }

    /// The schema as it is. One that [`SchemaBuilder::try_build`] would refuse is refused when it is written.
    pub fn build(self) -> Schema {
        let k = u32::from(self.ty.code());
        match builtin(2 * k + u32::from(self.optional)) {
            Some(constant) if self.is_plain() => constant.clone(),
            _ => self.node(0),
        }
    }

    /// A constant of the format; only for the table of them.
    pub(super) fn plain(mut self, optional: bool) -> Schema {
        self.optional = optional;
        let id = 2 * u32::from(self.ty.code()) + u32::from(optional);
        self.node(id)
    }

    pub(super) fn set_optional(&mut self, optional: bool) {
        self.optional = optional;
    }

    fn is_plain(&self) -> bool {
        self.ty.is_primitive()
            && self.name.is_none()
            && self.version.is_none()
            && self.doc.is_none()
            && self.parameters.is_empty()
            && self.default.is_none()
    }

    fn node(self, builtin: u32) -> Schema {
        let children = || self.fields.iter().map(|field| &field.schema).chain(&self.key).chain(&self.value);
        let depth = children().map(Schema::depth).max().unwrap_or(0).saturating_add(1);
        let nodes = children().fold(1, |sum: u32, child| sum.saturating_add(child.nodes()));
        let derived = Derived { builtin, depth, nodes, by_name: by_name(&self.fields), layout: layout(&self.fields) };
        Schema(Arc::new(Node {
            ty: self.ty,
            optional: self.optional,
            name: self.name,
            version: self.version,
            doc: self.doc,
            parameters: self.parameters,
            default: self.default,
            fields: self.fields,
            key: self.key,
            value: self.value,
            derived,
        }))
    }
}

impl From<&Schema> for SchemaBuilder {
    /// A builder that starts as a copy.
    fn from(schema: &Schema) -> Self {
        let node = &*schema.0;
        SchemaBuilder {
            ty: node.ty,
            optional: node.optional,
            name: node.name.clone(),
            version: node.version,
            doc: node.doc.clone(),
            parameters: node.parameters.clone(),
            default: node.default.clone(),
            fields: node.fields.clone(),
            key: node.key.clone(),
            value: node.value.clone(),
        }
    }
}

fn by_name(fields: &[Field]) -> Vec<u32> {
    if fields.len() <= FEW_FIELDS {
        return Vec::new();
    }
    let mut sorted: Vec<u32> = (0..fields.len() as u32).collect();
    sorted.sort_by(|&a, &b| fields[a as usize].name.cmp(&fields[b as usize].name));
    sorted
}

fn layout(fields: &[Field]) -> Layout {
    let mut layout = Layout { fixed: fields.len().div_ceil(8), ..Layout::default() };
    for field in fields {
        let ty = field.schema.ty();
        let (width, in_place) = ty.slot();
        let at = layout.fixed as u32;
        layout.slots.push(SlotLayout { at, ty });
        if !in_place {
            layout.variable.push(at);
        }
        layout.fixed += width;
    }
    layout
}
