//! What a worker's properties become, and what is wrong with them in Java's words.

use super::super::standalone_config::StandaloneConfig;
use super::*;

fn config(extra: &[(&str, &str)]) -> Result<WorkerConfig, ConfigException> {
    let mut properties: Config = [
        ("bootstrap.servers", "a:9092, b:9092"),
        ("key.converter", "org.apache.kafka.connect.storage.StringConverter"),
        ("value.converter", "JsonConverter"),
        ("value.converter.schemas.enable", "false"),
        ("offset.storage.file.filename", "run/connect.offsets"),
    ]
    .into_iter()
    .map(|(key, value)| (key.to_owned(), value.to_owned()))
    .collect();
    properties.extend(extra.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    StandaloneConfig::new(properties).map(|config| config.worker)
}

fn notices(config: &WorkerConfig) -> Vec<Notice> {
    config.notices(super::super::keys::standalone::keys(), &[])
}

fn refused(key: &str, value: &str, message: &str) {
    assert_eq!(config(&[(key, value)]).err().unwrap().0, message);
}

#[test]
fn defaults_are_javas() {
    let config = config(&[]).unwrap();
    assert_eq!(config.bootstrap_servers, ["a:9092", "b:9092"]);
    assert_eq!(config.value_converter.class, "JsonConverter");
    assert_eq!(config.value_converter.settings["schemas.enable"], "false");
    assert_eq!(config.header_converter.class, "org.apache.kafka.connect.storage.SimpleHeaderConverter");
    assert_eq!(config.offset_flush_interval, Duration::from_secs(60));
    assert_eq!(config.task_shutdown_graceful_timeout, Duration::from_secs(5));
    assert_eq!(config.rest.listeners, [Listener { scheme: Scheme::Http, host: String::new(), port: 8083 }]);
    assert_eq!(config.override_policy, OverridePolicy::All);
    assert!(config.topic_creation_enable && config.topic_tracking_enable && config.topic_tracking_allow_reset);
    assert!(
        config.plugin_path.is_empty() && config.sandbox.fs_read.is_empty() && config.sandbox.net_connect.is_empty()
    );
    assert_eq!(config.sandbox.limits.worker().memory_max_bytes, 256 << 20);
    assert!(notices(&config).is_empty());
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    let error = StandaloneConfig::new(Config::new()).err().unwrap();
    assert_eq!(error.0, "Missing required configuration \"bootstrap.servers\" which has no default value.");
    refused(
        "offset.flush.interval.ms",
        "soon",
        "Invalid value soon for configuration offset.flush.interval.ms: Not a number of type LONG",
    );
    refused(
        "listeners",
        "localhost:8083",
        "Invalid value localhost:8083 for configuration listeners: Listener doesn't have the right format \
         (protocol://hostname:port).",
    );
    refused(
        "listeners",
        "ftp://localhost:8083",
        "Invalid value ftp://localhost:8083 for configuration listeners: Listener protocol must be either \"http\" or \
         \"https\".",
    );
    refused(
        "sandbox.net.connect",
        "http://db",
        "Invalid value http://db for configuration sandbox.net.connect: Expected host, host:port, *.domain, an address or a \
         network such as 10.0.0.0/8, with :port or without",
    );
    refused(
        "sandbox.net.listen",
        "db:1",
        "Invalid value db:1 for configuration sandbox.net.listen: Expected IP addresses",
    );
    refused(
        "rest.advertised.port",
        "70000",
        "Invalid value 70000 for configuration rest.advertised.port: Value is no port",
    );
}

#[test]
fn keys_that_change_nothing_are_named() {
    let config = config(&[
        ("producer.linger.ms", "1"),
        ("security.protocol", "SASL_SSL"),
        ("sasl.jaas.config", "x"),
        ("offset.flush.intervall.ms", "1"),
        ("plugin.discovery", "only_scan"),
        ("rest.extension.classes", ""),
    ]);
    let notices = notices(&config.unwrap());
    assert_eq!(
        notices,
        [Notice::Unknown("offset.flush.intervall.ms".to_owned()), Notice::NoEffect("plugin.discovery".to_owned())]
    );
    assert_eq!(notices[0].to_string(), "worker configuration 'offset.flush.intervall.ms' is unknown and was ignored");
}

#[test]
fn the_advertised_listener_is_http_unless_the_key_says_otherwise() {
    let listeners = ("listeners", "https://a.example:8443,http://b.example:8083");
    let key_store = ("listeners.https.ssl.keystore.location", "/etc/worker.p12");
    let url = |more: &[(&str, &str)]| config(&[&[listeners, key_store], more].concat()).unwrap().advertised_url(0);
    assert_eq!(url(&[]), "http://b.example:8083/");
    assert_eq!(url(&[("rest.advertised.listener", "https")]), "https://a.example:8443/");
    assert_eq!(
        url(&[("rest.advertised.listener", "https"), ("rest.advertised.port", "443")]),
        "https://a.example:443/"
    );
    assert!(notices(&config(&[listeners, key_store]).unwrap()).is_empty());
    assert!(config(&[listeners]).err().unwrap().0.contains("ssl.keystore.location"));
    assert!(config(&[("rest.advertised.listener", "https")]).err().unwrap().0.contains("no listener of this protocol"));
}

#[test]
fn admin_endpoints_are_with_the_others_or_elsewhere_or_nowhere() {
    let admin = |value: Option<&str>| {
        let given: Vec<_> = value.map(|value| ("admin.listeners", value)).into_iter().collect();
        config(&given).unwrap().rest.admin_listeners
    };
    assert_eq!(admin(None), None);
    assert_eq!(admin(Some("")), Some(vec![]));
    let listener = |port| Listener { scheme: Scheme::Http, host: "127.0.0.1".into(), port };
    assert_eq!(admin(Some("http://127.0.0.1:1, http://127.0.0.1:2")), Some(vec![listener(1), listener(2)]));
    refused(
        "admin.listeners",
        "here",
        "Invalid value here for configuration admin.listeners: Listener doesn't have the right format \
         (protocol://hostname:port).",
    );
}

#[test]
fn pages_of_the_given_origins_may_use_the_api() {
    let cross_origin = |origin: &str, methods: &str| {
        let given = [("access.control.allow.origin", origin), ("access.control.allow.methods", methods)];
        config(&given).unwrap().rest.cross_origin
    };
    assert!(cross_origin("", "GET").is_none());
    let some = cross_origin("http://a.example, https://.*\\.b\\.example", "").unwrap();
    assert_eq!(some.methods, ["GET", "POST", "HEAD"]);
    for (origin, allowed) in
        [("http://a.example", true), ("https://x.b.example", true), ("https://b.example", false), ("", false)]
    {
        assert_eq!(some.allows(origin), allowed, "{origin}");
    }
    let any = cross_origin("*", "GET,PUT").unwrap();
    assert!(any.allows("http://a.example") && any.methods == ["GET", "PUT"]);
    assert!(config(&[("access.control.allow.origin", "(")]).is_err());
}

#[test]
fn nobody_is_told_of_an_address_that_nobody_can_use() {
    let id = |extra: &[(&str, &str)]| config(extra).unwrap().worker_id(4321);
    assert_eq!(id(&[("listeners", "http://127.0.0.1:8083")]), "127.0.0.1:8083");
    assert_eq!(id(&[("listeners", "http://127.0.0.1:0")]), "127.0.0.1:4321");
    assert_eq!(id(&[("listeners", "HTTP://[::1]:8083")]), "[::1]:8083");
    assert_eq!(id(&[("rest.advertised.host.name", "h"), ("rest.advertised.port", "80")]), "h:80");
    for any in ["http://:8083", "http://0.0.0.0:8083", "http://[::]:8083"] {
        let id = id(&[("listeners", any)]);
        assert!(
            id.ends_with(":8083") && !id.starts_with("0.0.0.0") && !id.starts_with(':') && !id.starts_with('['),
            "{id}"
        );
    }
}

#[test]
fn paths_of_the_sandbox_are_absolute() {
    let config = config(&[("sandbox.fs.read", "run/data, /srv/in")]).unwrap();
    assert_eq!(config.sandbox.fs_read[1], PathBuf::from("/srv/in"));
    assert_eq!(config.sandbox.fs_read[0], std::env::current_dir().unwrap().join("run/data"));
}

#[test]
fn compiled_plugins_are_kept_in_the_users_cache() {
    let dir = |xdg: Option<&str>, home: Option<&str>| default_cache_dir(xdg.map(Into::into), home.map(Into::into));
    assert_eq!(dir(Some("/x"), Some("/h")), PathBuf::from("/x/wasm-connect"));
    assert_eq!(dir(Some("relative"), Some("/h")), PathBuf::from("/h/.cache/wasm-connect"));
    assert_eq!(dir(None, None), std::env::temp_dir().join("wasm-connect"));
}

#[test]
fn the_sample_properties_are_valid() {
    let samples = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("config");
    let properties = super::super::properties::load(&samples.join("connect-standalone.properties")).unwrap();
    let config = StandaloneConfig::new(properties).unwrap();
    assert!(config.notices().is_empty(), "{:?}", config.notices());
    for sample in ["connect-file-source.properties", "connect-file-sink.properties"] {
        super::super::connector_file::load(&samples.join(sample)).unwrap();
    }
}
