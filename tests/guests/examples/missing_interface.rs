//! A plugin that says it is a sink and has no functions of one.

wit_bindgen::generate!({
    path: "../../wit",
    inline: "
        package tests:missing;
        world missing-interface { export kafka:connect/plugin@0.1.0; }
    ",
    world: "tests:missing/missing-interface",
    generate_all,
});

use exports::kafka::connect::plugin::{Config, ConfigKey, ConfigValue, Description, Guest, Kind};

struct Missing;

impl Guest for Missing {
    fn describe() -> Vec<Description> {
        vec![Description {
            class: "tests.guests.MissingInterface".to_owned(),
            kind: Kind::Sink,
            task_class: Some("tests.guests.MissingInterfaceTask".to_owned()),
            version: "1.0.0".to_owned(),
            documentation: String::new(),
            extra: Vec::new(),
        }]
    }

    fn config_def(_class: String) -> Vec<ConfigKey> {
        Vec::new()
    }

    fn validate(_class: String, _config: Config) -> Vec<ConfigValue> {
        Vec::new()
    }
}

export!(Missing);
