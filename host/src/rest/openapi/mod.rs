//! `GET /openapi.json`: the table of resources as an OpenAPI 3.1 document.

use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::error;
use super::resource::{Operation, Parameter, ParameterKind, RESOURCES, Resource};
use super::route::Verb;

mod schemas;

/// The document, made once.
pub(super) static DOCUMENT: LazyLock<Value> = LazyLock::new(document);

fn document() -> Value {
    let paths: Map<String, Value> = public().map(|resource| (resource.path.to_owned(), path_item(resource))).collect();
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Kafka Connect REST API",
            "description": "The REST API of Kafka Connect, as Wasm Connect serves it.",
            "version": env!("CARGO_PKG_VERSION"),
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "paths": paths,
        "components": { "schemas": schemas::schemas() },
    })
}

/// Those with something that not only workers ask.
fn public() -> impl Iterator<Item = &'static Resource> {
    RESOURCES.iter().filter(|resource| !resource.operations.iter().all(Operation::is_internal))
}

fn path_item(resource: &Resource) -> Value {
    let mut item = Map::new();
    let names = resource.segments().filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    let names: Vec<Value> = names
        .map(|name| {
            let schema =
                if name == "task" { json!({ "type": "integer", "minimum": 0 }) } else { json!({ "type": "string" }) };
            json!({ "name": name, "in": "path", "required": true, "schema": schema })
        })
        .collect();
    if !names.is_empty() {
        item.insert("parameters".to_owned(), names.into());
    }
    for operation in resource.operations.iter().filter(|operation| !operation.is_internal()) {
        item.insert(operation.verb.name().to_ascii_lowercase(), describe(resource, operation));
    }
    item.into()
}

fn describe(resource: &Resource, operation: &Operation) -> Value {
    let mut described = Map::new();
    described.insert("operationId".to_owned(), operation_id(resource, operation.verb).into());
    described.insert("summary".to_owned(), operation.summary.into());
    if !operation.query.is_empty() {
        described.insert("parameters".to_owned(), operation.query.iter().map(parameter).collect());
    }
    if let Some(schema) = operation.body {
        described.insert("requestBody".to_owned(), json!({ "required": true, "content": content(schema) }));
    }
    let mut responses = Map::new();
    for (status, schema) in std::iter::once(&operation.answer).chain(operation.other_answers) {
        let mut response = json!({ "description": error::reason(*status) });
        if let Some(schema) = schema {
            response["content"] = content(schema);
        }
        responses.insert(status.to_string(), response);
    }
    for status in operation.errors.iter().chain(operation.body.map_or(&[][..], |_| &[400, 413, 415])) {
        let response = json!({ "description": error::reason(*status), "content": content("ErrorMessage") });
        responses.insert(status.to_string(), response);
    }
    responses.insert(
        "default".to_owned(),
        json!({ "description": "What else goes wrong.", "content": content("ErrorMessage") }),
    );
    described.insert("responses".to_owned(), responses.into());
    described.into()
}

/// `getConnectorsConnectorStatus` of `GET /connectors/{connector}/status`.
fn operation_id(resource: &Resource, verb: Verb) -> String {
    let mut id = verb.name().to_ascii_lowercase();
    for word in resource.path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()) {
        let (first, rest) = word.split_at(1);
        id.push_str(&first.to_ascii_uppercase());
        id.push_str(rest);
    }
    id
}

fn parameter(parameter: &Parameter) -> Value {
    let schema = match parameter.kind {
        ParameterKind::Flag(default) => json!({ "type": "boolean", "default": default }),
        ParameterKind::Text => json!({ "type": "string" }),
        ParameterKind::Choice { values, repeated: false } => json!({ "type": "string", "enum": values }),
        ParameterKind::Choice { values, repeated: true } => {
            json!({ "type": "array", "items": { "type": "string", "enum": values } })
        }
    };
    json!({ "name": parameter.name, "in": "query", "description": parameter.summary, "schema": schema })
}

fn content(schema: &str) -> Value {
    json!({ "application/json": { "schema": reference(schema) } })
}

/// `X`, a list `X[]`, or an object with values `X{}`.
fn reference(schema: &str) -> Value {
    if let Some(items) = schema.strip_suffix("[]") {
        return json!({ "type": "array", "items": reference(items) });
    }
    if let Some(values) = schema.strip_suffix("{}") {
        return json!({ "type": "object", "additionalProperties": reference(values) });
    }
    json!({ "$ref": format!("#/components/schemas/{schema}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_and_method_is_described() {
        for resource in RESOURCES {
            for operation in resource.operations.iter().filter(|operation| !operation.is_internal()) {
                let described = &DOCUMENT["paths"][resource.path][operation.verb.name().to_ascii_lowercase()];
                assert_eq!(described["summary"], operation.summary, "{}", resource.path);
            }
        }
        assert_eq!(DOCUMENT["paths"].as_object().unwrap().len(), public().count(), "each path comes once");
    }

    #[test]
    fn every_reference_leads_somewhere() {
        let text = DOCUMENT.to_string();
        let schemas = &DOCUMENT["components"]["schemas"];
        let mut references = 0;
        for (at, start) in text.match_indices("#/components/schemas/") {
            let name = text[at + start.len()..].split('"').next().unwrap();
            assert!(schemas[name].is_object(), "{name}");
            references += 1;
        }
        assert!(references > 50, "{references}");
    }

    #[test]
    fn operations_have_names_of_their_own() {
        let mut ids: Vec<_> = RESOURCES
            .iter()
            .flat_map(|resource| resource.operations.iter().map(|operation| operation_id(resource, operation.verb)))
            .collect();
        assert!(ids.contains(&"getConnectorsConnectorStatus".to_owned()), "{ids:?}");
        let all = ids.len();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }
}
