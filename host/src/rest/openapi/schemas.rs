//! The schemas of what goes in and comes out, under the names of Java's entities.

use serde_json::{Value, json};

/// All of them; those of answers list every field that is always there as required.
pub(super) fn schemas() -> Value {
    json!({
        "Any": { "type": "object" },
        "ErrorMessage": object(&[("error_code", integer()), ("message", string())], &[]),
        "Message": object(&[("message", string())], &[]),
        "ServerInfo": object(&[("version", string()), ("commit", string()), ("kafka_cluster_id", string())], &[]),
        "WorkerStatus": object(
            &[("status", one_of(&["healthy", "starting", "unhealthy"])), ("message", string())],
            &[],
        ),
        "Config": { "type": "object", "additionalProperties": string() },
        "ConfigPatch": {
            "type": "object",
            "additionalProperties": { "type": ["string", "number", "boolean", "null"] },
        },
        "CreateConnectorRequest": object(
            &[("config", reference("ConfigPatch"))],
            &[("name", string()), ("initial_state", one_of(&["running", "paused", "stopped"]))],
        ),
        "Connectors": {
            "oneOf": [
                list(string()),
                {
                    "type": "object",
                    "additionalProperties": object(
                        &[],
                        &[("status", reference("ConnectorStateInfo")), ("info", reference("ConnectorInfo"))],
                    ),
                },
            ],
        },
        "ConnectorTaskId": object(&[("connector", string()), ("task", integer())], &[]),
        "ConnectorType": one_of(&["source", "sink", "unknown"]),
        "ConnectorInfo": object(
            &[
                ("name", string()),
                ("config", reference("Config")),
                ("tasks", list(reference("ConnectorTaskId"))),
                ("type", reference("ConnectorType")),
            ],
            &[],
        ),
        "State": one_of(&["UNASSIGNED", "RUNNING", "PAUSED", "FAILED", "RESTARTING", "STOPPED"]),
        "ConnectorState": object(
            &[("state", reference("State")), ("worker_id", string()), ("version", nullable("string"))],
            &[("trace", string())],
        ),
        "TaskState": object(
            &[
                ("id", integer()),
                ("state", reference("State")),
                ("worker_id", string()),
                ("version", nullable("string")),
            ],
            &[("trace", string())],
        ),
        "ConnectorStateInfo": object(
            &[
                ("name", string()),
                ("connector", reference("ConnectorState")),
                ("tasks", list(reference("TaskState"))),
                ("type", reference("ConnectorType")),
            ],
            &[],
        ),
        "TaskInfo": object(&[("id", reference("ConnectorTaskId")), ("config", reference("Config"))], &[]),
        "ActiveTopics": {
            "type": "object",
            "additionalProperties": object(&[("topics", list(string()))], &[]),
        },
        "ConnectorOffset": object(
            &[("partition", nullable("object")), ("offset", nullable("object"))],
            &[],
        ),
        "ConnectorOffsets": object(&[("offsets", list(reference("ConnectorOffset")))], &[]),
        "PluginInfo": object(
            &[
                ("class", string()),
                (
                    "type",
                    one_of(&["sink", "source", "transformation", "predicate", "converter", "header_converter"]),
                ),
                ("version", string()),
            ],
            &[],
        ),
        "ConfigKeyInfo": object(
            &[
                ("name", string()),
                ("type", string()),
                ("required", boolean()),
                ("default_value", nullable("string")),
                ("importance", one_of(&["HIGH", "MEDIUM", "LOW"])),
                ("documentation", string()),
                ("group", nullable("string")),
                ("order_in_group", integer()),
                ("width", one_of(&["NONE", "SHORT", "MEDIUM", "LONG"])),
                ("display_name", string()),
                ("dependents", list(string())),
            ],
            &[],
        ),
        "ConfigValueInfo": object(
            &[
                ("name", string()),
                ("value", nullable("string")),
                ("recommended_values", list(string())),
                ("errors", list(string())),
                ("visible", boolean()),
            ],
            &[],
        ),
        "ConfigInfo": object(
            &[
                ("definition", json!({ "oneOf": [reference("ConfigKeyInfo"), { "type": "null" }] })),
                ("value", reference("ConfigValueInfo")),
            ],
            &[],
        ),
        "ConfigInfos": object(
            &[
                ("name", string()),
                ("error_count", integer()),
                ("groups", list(string())),
                ("configs", list(reference("ConfigInfo"))),
            ],
            &[],
        ),
        "LogLevel": one_of(&["OFF", "FATAL", "ERROR", "WARN", "INFO", "DEBUG", "TRACE", "ALL"]),
        "LoggerLevel": object(
            &[("level", reference("LogLevel")), ("last_modified", nullable("integer"))],
            &[],
        ),
        "Loggers": list(string()),
        "SetLevelRequest": object(&[("level", reference("LogLevel"))], &[]),
    })
}

fn object(required: &[(&str, Value)], optional: &[(&str, Value)]) -> Value {
    let properties: serde_json::Map<String, Value> =
        required.iter().chain(optional).map(|(name, schema)| ((*name).to_owned(), schema.clone())).collect();
    let names: Vec<&str> = required.iter().map(|(name, _)| *name).collect();
    json!({ "type": "object", "properties": properties, "required": names })
}

fn string() -> Value {
    json!({ "type": "string" })
}

fn integer() -> Value {
    json!({ "type": "integer" })
}

fn boolean() -> Value {
    json!({ "type": "boolean" })
}

fn nullable(of: &str) -> Value {
    json!({ "type": [of, "null"] })
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

fn one_of(values: &[&str]) -> Value {
    json!({ "type": "string", "enum": values })
}

fn reference(name: &str) -> Value {
    json!({ "$ref": format!("#/components/schemas/{name}") })
}

#[cfg(test)]
mod tests {
    use serde::Serialize;

    use super::*;
    use crate::config::config_infos::{ConfigInfo, ConfigInfos, ConfigValueInfo};
    use crate::connect::{
        Config, ConnectorInfo, ConnectorOffset, ConnectorOffsets, ConnectorState, ConnectorStateInfo, ConnectorTaskId,
        ConnectorType, Message, PluginInfo, ServerInfo, State, TaskInfo, TaskState,
    };
    use crate::herder::{LogLevel, LoggerLevel};

    /// What is answered has the fields of its schema, all that are required and no others.
    #[track_caller]
    fn check(name: &str, entity: &impl Serialize) {
        let (schema, entity) = (&schemas()[name], serde_json::to_value(entity).unwrap());
        let entity = entity.as_object().unwrap();
        let required: Vec<_> = schema["required"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        let fields: Vec<_> = entity.keys().map(String::as_str).collect();
        assert_eq!(
            fields.iter().filter(|field| required.contains(field)).count(),
            required.len(),
            "{name}: {fields:?}"
        );
        for field in fields {
            assert!(schema["properties"][field].is_object(), "{name} has a field {field}");
        }
    }

    #[test]
    fn schemas_have_the_fields_of_the_answers() {
        let id = ConnectorTaskId::new("c", 0);
        let trace = Some("trace".to_owned());
        check("ServerInfo", &ServerInfo { version: "".into(), commit: "".into(), kafka_cluster_id: "".into() });
        check("Message", &Message { message: "".into() });
        let kind = ConnectorType::Source;
        check("ConnectorInfo", &ConnectorInfo { name: "".into(), config: Config::new(), tasks: vec![], kind });
        check("ConnectorTaskId", &id);
        let task =
            TaskState { id: 0, state: State::Running, worker_id: "".into(), version: None, trace: trace.clone() };
        check("TaskState", &task);
        let connector = ConnectorState { state: State::Failed, worker_id: "".into(), version: None, trace };
        check("ConnectorState", &connector);
        check("ConnectorStateInfo", &ConnectorStateInfo { name: "".into(), connector, tasks: vec![task], kind });
        check("TaskInfo", &TaskInfo { id, config: Config::new() });
        check("ConnectorOffset", &ConnectorOffset { partition: Value::Null, offset: Value::Null });
        check("ConnectorOffsets", &ConnectorOffsets { offsets: vec![] });
        check("PluginInfo", &PluginInfo { class: "".into(), kind: "".into(), version: "".into() });
        let value =
            ConfigValueInfo { name: "".into(), value: None, recommended_values: vec![], errors: vec![], visible: true };
        check("ConfigValueInfo", &value);
        let config = ConfigInfo { definition: None, value };
        check("ConfigInfo", &config);
        check("ConfigInfos", &ConfigInfos { name: "".into(), error_count: 0, groups: vec![], configs: vec![config] });
        check("LoggerLevel", &LoggerLevel { level: LogLevel::Info, last_modified: None });
    }
}
