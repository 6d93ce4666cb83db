//! The JSON form of schemas and their ids, as `wit/vectors/README.md` describes it.

use serde_json::{Map, Value as Json, json};
use wasm_connect_batch::{Schema, SchemaBuilder, Type};

use crate::value_json::{from_json, to_json, type_named};

/// The first id of a batch's own schemas.
const OWN: u64 = 32;

/// The schemas of a batch, by id.
#[derive(Default)]
pub struct Table(pub Vec<Schema>);

impl Table {
    pub fn from_json(json: &Json) -> Table {
        let mut table = Table::default();
        for schema in json.as_array().unwrap() {
            let schema = table.schema_from_json(schema);
            table.0.push(schema);
        }
        table
    }

    pub fn to_json(&self) -> Json {
        self.0.iter().map(|schema| self.schema_to_json(schema)).collect()
    }

    pub fn by_id(&self, id: &Json) -> Option<Schema> {
        let id = id.as_u64().unwrap();
        match id.checked_sub(OWN) {
            Some(position) => Some(self.0[position as usize].clone()),
            None if id == 0 => None,
            None => {
                let builder = SchemaBuilder::new(Type::from_code((id / 2) as u8).unwrap());
                Some(if id % 2 == 1 { builder.optional().build() } else { builder.build() })
            }
        }
    }

    pub fn id(&self, schema: Option<&Schema>) -> Json {
        let Some(schema) = schema else { return json!(0) };
        if let Some(position) = self.0.iter().position(|own| own.is_same(schema)) {
            return json!(OWN + position as u64);
        }
        json!(2 * u64::from(schema.ty().code()) + u64::from(schema.is_optional()))
    }

    fn schema_from_json(&self, json: &Json) -> Schema {
        let child = |name: &str| self.by_id(&json[name]).unwrap();
        let mut builder = match type_named(json["type"].as_str().unwrap()) {
            Type::Array => Schema::array(child("items")),
            Type::Map => Schema::map(child("keys"), child("values")),
            ty => SchemaBuilder::new(ty),
        };
        for field in pairs(&json["fields"]) {
            builder = builder.field(field[0].as_str().unwrap(), self.by_id(&field[1]).unwrap());
        }
        if json["optional"] == json!(true) {
            builder = builder.optional();
        }
        if let Some(name) = json["name"].as_str() {
            builder = builder.name(name);
        }
        if let Some(version) = json["version"].as_i64() {
            builder = builder.version(version as i32);
        }
        if let Some(doc) = json["doc"].as_str() {
            builder = builder.doc(doc);
        }
        for parameter in pairs(&json["parameters"]) {
            builder = builder.parameter(parameter[0].as_str().unwrap(), parameter[1].as_str().unwrap());
        }
        if let Some(default) = json.get("default") {
            let bare = builder.clone().build();
            builder = builder.default_value(from_json(&bare, default));
        }
        builder.try_build().unwrap()
    }

    fn schema_to_json(&self, schema: &Schema) -> Json {
        let mut json = Map::new();
        let mut put = |key: &str, value: Json| json.insert(key.to_owned(), value);
        put("type", json!(schema.ty().name()));
        if schema.is_optional() {
            put("optional", json!(true));
        }
        if let Some(name) = schema.name() {
            put("name", json!(name));
        }
        if let Some(version) = schema.version() {
            put("version", json!(version));
        }
        if let Some(doc) = schema.doc() {
            put("doc", json!(doc));
        }
        if !schema.parameters().is_empty() {
            put("parameters", json!(schema.parameters()));
        }
        if let Some(default) = schema.default_value() {
            put("default", to_json(default));
        }
        match schema.ty() {
            Type::Array => {
                put("items", self.id(schema.value_schema()));
            }
            Type::Map => {
                put("keys", self.id(schema.key_schema()));
                put("values", self.id(schema.value_schema()));
            }
            Type::Struct => {
                let field = |field: &wasm_connect_batch::Field| json!([field.name, self.id(Some(&field.schema))]);
                put("fields", schema.fields().iter().map(field).collect());
            }
            _ => {}
        }
        Json::Object(json)
    }
}

fn pairs(json: &Json) -> &[Json] {
    json.as_array().map_or(&[], Vec::as_slice)
}
