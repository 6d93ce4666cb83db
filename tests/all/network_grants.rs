//! Promise: a connector reaches the hosts that its own configuration names, if the worker allows it, and no others; a refusal fails
//! nobody else.

use std::io::Write;
use std::net::TcpStream;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};
use wasm_connect_tests::connectors::with;
use wasm_connect_tests::files::append;
use wasm_connect_tests::identity::Identity;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::ports;
use wasm_connect_tests::server::{GREETING, Server, answer};
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_for, wait_until};
use wasm_connect_tests::worker::{Worker, WorkerOptions};

use crate::pair::{Pair, wait_for_text};

/// A worker with a copy at work, beside which guests try what they were not granted.
struct Scene {
    worker: Worker,
    pair: Pair,
    written: String,
    directory: TempDir,
}

impl Scene {
    fn new(name: &str, connect: &str) -> Self {
        Self::with(name, connect, |_, options| options)
    }

    fn with(name: &str, connect: &str, change: impl FnOnce(&TempDir, WorkerOptions) -> WorkerOptions) -> Self {
        let kafka = Kafka::shared();
        let directory = TempDir::new(name);
        let pair = Pair::new(&directory, kafka, name);
        let options = WorkerOptions::new(&directory, kafka).with_test_plugins().set("sandbox.net.connect", connect);
        let worker = change(&directory, options).start();
        pair.create(&worker);
        let mut scene = Self { worker, pair, written: String::new(), directory };
        scene.check_the_others("before");
        scene
    }

    /// The copy goes on: a line written now arrives.
    #[track_caller]
    fn check_the_others(&mut self, line: &str) {
        append(&self.pair.input, &format!("{line}\n"));
        self.written += &format!("{line}\n");
        wait_for_text(&self.worker, &self.pair.output, &self.written);
        self.pair.assert_nothing_failed(&self.worker);
        assert!(!self.worker.log().contains("[source|task-0] the sandbox refused"), "the copy was refused something");
    }

    /// Runs a guest whose task fails with exactly that message.
    #[track_caller]
    fn fails(&mut self, name: &str, class: &str, config: Value, message: &str) {
        let full = format!("tests.guests.{class}");
        self.worker.rest().create(name, with(json!({ "connector.class": full, "tasks.max": "1" }), config));
        let trace = self.worker.rest().wait_task_failed(name, 0, seconds(60));
        let first = trace.lines().next().unwrap_or_default();
        let expected = format!("org.apache.kafka.connect.errors.ConnectException: {full} 1.0.0: start: {message}");
        assert_eq!(first, expected, "{name}: {trace}");
        self.check_the_others(name);
    }

    /// Runs a guest whose task brings exactly that record.
    #[track_caller]
    fn brings(&mut self, name: &str, class: &str, config: Value, record: &str) {
        let topic = Kafka::shared().unique_topic(name);
        let full = format!("tests.guests.{class}");
        let config = with(json!({ "connector.class": full, "tasks.max": "1", "topic": topic }), config);
        self.worker.rest().create(name, config);
        self.wait_for_record(name, &topic, record);
        self.check_the_others(name);
    }

    #[track_caller]
    fn wait_for_record(&self, name: &str, topic: &str, record: &str) {
        let topics = Topics::new(Kafka::shared());
        let values = wait_for(&format!("{name} has brought its record"), seconds(60), || {
            self.worker.rest().assert_nothing_failed(name);
            let values = topics.values(topic);
            if values.is_empty() { Err("nothing yet".to_owned()) } else { Ok(values) }
        });
        assert_eq!(values, [record], "{name}");
    }

    /// The worker's log tells of a refusal, in the context of the task.
    #[track_caller]
    fn told(&self, name: &str, what: &str) {
        let line = format!("[{name}|task-0] the sandbox refused to {what}");
        assert!(self.worker.log().contains(&line), "{line:?} is not in the log");
    }
}

/// The entry of an allowlist, or value of a configuration, for a server by its address.
fn at(server: &Server) -> String {
    format!("127.0.0.1:{}", server.port())
}

#[test]
fn a_host_that_the_allowlist_does_not_cover_is_refused_before_anything_runs() {
    let scene = Scene::new("net-refused", "*.example.com:443, 10.0.0.0/8");
    let refused = |server: &str| {
        let config = json!({ "connector.class": "tests.guests.TcpDialer", "server": server });
        scene.worker.rest().post("/connectors", &json!({ "name": "refused", "config": config })).error(400)
    };
    let allowed = "(allowed: *.example.com:443, 10.0.0.0/8)";
    for (server, host) in [
        ("db.example.com:5432", "db.example.com:5432"),
        ("https://api.example.com, https://user:secret@example.org/x", "example.org:443"),
        ("[::ffff:11.0.0.1]:80", "11.0.0.1:80"),
        ("localhost:80", "localhost:80"),
    ] {
        let message = refused(server);
        let reason = format!(
            "Host '{host}' may not be connected to: the worker's 'sandbox.net.connect' does not cover it {allowed}."
        );
        assert!(message.contains(&reason), "{server}: {message}");
        assert!(!message.contains("secret"), "{message}");
    }
    let config = json!({ "name": "x", "connector.class": "tests.guests.TcpDialer", "server": "localhost:80" });
    let path = "/connector-plugins/tests.guests.TcpDialer/config/validate";
    let infos = scene.worker.rest().put(path, &config).expect(200).json();
    assert_eq!(infos["error_count"], 1, "{infos}");
    let configs = infos["configs"].as_array().expect("configs");
    let server = configs.iter().find(|config| config["value"]["name"] == "server").expect("the key server");
    assert!(server["value"]["errors"].to_string().contains("sandbox.net.connect"), "{server}");
}

#[test]
fn a_connector_reaches_what_its_configuration_names_and_the_worker_allows() {
    let mut scene = Scene::new("net-granted", "127.0.0.0/8, localhost");
    let (tcp, udp) = (Server::tcp(), Server::udp());
    scene.brings("by-address", "TcpDialer", json!({ "server": at(&tcp), "dial": at(&tcp) }), GREETING);
    let named = format!("localhost:{}", tcp.port());
    scene.brings("by-name", "TcpDialer", json!({ "server": named, "dial": named }), GREETING);
    scene.brings("looked-up", "RawDialer", json!({ "server": named, "lookup": named }), GREETING);
    scene.brings("by-udp", "UdpSender", json!({ "server": at(&udp), "send": at(&udp) }), "ping");
    assert_eq!(tcp.connections(), 3);
}

#[test]
fn what_was_not_granted_is_not_reached() {
    let mut scene = Scene::new("net-denied", "127.0.0.0/8, localhost");
    let (granted, other) = (Server::tcp(), Server::tcp());
    let (own, denied) = (at(&granted), "Permission denied (os error 2)");
    let named = format!("localhost:{}", granted.port());

    let dial = |to: &str| json!({ "server": own, "dial": to });
    scene.fails("port", "TcpDialer", dial(&at(&other)), &format!("cannot dial {}: {denied}", at(&other)));
    let rule =
        format!("connect to {}: the connector's configuration grants {own} (refusal 1 of this instance)", at(&other));
    scene.told("port", &rule);
    for (name, to) in [
        ("metadata", "169.254.169.254:80".to_owned()),
        ("other-loopback", format!("127.0.0.2:{}", granted.port())),
        ("loopback-v6", format!("[::1]:{}", granted.port())),
        ("private", "10.0.0.1:80".to_owned()),
    ] {
        scene.fails(name, "TcpDialer", dial(&to), &format!("cannot dial {to}: {denied}"));
        scene.told(name, &format!("connect to {to}: the connector's configuration grants {own}"));
    }
    // No such address is an address of a socket at all.
    let mapped = format!("[::ffff:127.0.0.1]:{}", other.port());
    scene.fails("mapped", "TcpDialer", dial(&mapped), &format!("cannot dial {mapped}: Invalid argument (os error 28)"));

    let name = format!("localhost:{}", granted.port());
    scene.fails("name", "TcpDialer", dial(&name), &format!("cannot dial {name}: {denied}"));
    scene.told("name", &format!("look up localhost: the connector's configuration grants {own}"));
    // The address of a granted name is not granted by itself.
    let raw = json!({ "server": named, "dial": own });
    scene.fails("raw-address", "TcpDialer", raw, &format!("cannot dial {own}: {denied}"));
    scene.told("raw-address", &format!("connect to {own}: the connector's configuration grants {named}"));
    assert_eq!((granted.connections(), other.connections()), (0, 0));
}

#[test]
fn without_a_grant_there_is_no_network() {
    let mut scene = Scene::new("net-none", "*, 127.0.0.0/8");
    let (tcp, udp) = (Server::tcp(), Server::udp());
    let denied = "Permission denied (os error 2)";
    let (to, port) = (at(&tcp), ports::free());
    scene.fails("dial", "TcpDialer", json!({ "dial": to }), &format!("cannot dial {to}: {denied}"));
    scene.told("dial", &format!("connect to {to}: the connector's configuration grants nothing"));
    let message = format!("cannot send to {}: {denied}", at(&udp));
    scene.fails("send", "UdpSender", json!({ "send": at(&udp) }), &message);
    scene.told("send", &format!("send to {}", at(&udp)));
    let bind = format!("0.0.0.0:{port}");
    scene.fails("bind", "Binder", json!({ "bind": bind }), &format!("cannot bind {bind}: {denied}"));
    scene.told("bind", &format!("bind {bind}"));
    for (name, listen, told) in [
        ("listen", format!("0.0.0.0:{port}"), format!("bind 0.0.0.0:{port}")),
        ("listen-anywhere", "0.0.0.0:0".to_owned(), "listen on 0.0.0.0:".to_owned()),
    ] {
        let message = format!("cannot listen on {listen}: {denied}");
        scene.fails(name, "Listener", json!({ "listen": listen }), &message);
        scene.told(name, &told);
    }
    let url = format!("http://{to}/");
    let message = format!("cannot get {url}: ErrorCode::HttpRequestDenied");
    scene.fails("http", "HttpClient", json!({ "url": url }), &message);
    scene.told("http", &format!("connect to {to}: the connector's configuration grants nothing"));
    assert_eq!((tcp.connections(), udp.connections()), (0, 0));
}

#[test]
fn a_name_that_leads_to_this_machine_leads_nowhere() {
    // Any host is allowed by name, and this machine by its addresses; but not this machine by a name.
    let mut scene = Scene::new("net-name", "*, 127.0.0.0/8, [::1]");
    let server = Server::tcp();
    let named = format!("localhost:{}", server.port());
    let config = json!({ "server": named, "dial": named });
    scene.fails("by-socket", "TcpDialer", config, &format!("cannot dial {named}: Permission denied (os error 2)"));
    scene.told("by-socket", "reach localhost at ");
    let url = format!("http://{named}/");
    let config = json!({ "server": named, "url": url });
    scene.fails("by-http", "HttpClient", config, &format!("cannot get {url}: ErrorCode::DestinationIpProhibited"));
    scene.told("by-http", "reach localhost at ");
    assert_eq!(server.connections(), 0);
}

#[test]
fn requests_go_to_what_was_granted_and_redirects_are_checked_again() {
    let mut scene = Scene::new("net-http", "127.0.0.0/8");
    let other = Server::http(|_, _| answer(200, "", "secret"));
    let elsewhere = format!("http://{}/", at(&other));
    let server = Server::http(move |line, body| match line {
        "GET /ok" => answer(200, "", "fine"),
        "POST /ok" => answer(201, "", &format!("{} bytes", body.len())),
        "GET /here" => answer(302, "Location: http://127.0.0.1:PORT/ok\r\n", ""),
        "GET /elsewhere" => answer(307, &format!("Location: {elsewhere}\r\n"), ""),
        "GET /metadata" => answer(302, "Location: http://169.254.169.254/latest/meta-data/\r\n", ""),
        _ => answer(404, "", line),
    });
    let own = at(&server);
    let get = |path: &str| json!({ "server": own, "url": format!("http://{own}{path}") });
    scene.brings("get", "HttpClient", get("/ok"), "200 fine");
    scene.brings("post", "HttpClient", with(get("/ok"), json!({ "post.bytes": "300000" })), "201 300000 bytes");
    scene.brings("unknown", "HttpClient", get("/x"), "404 GET /x");
    let denied = "ErrorCode::HttpRequestDenied";
    let elsewhere = format!("http://{}/", at(&other));
    scene.fails("elsewhere", "HttpClient", get("/elsewhere"), &format!("cannot get {elsewhere}: {denied}"));
    scene.told("elsewhere", &format!("connect to {}: the connector's configuration grants {own}", at(&other)));
    let metadata = "http://169.254.169.254/latest/meta-data/";
    scene.fails("metadata", "HttpClient", get("/metadata"), &format!("cannot get {metadata}: {denied}"));
    scene.told("metadata", "connect to 169.254.169.254:80");
    let mapped = format!("http://[::ffff:127.0.0.1]:{}/", other.port());
    let config = json!({ "server": own, "url": mapped });
    scene.fails("mapped", "HttpClient", config, &format!("cannot get {mapped}: {denied}"));
    assert_eq!(other.connections(), 0);
}

#[test]
fn the_worker_does_tls_and_checks_who_answers() {
    let authority = Identity::authority();
    let pem = authority.pem();
    let mut scene = Scene::with("net-https", "localhost, 127.0.0.0/8", |directory, options| {
        let truststore = directory.write("ca.pem", String::from_utf8(pem).expect("PEM is text"));
        options.set("sandbox.http.ssl.truststore.location", truststore.display().to_string())
    });
    let server = Server::https(&authority.of("localhost"), |line, _| answer(200, "", line));
    let url = format!("https://localhost:{}/x", server.port());
    scene.brings("trusted", "HttpClient", json!({ "server": url, "url": url }), "200 GET /x");
    let refused = |url: &str| format!("cannot get {url}: ErrorCode::TlsCertificateError");
    let wrong_name = format!("https://127.0.0.1:{}/x", server.port());
    scene.fails("name", "HttpClient", json!({ "server": wrong_name, "url": wrong_name }), &refused(&wrong_name));
    assert!(scene.worker.log().contains("the server's certificate was refused: IP address mismatch"));
    let stranger = Server::https(&Identity::authority().of("localhost"), |line, _| answer(200, "", line));
    let url = format!("https://localhost:{}/x", stranger.port());
    scene.fails("stranger", "HttpClient", json!({ "server": url, "url": url }), &refused(&url));
}

#[test]
fn a_connector_listens_where_it_was_granted_to() {
    let (granted, other) = (ports::free(), ports::free());
    let allowed = format!("127.0.0.1:{granted}");
    let mut scene = Scene::with("net-listen", "", |_, options| options.set("sandbox.net.listen", allowed.as_str()));
    let listener = |at: &str, grant: &str| json!({ "connector.class": "tests.guests.Listener", "listen": at, "granted.listen": grant });
    let refused = json!({ "name": "refused", "config": listener(&allowed, &format!("0.0.0.0:{granted}")) });
    let message = scene.worker.rest().post("/connectors", &refused).error(400);
    let reason = format!(
        "'0.0.0.0:{granted}' may not be listened on: the worker's 'sandbox.net.listen' does not cover it (allowed: {allowed})."
    );
    assert!(message.contains(&reason), "{message}");

    let elsewhere = format!("127.0.0.1:{other}");
    let message = format!("cannot listen on {elsewhere}: Permission denied (os error 2)");
    scene.fails("elsewhere", "Listener", listener(&elsewhere, &allowed), &message);
    scene.told("elsewhere", &format!("bind {elsewhere}: the connector's configuration grants to listen on {allowed}"));

    let topic = Kafka::shared().unique_topic("net-listen");
    scene.worker.rest().create("listener", with(listener(&allowed, &allowed), json!({ "topic": topic })));
    wait_until("the connector listens", seconds(30), || {
        TcpStream::connect(&allowed).and_then(|mut client| client.write_all(b"hello")).is_ok()
    });
    scene.wait_for_record("listener", &topic, "hello");
    scene.check_the_others("listener");
}

#[test]
fn etc_passwd_is_read_by_no_route() {
    let mut scene = Scene::new("net-passwd", "");
    let granted = scene.directory.file("granted");
    std::fs::create_dir(&granted).expect("a directory");
    symlink("/etc/passwd", granted.join("link-to-passwd")).expect("a link");
    for route in ["absolute", "dotted", "symlink", "found-symlink", "proc", "hard-link", "rename"] {
        let reason = match route {
            // What a granted directory has in it is known to its owner.
            "found-symlink" => "Symbolic link loop (os error 32)",
            _ => "Operation not permitted (os error 63)",
        };
        let config = json!({ "directory": granted, "route": route });
        scene.fails(route, "PasswdReader", config, &format!("cannot read /etc/passwd by {route}: {reason}"));
    }
    scene.told("absolute", "open \"etc/passwd\": the connector's configuration does not grant it");
    scene.told("proc", "open \"proc/self/root/etc/passwd\"");
    let left: Vec<_> =
        std::fs::read_dir(&granted).expect("granted/").flatten().map(|entry| entry.file_name()).collect();
    assert_eq!(left, ["link-to-passwd"]);
}
