//! Promise: what the worker's properties say of its REST server holds: listeners, admin listeners, CORS and headers of answers.

use serde_json::Value;
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::ports;
use wasm_connect_tests::rest::Rest;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::worker::{Worker, WorkerOptions};

fn start(name: &str, change: impl FnOnce(WorkerOptions) -> WorkerOptions) -> (TempDir, Worker) {
    let directory = TempDir::new(name);
    let worker = change(WorkerOptions::new(&directory, Kafka::shared())).start();
    (directory, worker)
}

#[test]
fn admin_endpoints_have_listeners_of_their_own() {
    let port = ports::free();
    let (_directory, worker) =
        start("http-admin", |options| options.set("admin.listeners", format!("http://127.0.0.1:{port}")));
    let admin = Rest::new(port);
    admin.get("/admin/loggers/root").expect(200);
    assert_eq!(admin.get("/connectors").error(404), "HTTP 404 Not Found");
    assert_eq!(worker.rest().get("/admin/loggers").error(404), "HTTP 404 Not Found");
    worker.rest().get("/connectors").expect(200);
}

#[test]
fn admin_endpoints_can_be_nowhere() {
    let (_directory, worker) = start("http-no-admin", |options| options.set("admin.listeners", ""));
    assert_eq!(worker.rest().get("/admin/loggers").error(404), "HTTP 404 Not Found");
    worker.rest().get("/connectors").expect(200);
}

#[test]
fn several_listeners_serve_the_same_api_with_the_headers_that_are_configured() {
    let port = ports::free();
    let (_directory, worker) = start("http-listeners", |options| {
        let first = worker_listener(&options);
        options
            .set("listeners", format!("{first},http://127.0.0.1:{port}"))
            .set("response.http.headers.config", "\"add X-Frame-Options: DENY\",set Cache-Control:no-cache")
            .set("access.control.allow.origin", "*")
    });
    for rest in [worker.rest(), &Rest::new(port)] {
        let answer = rest.get("/connectors").expect(200);
        assert_eq!(answer.header("x-frame-options"), Some("DENY"));
        assert_eq!(answer.header("cache-control"), Some("no-cache"));
        assert_eq!(answer.header("vary"), Some("Origin"));
    }
}

fn worker_listener(options: &WorkerOptions) -> String {
    options.get("listeners").expect("a worker has a listener").to_owned()
}

#[test]
fn the_api_describes_itself() {
    let (_directory, worker) = start("http-openapi", |options| options);
    let document = worker.rest().get("/openapi.json").expect(200).json();
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().expect("paths");
    // Every resource of Java's API.
    for path in [
        "/",
        "/admin/loggers",
        "/admin/loggers/{logger}",
        "/connector-plugins",
        "/connector-plugins/{plugin}/config",
        "/connector-plugins/{plugin}/config/validate",
        "/connectors",
        "/connectors/{connector}",
        "/connectors/{connector}/config",
        "/connectors/{connector}/offsets",
        "/connectors/{connector}/pause",
        "/connectors/{connector}/restart",
        "/connectors/{connector}/resume",
        "/connectors/{connector}/status",
        "/connectors/{connector}/stop",
        "/connectors/{connector}/tasks",
        "/connectors/{connector}/tasks/{task}/restart",
        "/connectors/{connector}/tasks/{task}/status",
        "/connectors/{connector}/topics",
        "/connectors/{connector}/topics/reset",
        "/health",
    ] {
        assert!(paths.get(path).is_some_and(Value::is_object), "{path}");
    }
}
