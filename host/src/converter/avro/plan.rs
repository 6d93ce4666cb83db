//! Connect's schema of an Avro schema (`AvroData.toConnectSchema`), and with it how values are read.

use serde_json::Value as Json;
use wasm_connect_batch::{Limits, Schema, SchemaBuilder, Struct, Type, Value, logical};

use super::Options;
use super::definition::is_union;
use super::names;
use super::schema::{AvroSchema, Body, Field, Kind, NamedType, Node};
use crate::converter::ConvertError;

/// How values of one type are read.
pub(super) enum Plan {
    Boolean,
    Int,
    Int8,
    Int16,
    Long,
    Float,
    Double,
    String,
    Bytes,
    /// Unscaled, of any length but zero.
    Decimal,
    Fixed(usize),
    Enum(Vec<String>),
    Array(Box<Plan>),
    Map(Box<Plan>),
    /// An array of pairs.
    Entries(Box<Plan>, Box<Plan>),
    Record(Vec<Plan>),
    /// Null or another type.
    Optional {
        null: usize,
        value: Box<Plan>,
    },
    /// A union of one type.
    Only(Box<Plan>),
    /// A field for each type but null.
    Union(Vec<Option<(usize, Plan)>>),
}

/// Reads the schema of a message; `version` is the registry's.
pub(super) fn plan(avro: &AvroSchema, options: &Options, version: Option<i32>) -> Result<(Schema, Plan), ConvertError> {
    Planner { avro, options, open: Vec::new() }.node(&avro.root, &Place { version, ..Place::default() })
}

struct Planner<'a> {
    avro: &'a AvroSchema,
    options: &'a Options,
    /// The named types that are being read.
    open: Vec<usize>,
}

/// What the place of a type adds to its schema.
#[derive(Clone, Copy, Default)]
struct Place<'a> {
    optional: bool,
    default: Option<&'a Json>,
    doc: Option<&'a str>,
    version: Option<i32>,
    depth: u16,
}

fn failed<T>(why: impl Into<String>) -> Result<T, ConvertError> {
    Err(ConvertError(why.into()))
}

impl Planner<'_> {
    fn node(&mut self, node: &Node, place: &Place<'_>) -> Result<(Schema, Plan), ConvertError> {
        if place.depth >= Limits::DEPTH {
            return failed(format!("schema is nested deeper than {}", Limits::DEPTH));
        }
        let inner = Place { depth: place.depth + 1, ..Place::default() };
        let properties = self.avro.properties(node)?;
        let logical_type = properties.get(names::LOGICAL_TYPE).and_then(Json::as_str);
        let (builder, plan) = match &node.kind {
            Kind::Null => return failed("Standalone null schemas are not supported by this converter"),
            Kind::Boolean => (Schema::boolean(), Plan::Boolean),
            Kind::Int => self.int(node, logical_type)?,
            Kind::Long if logical_type == Some("timestamp-millis") => (logical::timestamp(), Plan::Long),
            Kind::Long => (Schema::int64(), Plan::Long),
            Kind::Float => (Schema::float32(), Plan::Float),
            Kind::Double => (Schema::float64(), Plan::Double),
            Kind::String => (Schema::string(), Plan::String),
            Kind::Bytes if logical_type == Some("decimal") => (self.decimal(node)?, Plan::Decimal),
            Kind::Bytes => (Schema::bytes(), Plan::Bytes),
            Kind::Array(items) => self.array(items, &inner)?,
            Kind::Map(values) => {
                let (schema, values) = self.node(values, &inner)?;
                (Schema::map(Schema::string().build(), schema), Plan::Map(Box::new(values)))
            }
            Kind::Union(members) => {
                if let Some(flat) = self.flat_union(members, place)? {
                    return Ok(flat);
                }
                self.union(members, &inner)?
            }
            Kind::Named(index) => {
                if self.open.contains(index) {
                    let name = self.avro.type_name(node);
                    return failed(format!("{name} contains itself, and Connect's schemas here cannot"));
                }
                self.open.push(*index);
                let named = self.named(node, self.avro.named(*index)?, logical_type, &inner);
                self.open.pop();
                named?
            }
        };
        let schema = self.finish(builder, node, place)?;
        Ok((schema, plan))
    }

    fn int(&self, node: &Node, logical_type: Option<&str>) -> Result<(SchemaBuilder, Plan), ConvertError> {
        let connect_type = node.properties.get(names::CONNECT_TYPE).and_then(Json::as_str);
        Ok(match (logical_type, connect_type) {
            (Some("date"), _) => (logical::date(), Plan::Int),
            (Some("time-millis"), _) => (logical::time(), Plan::Int),
            (Some(_), _) | (None, None) => (Schema::int32(), Plan::Int),
            (None, Some("int8")) => (Schema::int8(), Plan::Int8),
            (None, Some("int16")) => (Schema::int16(), Plan::Int16),
            (None, Some(_)) => return failed("Connect type annotation for Avro int field is null"),
        })
    }

    fn decimal(&self, node: &Node) -> Result<SchemaBuilder, ConvertError> {
        let properties = self.avro.properties(node)?;
        let scale = properties.get("scale").and_then(Json::as_i64).and_then(|scale| i32::try_from(scale).ok());
        let builder = logical::decimal(scale.unwrap_or(0));
        match properties.get("precision") {
            None => Ok(builder),
            Some(precision) => match precision.as_i64() {
                Some(names::DEFAULT_PRECISION) => Ok(builder),
                Some(precision) => Ok(builder.parameter(names::DECIMAL_PRECISION, precision.to_string())),
                None => failed(
                    "precision property must be a JSON Integer. https://avro.apache.org/docs/1.9.1/spec.html#Decimal",
                ),
            },
        }
    }

    fn array(&mut self, items: &Node, inner: &Place<'_>) -> Result<(SchemaBuilder, Plan), ConvertError> {
        if let Kind::Named(index) = items.kind {
            let named = self.avro.named(index)?;
            let internal = named.properties.get(names::CONNECT_INTERNAL_TYPE).and_then(Json::as_str);
            if let Body::Record(fields) = &named.body
                && (named.full_name == names::MAP_ENTRY_FULL_NAME || internal == Some(names::MAP_ENTRY))
            {
                return self.entries(index, fields, inner);
            }
        }
        let (schema, items) = self.node(items, inner)?;
        Ok((Schema::array(schema), Plan::Array(Box::new(items))))
    }

    /// A map whose keys are no strings.
    fn entries(
        &mut self,
        index: usize,
        fields: &[Field],
        inner: &Place<'_>,
    ) -> Result<(SchemaBuilder, Plan), ConvertError> {
        let [key, value] = fields else {
            return failed(
                "Found map encoded as array of key-value pairs, but array elements do not match the expected format.",
            );
        };
        if key.name != "key" || value.name != "value" || self.open.contains(&index) {
            return failed(
                "Found map encoded as array of key-value pairs, but array elements do not match the expected format.",
            );
        }
        self.open.push(index);
        let key = self.node(&key.node, inner);
        let value = self.node(&value.node, inner);
        self.open.pop();
        let ((key_schema, key), (value_schema, value)) = (key?, value?);
        Ok((Schema::map(key_schema, value_schema), Plan::Entries(Box::new(key), Box::new(value))))
    }

    /// A union that is an optional type, or a single one; none: it is neither.
    fn flat_union(&mut self, members: &[Node], place: &Place<'_>) -> Result<Option<(Schema, Plan)>, ConvertError> {
        // Java, too, leaves out the default of the place: it was that of the first member.
        let place = |optional| Place { optional, doc: place.doc, depth: place.depth + 1, ..Place::default() };
        match members {
            [only] if self.options.flatten_singleton_unions && !only.is_null() => {
                let (schema, plan) = self.node(only, &place(false))?;
                Ok(Some((schema, Plan::Only(Box::new(plan)))))
            }
            [null, value] if null.is_null() && !value.is_null() => {
                let (schema, plan) = self.node(value, &place(true))?;
                Ok(Some((schema, Plan::Optional { null: 0, value: Box::new(plan) })))
            }
            [value, null] if null.is_null() && !value.is_null() => {
                let (schema, plan) = self.node(value, &place(true))?;
                Ok(Some((schema, Plan::Optional { null: 1, value: Box::new(plan) })))
            }
            _ => Ok(None),
        }
    }

    fn union(&mut self, members: &[Node], inner: &Place<'_>) -> Result<(SchemaBuilder, Plan), ConvertError> {
        let mut builder = Schema::structure().name(names::UNION);
        let mut plans = Vec::new();
        let mut field_names: Vec<String> = Vec::new();
        for member in members {
            if member.is_null() {
                builder = builder.optional();
                plans.push(None);
                continue;
            }
            let name = self.member_name(member);
            if field_names.contains(&name) {
                return failed("Multiple union schemas map to the Connect union field name");
            }
            let (schema, plan) = self.node(member, &Place { optional: true, ..*inner })?;
            plans.push(Some((field_names.len(), plan)));
            builder = builder.field(name.as_str(), schema);
            field_names.push(name);
        }
        Ok((builder, Plan::Union(plans)))
    }

    /// The field of a union's member.
    fn member_name(&self, member: &Node) -> String {
        member_name(self.avro, member, self.options)
    }

    fn named(
        &mut self,
        node: &Node,
        named: &NamedType,
        logical_type: Option<&str>,
        inner: &Place<'_>,
    ) -> Result<(SchemaBuilder, Plan), ConvertError> {
        let keep_docs = !self.options.discard_type_doc_default && self.options.connect_meta_data;
        match &named.body {
            Body::Fixed(size) => {
                let builder = if logical_type == Some("decimal") { self.decimal(node)? } else { Schema::bytes() };
                Ok((builder.parameter(names::FIXED_SIZE, size.to_string()), Plan::Fixed(*size)))
            }
            Body::Enum { symbols, default } => {
                let mut builder = Schema::string();
                let simple = names::simple(&named.full_name);
                if let Some(doc) = named.doc.as_ref().filter(|_| self.options.connect_meta_data) {
                    let key = match self.options.discard_type_doc_default {
                        true => names::CONNECT_ENUM_DOC.to_owned(),
                        false => format!("{}{simple}", names::ENUM_DOC),
                    };
                    builder = builder.parameter(key, doc);
                }
                if let Some(default) = default.as_ref().filter(|_| keep_docs) {
                    builder = builder.parameter(format!("{}{simple}", names::ENUM_DEFAULT), default);
                }
                builder = builder.parameter(names::ENUM, &named.full_name);
                for symbol in symbols {
                    builder = builder.parameter(format!("{}.{symbol}", names::ENUM), symbol);
                }
                Ok((builder, Plan::Enum(symbols.clone())))
            }
            Body::Record(fields) => {
                let mut builder = Schema::structure();
                if let Some(doc) = named.doc.as_ref().filter(|_| keep_docs) {
                    builder = builder.parameter(names::RECORD_DOC, doc);
                }
                let mut plans = Vec::new();
                for field in fields {
                    if let Some(doc) = field.doc.as_ref().filter(|_| keep_docs) {
                        builder = builder.parameter(format!("{}{}", names::FIELD_DOC, field.name), doc);
                    }
                    let place = Place { default: field.default.as_ref(), doc: field.doc.as_deref(), ..*inner };
                    let (schema, plan) = self.node(&field.node, &place)?;
                    plans.push(plan);
                    builder = builder.field(field.name.as_str(), self.with_parameters(schema, field)?);
                }
                Ok((builder, Plan::Record(plans)))
            }
        }
    }

    /// A field may have parameters of its own, when its type is defined elsewhere.
    fn with_parameters(&self, schema: Schema, field: &Field) -> Result<Schema, ConvertError> {
        let Some(Json::Object(parameters)) = field.properties.get(names::CONNECT_PARAMETERS) else { return Ok(schema) };
        if !self.options.connect_meta_data {
            return Ok(schema);
        }
        let mut builder = SchemaBuilder::from(&schema);
        for (key, value) in parameters {
            builder = builder.parameter(key, text(value));
        }
        Ok(builder.try_build()?)
    }

    /// Adds what the properties and the place say.
    fn finish(&self, mut builder: SchemaBuilder, node: &Node, place: &Place<'_>) -> Result<Schema, ConvertError> {
        let properties = self.avro.properties(node)?;
        let named = match node.kind {
            Kind::Named(index) => Some(self.avro.named(index)?),
            _ => None,
        };
        let doc = properties.get(names::CONNECT_DOC).and_then(Json::as_str);
        let type_doc = named.and_then(|named| named.doc.as_deref());
        if self.options.discard_type_doc_default {
            if let Some(doc) = place.doc.or(type_doc).or(doc) {
                builder = builder.doc(doc);
            }
            if let Some(doc) = type_doc.filter(|_| self.options.connect_meta_data) {
                builder = builder.parameter(names::CONNECT_RECORD_DOC, doc);
            }
        } else if let Some(doc) = doc.filter(|_| self.options.connect_meta_data) {
            builder = builder.doc(doc);
        }
        let plain = builder.clone().try_build()?;
        builder = self.version(builder, &plain, properties.get(names::CONNECT_VERSION), place.version)?;
        if let Some(parameters) = properties.get(names::CONNECT_PARAMETERS).filter(|_| self.options.connect_meta_data) {
            let Json::Object(parameters) = parameters else {
                return failed(format!("Expected JSON object for schema parameters but found: {parameters}"));
            };
            for (key, value) in parameters {
                let Json::String(value) = value else {
                    return failed(format!("Expected schema parameter values to be strings but found: {value}"));
                };
                builder = builder.parameter(key, value);
            }
        }
        for (key, value) in properties.iter().filter(|(key, _)| key.starts_with(names::AVRO)) {
            builder = builder.parameter(key, text(value));
        }
        let connect_default = properties.get(names::CONNECT_DEFAULT);
        if place.default.is_some_and(|default| !default.is_null())
            && connect_default.is_none()
            && self.options.connect_meta_data
            && !self.options.discard_type_doc_default
        {
            builder = builder.parameter(names::FIELD_DEFAULT, "true");
        }
        builder = self.name(builder, &plain, properties.get(names::CONNECT_NAME), named)?;
        if place.optional {
            builder = builder.optional();
        }
        if let Some(default) = place.default.or(connect_default).filter(|default| !default.is_null()) {
            let bare = builder.clone().try_build()?;
            match self.default(&bare, node, default) {
                Some(value) => match builder.clone().default_value(value).try_build() {
                    Ok(schema) => return Ok(schema),
                    Err(error) => tracing::warn!("Ignoring invalid default for schema {bare}: {error}"),
                },
                None => tracing::warn!("Ignoring invalid default for schema {bare}: {default}"),
            }
        }
        Ok(builder.try_build()?)
    }

    fn version(
        &self,
        builder: SchemaBuilder,
        plain: &Schema,
        own: Option<&Json>,
        registered: Option<i32>,
    ) -> Result<SchemaBuilder, ConvertError> {
        let version = match own {
            Some(version) => match version.as_i64().and_then(|version| i32::try_from(version).ok()) {
                Some(version) => Some(version),
                None => return failed(format!("Invalid Connect version found: {version}")),
            },
            None => registered,
        };
        match (plain.version(), version.filter(|version| *version >= 0)) {
            (Some(has), Some(version)) if has != version => failed(format!(
                "Mismatched versions: version already added to SchemaBuilder ({has}) differs from version in source schema ({version})"
            )),
            (None, Some(version)) => Ok(builder.version(version)),
            _ => Ok(builder),
        }
    }

    fn name(
        &self,
        builder: SchemaBuilder,
        plain: &Schema,
        own: Option<&Json>,
        named: Option<&NamedType>,
    ) -> Result<SchemaBuilder, ConvertError> {
        let name = match (own, named) {
            (Some(Json::String(name)), _) => Some(name.as_str()),
            (Some(other), _) => return failed(format!("Invalid schema name: {other}")),
            // The name of a fixed that is a decimal counts for nothing.
            (None, Some(named)) if plain.name() != Some(logical::DECIMAL) => Some(named.full_name.as_str()),
            (None, _) => None,
        };
        match (plain.name(), name.filter(|name| !name.starts_with(names::DEFAULT_FULL_NAME))) {
            (Some(has), Some(name)) if has != name => failed(format!(
                "Mismatched names: name already added to SchemaBuilder ({has}) differs from name in source schema ({name})"
            )),
            (None, Some(name)) => Ok(builder.name(name)),
            _ => Ok(builder),
        }
    }

    /// A default as a value; none: it is no value of the schema.
    fn default(&self, schema: &Schema, node: &Node, json: &Json) -> Option<Value> {
        if json.is_null() {
            return schema.is_optional().then_some(Value::Null);
        }
        let named = match node.kind {
            Kind::Named(index) => Some(self.avro.named(index).ok()?),
            _ => None,
        };
        Some(match schema.ty() {
            Type::Int8 => Value::Int8(json.as_i64()? as i8),
            Type::Int16 => Value::Int16(json.as_i64()? as i16),
            Type::Int32 => Value::Int32(json.as_i64()?.try_into().ok()?),
            Type::Int64 => Value::Int64(json.as_i64()?),
            Type::Float32 => Value::Float32(json.as_f64()? as f32),
            Type::Float64 => Value::Float64(json.as_f64()?),
            Type::Boolean => Value::Boolean(json.as_bool()?),
            Type::String => Value::String(json.as_str()?.to_owned()),
            // Each character is a byte.
            Type::Bytes => Value::Bytes(json.as_str()?.chars().map(|c| u8::try_from(c).ok()).collect::<Option<_>>()?),
            Type::Array => {
                let Kind::Array(items) = &node.kind else { return None };
                let item = |json| self.default(schema.value_schema()?, inner(items), json);
                Value::Array(json.as_array()?.iter().map(item).collect::<Option<_>>()?)
            }
            Type::Map => {
                let Kind::Map(values) = &node.kind else { return None };
                let entry = |(key, json): (&String, &Json)| {
                    let value = self.default(schema.value_schema()?, inner(values), json)?;
                    Some((Value::String(key.clone()), value))
                };
                Value::Map(json.as_object()?.iter().map(entry).collect::<Option<_>>()?)
            }
            Type::Struct if is_union(schema) => {
                let Kind::Union(members) = &node.kind else { return None };
                let first = members.first()?;
                let field = schema.fields().first()?;
                let mut values = vec![Value::Null; schema.fields().len()];
                *values.first_mut()? = self.default(&field.schema, first, json)?;
                Value::Struct(Struct::from_values(schema.clone(), values).ok()?)
            }
            Type::Struct => {
                let Some(NamedType { body: Body::Record(fields), .. }) = named else { return None };
                let value = |(field, of): (&wasm_connect_batch::Field, &Field)| match json.get(&of.name) {
                    Some(json) => self.default(&field.schema, inner(&of.node), json),
                    None => field.schema.default_value().cloned().or(field.schema.is_optional().then_some(Value::Null)),
                };
                let values = schema.fields().iter().zip(fields).map(value).collect::<Option<_>>()?;
                Value::Struct(Struct::from_values(schema.clone(), values).ok()?)
            }
        })
    }
}

/// The type that an optional one is about.
fn inner(node: &Node) -> &Node {
    match &node.kind {
        Kind::Union(members) if members.len() <= 2 => members.iter().find(|member| !member.is_null()).unwrap_or(node),
        _ => node,
    }
}

/// The field that a union's member has in Connect (`unionMemberFieldName`).
pub(super) fn member_name(avro: &AvroSchema, member: &Node, options: &Options) -> String {
    let name = avro.type_name(member);
    match (&member.kind, options.enhanced) {
        (Kind::Named(_), false) => names::split(names::simple(name), options.scrub).1,
        _ => name.to_owned(),
    }
}

/// A property's value as Java's `toString` shows it.
fn text(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}
