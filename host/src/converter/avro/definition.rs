//! Avro's schema of a Connect schema (`AvroData.fromConnectSchema`).

use std::collections::HashMap;

use serde_json::{Map, Number, Value as Json, json};
use wasm_connect_batch::{Schema, Type, logical};

use super::Options;
use super::names::{self, check, split};
use crate::converter::ConvertError;
use crate::converter::schema_registry::Definition;
use crate::converter::view::{StructView, View};

/// The schema of schemaless values: each of nine fields is null but for the one of the value's type.
pub(super) const ANYTHING_TEXT: &str = r#"{"type":"record","name":"Anything","namespace":"io.confluent.connect.avro","fields":[{"name":"boolean","type":["null","boolean"],"default":null},{"name":"bytes","type":["null","bytes"],"default":null},{"name":"double","type":["null","double"],"default":null},{"name":"float","type":["null","float"],"default":null},{"name":"int","type":["null","int"],"default":null},{"name":"long","type":["null","long"],"default":null},{"name":"string","type":["null","string"],"default":null},{"name":"array","type":["null",{"type":"array","items":"Anything"}],"default":null},{"name":"map","type":["null",{"type":"array","items":{"type":"record","name":"MapEntry","fields":[{"name":"key","type":"Anything"},{"name":"value","type":"Anything"}]}}],"default":null}]}"#;

/// The schema as text, its members in the order in which Avro writes them.
pub(super) fn definition(schema: Option<&Schema>, options: &Options) -> Result<Definition, ConvertError> {
    let Some(schema) = schema else {
        return Ok(Definition { text: ANYTHING_TEXT.to_owned(), record: Some(names::ANYTHING.to_owned()) });
    };
    let mut writer = DefinitionWriter { options, named: HashMap::new(), unnamed: 0 };
    let json = writer.schema(schema, None, false)?;
    let member = |name: &str| json.get(name).and_then(Json::as_str);
    let record = member("name").filter(|_| member("type") == Some("record")).map(|name| match member("namespace") {
        Some(namespace) if !namespace.is_empty() => format!("{namespace}.{name}"),
        _ => name.to_owned(),
    });
    Ok(Definition { text: json.to_string(), record })
}

struct DefinitionWriter<'o> {
    options: &'o Options,
    /// What was defined so far, by full name.
    named: HashMap<String, Schema>,
    /// How many structs had no name.
    unnamed: usize,
}

/// The name of a type that is being defined.
struct Name {
    namespace: Option<String>,
    name: String,
}

impl Name {
    fn full(&self) -> String {
        match &self.namespace {
            Some(namespace) => format!("{namespace}.{}", self.name),
            None => self.name.clone(),
        }
    }

    /// As it is written where `around` is the namespace.
    fn within(&self, around: Option<&str>) -> String {
        if self.namespace.as_deref() == around { self.name.clone() } else { self.full() }
    }

    /// The members of a definition's head.
    fn write(&self, json: &mut Map<String, Json>, around: Option<&str>) -> Result<(), ConvertError> {
        check(&self.name)?;
        json.insert("name".into(), self.name.clone().into());
        match (&self.namespace, around) {
            (Some(own), around) if Some(own.as_str()) != around => {
                own.split('.').try_for_each(check)?;
                json.insert("namespace".into(), own.clone().into());
            }
            (None, Some(_)) => {
                json.insert("namespace".into(), "".into());
            }
            _ => {}
        }
        Ok(())
    }
}

impl DefinitionWriter<'_> {
    /// `around` is the namespace of the type that this is a part of.
    fn schema(&mut self, schema: &Schema, around: Option<&str>, ignore_optional: bool) -> Result<Json, ConvertError> {
        if is_union(schema) {
            return self.union(schema, around);
        }
        let base = self.base(schema, around)?;
        if !schema.is_optional() || ignore_optional {
            return Ok(base);
        }
        // The default of a struct cannot come first: it would have to be written in Avro's form of the record.
        let default_first = schema.default_value().is_some() && schema.ty() != Type::Struct;
        Ok(if default_first { json!([base, "null"]) } else { json!(["null", base]) })
    }

    /// The type without regard to null.
    fn base(&mut self, schema: &Schema, around: Option<&str>) -> Result<Json, ConvertError> {
        let mut json = Map::new();
        let is_enum = schema.ty() == Type::String && self.options.enhanced && schema.parameter(names::ENUM).is_some();
        let is_fixed =
            schema.ty() == Type::Bytes && schema.name().is_some() && schema.parameter(names::FIXED_SIZE).is_some();
        match schema.ty() {
            Type::Struct => return self.record(schema, around),
            Type::Array => {
                json.insert("type".into(), "array".into());
                json.insert("items".into(), self.schema(child(schema.value_schema())?, around, false)?);
            }
            Type::Map if self.has_avro_keys(schema)? => {
                json.insert("type".into(), "map".into());
                json.insert("values".into(), self.schema(child(schema.value_schema())?, around, false)?);
            }
            Type::Map => {
                json.insert("type".into(), "array".into());
                json.insert("items".into(), self.map_entry(schema, around)?);
            }
            Type::String if is_enum => return self.enumeration(schema, around),
            Type::Bytes if is_fixed => return self.fixed(schema, around),
            ty => {
                json.insert("type".into(), primitive(ty).into());
            }
        }
        self.decimal(&mut json, schema)?;
        self.metadata(&mut json, schema)?;
        match json.get("type") {
            Some(Json::String(ty)) if json.len() == 1 => Ok(ty.clone().into()),
            _ => Ok(Json::Object(json)),
        }
    }

    /// Whether a map can be Avro's, whose keys are strings.
    fn has_avro_keys(&self, schema: &Schema) -> Result<bool, ConvertError> {
        let key = child(schema.key_schema())?;
        Ok(key.ty() == Type::String && (!key.is_optional() || self.options.allow_optional_map_keys))
    }

    fn name(&mut self, name: Option<&str>) -> Name {
        match name {
            Some(name) => {
                let (namespace, name) = split(name, self.options.scrub);
                Name { namespace, name }
            }
            None => {
                self.unnamed += 1;
                let number = if self.unnamed > 1 { self.unnamed.to_string() } else { String::new() };
                Name { namespace: Some(names::NAMESPACE.to_owned()), name: format!("{}{number}", names::DEFAULT_NAME) }
            }
        }
    }

    /// Some: the type was defined before, and this is how it is mentioned.
    fn mention(&mut self, name: &Name, schema: &Schema, around: Option<&str>) -> Result<Option<Json>, ConvertError> {
        let required = schema.with_optional(false);
        match self.named.get(&name.full()) {
            Some(known) if *known == required => Ok(Some(name.within(around).into())),
            Some(_) => Err(ConvertError(format!("Can't redefine: {}", name.full()))),
            None => {
                self.named.insert(name.full(), required);
                Ok(None)
            }
        }
    }

    fn record(&mut self, schema: &Schema, around: Option<&str>) -> Result<Json, ConvertError> {
        if schema.name().is_none()
            && let Some((full_name, _)) = self.named.iter().find(|(_, known)| **known == schema.with_optional(false))
        {
            return Ok(full_name.clone().into());
        }
        let name = self.name(schema.name());
        if let Some(mention) = self.mention(&name, schema, around)? {
            return Ok(mention);
        }
        let mut json = Map::new();
        json.insert("type".into(), "record".into());
        name.write(&mut json, around)?;
        let doc = if self.options.discard_type_doc_default { names::CONNECT_RECORD_DOC } else { names::RECORD_DOC };
        if let Some(doc) = schema.parameter(doc) {
            json.insert("doc".into(), doc.into());
        }
        let mut fields = Vec::new();
        for field in schema.fields() {
            let doc = match self.options.discard_type_doc_default {
                true => field.schema.doc(),
                false => schema.parameter(&format!("{}{}", names::FIELD_DOC, field.name)),
            };
            let field_name = if self.options.scrub { names::scrub(&field.name) } else { field.name.clone() };
            fields.push(self.field(&field_name, &field.schema, doc, name.namespace.as_deref())?);
        }
        json.insert("fields".into(), fields.into());
        self.metadata(&mut json, schema)?;
        Ok(Json::Object(json))
    }

    fn field(
        &mut self,
        name: &str,
        schema: &Schema,
        doc: Option<&str>,
        around: Option<&str>,
    ) -> Result<Json, ConvertError> {
        check(name)?;
        let mut json = Map::new();
        json.insert("name".into(), name.into());
        json.insert("type".into(), self.schema(schema, around, false)?);
        if let Some(doc) = doc {
            json.insert("doc".into(), doc.into());
        }
        let default = match schema.default_value() {
            // The first type of the union is null.
            Some(_) if schema.is_optional() && schema.ty() == Type::Struct => None,
            Some(default) => self.default(schema, default.into())?,
            None if schema.is_optional() => Some(Json::Null),
            None => None,
        };
        if let Some(default) = default {
            json.insert("default".into(), default);
        }
        Ok(Json::Object(json))
    }

    fn map_entry(&mut self, schema: &Schema, around: Option<&str>) -> Result<Json, ConvertError> {
        let name = match schema.name() {
            Some(name) => self.name(Some(name)),
            None => Name { namespace: Some(names::NAMESPACE.to_owned()), name: names::MAP_ENTRY.to_owned() },
        };
        let entry = Schema::map(child(schema.key_schema())?.clone(), child(schema.value_schema())?.clone()).build();
        if let Some(mention) = self.mention(&name, &entry, around)? {
            return Ok(mention);
        }
        let mut json = Map::new();
        json.insert("type".into(), "record".into());
        name.write(&mut json, around)?;
        let within = name.namespace.as_deref();
        let key = self.field("key", child(schema.key_schema())?, None, within)?;
        let value = self.field("value", child(schema.value_schema())?, None, within)?;
        json.insert("fields".into(), json!([key, value]));
        if schema.name().is_some() {
            json.insert(names::CONNECT_INTERNAL_TYPE.into(), names::MAP_ENTRY.into());
        }
        Ok(Json::Object(json))
    }

    fn enumeration(&mut self, schema: &Schema, around: Option<&str>) -> Result<Json, ConvertError> {
        let name = self.name(schema.parameter(names::ENUM));
        if let Some(mention) = self.mention(&name, schema, around)? {
            return Ok(mention);
        }
        let mut json = Map::new();
        json.insert("type".into(), "enum".into());
        name.write(&mut json, around)?;
        let (doc, default) = match self.options.discard_type_doc_default {
            true => (schema.parameter(names::CONNECT_ENUM_DOC), None),
            false => (
                schema.parameter(&format!("{}{}", names::ENUM_DOC, name.name)),
                schema.parameter(&format!("{}{}", names::ENUM_DEFAULT, name.name)),
            ),
        };
        if let Some(doc) = doc {
            json.insert("doc".into(), doc.into());
        }
        let prefix = format!("{}.", names::ENUM);
        let symbols: Vec<&str> = schema.parameters().iter().filter_map(|(key, _)| key.strip_prefix(&prefix)).collect();
        symbols.iter().try_for_each(|symbol| check(symbol))?;
        json.insert("symbols".into(), symbols.into());
        if let Some(default) = default {
            json.insert("default".into(), default.into());
        }
        self.metadata(&mut json, schema)?;
        Ok(Json::Object(json))
    }

    fn fixed(&mut self, schema: &Schema, around: Option<&str>) -> Result<Json, ConvertError> {
        let name = self.name(schema.name());
        if let Some(mention) = self.mention(&name, schema, around)? {
            return Ok(mention);
        }
        let mut json = Map::new();
        json.insert("type".into(), "fixed".into());
        name.write(&mut json, around)?;
        json.insert("size".into(), number(schema, names::FIXED_SIZE)?.into());
        self.decimal(&mut json, schema)?;
        self.metadata(&mut json, schema)?;
        Ok(Json::Object(json))
    }

    /// A struct that is a union: a field for each type.
    fn union(&mut self, schema: &Schema, around: Option<&str>) -> Result<Json, ConvertError> {
        let mut members = Vec::new();
        if schema.is_optional() {
            members.push("null".into());
        }
        for field in schema.fields() {
            members.push(self.schema(&field.schema.with_optional(false), around, true)?);
        }
        Ok(Json::Array(members))
    }

    fn decimal(&self, json: &mut Map<String, Json>, schema: &Schema) -> Result<(), ConvertError> {
        if schema.ty() == Type::Bytes && schema.name() == Some(logical::DECIMAL) {
            json.insert("scale".into(), number(schema, logical::SCALE)?.into());
            json.insert("precision".into(), precision(schema)?.into());
        }
        Ok(())
    }

    /// What Avro has no word for, and the logical type.
    fn metadata(&self, json: &mut Map<String, Json>, schema: &Schema) -> Result<(), ConvertError> {
        if self.options.connect_meta_data {
            self.connect_properties(json, schema)?;
        }
        let logical_type = match (schema.name(), schema.ty()) {
            (Some(logical::DECIMAL), Type::Bytes) => Some("decimal"),
            (Some(logical::TIME), Type::Int32) => Some("time-millis"),
            (Some(logical::TIMESTAMP), Type::Int64) => Some("timestamp-millis"),
            (Some(logical::DATE), Type::Int32) => Some("date"),
            _ => None,
        };
        if let Some(logical_type) = logical_type {
            json.insert(names::LOGICAL_TYPE.into(), logical_type.into());
        }
        for (key, value) in schema.parameters().iter().filter(|(key, _)| key.starts_with(names::AVRO)) {
            json.insert(key.clone(), value.clone().into());
        }
        Ok(())
    }

    fn connect_properties(&self, json: &mut Map<String, Json>, schema: &Schema) -> Result<(), ConvertError> {
        if let Some(doc) = schema.doc() {
            json.insert(names::CONNECT_DOC.into(), doc.into());
        }
        if let Some(version) = schema.version() {
            json.insert(names::CONNECT_VERSION.into(), version.into());
        }
        let keep_flag = self.options.discard_type_doc_default;
        let kept = schema.parameters().iter().filter(|(key, _)| keep_flag || key != names::FIELD_DEFAULT);
        let parameters: Map<String, Json> = kept.map(|(key, value)| (key.clone(), value.clone().into())).collect();
        if !parameters.is_empty() {
            json.insert(names::CONNECT_PARAMETERS.into(), Json::Object(parameters));
        }
        let is_avros = !keep_flag && schema.parameter(names::FIELD_DEFAULT).is_some();
        if let Some(default) = schema.default_value().filter(|_| !is_avros)
            && let Some(default) = self.default(schema, default.into())?
        {
            json.insert(names::CONNECT_DEFAULT.into(), default);
        }
        if let Some(name) = schema.name() {
            json.insert(names::CONNECT_NAME.into(), name.into());
        }
        match schema.ty() {
            Type::Int8 => json.insert(names::CONNECT_TYPE.into(), "int8".into()),
            Type::Int16 => json.insert(names::CONNECT_TYPE.into(), "int16".into()),
            _ => None,
        };
        Ok(())
    }

    /// A default in Avro's JSON; none: it has no form there.
    fn default(&self, schema: &Schema, value: View<'_>) -> Result<Option<Json>, ConvertError> {
        Ok(Some(match value {
            View::Null => Json::Null,
            View::Int8(v) => v.into(),
            View::Int16(v) => v.into(),
            View::Int32(v) => v.into(),
            View::Int64(v) => v.into(),
            // By its decimal digits, which are fewer than those of the same number as a double.
            View::Float32(v) => return Ok(v.to_string().parse().ok().and_then(Number::from_f64).map(Json::Number)),
            View::Float64(v) => return Ok(Number::from_f64(v).map(Json::Number)),
            View::Boolean(v) => v.into(),
            View::String(v) => v.into(),
            View::Bytes(v) => v.iter().map(|byte| char::from(*byte)).collect::<String>().into(),
            View::Array(items) => {
                let (item_schema, mut all) = (child(schema.value_schema())?, Some(Vec::new()));
                items.visit(|item| {
                    push(&mut all, self.default(item_schema, item)?);
                    Ok(())
                })?;
                return Ok(all.map(Json::Array));
            }
            View::Map(entries) if self.has_avro_keys(schema)? => {
                let (value_schema, mut all) = (child(schema.value_schema())?, Some(Map::new()));
                entries.visit(|key, value| {
                    match (self.default(value_schema, value)?, key, &mut all) {
                        (Some(value), View::String(key), Some(all)) => drop(all.insert(key.to_owned(), value)),
                        _ => all = None,
                    }
                    Ok(())
                })?;
                return Ok(all.map(Json::Object));
            }
            View::Map(entries) => {
                let mut all = Some(Vec::new());
                entries.visit(|key, value| {
                    let key = self.default(child(schema.key_schema())?, key)?;
                    let value = self.default(child(schema.value_schema())?, value)?;
                    push(&mut all, key.zip(value).map(|(key, value)| json!([key, value])));
                    Ok(())
                })?;
                return Ok(all.map(Json::Array));
            }
            View::Struct(fields) => return self.default_struct(&fields),
        }))
    }

    fn default_struct(&self, value: &StructView<'_>) -> Result<Option<Json>, ConvertError> {
        let mut all = Map::new();
        for (i, field) in value.schema().fields().iter().enumerate() {
            let Some(default) = self.default(&field.schema, value.get(i)?)? else { return Ok(None) };
            if is_union(value.schema()) {
                return Ok(Some(default));
            }
            all.insert(if self.options.scrub { names::scrub(&field.name) } else { field.name.clone() }, default);
        }
        Ok(Some(Json::Object(all)))
    }
}

fn push(all: &mut Option<Vec<Json>>, item: Option<Json>) {
    match (all.as_mut(), item) {
        (Some(items), Some(item)) => items.push(item),
        _ => *all = None,
    }
}

/// Whether a struct stands for a union.
pub(super) fn is_union(schema: &Schema) -> bool {
    schema.ty() == Type::Struct && schema.name() == Some(names::UNION)
}

fn child(schema: Option<&Schema>) -> Result<&Schema, ConvertError> {
    schema.ok_or_else(|| ConvertError("schema lacks the one of its items".to_owned()))
}

fn number(schema: &Schema, parameter: &str) -> Result<i64, ConvertError> {
    let text = schema.parameter(parameter);
    let number = text.and_then(|text| text.parse::<i32>().ok());
    let wrong = || ConvertError(format!("Invalid schema parameter {parameter}: {}", text.unwrap_or("null")));
    number.map(i64::from).ok_or_else(wrong)
}

fn precision(schema: &Schema) -> Result<i64, ConvertError> {
    match schema.parameter(names::DECIMAL_PRECISION) {
        Some(_) => number(schema, names::DECIMAL_PRECISION),
        None => Ok(names::DEFAULT_PRECISION),
    }
}

fn primitive(ty: Type) -> &'static str {
    match ty {
        Type::Int8 | Type::Int16 | Type::Int32 => "int",
        Type::Int64 => "long",
        Type::Float32 => "float",
        Type::Float64 => "double",
        Type::Boolean => "boolean",
        Type::String => "string",
        _ => "bytes",
    }
}
