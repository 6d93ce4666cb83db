//! Avro's schemas from their JSON, with the properties that Connect's mapping lives on.

use std::collections::HashMap;

use serde_json::{Map, Value as Json};

use crate::converter::ConvertError;

/// A schema with the named types that it mentions.
pub(super) struct AvroSchema {
    pub root: Node,
    types: Vec<NamedType>,
}

/// A place in a schema. Types with a name, which may be in several places, are looked up with [`AvroSchema::named`].
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub kind: Kind,
    /// What the specification does not know, and what logical types are made of.
    pub properties: Map<String, Json>,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    Null,
    Boolean,
    Int,
    Long,
    Float,
    Double,
    Bytes,
    String,
    Array(Box<Node>),
    Map(Box<Node>),
    Union(Vec<Node>),
    /// Which of the named types.
    Named(usize),
}

/// A record, an enumeration or a fixed number of bytes.
#[derive(Debug)]
pub(super) struct NamedType {
    pub full_name: String,
    pub doc: Option<String>,
    pub properties: Map<String, Json>,
    pub body: Body,
}

#[derive(Debug)]
pub(super) enum Body {
    Record(Vec<Field>),
    Enum {
        symbols: Vec<String>,
        default: Option<String>,
    },
    /// Bytes.
    Fixed(usize),
}

#[derive(Debug)]
pub(super) struct Field {
    pub name: String,
    pub doc: Option<String>,
    /// JSON null is a default, too.
    pub default: Option<Json>,
    pub node: Node,
    pub properties: Map<String, Json>,
}

/// Names of the specification, which are no properties.
const RESERVED: [&str; 11] =
    ["type", "name", "namespace", "doc", "fields", "symbols", "items", "values", "size", "aliases", "order"];

fn failed<T>(why: impl Into<String>) -> Result<T, ConvertError> {
    Err(ConvertError(why.into()))
}

// === impl AvroSchema ===

impl AvroSchema {
    /// Reads a schema; `references` are the ones that it mentions by name, each after those that it mentions itself.
    pub(super) fn parse(text: &str, references: &[(String, String)]) -> Result<Self, ConvertError> {
        let mut parser = Parser::default();
        for (name, text) in references {
            let read = json(text).and_then(|json| parser.node(&json, None));
            read.map_err(|ConvertError(why)| ConvertError(format!("referenced schema {name}: {why}")))?;
        }
        let root = parser.node(&json(text)?, None)?;
        let types = parser.types.into_iter().flatten().collect();
        Ok(AvroSchema { root, types })
    }

    /// The named type of a [`Kind::Named`].
    pub(super) fn named(&self, index: usize) -> Result<&NamedType, ConvertError> {
        self.types.get(index).ok_or_else(|| ConvertError(format!("there is no named type {index}")))
    }

    /// The properties of a place, be they those of a named type.
    pub(super) fn properties<'a>(&'a self, node: &'a Node) -> Result<&'a Map<String, Json>, ConvertError> {
        match node.kind {
            Kind::Named(index) => Ok(&self.named(index)?.properties),
            _ => Ok(&node.properties),
        }
    }

    /// `Schema.getType().getName()`, or the name of a named type.
    pub(super) fn type_name(&self, node: &Node) -> &str {
        match &node.kind {
            Kind::Null => "null",
            Kind::Boolean => "boolean",
            Kind::Int => "int",
            Kind::Long => "long",
            Kind::Float => "float",
            Kind::Double => "double",
            Kind::Bytes => "bytes",
            Kind::String => "string",
            Kind::Array(_) => "array",
            Kind::Map(_) => "map",
            Kind::Union(_) => "union",
            Kind::Named(index) => self.types.get(*index).map_or("", |named| named.full_name.as_str()),
        }
    }

    /// The full name if the schema is a record's.
    pub(super) fn record_name(&self) -> Option<&str> {
        match self.root.kind {
            Kind::Named(index) => match self.types.get(index) {
                Some(NamedType { full_name, body: Body::Record(_), .. }) => Some(full_name),
                _ => None,
            },
            _ => None,
        }
    }
}

fn json(text: &str) -> Result<Json, ConvertError> {
    serde_json::from_str(text).or_else(|error| {
        // The name of a type alone is a schema, too.
        let is_name = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '.' || c == '_');
        if is_name { Ok(Json::String(text.to_owned())) } else { failed(format!("the schema is no JSON: {error}")) }
    })
}

impl Node {
    fn plain(kind: Kind) -> Self {
        Node { kind, properties: Map::new() }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }
}

// === parsing

/// The types that were named so far. One that is being read has its place already, so that it can mention itself.
#[derive(Default)]
struct Parser {
    names: HashMap<String, usize>,
    types: Vec<Option<NamedType>>,
}

impl Parser {
    /// serde_json bounds how deep a text is nested, and with it this.
    fn node(&mut self, json: &Json, namespace: Option<&str>) -> Result<Node, ConvertError> {
        match json {
            Json::String(name) => self.by_name(name, namespace),
            Json::Array(members) => {
                let members: Result<Vec<_>, _> = members.iter().map(|member| self.node(member, namespace)).collect();
                let members = members?;
                if members.iter().any(|member| matches!(member.kind, Kind::Union(_))) {
                    return failed("Nested union");
                }
                Ok(Node::plain(Kind::Union(members)))
            }
            Json::Object(object) => self.object(object, namespace),
            other => failed(format!("No type: {other}")),
        }
    }

    fn by_name(&self, name: &str, namespace: Option<&str>) -> Result<Node, ConvertError> {
        if let Some(kind) = primitive(name) {
            return Ok(Node::plain(kind));
        }
        let in_namespace = namespace.filter(|_| !name.contains('.')).map(|namespace| format!("{namespace}.{name}"));
        let found = in_namespace.and_then(|name| self.names.get(&name)).or_else(|| self.names.get(name));
        match found {
            Some(index) => Ok(Node::plain(Kind::Named(*index))),
            None => failed(format!("\"{name}\" is not a defined name")),
        }
    }

    fn object(&mut self, object: &Map<String, Json>, namespace: Option<&str>) -> Result<Node, ConvertError> {
        let child = |name: &str| object.get(name).map_or_else(|| failed(format!("No {name}: {}", shown(object))), Ok);
        let kind = match object.get("type") {
            Some(Json::String(ty)) => match ty.as_str() {
                "array" => Kind::Array(Box::new(self.node(child("items")?, namespace)?)),
                "map" => Kind::Map(Box::new(self.node(child("values")?, namespace)?)),
                "record" | "error" | "enum" | "fixed" => return self.definition(ty, object, namespace),
                name => self.by_name(name, namespace)?.kind,
            },
            Some(nested @ (Json::Object(_) | Json::Array(_))) => return self.node(nested, namespace),
            _ => return failed(format!("No type: {}", shown(object))),
        };
        Ok(Node { kind, properties: properties(object, &[]) })
    }

    fn definition(
        &mut self,
        ty: &str,
        object: &Map<String, Json>,
        namespace: Option<&str>,
    ) -> Result<Node, ConvertError> {
        let Some(name) = text(object, "name").filter(|name| !name.is_empty()) else {
            return failed(format!("No name in schema: {}", shown(object)));
        };
        let namespace = match name.rsplit_once('.') {
            Some((namespace, _)) => Some(namespace),
            None => text(object, "namespace").or(namespace),
        };
        let namespace = namespace.filter(|namespace| !namespace.is_empty());
        let name = name.rsplit('.').next().unwrap_or(name);
        let full_name = namespace.map_or_else(|| name.to_owned(), |namespace| format!("{namespace}.{name}"));
        let index = self.types.len();
        if self.names.insert(full_name.clone(), index).is_some() {
            return failed(format!("Can't redefine: {full_name}"));
        }
        self.types.push(None);
        let body = match ty {
            "enum" => {
                let symbols = list(object, "symbols")?.iter().map(|symbol| {
                    symbol
                        .as_str()
                        .map_or_else(|| failed(format!("Enum symbol is no string: {symbol}")), |s| Ok(s.to_owned()))
                });
                let default = text(object, "default").map(str::to_owned);
                Body::Enum { symbols: symbols.collect::<Result<_, _>>()?, default }
            }
            "fixed" => {
                let size = object.get("size").and_then(Json::as_u64).and_then(|size| usize::try_from(size).ok());
                Body::Fixed(size.map_or_else(|| failed(format!("Invalid or no size: {}", shown(object))), Ok)?)
            }
            _ => Body::Record(self.fields(object, namespace)?),
        };
        let more: &[&str] = if ty == "enum" { &["default"] } else { &[] };
        let doc = text(object, "doc").map(str::to_owned);
        let named = NamedType { full_name, doc, properties: properties(object, more), body };
        if let Some(place) = self.types.get_mut(index) {
            *place = Some(named);
        }
        Ok(Node::plain(Kind::Named(index)))
    }

    fn fields(&mut self, object: &Map<String, Json>, namespace: Option<&str>) -> Result<Vec<Field>, ConvertError> {
        let mut fields = Vec::new();
        for field in list(object, "fields")? {
            let Json::Object(field) = field else { return failed(format!("Not a field: {field}")) };
            let Some(name) = text(field, "name") else { return failed(format!("No field name: {}", shown(field))) };
            let Some(ty) = field.get("type") else { return failed(format!("No field type: {}", shown(field))) };
            fields.push(Field {
                name: name.to_owned(),
                doc: text(field, "doc").map(str::to_owned),
                default: field.get("default").cloned(),
                node: self.node(ty, namespace)?,
                properties: properties(field, &["default"]),
            });
        }
        Ok(fields)
    }
}

fn primitive(name: &str) -> Option<Kind> {
    Some(match name {
        "null" => Kind::Null,
        "boolean" => Kind::Boolean,
        "int" => Kind::Int,
        "long" => Kind::Long,
        "float" => Kind::Float,
        "double" => Kind::Double,
        "bytes" => Kind::Bytes,
        "string" => Kind::String,
        _ => return None,
    })
}

fn text<'a>(object: &'a Map<String, Json>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Json::as_str)
}

fn list<'a>(object: &'a Map<String, Json>, name: &str) -> Result<&'a [Json], ConvertError> {
    match object.get(name) {
        Some(Json::Array(items)) => Ok(items),
        _ => failed(format!("No {name}: {}", shown(object))),
    }
}

fn properties(object: &Map<String, Json>, more_reserved: &[&str]) -> Map<String, Json> {
    let is_property = |name: &&String| !RESERVED.contains(&name.as_str()) && !more_reserved.contains(&name.as_str());
    let kept = object.iter().filter(|(name, _)| is_property(name));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The beginning of a schema, for messages.
fn shown(object: &Map<String, Json>) -> String {
    const CHARS: usize = 200;
    let text = Json::Object(object.clone()).to_string();
    text.chars().take(CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(text: &str) -> String {
        AvroSchema::parse(text, &[]).err().unwrap().to_string()
    }

    #[test]
    fn names_are_looked_up_in_their_namespace_first() {
        let text = r#"{"type":"record","name":"a.b.R","fields":[
            {"name":"f","type":{"type":"fixed","name":"F","size":3}},
            {"name":"g","type":["null","F"]},{"name":"h","type":"a.b.F"},{"name":"r","type":["null","R"]},
            {"name":"o","type":{"type":"enum","name":"x.E","symbols":["A"],"default":"A","p":1}}]}"#;
        let schema = AvroSchema::parse(text, &[]).unwrap();
        assert_eq!(schema.record_name(), Some("a.b.R"));
        let names: Vec<_> = schema.types.iter().map(|named| named.full_name.as_str()).collect();
        assert_eq!(names, ["a.b.R", "a.b.F", "x.E"]);
        assert_eq!(schema.types[2].properties.get("p"), Some(&Json::from(1)));
    }

    #[test]
    fn references_are_known_by_their_names() {
        let references = [("r".to_owned(), r#"{"type":"record","name":"o.R","fields":[]}"#.to_owned())];
        let schema = AvroSchema::parse(r#"{"type":"array","items":"o.R"}"#, &references).unwrap();
        assert!(matches!(&schema.root.kind, Kind::Array(items) if schema.type_name(items) == "o.R"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, part) in [
            ("{", "the schema is no JSON"),
            ("oops", "\"oops\" is not a defined name"),
            ("17", "No type: 17"),
            (r#"{"type":"record","fields":[]}"#, "No name in schema"),
            (r#"{"type":"record","name":"R"}"#, "No fields"),
            (r#"{"type":"record","name":"R","fields":[{"name":"x"}]}"#, "No field type"),
            (r#"{"type":"fixed","name":"F","size":-1}"#, "Invalid or no size"),
            (r#"[{"type":"fixed","name":"F","size":1},{"type":"fixed","name":"F","size":1}]"#, "Can't redefine: F"),
            (r#"["null",["int"]]"#, "Nested union"),
        ] {
            assert!(wrong(text).contains(part), "{text}: {}", wrong(text));
        }
        let deep = format!("{}\"int\"{}", r#"{"type":"array","items":"#.repeat(10_000), "}".repeat(10_000));
        assert!(wrong(&deep).contains("recursion limit"));
    }
}
