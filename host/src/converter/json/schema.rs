//! Schemas from JSON (Java's `asConnectSchema`). This is rare, as schemas are cached, so it goes through a small tree.

use std::borrow::Cow;

use wasm_connect_batch::{InvalidSchema, Limits, Schema, SchemaBuilder, Type};

use super::reader::{Kind, Reader, SyntaxError};
use super::to_connect::{Conversion, parse_int};
use super::{Options, malformed};
use crate::converter::ConvertError;
use crate::converter::distinct::Distinct;

/// A schema takes two levels of JSON (its object and the array of a struct's fields); deeper text is no schema.
const MAX_DEPTH: u16 = 2 * Limits::DEPTH + 2;

/// Parameters of one schema: setting each looks through those before it.
const MAX_PARAMETERS: usize = 10_000;

/// A part of the text. Defaults are not taken apart before the schema around them is known.
struct Node<'a> {
    at: usize,
    content: Content<'a>,
}

enum Content<'a> {
    Null,
    Boolean(bool),
    Number(&'a str),
    String(Cow<'a, str>),
    Array(Vec<Node<'a>>),
    Object(Vec<(Cow<'a, str>, Node<'a>)>),
    /// Checked, but not taken apart: a default, or text that is nested too deep.
    Skipped,
}

impl From<InvalidSchema> for ConvertError {
    fn from(invalid: InvalidSchema) -> Self {
        ConvertError(invalid.to_string())
    }
}

/// The schema that `text`, a JSON value, describes; none for null.
///
/// # Errors
/// Java's texts.
pub(super) fn parse(text: &[u8], options: &Options) -> Result<Option<Schema>, ConvertError> {
    let mut reader = Reader::new(text);
    let node = Node::read(&mut reader).map_err(malformed)?;
    of_node(&node, &reader, options)
}

fn of_node(node: &Node<'_>, reader: &Reader<'_>, options: &Options) -> Result<Option<Schema>, ConvertError> {
    match node.content {
        Content::Null => return Ok(None),
        Content::Skipped => return Err(ConvertError(format!("schema is nested deeper than {}", Limits::DEPTH))),
        _ => {}
    }
    let Some(ty) = node.text("type") else {
        return Err(ConvertError("Schema must contain 'type' field".into()));
    };
    let mut builder = begin(ty, node, reader, options)?;
    if matches!(node.get("optional"), Some(Node { content: Content::Boolean(true), .. })) {
        builder = builder.optional();
    }
    if let Some(name) = node.text("name") {
        builder = builder.name(name);
    }
    if let Some(Node { content: Content::Number(number), .. }) = node.get("version")
        && let Some(version) = parse_int(number)
    {
        builder = builder.version(version);
    }
    if let Some(doc) = node.text("doc") {
        builder = builder.doc(doc);
    }
    if let Some(Node { content: Content::Object(parameters), .. }) = node.get("parameters") {
        if parameters.len() > MAX_PARAMETERS {
            return Err(ConvertError(format!("schema has more than {MAX_PARAMETERS} parameters")));
        }
        for (key, parameter) in parameters {
            let Content::String(parameter) = &parameter.content else {
                return Err(ConvertError("Schema parameters must have string values.".into()));
            };
            builder = builder.parameter(key.as_ref(), parameter.as_ref());
        }
    }
    if let Some(default) = node.get("default") {
        let bare = builder.clone().try_build()?;
        let mut reader = reader.of_value_at(default.at);
        let mut conversion =
            Conversion { reader: &mut reader, replace_null_with_default: options.replace_null_with_default };
        let value = conversion.convert(Some(&bare)).map_err(malformed)??;
        builder = builder.default_value(value.into_value(&bare)?);
    }
    Ok(Some(builder.try_build()?))
}

/// A builder of the type with its children.
fn begin(ty: &str, node: &Node<'_>, reader: &Reader<'_>, options: &Options) -> Result<SchemaBuilder, ConvertError> {
    let failed = |text: &str| Err(ConvertError(text.into()));
    let child = |node: &Node<'_>, name: &str| match of_node(node, reader, options)? {
        Some(schema) => Ok(schema),
        None => Err(ConvertError(format!("{name} cannot be null."))),
    };
    let ty = match ty {
        "array" => {
            return match node.get("items") {
                None | Some(Node { content: Content::Null, .. }) => {
                    failed("Array schema did not specify the element type")
                }
                Some(items) => Ok(Schema::array(child(items, "valueSchema")?)),
            };
        }
        "map" => {
            let Some(keys) = node.get("keys") else {
                return failed("Map schema did not specify the key type");
            };
            let Some(values) = node.get("values") else {
                return failed("Map schema did not specify the value type");
            };
            return Ok(Schema::map(child(keys, "keySchema")?, child(values, "valueSchema")?));
        }
        "struct" => {
            let Some(Node { content: Content::Array(fields), .. }) = node.get("fields") else {
                return failed("Struct schema's \"fields\" argument is not an array.");
            };
            let mut builder = Schema::structure();
            for field in fields {
                let Some(name) = field.text("field") else {
                    return failed("Struct schema's field name not specified properly");
                };
                builder = builder.field(name, child(field, "fieldSchema")?);
            }
            return Ok(builder);
        }
        "float" => Type::Float32,
        "double" => Type::Float64,
        _ => match Type::ALL.iter().find(|known| known.name() == ty && known.is_primitive()) {
            Some(Type::Float32 | Type::Float64) | None => return failed(&format!("Unknown schema type: {ty}")),
            Some(known) => *known,
        },
    };
    Ok(Schema::new(ty))
}

impl<'a> Node<'a> {
    fn read(reader: &mut Reader<'a>) -> Result<Node<'a>, SyntaxError> {
        let kind = reader.kind()?;
        let at = reader.position();
        let content = match kind {
            Kind::Missing => Content::Skipped,
            Kind::Null => {
                reader.null()?;
                Content::Null
            }
            Kind::Boolean => Content::Boolean(reader.boolean()?),
            Kind::Number => Content::Number(reader.number()?),
            Kind::String => Content::String(reader.string()?),
            Kind::Array | Kind::Object if reader.depth() >= MAX_DEPTH => {
                reader.skip()?;
                Content::Skipped
            }
            Kind::Array => {
                let mut items = Vec::new();
                reader.open_array()?;
                while reader.item(items.is_empty())? {
                    items.push(Node::read(reader)?);
                }
                Content::Array(items)
            }
            Kind::Object => Content::Object(Node::read_members(reader)?),
        };
        Ok(Node { at, content })
    }

    fn read_members(reader: &mut Reader<'a>) -> Result<Vec<(Cow<'a, str>, Node<'a>)>, SyntaxError> {
        let mut members = Distinct::new();
        let mut first = true;
        reader.open_object()?;
        while let Some(name) = reader.member(first)? {
            first = false;
            let node = if name == "default" {
                reader.kind()?;
                let at = reader.position();
                reader.skip()?;
                Node { at, content: Content::Skipped }
            } else {
                Node::read(reader)?
            };
            members.insert(name, node);
        }
        Ok(members.into_entries())
    }

    /// The member of that name; none if this is no object.
    fn get(&self, name: &str) -> Option<&Node<'a>> {
        match &self.content {
            Content::Object(members) => members.iter().find(|(known, _)| known == name).map(|(_, node)| node),
            _ => None,
        }
    }

    /// The member of that name if it is a string.
    fn text(&self, name: &str) -> Option<&str> {
        match self.get(name)? {
            Node { content: Content::String(text), .. } => Some(text),
            _ => None,
        }
    }
}
