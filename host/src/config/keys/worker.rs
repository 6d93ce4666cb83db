//! The keys of every worker, standalone or distributed (Java's `WorkerConfig`).

use super::super::config_def::{ConfigKey, ConfigType as T, Importance as I, Validator};
use super::{NONE, REQUIRED, is, key, one_of, one_of_any_case};

/// Without those of the REST server and the sandbox.
pub fn keys() -> Vec<ConfigKey> {
    let mut keys = connection_and_converters();
    keys.extend(running());
    keys.extend(metrics());
    keys
}

fn connection_and_converters() -> Vec<ConfigKey> {
    vec![
        key(
            "bootstrap.servers",
            T::List,
            REQUIRED,
            I::High,
            "The brokers to start from: host:port, separated by commas. The others are learned from them.",
        )
        .check(Validator::NonEmpty),
        key("client.dns.lookup", T::String, is("use_all_dns_ips"), I::Medium, "How a broker's host name is resolved.")
            .check(one_of(&["use_all_dns_ips", "resolve_canonical_bootstrap_servers_only"])),
        key(
            "key.converter",
            T::Class,
            REQUIRED,
            I::High,
            "The class that converts record keys between Connect's data and the bytes in Kafka, for connectors that name none. Its \
             settings follow as key.converter.…",
        ),
        key("key.converter.plugin.version", T::String, NONE, I::Low, "The version of the key converter."),
        key(
            "value.converter",
            T::Class,
            REQUIRED,
            I::High,
            "The class that converts record values between Connect's data and the bytes in Kafka, for connectors that name none. Its \
             settings follow as value.converter.…",
        ),
        key("value.converter.plugin.version", T::String, NONE, I::Low, "The version of the value converter."),
        key(
            "header.converter",
            T::Class,
            is("org.apache.kafka.connect.storage.SimpleHeaderConverter"),
            I::Low,
            "The class that converts the values of record headers, for connectors that name none. Its settings follow as header.converter.…",
        ),
        key("header.converter.plugin.version", T::String, NONE, I::Low, "The version of the header converter."),
        key(
            "connector.client.config.override.policy",
            T::String,
            is("All"),
            I::Medium,
            "Which client settings a connector may override by producer.override.…, consumer.override.… and admin.override.…: All, None, \
             Principal (only who it logs in as) or Allowlist.",
        ),
        key(
            "connector.client.config.override.allowlist",
            T::List,
            is(""),
            I::Medium,
            "The client settings that the policy Allowlist lets connectors override, separated by commas.",
        ),
    ]
}

fn running() -> Vec<ConfigKey> {
    vec![
        key(
            "task.shutdown.graceful.timeout.ms",
            T::Long,
            is("5000"),
            I::Low,
            "How long stopping tasks are waited for, all of them together, in milliseconds.",
        )
        .check(Validator::Min(0.0)),
        key(
            "offset.flush.interval.ms",
            T::Long,
            is("60000"),
            I::Low,
            "How often tasks commit their offsets, in milliseconds.",
        )
        .check(Validator::Min(1.0)),
        key(
            "offset.flush.timeout.ms",
            T::Long,
            is("5000"),
            I::Low,
            "How long a commit of offsets may take until it is left to the next one, in milliseconds.",
        )
        .check(Validator::Min(0.0)),
        key(
            "plugin.path",
            T::List,
            NONE,
            I::Low,
            "Directories, separated by commas, with plugins: .wasm files in them or in a sub-directory. Relative ones start at the \
             working directory.",
        ),
        key(
            "plugin.discovery",
            T::String,
            is("hybrid_warn"),
            I::Low,
            "How Java finds plugins in jars. Known for the sake of existing files; a .wasm file always describes itself.",
        )
        .check(one_of_any_case(&["ONLY_SCAN", "SERVICE_LOAD", "HYBRID_WARN", "HYBRID_FAIL"])),
        key("config.providers", T::List, is(""), I::Low, "Aliases of the providers that resolve ${alias:path:key} in configurations of the worker and of connectors. Each has a class \
             (config.providers.<alias>.class): FileConfigProvider and DirectoryConfigProvider with param.allowed.paths, EnvVarConfigProvider \
             with param.allowlist.pattern. With param.ttl.ms a connector whose values have changed is restarted."),
        key(
            "topic.creation.enable",
            T::Boolean,
            is("true"),
            I::Low,
            "Whether topics of source connectors are created by the worker if the connector has topic.creation.… settings.",
        ),
        key(
            "topic.tracking.enable",
            T::Boolean,
            is("true"),
            I::Low,
            "Whether the worker keeps a list of the topics that each connector uses, for GET /connectors/{name}/topics.",
        ),
        key(
            "topic.tracking.allow.reset",
            T::Boolean,
            is("true"),
            I::Low,
            "Whether the list of a connector's topics can be emptied by PUT /connectors/{name}/topics/reset.",
        ),
    ]
}

fn metrics() -> Vec<ConfigKey> {
    vec![
        key(
            "metrics.sample.window.ms",
            T::Long,
            is("30000"),
            I::Low,
            "The time that a sample of a metric covers, in milliseconds.",
        )
        .check(Validator::Min(0.0)),
        key("metrics.num.samples", T::Int, is("2"), I::Low, "How many samples a metric is computed from.")
            .check(Validator::Min(1.0)),
        key("metrics.recording.level", T::String, is("INFO"), I::Low, "How detailed metrics are.")
            .check(one_of(&["INFO", "DEBUG"])),
        key("metric.reporters", T::List, is(""), I::Low, "Java classes that metrics are reported to."),
    ]
}
