//! Promise: a worker reaches brokers in each way that secures a connection, for its group and for its data, with the keys that Java's
//! has for it; one that is not let in says where and why.

use serde_json::json;
use wasm_connect_tests::files::append_numbered_lines;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::secure_kafka::{SecureKafka, Settings};
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::wait::{seconds, wait_for};
use wasm_connect_tests::worker::Worker;
use wasm_connect_tests::worker_cluster::{WorkerCluster, retried, wait_placed};

const LINES: usize = 1_000;

#[test]
fn clusters_form_and_copy_over_each_secured_listener() {
    let secure = SecureKafka::start("secured");
    let mutual = |key, trust, store_type| secure.mutual_tls(key, trust, store_type);
    let password = |mechanism, tls| secure.password(mechanism, tls, None);
    // Two workers where the group's own connections differ most from those of the data.
    for (name, workers, settings) in [
        ("tls-jks", 2, mutual("client.jks", "trust.jks", "JKS")),
        ("tls-pkcs12", 1, mutual("client.p12", "trust.p12", "PKCS12")),
        ("tls-pem", 1, mutual("client.pem", "ca.pem", "PEM")),
        ("plain", 1, password("PLAIN", true)),
        ("scram-256", 1, password("SCRAM-SHA-256", false)),
        ("scram-512", 2, password("SCRAM-SHA-512", true)),
        ("oauth", 2, secure.oauth(None)),
    ] {
        println!("{name}");
        check_copy(&secure.kafka, name, workers, &settings);
    }
    // Its tokens live for ten seconds.
    assert!(secure.provider.asked() >= 2, "{}", secure.provider.asked());
}

/// A cluster of so many workers copies a file that grows meanwhile.
fn check_copy(kafka: &Kafka, name: &str, workers: usize, settings: &Settings) {
    let directory = TempDir::new(name);
    let cluster = settings.iter().fold(WorkerCluster::new(&directory, kafka, name), |cluster, (key, value)| {
        let cluster = cluster.set(key, value.clone());
        // As Java's worker, ours gives the clients of connectors what has their prefix.
        ["producer.", "consumer."].iter().fold(cluster, |cluster, prefix| match *key {
            "bootstrap.servers" => cluster,
            key => cluster.set(&format!("{prefix}{key}"), value.clone()),
        })
    });
    let mut workers: Vec<Worker> = (0..workers).map(|number| cluster.worker(&format!("w{number}")).spawn()).collect();
    workers.iter_mut().for_each(|worker| worker.wait_ready(seconds(60)));
    let (input, output) = (directory.write("in.txt", ""), directory.file("out.txt"));
    append_numbered_lines(&input, 0..LINES);
    let topic = kafka.unique_topic(name);
    for (connector, config) in [
        ("source", json!({ "connector.class": "FileStreamSource", "file": input, "topic": topic })),
        ("sink", json!({ "connector.class": "FileStreamSink", "file": output, "topics": topic })),
    ] {
        let body = json!({ "name": format!("{name}-{connector}"), "config": config });
        retried("a creation", || workers[0].rest().post("/connectors", &body)).expect(201);
    }
    let ids: Vec<String> = workers.iter().map(Worker::id).collect();
    wait_placed(workers[0].rest(), 4, &ids, seconds(60));
    append_numbered_lines(&input, LINES..2 * LINES);
    let wanted = std::fs::read(&input).expect("the input");
    wait_for("both files are equal", seconds(60), || {
        let got = std::fs::read(&output).unwrap_or_default();
        if got == wanted { Ok(()) } else { Err(format!("{} of {} bytes", got.len(), wanted.len())) }
    });
}

#[test]
fn a_worker_that_is_not_let_in_says_where_and_why() {
    let secure = SecureKafka::start("not-let-in");
    let wrong = Some("wrong-secret");
    let mut untrusted = secure.password("PLAIN", true, None);
    untrusted.retain(|(key, _)| *key != "ssl.truststore.location");
    untrusted.push(("ssl.truststore.location", secure.store("stranger.pem")));
    let mut without_certificate = secure.mutual_tls("client.pem", "ca.pem", "PEM");
    without_certificate.retain(|(key, _)| !key.starts_with("ssl.keystore."));
    let mut wrong_store = secure.mutual_tls("client.jks", "trust.jks", "JKS");
    wrong_store.retain(|(key, _)| *key != "ssl.keystore.password");
    wrong_store.push(("ssl.keystore.password", "wrong-secret".to_owned()));
    let mut kerberos = secure.password("PLAIN", true, None);
    kerberos.retain(|(key, _)| *key != "sasl.mechanism");
    kerberos.push(("sasl.mechanism", "GSSAPI".to_owned()));
    let (store, provider) = (secure.store("client.jks"), secure.provider.url());
    for (name, settings, parts) in [
        ("plain", secure.password("PLAIN", true, wrong), ["Invalid username or password", ""]),
        ("scram", secure.password("SCRAM-SHA-256", false, wrong), ["invalid credentials with SASL mechanism", ""]),
        ("untrusted", untrusted, ["certificate verify failed", ""]),
        ("no-certificate", without_certificate, ["certificate", "alert"]),
        ("oauth", secure.oauth(wrong), ["invalid_client", provider.as_str()]),
        ("store", wrong_store, ["ssl.keystore.location", store.as_str()]),
        ("kerberos", kerberos, ["sasl.mechanism", "GSSAPI is not available"]),
    ] {
        println!("{name}");
        let directory = TempDir::new(name);
        let cluster = WorkerCluster::new(&directory, &secure.kafka, name);
        let options =
            settings.iter().fold(cluster.worker("w"), |options, (key, value)| options.set(key, value.clone()));
        let mut worker = options.spawn();
        let broker = if ["oauth", "store", "kerberos"].contains(&name) { "" } else { settings[0].1.as_str() };
        wait_for("the log says where and why", seconds(60), || {
            let log = worker.log();
            let missing = parts.iter().chain([&broker]).find(|part| !log.contains(**part));
            missing.map_or(Ok(()), |part| Err(format!("{part:?} is not in\n{log}")))
        });
        // With TLS 1.3 a broker asks for the certificate when the client thinks that all is well: a connection that breaks.
        if name != "no-certificate" {
            assert!(!worker.wait_exit(seconds(60)).success());
        }
        assert!(!worker.log().contains("wrong-secret"), "{}", worker.log());
    }
}
