//! Connect's schema of a JSON Schema (`JsonSchemaData.toConnectSchema`).

use std::collections::HashMap;

use serde_json::{Map, Value as Json};
use wasm_connect_batch::{Limits, Schema, SchemaBuilder, Value};

use super::{
    CONNECT_INDEX, CONNECT_PARAMETERS, CONNECT_TYPE, CONNECT_VERSION, ENUM, NULL_MARKER, ONE_OF, Options, read,
};
use crate::converter::ConvertError;
use crate::converter::json::tree::Tree;
use crate::converter::schema_registry::RegisteredSchema;

/// The schema of a registered one; none: it allows everything.
pub(super) fn schema(
    registered: &RegisteredSchema,
    options: &Options,
    version: Option<i32>,
) -> Result<Option<Schema>, ConvertError> {
    let json = |text: &str| {
        serde_json::from_str::<Json>(text).map_err(|error| ConvertError(format!("the schema is no JSON: {error}")))
    };
    let root = json(&registered.text)?;
    let mut documents = Vec::new();
    for (name, text) in &registered.references {
        documents.push((name.clone(), json(text)?));
    }
    let by_name: HashMap<&str, &Json> = documents
        .iter()
        .flat_map(|(name, document)| {
            let id = ["$id", "id"].into_iter().find_map(|key| document.get(key)?.as_str());
            [Some(name.as_str()), id].into_iter().flatten().map(move |name| (name, document))
        })
        .collect();
    if allows_everything(&root) {
        return Ok(None);
    }
    let reader = SchemaReader { options, documents: by_name };
    reader.node(&root, &Place { document: &root, version, optional: false, depth: 0 }).map(Some)
}

struct SchemaReader<'a> {
    options: &'a Options,
    /// What may be referred to, by its names.
    documents: HashMap<&'a str, &'a Json>,
}

/// Where a schema stands.
#[derive(Clone, Copy)]
struct Place<'a> {
    /// What references that begin with `#` look into.
    document: &'a Json,
    version: Option<i32>,
    optional: bool,
    depth: u16,
}

impl<'a> Place<'a> {
    fn inner(self, optional: bool) -> Self {
        Place { version: None, optional, depth: self.depth + 1, ..self }
    }
}

fn failed<T>(why: impl Into<String>) -> Result<T, ConvertError> {
    Err(ConvertError(why.into()))
}

/// Whether nothing is said about values.
fn allows_everything(json: &Json) -> bool {
    const SAYS: [&str; 10] =
        ["$ref", "type", "properties", "items", "enum", "const", "oneOf", "anyOf", "allOf", "additionalProperties"];
    match json {
        Json::Bool(all) => *all,
        Json::Object(object) => !SAYS.iter().any(|key| object.contains_key(*key)),
        _ => false,
    }
}

fn is_null(json: &Json) -> bool {
    json.get("type").and_then(Json::as_str) == Some("null")
}

impl<'a> SchemaReader<'a> {
    fn node(&self, json: &'a Json, place: &Place<'a>) -> Result<Schema, ConvertError> {
        if place.depth > Limits::DEPTH {
            return failed(format!("schema contains itself, or is nested deeper than {}", Limits::DEPTH));
        }
        if allows_everything(json) {
            return failed("a schema that allows everything can only be a whole one");
        }
        let Json::Object(object) = json else { return failed(format!("no schema: {}", shown(json))) };
        if let Some(reference) = object.get("$ref").and_then(Json::as_str) {
            let (document, target) = self.resolve(reference, place)?;
            return self.node(target, &Place { document, depth: place.depth + 1, ..*place });
        }
        for key in ["oneOf", "anyOf"] {
            if let Some(Json::Array(members)) = object.get(key) {
                return self.combined(object, members, place);
            }
        }
        if let Some(Json::Array(members)) = object.get("allOf") {
            return self.all_of(object, members, place);
        }
        let builder = match object.get("type") {
            Some(Json::Array(types)) => return self.types(json, object, types, place),
            Some(Json::String(ty)) => self.typed(ty, object, place)?,
            Some(other) => return failed(format!("Unsupported type {other}")),
            None if object.contains_key("properties") || object.contains_key("additionalProperties") => {
                self.typed("object", object, place)?
            }
            None if object.contains_key("items") => self.typed("array", object, place)?,
            None => self.typed("string", object, place)?,
        };
        finish(builder, object, place)
    }

    fn typed(&self, ty: &str, object: &'a Map<String, Json>, place: &Place<'a>) -> Result<SchemaBuilder, ConvertError> {
        let connect_type = object.get(CONNECT_TYPE).and_then(Json::as_str);
        let symbols = match (object.get("enum"), object.get("const")) {
            (Some(Json::Array(symbols)), _) => symbols.as_slice(),
            // The text may be any: a constant string is a string.
            (_, Some(constant)) if !object.contains_key("type") => std::slice::from_ref(constant),
            _ => &[],
        };
        Ok(match (ty, connect_type) {
            ("boolean", _) => Schema::boolean(),
            ("integer" | "number", Some("int8")) => Schema::int8(),
            ("integer" | "number", Some("int16")) => Schema::int16(),
            ("integer" | "number", Some("int32")) => Schema::int32(),
            ("integer" | "number", Some("int64")) => Schema::int64(),
            ("integer" | "number", Some("float32")) => Schema::float32(),
            ("integer" | "number", Some("float64")) => Schema::float64(),
            ("integer" | "number", Some("bytes")) => Schema::bytes(),
            ("integer" | "number", Some(other)) => return failed(format!("Unsupported type {other}")),
            ("integer", None) => Schema::int64(),
            ("number", None) => Schema::float64(),
            ("string", Some("bytes")) => Schema::bytes(),
            ("string", _) if !symbols.is_empty() => enumeration(symbols),
            ("string", _) => Schema::string(),
            ("array", connect_type) => {
                let Some(items) = object.get("items") else {
                    return failed("Array schema did not specify the items type");
                };
                match (connect_type, items.get("properties")) {
                    (Some("map"), Some(properties)) => {
                        let of = |name| match properties.get(name) {
                            Some(schema) => self.node(schema, &place.inner(false)),
                            None => failed("a map's entries have no key or no value"),
                        };
                        Schema::map(of("key")?, of("value")?)
                    }
                    _ => Schema::array(self.node(items, &place.inner(false))?),
                }
            }
            ("object", Some("map")) => {
                let Some(values) = object.get("additionalProperties") else {
                    return failed("a map says nothing of its values");
                };
                Schema::map(Schema::string().build(), self.node(values, &place.inner(false))?)
            }
            ("object", _) => self.structure(object, place)?,
            ("null", _) => return failed("Standalone null schemas are not supported by this converter"),
            (other, _) => return failed(format!("Unsupported type {other}")),
        })
    }

    /// Fields in the order of their indexes; those without one stand where they are.
    fn structure(&self, object: &'a Map<String, Json>, place: &Place<'a>) -> Result<SchemaBuilder, ConvertError> {
        let properties = object.get("properties").and_then(Json::as_object);
        let mut sorted: Vec<_> = properties
            .into_iter()
            .flatten()
            .enumerate()
            .map(|(at, (name, schema))| {
                (schema.get(CONNECT_INDEX).and_then(Json::as_u64).unwrap_or(at as u64), name, schema)
            })
            .collect();
        sorted.sort_by_key(|(index, ..)| *index);
        let required = |name: &str| match object.get("required") {
            Some(Json::Array(names)) => names.iter().any(|known| known.as_str() == Some(name)),
            _ => false,
        };
        let mut builder = Schema::structure();
        for (_, name, schema) in sorted {
            let optional = self.options.optional_for_non_required && !required(name);
            let field = self.node(schema, &place.inner(optional));
            let field = field.map_err(|ConvertError(why)| ConvertError(format!("field {name}: {why}")))?;
            builder = builder.field(name.as_str(), field);
        }
        Ok(builder)
    }

    /// One of several types: an optional one, or a struct with a field for each.
    fn combined(
        &self,
        object: &'a Map<String, Json>,
        members: &'a [Json],
        place: &Place<'a>,
    ) -> Result<Schema, ConvertError> {
        match members {
            [only] if self.options.flatten_singleton_unions => {
                return self.node(only, &Place { depth: place.depth + 1, ..*place });
            }
            [null, one] | [one, null] if is_null(null) && !is_null(one) => {
                return self.node(one, &Place { optional: true, depth: place.depth + 1, ..*place });
            }
            _ => {}
        }
        let mut builder = Schema::structure().name(ONE_OF);
        for (i, member) in members.iter().filter(|member| !is_null(member)).enumerate() {
            builder = builder.field(format!("{ONE_OF}.field.{i}"), self.node(member, &place.inner(true))?);
        }
        if members.iter().any(is_null) {
            builder = builder.optional();
        }
        finish(builder, object, place)
    }

    /// Several types by their names, in one schema.
    fn types(
        &self,
        json: &'a Json,
        object: &'a Map<String, Json>,
        types: &'a [Json],
        place: &Place<'a>,
    ) -> Result<Schema, ConvertError> {
        let names: Vec<&str> = types.iter().filter_map(Json::as_str).collect();
        let has_null = names.contains(&"null");
        let others: Vec<&str> = names.into_iter().filter(|name| *name != "null").collect();
        match others.as_slice() {
            [] => failed(format!("Unsupported type {}", shown(json))),
            [one] => {
                let place = Place { optional: place.optional || has_null, ..*place };
                finish(self.typed(one, object, &place)?, object, &place)
            }
            several => {
                let mut builder = Schema::structure().name(ONE_OF);
                for (i, ty) in several.iter().enumerate() {
                    let member = self.typed(ty, object, place)?.optional().try_build()?;
                    builder = builder.field(format!("{ONE_OF}.field.{i}"), member);
                }
                finish(if has_null { builder.optional() } else { builder }, object, place)
            }
        }
    }

    /// All of several schemas: their properties together, or the one that says what the type is.
    fn all_of(
        &self,
        object: &'a Map<String, Json>,
        members: &'a [Json],
        place: &Place<'a>,
    ) -> Result<Schema, ConvertError> {
        let mut fields = Vec::new();
        self.collect(object, members, place, &mut fields)?;
        if fields.is_empty() {
            let says = members.iter().find(|member| !allows_everything(member));
            return match says {
                Some(member) => self.node(member, &Place { depth: place.depth + 1, ..*place }),
                None => failed("Unsupported criterion allOf"),
            };
        }
        let mut builder = Schema::structure();
        for (name, schema, document, required) in fields {
            let optional = self.options.optional_for_non_required && !required;
            let field = self.node(schema, &Place { document, ..place.inner(optional) })?;
            builder = builder.field(name.as_str(), field);
        }
        finish(builder, object, place)
    }

    /// The properties of all members; of those with one name the last one counts.
    fn collect(
        &self,
        object: &'a Map<String, Json>,
        members: &'a [Json],
        place: &Place<'a>,
        fields: &mut Vec<(String, &'a Json, &'a Json, bool)>,
    ) -> Result<(), ConvertError> {
        if place.depth > Limits::DEPTH {
            return failed(format!("schema contains itself, or is nested deeper than {}", Limits::DEPTH));
        }
        let required = |name: &str| match object.get("required") {
            Some(Json::Array(names)) => names.iter().any(|known| known.as_str() == Some(name)),
            _ => false,
        };
        for (name, schema) in object.get("properties").and_then(Json::as_object).into_iter().flatten() {
            let field = (name.clone(), schema, place.document, required(name));
            match fields.iter_mut().find(|(known, ..)| known == name) {
                Some(known) => *known = field,
                None => fields.push(field),
            }
        }
        let inner = Place { depth: place.depth + 1, ..*place };
        for member in members {
            let (document, member) = match member.get("$ref").and_then(Json::as_str) {
                Some(reference) => self.resolve(reference, &inner)?,
                None => (inner.document, member),
            };
            if let Json::Object(object) = member {
                let members = object.get("allOf").and_then(Json::as_array).map(Vec::as_slice).unwrap_or_default();
                self.collect(object, members, &Place { document, ..inner }, fields)?;
            }
        }
        Ok(())
    }

    /// The document and the schema that a reference is about.
    fn resolve(&self, reference: &str, place: &Place<'a>) -> Result<(&'a Json, &'a Json), ConvertError> {
        let (name, pointer) = reference.split_once('#').unwrap_or((reference, ""));
        let document = match name {
            "" => Some(place.document),
            name => self.documents.get(name).copied(),
        };
        let found = document.and_then(|document| Some((document, document.pointer(pointer)?)));
        found.map_or_else(|| failed(format!("reference {reference} leads nowhere")), Ok)
    }
}

fn enumeration(symbols: &[Json]) -> SchemaBuilder {
    // The enumeration has no name.
    symbols.iter().fold(Schema::string().parameter(ENUM, ""), |builder, symbol| {
        let symbol = match symbol {
            Json::String(text) => text.clone(),
            Json::Null => NULL_MARKER.to_owned(),
            other => other.to_string(),
        };
        builder.parameter(format!("{ENUM}.{symbol}"), symbol)
    })
}

/// Adds what the schema says besides the type.
fn finish(mut builder: SchemaBuilder, object: &Map<String, Json>, place: &Place<'_>) -> Result<Schema, ConvertError> {
    let text = |key: &str| object.get(key).and_then(Json::as_str);
    if let Some(title) = text("title")
        && builder.clone().try_build()?.name().is_none()
    {
        builder = builder.name(title);
    }
    let version = object.get(CONNECT_VERSION).and_then(Json::as_i64).and_then(|version| i32::try_from(version).ok());
    if let Some(version) = version.or(place.version) {
        builder = builder.version(version);
    }
    if let Some(doc) = text("description") {
        builder = builder.doc(doc);
    }
    for (key, value) in object.get(CONNECT_PARAMETERS).and_then(Json::as_object).into_iter().flatten() {
        builder = builder.parameter(key, value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    }
    if place.optional {
        builder = builder.optional();
    }
    let schema = builder.clone().try_build()?;
    let Some(default) = object.get("default").filter(|default| !default.is_null()) else { return Ok(schema) };
    let default = default.to_string();
    let default = Tree::parse(default.as_bytes()).and_then(|tree| read::value(Some(&schema), Some(&tree)));
    match default {
        Ok(value) if value != Value::Null => match builder.default_value(value).try_build() {
            Ok(schema) => return Ok(schema),
            Err(error) => tracing::warn!("Ignoring invalid default for schema {schema}: {error}"),
        },
        Ok(_) => {}
        Err(error) => tracing::warn!("Ignoring invalid default for schema {schema}: {error}"),
    }
    Ok(schema)
}

/// The beginning of a schema, for messages.
fn shown(json: &Json) -> String {
    const CHARS: usize = 200;
    json.to_string().chars().take(CHARS).collect()
}
