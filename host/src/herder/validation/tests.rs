//! Validations against the transcripts of Java Connect.

use std::sync::Mutex;

use async_trait::async_trait;
use serde_json::Value;

use super::*;
use crate::config::config_def::{ConfigType, Importance, Validator, Width};
use crate::config::standalone_config::StandaloneConfig;
use crate::config::validators;
use crate::connect::TopicPartition;
use crate::plugin::ports::{
    Connector, ExactlyOnceSupport, GuestConfigValue, InstanceContext, SinkTask, SourceTask, Stage, StageRole,
};
use crate::plugin::registry::BuiltIn;
use crate::plugin::scanner::Scan;

// === a worker with the file connectors, JsonConverter and RegexRouter, as Java's in the transcripts

const VERSION: &str = "4.3.0";
const SINK: &str = "org.apache.kafka.connect.file.FileStreamSinkConnector";
const SOURCE: &str = "org.apache.kafka.connect.file.FileStreamSourceConnector";

fn key(name: &'static str, ty: ConfigType, default: DefaultValue, importance: Importance) -> ConfigKey {
    ConfigKey::new(name, ty, default, importance, "doc")
}

#[derive(Default)]
struct Fake {
    answers: Vec<GuestConfigValue>,
    denied: Vec<(String, String)>,
    failure: Option<PluginErrorKind>,
    /// What `validate` of the plugin got.
    seen: Mutex<Option<Config>>,
}

fn classes_of(kind: PluginKind) -> Vec<String> {
    let named = |package: &str, names: &[&str]| -> Vec<String> {
        names.iter().map(|name| format!("org.apache.kafka.connect.{package}{name}")).collect()
    };
    match kind {
        PluginKind::Transformation => {
            let both = [
                "Cast",
                "ExtractField",
                "Flatten",
                "HeaderFrom",
                "HoistField",
                "InsertField",
                "MaskField",
                "ReplaceField",
                "SetSchemaMetadata",
                "TimestampConverter",
            ];
            let mut all: Vec<_> =
                both.iter().flat_map(|name| [format!("{name}$Key"), format!("{name}$Value")]).collect();
            all.extend(
                ["DropHeaders", "Filter", "InsertHeader", "RegexRouter", "TimestampRouter", "ValueToKey"]
                    .map(String::from),
            );
            all.sort();
            named("transforms.", &all.iter().map(String::as_str).collect::<Vec<_>>())
        }
        PluginKind::Predicate => {
            named("transforms.predicates.", &["HasHeaderKey", "RecordIsTombstone", "TopicNameMatches"])
        }
        _ => {
            let types = ["Boolean", "ByteArray", "Double", "Float", "Integer", "Long", "Short"];
            let mut all =
                named("converters.", &types.map(|name| format!("{name}Converter")).each_ref().map(String::as_str));
            all.extend(named("json.", &["JsonConverter"]));
            if kind == PluginKind::HeaderConverter {
                all.extend(named("storage.", &["SimpleHeaderConverter"]));
            }
            all.extend(named("storage.", &["StringConverter"]));
            all
        }
    }
}

fn json_converter_keys() -> Vec<ConfigKey> {
    use ConfigType as T;
    use Importance::{High, Low};
    let is = DefaultValue::value;
    let one_of = |values: &[&'static str]| values.iter().map(|value| (*value).into()).collect();
    vec![
        key("converter.type", T::String, DefaultValue::Required, Low)
            .check(Validator::OneOf(one_of(&["key", "value", "header"]))),
        key("schemas.enable", T::Boolean, is("true"), High).shown("Schemas", 0, Width::Medium, "Enable Schemas"),
        key("schemas.cache.size", T::Int, is("1000"), High).shown("Schemas", 1, Width::Medium, "Schema Cache Size"),
        key("schema.content", T::String, DefaultValue::Null, High).shown("Schemas", 2, Width::Medium, "Schema Content"),
        key("decimal.format", T::String, is("BASE64"), Low)
            .check(Validator::OneOfIgnoreCase(one_of(&["NUMERIC", "BASE64"])))
            .shown("Serialization", 0, Width::Medium, "Decimal Format"),
        key("replace.null.with.default", T::Boolean, is("true"), Low).shown(
            "Serialization",
            1,
            Width::Medium,
            "Replace null with default",
        ),
    ]
}

fn own_keys(class: &str) -> Vec<ConfigKey> {
    use ConfigType as T;
    use Importance::{High, Low};
    let file = || key("file", T::String, DefaultValue::Null, High);
    match class.rsplit('.').next().unwrap() {
        "JsonConverter" => json_converter_keys(),
        "RegexRouter" => vec![
            key("regex", T::String, DefaultValue::Required, High).check(Validator::Custom(validators::regex)),
            key("replacement", T::String, DefaultValue::Required, High),
        ],
        "FileStreamSinkConnector" => vec![file()],
        "FileStreamSourceConnector" => vec![
            file(),
            key("topic", T::String, DefaultValue::Required, High).check(Validator::NonEmpty),
            key("batch.size", T::Int, DefaultValue::value("2000"), Low),
        ],
        _ => Vec::new(),
    }
}

fn plugins() -> Plugins {
    let kinds = [PluginKind::Transformation, PluginKind::Predicate, PluginKind::Converter, PluginKind::HeaderConverter];
    let others = kinds.into_iter().flat_map(|kind| classes_of(kind).into_iter().map(move |class| (kind, class)));
    let connectors = [(PluginKind::Source, SOURCE.to_owned()), (PluginKind::Sink, SINK.to_owned())];
    let built_in = others.chain(connectors).map(|(kind, class)| BuiltIn {
        config: own_keys(&class),
        class,
        kind,
        version: VERSION.to_owned(),
    });
    Plugins::new(Scan::default(), built_in)
}

#[async_trait]
impl PluginRuntime for Fake {
    async fn config_def(&self, plugin: &PluginDesc) -> Result<Vec<ConfigKey>, PluginError> {
        Ok(plugin.config.to_vec())
    }

    async fn validate(&self, plugin: &PluginDesc, config: &Config) -> Result<Vec<GuestConfigValue>, PluginError> {
        *self.seen.lock().unwrap() = Some(config.clone());
        match self.failure {
            None => Ok(self.answers.clone()),
            Some(kind) => Err(PluginError {
                plugin: plugin.class.clone(),
                version: VERSION.to_owned(),
                operation: "validate",
                kind,
                message: "boom".to_owned(),
            }),
        }
    }

    async fn denied_grants(&self, _: &PluginDesc, _: &Config) -> Result<Vec<(String, String)>, PluginError> {
        Ok(self.denied.clone())
    }

    async fn exactly_once_support(&self, _: &PluginDesc, config: &Config) -> Result<ExactlyOnceSupport, PluginError> {
        Ok(match config.get("file").map(String::as_str) {
            None => ExactlyOnceSupport::Unsupported,
            Some("unknown") => ExactlyOnceSupport::Unknown,
            Some(_) => ExactlyOnceSupport::Supported,
        })
    }

    async fn can_define_transaction_boundaries(&self, _: &PluginDesc, config: &Config) -> Result<bool, PluginError> {
        Ok(config.contains_key("file"))
    }

    async fn connector(&self, _: &PluginDesc, _: InstanceContext) -> Result<Box<dyn Connector>, PluginError> {
        unreachable!("a validation starts nothing")
    }

    async fn source_task(&self, _: &PluginDesc, _: InstanceContext) -> Result<Box<dyn SourceTask>, PluginError> {
        unreachable!("a validation starts nothing")
    }

    async fn sink_task(&self, _: &PluginDesc, _: InstanceContext) -> Result<Box<dyn SinkTask>, PluginError> {
        unreachable!("a validation starts nothing")
    }

    async fn stage(&self, _: &PluginDesc, _: InstanceContext, _: StageRole) -> Result<Box<dyn Stage>, PluginError> {
        unreachable!("a validation starts nothing")
    }

    async fn alter_source_offsets(
        &self,
        _: &PluginDesc,
        _: InstanceContext,
        _: &[(String, Option<String>)],
    ) -> Result<bool, PluginError> {
        unreachable!("a validation alters nothing")
    }

    async fn alter_sink_offsets(
        &self,
        _: &PluginDesc,
        _: InstanceContext,
        _: &[(TopicPartition, Option<i64>)],
    ) -> Result<bool, PluginError> {
        unreachable!("a validation alters nothing")
    }
}

fn worker(extra: &[(&str, &str)]) -> WorkerConfig {
    let properties = [
        ("bootstrap.servers", "k:9092"),
        ("key.converter", "org.apache.kafka.connect.json.JsonConverter"),
        ("value.converter", "org.apache.kafka.connect.json.JsonConverter"),
        ("offset.storage.file.filename", "f"),
    ];
    let properties = properties.iter().chain(extra).map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    StandaloneConfig::new(properties.collect()).unwrap().worker
}

fn raw(entries: &[(&str, &str)]) -> RawConfig {
    entries.iter().map(|(key, value)| ((*key).to_owned(), Some((*value).to_owned()))).collect()
}

fn wait<T>(answer: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(answer)
}

fn validate_with(fake: &Fake, worker: &WorkerConfig, config: &RawConfig) -> Result<ConfigInfos, HerderError> {
    wait(Validation { worker, plugins: &plugins(), runtime: fake, group_id: None }.validate(config))
}

fn validate(config: &RawConfig) -> ConfigInfos {
    validate_with(&Fake::default(), &worker(&[]), config).unwrap()
}

fn errors(infos: &ConfigInfos) -> Vec<(&str, &str)> {
    let values = infos.configs.iter().map(|config| &config.value);
    values.flat_map(|value| value.errors.iter().map(|error| (value.name.as_str(), error.as_str()))).collect()
}

/// The answer without the documentation, which is our own.
fn check_transcript(config: &RawConfig, transcript: &str) {
    let mut ours = serde_json::to_value(validate(config)).unwrap();
    let java: Value = serde_json::from_str(transcript).unwrap();
    let configs = ours["configs"].as_array_mut().unwrap();
    for config in configs.iter_mut() {
        config["definition"].as_object_mut().unwrap().remove("documentation");
    }
    for (ours, java) in configs.iter().zip(java["configs"].as_array().unwrap()) {
        assert_eq!(ours, java, "{}", java["value"]["name"]);
    }
    assert_eq!(ours, java);
}

// === against Java

#[test]
fn a_source_is_answered_as_java_answers() {
    let config = raw(&[
        ("connector.class", "FileStreamSource"),
        ("topic", "t"),
        ("name", "v"),
        ("producer.override.acks", "1"),
        ("value.converter", "org.apache.kafka.connect.json.JsonConverter"),
        ("value.converter.schemas.enable", "false"),
    ]);
    check_transcript(&config, include_str!("testdata/file-source.json"));
}

#[test]
fn a_sink_with_transformations_is_answered_as_java_answers() {
    let config = raw(&[
        ("connector.class", SINK),
        ("topics", "t"),
        ("transforms", "a,b"),
        ("transforms.a.type", "RegexRouter"),
        ("transforms.a.regex", "("),
        ("predicates", "p"),
        ("predicates.p.type", "Nope"),
    ]);
    check_transcript(&config, include_str!("testdata/file-sink.json"));
}

#[test]
fn the_errors_of_a_creation_are_javas() {
    let mut config = raw(&[
        ("connector.class", "FileStreamSource"),
        ("topic", "t"),
        ("tasks.max", "0"),
        ("errors.tolerance", "foo"),
        ("name", "x"),
    ]);
    config.insert("k".to_owned(), None);
    assert_eq!(
        check_valid(&validate(&config)).unwrap_err().to_string(),
        "Connector configuration is invalid and contains the following 3 error(s):\nNull value can not be supplied as the \
         configuration value.\nInvalid value 0 for configuration tasks.max: Value must be at least 1\nInvalid value foo for \
         configuration errors.tolerance: String must be one of: none, all\nYou can also find the above list of errors at the \
         endpoint `/connector-plugins/{connectorType}/config/validate`"
    );
    let config = raw(&[("name", "x"), ("connector.class", "FileStreamSink")]);
    let twice = "Must configure one of topics or topics.regex";
    assert_eq!(errors(&validate(&config)), [("topics", twice), ("topics.regex", twice)]);
    let config = raw(&[("name", ""), ("connector.class", "FileStreamSource"), ("topic", "t")]);
    assert_eq!(
        errors(&validate(&config)),
        [("name", "Invalid value  for configuration name: String may not be empty")]
    );
}

#[test]
fn an_unknown_transformation_is_an_error_on_its_type() {
    let config = raw(&[
        ("name", "x"),
        ("connector.class", "FileStreamSink"),
        ("topics", "t"),
        ("transforms", "h"),
        ("transforms.h.type", "HoistField$Valu"),
    ]);
    let message =
        "Invalid value HoistField$Valu for configuration transforms.h.type: Class HoistField$Valu could not be found.";
    assert_eq!(errors(&validate(&config)), [("transforms.h.type", message)]);
}

// === what Java has no transcript of

#[test]
fn a_limit_is_shown_where_it_is_wrong() {
    let with = |memory: &str| {
        let config = [
            ("name", "x"),
            ("connector.class", "FileStreamSource"),
            ("topic", "t"),
            ("sandbox.memory.max.bytes", memory),
        ];
        validate(&raw(&config))
    };
    let shown =
        |infos: &ConfigInfos| infos.configs.iter().filter(|config| config.value.name.starts_with("sandbox.")).count();
    let right = with("2000000");
    assert_eq!((errors(&right), shown(&right)), (Vec::new(), 0));
    let wrong = with(" 999999999 ");
    let message = "Invalid value  999999999  for configuration sandbox.memory.max.bytes: Value must be no more than 268435456, the \
                   worker's 'sandbox.memory.max.bytes.cap'";
    assert_eq!((errors(&wrong), shown(&wrong)), (vec![("sandbox.memory.max.bytes", message)], 1));
}

#[test]
fn a_dead_letter_queue_is_not_read_by_its_own_sink() {
    let sink = |extra: &[(&str, &str)]| {
        let mut config =
            raw(&[("name", "x"), ("connector.class", "FileStreamSink"), ("errors.deadletterqueue.topic.name", "dlq")]);
        config.extend(raw(extra));
        validate(&config)
    };
    assert_eq!(
        errors(&sink(&[("topics", "a,dlq")])),
        [(
            "topics",
            "The DLQ topic 'dlq' may not be included in the list of topics ('topics=[a, dlq]') consumed by the connector"
        )]
    );
    assert_eq!(
        errors(&sink(&[("topics.regex", "d.*")])),
        [(
            "topics.regex",
            "The DLQ topic 'dlq' may not be matched by the regex for the topics ('topics.regex=d.*') consumed by the connector"
        )]
    );
    assert!(errors(&sink(&[("topics", "a")])).is_empty());
}

#[test]
fn overrides_go_through_the_workers_policy_and_hide_secrets() {
    let worker = worker(&[("connector.client.config.override.policy", "Principal")]);
    let config = raw(&[
        ("name", "x"),
        ("connector.class", "FileStreamSource"),
        ("topic", "t"),
        ("producer.override.acks", "1"),
        ("producer.override.sasl.jaas.config", "hunter2"),
        ("producer.override.my.password", "hunter2"),
        ("consumer.override.whatever", "1"),
    ]);
    let infos = validate_with(&Fake::default(), &worker, &config).unwrap();
    let refusal = |key: &str| {
        format!("The 'Principal' policy does not allow '{key}' to be overridden in the connector configuration.")
    };
    let mut errors = errors(&infos);
    errors.sort_unstable();
    assert_eq!(
        errors,
        [
            ("producer.override.acks", refusal("acks").as_str()),
            ("producer.override.my.password", refusal("my.password").as_str())
        ]
    );
    assert_eq!(infos.error_count, 2);
    assert!(!serde_json::to_string(&infos).unwrap().contains("hunter2"));
}

#[test]
fn a_refused_grant_is_an_error_on_its_key() {
    let fake = Fake { denied: vec![("file".to_owned(), "not granted".to_owned())], ..Fake::default() };
    let config =
        raw(&[("name", "x"), ("connector.class", "FileStreamSource"), ("topic", "t"), ("file", "/etc/shadow")]);
    let infos = validate_with(&fake, &worker(&[]), &config).unwrap();
    assert_eq!(errors(&infos), [("file", "not granted")]);
    assert_eq!(infos.error_count, 1);
}

#[test]
fn the_plugin_adds_errors_recommendations_and_visibility() {
    let answer = |name: &str, error: &str| GuestConfigValue {
        name: name.to_owned(),
        recommended_values: vec!["a".to_owned()],
        errors: vec![error.to_owned()],
        visible: false,
    };
    let missing = "Missing required configuration \"topic\" which has no default value.";
    let fake = Fake { answers: vec![answer("topic", missing), answer("other", "what is this?")], ..Fake::default() };
    let mut config = raw(&[("name", "x"), ("connector.class", "FileStreamSource")]);
    config.insert("file".to_owned(), None);
    let infos = validate_with(&fake, &worker(&[]), &config).unwrap();
    assert_eq!(errors(&infos), [("other", "what is this?"), ("file", NULL_VALUE), ("topic", missing)]);
    let topic = infos.configs.iter().find(|config| config.value.name == "topic").unwrap();
    assert_eq!((topic.value.visible, topic.value.recommended_values.as_slice()), (false, ["a".to_owned()].as_slice()));
    assert!(!fake.seen.lock().unwrap().as_ref().unwrap().contains_key("file"), "the plugin gets no nulls");
}

#[test]
fn a_plugin_that_fails_is_named_unless_the_definition_knew_already() {
    let failing = |kind| Fake { failure: Some(kind), ..Fake::default() };
    let good = raw(&[("name", "x"), ("connector.class", "FileStreamSource"), ("topic", "t")]);
    let bad = raw(&[("name", "x"), ("connector.class", "FileStreamSource")]);
    let answer = |kind, config| validate_with(&failing(kind), &worker(&[]), config).map_err(|error| error.to_string());
    assert_eq!(answer(PluginErrorKind::Config, &good).unwrap_err(), "boom");
    assert_eq!(answer(PluginErrorKind::Trap, &bad).unwrap_err(), format!("{SOURCE} {VERSION}: validate: boom"));
    assert_eq!(answer(PluginErrorKind::Config, &bad).unwrap().error_count, 1);
}

#[test]
fn groups_of_topics_to_create_are_checked() {
    let config = raw(&[
        ("name", "x"),
        ("connector.class", "FileStreamSource"),
        ("topic", "t"),
        ("topic.creation.groups", "g"),
        ("topic.creation.default.partitions", "0"),
        ("topic.creation.default.replication.factor", "1"),
        ("topic.creation.g.include", "["),
    ]);
    let infos = validate(&config);
    assert_eq!(
        errors(&infos),
        [
            (
                "topic.creation.default.partitions",
                "Invalid value 0 for configuration partitions: Number of partitions must be positive, or -1 to use the broker's default"
            ),
            (
                "topic.creation.g.include",
                "Invalid value [[] for configuration include: Invalid regex: Unclosed character class near index 0\n[\n^"
            ),
            (
                "topic.creation.g.partitions",
                "Invalid value 0 for configuration partitions: Number of partitions must be positive, or -1 to use the broker's default"
            ),
        ]
    );
    assert!(infos.groups.contains(&"Topic Creation: g".to_owned()));
}

#[test]
fn a_version_that_is_not_there_is_an_error_on_class_and_version() {
    let config = raw(&[
        ("name", "x"),
        ("connector.class", "FileStreamSource"),
        ("connector.plugin.version", "9"),
        ("topic", "t"),
    ]);
    let infos = validate(&config);
    let message =
        format!("Plugin {SOURCE} not found that matches the version range [9,9], available versions: [{VERSION}]");
    assert_eq!(errors(&infos), [("connector.class", message.as_str()), ("connector.plugin.version", message.as_str())]);
    assert!(infos.configs.iter().any(|config| config.value.recommended_values == [VERSION]));
}

#[test]
fn a_connector_needs_a_class_that_is_there() {
    let refused = |config: &RawConfig| validate_with(&Fake::default(), &worker(&[]), config).unwrap_err().to_string();
    assert_eq!(refused(&raw(&[("name", "x")])), "Connector config {name=x} contains no connector type");
    assert_eq!(refused(&raw(&[])), "Connector config {} contains no connector type");
    assert_eq!(
        refused(&raw(&[("name", "x"), ("password", "hunter2")])),
        "Connector config {password=[hidden], name=x} contains no connector type"
    );
    let unknown = refused(&raw(&[("connector.class", "Nope")]));
    assert!(
        unknown
            .starts_with("Failed to find any class that implements Connector and which name matches Nope, available"),
        "{unknown}"
    );
}

#[test]
fn the_path_must_name_the_plugin_of_the_configuration() {
    let check = |plugin: &str, class: &str| check_requested_plugin(plugin, &raw(&[("connector.class", class)]));
    assert!(check("FileStreamSink", SINK).is_ok());
    assert!(check("FileStreamSinkConnector", "FileStreamSink").is_ok());
    assert!(check("Sink", "FileStreamSink").is_ok());
    assert_eq!(
        check("FileStreamSink", "FileStreamSource").unwrap_err().to_string(),
        "Included connector type FileStreamSource does not match request type FileStreamSink"
    );
}

#[test]
fn a_plugins_keys_come_before_those_of_all_connectors() {
    let (worker, plugins, runtime) = (worker(&[]), plugins(), Fake::default());
    let validation = Validation { worker: &worker, plugins: &plugins, runtime: &runtime, group_id: None };
    let keys = |plugin: &str| wait(validation.plugin_config(plugin, None));
    let sink = keys("FileStreamSink").unwrap();
    let names: Vec<_> = sink.iter().map(|key| key.name.as_str()).collect();
    assert_eq!(names[..4], ["file", "name", "connector.class", "connector.plugin.version"]);
    assert_eq!(names.len(), 25);
    assert_eq!(sink[3].default_value.as_deref(), Some(VERSION));
    assert_eq!(keys("org.apache.kafka.connect.json.JsonConverter").unwrap().len(), 6);
    assert_eq!(keys("Nope").unwrap_err().to_string(), "Unknown plugin Nope.");
}

#[test]
fn the_keys_of_a_plugin_are_those_of_the_version_that_is_asked_for() {
    let (worker, plugins, runtime) = (worker(&[]), plugins(), Fake::default());
    let validation = Validation { worker: &worker, plugins: &plugins, runtime: &runtime, group_id: None };
    let refused =
        |plugin: &str, version: &str| wait(validation.plugin_config(plugin, Some(version))).unwrap_err().to_string();
    assert!(wait(validation.plugin_config("FileStreamSink", Some("latest"))).is_ok());
    assert!(wait(validation.plugin_config("FileStreamSink", Some("[1,)"))).is_ok());
    assert_eq!(refused("FileStreamSink", "["), "Invalid version specification: [");
    assert_eq!(refused("Nope", "["), "Invalid version specification: [");
    assert_eq!(refused("Nope", "1"), "Unknown plugin Nope.");
    let class = "org.apache.kafka.connect.file.FileStreamSinkConnector";
    let expected =
        format!("Plugin {class} not found that matches the version range [1.0,1.0], available versions: [{VERSION}]");
    assert_eq!(refused("FileStreamSink", "1.0"), expected);
    assert!(refused("org.apache.kafka.connect.json.JsonConverter", "1.0").starts_with("Plugin org.apache.kafka"));
}

#[test]
fn the_consumers_of_a_sink_must_not_be_taken_for_workers() {
    let group_errors = |group: &str, entries: &[(&str, &str)]| -> Vec<String> {
        let (worker, plugins, runtime) = (worker(&[]), plugins(), Fake::default());
        let validation = Validation { worker: &worker, plugins: &plugins, runtime: &runtime, group_id: Some(group) };
        let infos = wait(validation.validate(&raw(entries))).unwrap();
        let clashes = errors(&infos).into_iter().filter(|(_, error)| error.contains("conflicts with"));
        clashes.map(|(key, error)| format!("{key}: {error}")).collect()
    };
    let sink = |more: &[(&'static str, &'static str)]| {
        [&[("connector.class", SINK), ("topics", "t"), ("name", "s")], more].concat()
    };
    assert_eq!(
        group_errors("connect-s", &sink(&[])),
        ["name: Consumer group for sink connector named s conflicts with Connect worker group connect-s"]
    );
    assert_eq!(
        group_errors("g", &sink(&[("consumer.override.group.id", "g")])),
        ["consumer.override.group.id: Consumer group g conflicts with Connect worker group g"]
    );
    let none: [String; 0] = [];
    assert_eq!(group_errors("connect-s", &sink(&[("consumer.override.group.id", "other")])), none);
    assert_eq!(group_errors("s", &sink(&[])), none);
}

#[test]
fn a_source_that_must_deliver_exactly_once_is_refused_by_a_cluster_that_cannot() {
    let said = |group_id: Option<&str>, more: &[(&str, &str)]| -> Vec<String> {
        let (worker, plugins, runtime) = (worker(&[]), plugins(), Fake::default());
        let config = raw(&[&[("connector.class", SOURCE), ("topic", "t"), ("name", "s")], more].concat());
        let infos =
            wait(Validation { worker: &worker, plugins: &plugins, runtime: &runtime, group_id }.validate(&config));
        errors(&infos.unwrap()).into_iter().map(|(key, error)| format!("{key}: {error}")).collect()
    };
    let required = ("exactly.once.support", "Required");
    let disabled = "exactly.once.support: This worker does not have exactly-once source support enabled.";
    assert_eq!(said(Some("g"), &[required, ("file", "f")]), [disabled]);
    let unsupported =
        "exactly.once.support: The connector does not support exactly-once semantics with the provided configuration.";
    assert_eq!(said(Some("g"), &[required]), [disabled, unsupported]);
    let unknown = said(Some("g"), &[required, ("file", "unknown")]);
    assert!(unknown[1].contains("does not implement the API required for preflight validation"), "{unknown:?}");
    let boundary = ("transaction.boundary", "connector");
    let refused = said(Some("g"), &[boundary]);
    assert!(
        refused[0].starts_with("transaction.boundary: The connector does not support connector-defined"),
        "{refused:?}"
    );
    let none: [String; 0] = [];
    assert_eq!(said(Some("g"), &[boundary, ("file", "f")]), none);
    assert_eq!(said(None, &[required, boundary]), none);
}
