//! `wasm-connect reference`: the page of all configuration keys, which is also `host/config/REFERENCE.md`.

use std::process::ExitCode;

use crate::config::config_def::ConfigKey;
use crate::config::keys::{
    client, distributed, limits, plugin_upgrade, restart, sink, source, standalone, topic_creation, transforms,
};
use crate::config::reference::{Section, page};
use crate::converter;
use crate::transform;

/// Print the reference of all configuration keys, as Markdown.
#[derive(clap::Args)]
pub struct Args {}

/// Prints the page.
pub fn run(_: Args) -> ExitCode {
    print!("{}", reference());
    ExitCode::SUCCESS
}

fn reference() -> String {
    let section = |title: &str, intro, keys| Section { title: title.to_owned(), intro, keys };
    let mut sections = vec![
        section("Standalone worker", "In the file that `wasm-connect standalone` is given first.", standalone::keys()),
        section("Distributed worker", "In the file that `wasm-connect distributed` is given.", distributed::keys()),
        section(
            "Source connectors",
            "In a source connector's configuration, beside the plugin's own keys.",
            source::keys(),
        ),
        section(
            "Topics of source connectors",
            "With `topic.creation.default.`, or `topic.creation.GROUP.` for a group of `topic.creation.groups`, in front.",
            topic_creation::group_keys("default", "-1", "-1"),
        ),
        section("Sink connectors", "In a sink connector's configuration, beside the plugin's own keys.", sink::keys()),
        section(
            "Dead letter queue of source connectors",
            "In a source connector's configuration, if it is to have one; Java's have none. A letter holds the record as the connector \
             brought it, before all transforms: key and value as `JsonConverter` writes them with schemas, headers as \
             `SimpleHeaderConverter` does. The context's headers are those of a sink's letters, without `offset` and with \
             `__connect.errors.source.partition` and `__connect.errors.source.offset`. Source offsets are committed only when the letters \
             before them are in Kafka.",
            sink::dead_letter_queue().to_vec(),
        ),
        section("Restarts of a connector's tasks", "In a connector's configuration.", restart::keys()),
        section(
            "Upgrades of a connector",
            "In a connector's configuration. What runs keeps its version of the plugin otherwise, until the connector is restarted.",
            plugin_upgrade::keys(),
        ),
        section(
            "Limits of a connector",
            "In a connector's configuration, for itself, as far as the worker's key of the same name with `.cap` behind it allows. The \
             defaults are the worker's own values of these keys.",
            limits::LIMITS.iter().map(limits::Limit::key).collect(),
        ),
        section(
            "Clients of a connector",
            "With `producer.override.`, `consumer.override.` or `admin.override.` in front in a connector's configuration; with \
             `producer.`, `consumer.` or `admin.` in front in the worker's, for all connectors. Other keys of Kafka's clients work as \
             well, as far as librdkafka has something like them.",
            client::keys(""),
        ),
    ];
    for built_in in converter::builtin_converters() {
        let intro = match built_in.is_header_converter {
            true => "With `key.converter.`, `value.converter.` or `header.converter.` in front.",
            false => "With `key.converter.` or `value.converter.` in front.",
        };
        sections.extend(section_of("Converter", built_in.class, intro, built_in.config_keys()));
    }
    let implicit =
        transforms::class_keys("Transformation", "ALIAS", "", "").into_iter().chain(transforms::predicate_keys());
    let intro = "With `transforms.ALIAS.` in front, for each alias of `transforms`. Predicates have `type` and `plugin.version` too, \
                 with `predicates.ALIAS.` in front.";
    sections.push(section("Transforms of a connector", intro, implicit.collect()));
    // The classes for keys and for values have the same keys.
    for built_in in transform::builtin_transformations().iter().filter(|built_in| !built_in.class.ends_with("$Key")) {
        let intro = "With `transforms.ALIAS.` in front.";
        let class = built_in.class.trim_end_matches("$Value");
        sections.extend(section_of("Transform", class, intro, built_in.config_keys()));
    }
    for built_in in transform::builtin_predicates() {
        let intro = "With `predicates.ALIAS.` in front.";
        sections.extend(section_of("Predicate", built_in.class, intro, built_in.config_keys()));
    }
    page(&sections)
}

/// None: the class has no keys.
fn section_of(kind: &str, class: &str, intro: &'static str, keys: Vec<ConfigKey>) -> Option<Section> {
    let title = format!("{kind} {}", class.rsplit('.').next().unwrap_or(class));
    (!keys.is_empty()).then_some(Section { title, intro, keys })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    /// `UPDATE_REFERENCE=1 cargo test` writes the page anew.
    #[test]
    fn the_page_in_the_repository_is_the_one_that_is_printed() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/REFERENCE.md");
        if std::env::var_os("UPDATE_REFERENCE").is_some() {
            std::fs::write(&path, super::reference()).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(written == super::reference(), "{} is old: run the tests with UPDATE_REFERENCE=1", path.display());
    }
}
