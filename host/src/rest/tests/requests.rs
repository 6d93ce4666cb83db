//! What is answered to which request.

use super::client::TestServer;
use crate::config::java_pattern::JavaPattern;
use crate::config::worker_config::{CrossOrigin, HeaderAction, HeaderRule, HeaderText};
use crate::rest::resource::RESOURCES;
use crate::rest::route::Verb;

#[tokio::test]
async fn an_unknown_connector_is_answered_in_javas_words() {
    let server = TestServer::start().await;
    let not_found = r#"{"error_code":404,"message":"Connector nope not found"}"#;
    for path in ["", "/config", "/tasks", "/offsets"] {
        server.check("GET", &format!("/connectors/nope{path}"), "", 404, not_found).await;
    }
    server.check("DELETE", "/connectors/nope", "", 404, not_found).await;
    server.check("PATCH", "/connectors/nope/config", r#"{"a":"b"}"#, 404, not_found).await;

    let no_status = r#"{"error_code":404,"message":"No status found for connector nope"}"#;
    server.check("GET", "/connectors/nope/status", "", 404, no_status).await;
    let no_status = r#"{"error_code":404,"message":"No status found for task nope-0"}"#;
    server.check("GET", "/connectors/nope/tasks/0/status", "", 404, no_status).await;

    let unknown = r#"{"error_code":404,"message":"Unknown connector nope"}"#;
    for path in ["pause", "resume", "stop"] {
        server.check("PUT", &format!("/connectors/nope/{path}"), "", 404, unknown).await;
    }
    let unknown = r#"{"error_code":404,"message":"Unknown connector: nope"}"#;
    for path in ["restart", "restart?includeTasks=true", "tasks/0/restart"] {
        server.check("POST", &format!("/connectors/nope/{path}"), "", 404, unknown).await;
    }
    server.check("GET", "/connectors/nope/topics", "", 200, r#"{"nope":{"topics":[]}}"#).await;
    server.check("PUT", "/connectors/nope/topics/reset", "", 202, "").await;
    let forbidden = r#"{"error_code":403,"message":"Topic tracking reset is disabled."}"#;
    server.check("PUT", "/connectors/untracked/topics/reset", "", 403, forbidden).await;
}

#[tokio::test]
async fn unknown_paths_and_methods_are_answered_in_javas_words() {
    let server = TestServer::start().await;
    let not_found = r#"{"error_code":404,"message":"HTTP 404 Not Found"}"#;
    for path in ["/nope", "/application.wadl", "/connectors/a/tasks-config"] {
        server.check("GET", path, "", 404, not_found).await;
    }
    server.check("POST", "/connectors/src/tasks/abc/restart", "", 404, not_found).await;

    let not_allowed = r#"{"error_code":405,"message":"HTTP 405 Method Not Allowed"}"#;
    server.check("DELETE", "/connectors", "", 405, not_allowed).await;
    server.check("TRACE", "/connectors", "", 405, not_allowed).await;
    let answer = server.request("PUT", "/connectors/src/restart", "").await;
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST,OPTIONS")));
}

#[tokio::test]
async fn options_lists_the_methods_and_head_is_get_without_its_body() {
    let server = TestServer::start().await;
    let answer = server.request("OPTIONS", "/connectors", "").await;
    assert_eq!((answer.status, answer.body.as_str()), (200, "HEAD, POST, GET, OPTIONS"));
    assert_eq!(answer.header("allow"), Some("HEAD,POST,GET,OPTIONS"));
    assert_eq!(answer.header("content-type"), Some("text/plain"));

    let get = server.request("GET", "/", "").await;
    assert_eq!(get.body, r#"{"version":"4.3.1","commit":"c","kafka_cluster_id":"k"}"#);
    let head = server.request("HEAD", "/", "").await;
    assert_eq!((head.status, head.body.as_str()), (200, ""));
    assert_eq!(head.header("content-type"), Some("application/json"));
    assert_eq!(head.header("content-length"), Some(get.body.len().to_string().as_str()));
    assert_eq!(server.request("HEAD", "/connectors/nope", "").await.status, 404);
    assert_eq!(server.request("HEAD", "/connectors/nope/pause", "").await.status, 405);
}

#[tokio::test]
async fn a_connector_goes_through_its_life() {
    let server = TestServer::start().await;
    let body = r#"{"name":" src ","config":{"connector.class":"FileStreamSource","tasks.max":2,"x":1.10,"y":true}}"#;
    let created = r#"{"name":"src","config":{"connector.class":"FileStreamSource","tasks.max":"2","x":"1.10","y":"true","name":"src"},"tasks":[],"type":"source"}"#;
    let answer = server.request("POST", "/connectors", body).await;
    assert_eq!((answer.status, answer.body.as_str()), (201, created));
    assert_eq!(answer.header("location"), Some("http://connect.example:28083/connectors/src"));
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let exists = r#"{"error_code":409,"message":"Connector src already exists"}"#;
    server.check("POST", "/connectors", body, 409, exists).await;

    server.check("GET", "/connectors", "", 200, r#"["src"]"#).await;
    let config = r#"{"connector.class":"FileStreamSource","tasks.max":"2","x":"1.10","y":"true","name":"src"}"#;
    let info =
        format!(r#"{{"name":"src","config":{config},"tasks":[{{"connector":"src","task":0}}],"type":"source"}}"#);
    server.check("GET", "/connectors/src", "", 200, &info).await;
    server.check("GET", "/connectors/src/config", "", 200, config).await;
    let tasks = format!(r#"[{{"id":{{"connector":"src","task":0}},"config":{config}}}]"#);
    server.check("GET", "/connectors/src/tasks/", "", 200, &tasks).await;
    let task = |state: &str| format!(r#"{{"id":0,"state":"{state}","worker_id":"w:1","version":"4.3.1"}}"#);
    let status = |state: &str| {
        let connector = format!(r#"{{"state":"{state}","worker_id":"w:1","version":"4.3.1"}}"#);
        format!(r#"{{"name":"src","connector":{connector},"tasks":[{}],"type":"source"}}"#, task(state))
    };
    server.check("GET", "/connectors/src/status", "", 200, &status("RUNNING")).await;
    server.check("GET", "/connectors/src/tasks/0/status", "", 200, &task("RUNNING")).await;
    let no_task = r#"{"error_code":404,"message":"No status found for task src-1"}"#;
    server.check("GET", "/connectors/src/tasks/1/status", "", 404, no_task).await;
    let offsets = r#"{"offsets":[{"partition":{"filename":"f"},"offset":{"position":12}}]}"#;
    server.check("GET", "/connectors/src/offsets", "", 200, offsets).await;

    server.check("POST", "/connectors/src/restart", "", 204, "").await;
    server.check("POST", "/connectors/src/restart?includeTasks=xyz", "", 204, "").await;
    let restart = "/connectors/src/restart?includeTasks=TRUE&onlyFailed=false";
    server.check("POST", restart, "", 202, &status("RESTARTING")).await;
    server.check("POST", "/connectors/src/restart?onlyFailed=true", "", 202, &status("RUNNING")).await;
    server.check("POST", "/connectors/src/tasks/0/restart", "", 204, "").await;
    let unknown = r#"{"error_code":404,"message":"Unknown task: src-7"}"#;
    server.check("POST", "/connectors/src/tasks/7/restart", "", 404, unknown).await;

    server.check("PUT", "/connectors/src/pause", "", 202, "").await;
    server.check("GET", "/connectors/src/status", "", 200, &status("PAUSED")).await;
    server.check("PUT", "/connectors/src/resume", "", 202, "").await;
    server.check("GET", "/connectors/src/status", "", 200, &status("RUNNING")).await;
    server.check("PUT", "/connectors/src/stop", "", 204, "").await;
    server.check("GET", "/connectors/src/status", "", 200, &status("STOPPED")).await;

    server.check("DELETE", "/connectors/src", "", 204, "").await;
    server.check("GET", "/connectors", "", 200, "[]").await;
}

#[tokio::test]
async fn a_config_is_put_and_patched() {
    let server = TestServer::start().await;
    let info = r#"{"name":"snk","config":{"a":"1","name":"snk"},"tasks":[],"type":"source"}"#;
    let answer = server.request("PUT", "/connectors/snk/config", r#"{"a":1}"#).await;
    assert_eq!((answer.status, answer.body.as_str()), (201, info));
    assert_eq!(answer.header("location"), Some("http://connect.example:28083/connectors/snk"));
    let answer = server.request("PUT", "/connectors/snk/config", r#"{"a":"1"}"#).await;
    assert_eq!((answer.status, answer.body.as_str(), answer.header("location")), (200, info, None));
    let info = r#"{"name":"snk","config":{"name":"snk","b":"x"},"tasks":[],"type":"source"}"#;
    server.check("PATCH", "/connectors/snk/config", r#"{"a":null,"b":"x"}"#, 200, info).await;
    let refused = r#"{"error_code":400,"message":"Null value of k"}"#;
    server.check("PUT", "/connectors/snk/config", r#"{"k":null}"#, 400, refused).await;
}

#[tokio::test]
async fn the_initial_state_is_passed_on() {
    let server = TestServer::start().await;
    let body = r#"{"name":"init","initial_state":"Stopped","config":{}}"#;
    assert_eq!(server.request("POST", "/connectors", body).await.status, 201);
    let answer = server.request("GET", "/connectors/init/status", "").await;
    assert!(answer.body.contains(r#""state":"STOPPED""#), "{}", answer.body);
}

#[tokio::test]
async fn connectors_are_expanded() {
    let server = TestServer::start().await;
    server.check("GET", "/connectors?expand=status&expand=info", "", 200, "{}").await;
    server.create("src").await;
    let info = server.request("GET", "/connectors/src", "").await.body;
    let status = server.request("GET", "/connectors/src/status", "").await.body;
    let both = format!(r#"{{"src":{{"status":{status},"info":{info}}}}}"#);
    server.check("GET", "/connectors?expand=info&expand=status&expand=bogus", "", 200, &both).await;
    server.check("GET", "/connectors?expand=inf%6F", "", 200, &format!(r#"{{"src":{{"info":{info}}}}}"#)).await;
    server.check("GET", "/connectors?expand=bogus", "", 200, r#"{"src":{}}"#).await;
}

#[tokio::test]
async fn names_may_hold_slashes_spaces_and_more() {
    let server = TestServer::start().await;
    let name = "a/b c?é%{x}";
    let path = "/connectors/a%2Fb%20c%3F%C3%A9%25%7Bx%7D";
    let body = format!(r#"{{"name":"{name}","config":{{}}}}"#);
    let answer = server.request("POST", "/connectors", &body).await;
    assert_eq!(answer.header("location"), Some(format!("http://connect.example:28083{path}").as_str()));
    let config = format!(r#"{{"name":"{name}"}}"#);
    server.check("GET", &format!("{path}/config"), "", 200, &config).await;
    server.check("PUT", &format!("{path}/pause"), "", 202, "").await;
    server.check("POST", &format!("{path}/tasks/0/restart"), "", 204, "").await;
    server.check("DELETE", &format!("{path}/"), "", 204, "").await;
    server.check("GET", "/connectors", "", 200, "[]").await;
    assert_eq!(server.request("GET", "/connectors/%zz", "").await.status, 400);
}

#[tokio::test]
async fn a_location_without_a_host_is_the_advertised_one() {
    let server = TestServer::start().await;
    let body = r#"{"name":"a","config":{}}"#;
    let head = "POST /connectors HTTP/1.0\r\nContent-Type: application/json";
    let answer = server.send(&format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())).await;
    assert_eq!((answer.status, answer.header("location")), (201, Some("http://worker.example:8083/connectors/a")));
}

#[tokio::test]
async fn plugins_are_listed_described_and_validated() {
    let server = TestServer::start().await;
    let sink = r#"{"class":"a.Sink","type":"sink","version":"4.3.1"}"#;
    let converter = r#"{"class":"b.Converter","type":"converter","version":"4.3.1"}"#;
    server.check("GET", "/connector-plugins", "", 200, &format!("[{sink}]")).await;
    server.check("GET", "/connector-plugins?connectorsOnly=true", "", 200, &format!("[{sink}]")).await;
    server.check("GET", "/connector-plugins/?connectorsOnly=false", "", 200, &format!("[{sink},{converter}]")).await;
    server.check("GET", "/connector-plugins/a.Sink/config", "", 200, "[]").await;
    server.check("GET", "/connector-plugins/a.Sink/config?version=latest", "", 200, "[]").await;
    let unreadable = r#"{"error_code":400,"message":"Invalid version specification: ["}"#;
    server.check("GET", "/connector-plugins/a.Sink/config?version=%5B", "", 400, unreadable).await;
    let unknown = r#"{"error_code":404,"message":"Unknown plugin Nope."}"#;
    server.check("GET", "/connector-plugins/Nope/config", "", 404, unknown).await;
    let infos = r#"{"name":"a.Sink","error_count":0,"groups":[],"configs":[]}"#;
    let validate = "/connector-plugins/a.Sink/config/validate";
    server.check("PUT", validate, r#"{"connector.class":"a.Sink"}"#, 200, infos).await;
    assert_eq!(server.request("PUT", validate, "{}").await.status, 400);
}

#[tokio::test]
async fn a_malformed_body_is_a_bad_request_that_says_where_unlike_java() {
    let server = TestServer::start().await;
    let put = ["PUT", "/connectors/x/config"];
    let post = ["POST", "/connectors"];
    let check = async |[method, path]: [&str; 2], body: &str, message: &str| {
        let expected = serde_json::json!({"error_code": 400, "message": message}).to_string();
        server.check(method, path, body, 400, &expected).await;
    };
    check(post, "", "Missing request body: expected a JSON object").await;
    check(post, "{bad", "Malformed JSON: key must be a string at line 1 column 2").await;
    check(post, "{}", "Missing field \"config\": an object with the connector's configuration").await;
    let unknown_field = r#"{"name":"x","foo":1,"config":{"connector.class":"FileStreamSource"}}"#;
    check(
        post,
        unknown_field,
        "Unrecognized field \"foo\" (line 1, column 19); known fields: \"name\", \"config\", \"initial_state\"",
    )
    .await;
    let unknown_state = r#"{"name":"x","initial_state":"bogus","config":{"connector.class":"FileStreamSource"}}"#;
    check(
        post,
        unknown_state,
        "Unknown initial_state \"bogus\" (line 1, column 29); known values: running, paused, stopped",
    )
    .await;
    check(put, "", "Missing request body: expected a JSON object").await;
    check(put, "null", "The request body must be an object, not null (line 1, column 1)").await;
    check(put, "[]", "The request body must be an object, not an array (line 1, column 1)").await;
    let nested = "Field \"a\" must be a string, number, boolean or null, not an object (line 1, column 6)";
    check(put, r#"{"a":{"b":1}}"#, nested).await;
}

#[tokio::test]
async fn levels_of_loggers_are_shown_and_set() {
    let server = TestServer::start().await;
    let info = r#"{"level":"INFO","last_modified":null}"#;
    server.check("GET", "/admin/loggers", "", 200, &format!(r#"{{"root":{info}}}"#)).await;
    server.check("GET", "/admin/loggers/root", "", 200, info).await;
    let not_found = r#"{"error_code":404,"message":"Logger nope not found."}"#;
    server.check("GET", "/admin/loggers/nope", "", 404, not_found).await;

    let debug = r#"{"level":"debug"}"#;
    server.check("PUT", "/admin/loggers/a.b", debug, 200, r#"["a.b"]"#).await;
    server.check("PUT", "/admin/loggers/a.b?scope=worker", debug, 200, r#"["a.b"]"#).await;
    server.check("PUT", "/admin/loggers/a.b?scope=zzz", debug, 200, r#"["a.b"]"#).await;
    server.check("PUT", "/admin/loggers/a.b?scope=Cluster", debug, 204, "").await;
    let missing = r#"{"error_code":400,"message":"Desired 'level' parameter was not specified in request."}"#;
    server.check("PUT", "/admin/loggers/a.b", "{}", 400, missing).await;
    let invalid = r#"{"error_code":404,"message":"invalid log level 'BOGUS'."}"#;
    server.check("PUT", "/admin/loggers/a.b", r#"{"level":"BOGUS"}"#, 404, invalid).await;
}

#[tokio::test]
async fn offsets_are_altered_and_reset() {
    let server = TestServer::start().await;
    server.create("src").await;
    let body = r#"{"offsets":[{"partition":{"a":1},"offset":null},{"partition":{"a":2},"offset":{"b":1}}]}"#;
    server.check("PATCH", "/connectors/src/offsets", body, 200, r#"{"message":"2 altered"}"#).await;
    server.check("DELETE", "/connectors/src/offsets", "", 200, r#"{"message":"reset"}"#).await;
    let not_found = r#"{"error_code":404,"message":"Connector nope not found"}"#;
    server.check("PATCH", "/connectors/nope/offsets", body, 404, not_found).await;
    server.check("DELETE", "/connectors/nope/offsets", "", 404, not_found).await;
    let nothing =
        r#"{"error_code":400,"message":"Partitions / offsets need to be provided for an alter offsets request"}"#;
    for body in ["{}", r#"{"offsets":null}"#, r#"{"offsets":[]}"#] {
        server.check("PATCH", "/connectors/nope/offsets", body, 400, nothing).await;
    }
}

#[tokio::test]
async fn bodies_must_be_json_and_clients_must_take_json() {
    let server = TestServer::start().await;
    let body = r#"{"name":"x","config":{}}"#;
    let unsupported = r#"{"error_code":415,"message":"HTTP 415 Unsupported Media Type"}"#;
    for headers in ["", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n"] {
        let answer = server.request_with("POST", "/connectors", headers, body).await;
        assert_eq!((answer.status, answer.body.as_str()), (415, unsupported), "{headers}");
    }
    let utf8 = "Content-Type: application/json; charset=utf-8\r\n";
    assert_eq!(server.request_with("POST", "/connectors", utf8, body).await.status, 201);
    assert_eq!(server.request_with("PUT", "/connectors/x/pause", "", "").await.status, 202);

    let not_acceptable = r#"{"error_code":406,"message":"HTTP 406 Not Acceptable"}"#;
    let answer = server.request_with("GET", "/connectors", "Accept: text/html\r\n", "").await;
    assert_eq!((answer.status, answer.body.as_str()), (406, not_acceptable));
    let browser = "Accept: text/html,application/xml;q=0.9,*/*;q=0.8\r\n";
    assert_eq!(server.request_with("GET", "/connectors", browser, "").await.status, 200);
}

#[tokio::test]
async fn a_body_has_a_limit() {
    let server = TestServer::start().await;
    let body = |length: usize| format!(r#"{{"a":"{}"}}"#, "x".repeat(length - 8));
    let limit = crate::connect::caps::MAX_REST_BODY;
    assert_eq!(server.request("PUT", "/connectors/x/config", &body(limit)).await.status, 201);
    let answer = server.request("PUT", "/connectors/x/config", &body(limit + 1)).await;
    let message = "HTTP 413 Request Entity Too Large: the body of a request may have 1048576 bytes at most";
    let expected = serde_json::json!({"error_code": 413, "message": message}).to_string();
    assert_eq!((answer.status, answer.body), (413, expected));
}

#[tokio::test]
async fn every_operation_of_the_table_has_a_handler() {
    let server = TestServer::start().await;
    server.create("src").await;
    let names = [("{connector}", "src"), ("{task}", "0"), ("{plugin}", "a.Sink"), ("{logger}", "root")];
    for resource in RESOURCES {
        let path = names.iter().fold(resource.path.to_owned(), |path, (name, value)| path.replace(name, value));
        // What deletes comes last in no table: it is tested by name.
        for operation in resource.operations.iter().filter(|operation| operation.verb != Verb::Delete) {
            let body = if operation.verb.has_body() { "{}" } else { "" };
            let answer = server.request(operation.verb.name(), &path, body).await;
            let (name, status) = (operation.verb.name(), answer.status);
            assert!(matches!(status, 200..=400), "{name} {path}: {status} {}", answer.body);
        }
    }
}

#[tokio::test]
async fn the_api_describes_itself() {
    let server = TestServer::start().await;
    let answer = server.request("GET", "/openapi.json", "").await;
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/json")));
    let document: serde_json::Value = serde_json::from_str(&answer.body).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    assert!(document["paths"]["/connectors/{connector}/offsets"]["patch"].is_object());
}

#[tokio::test]
async fn pages_of_allowed_origins_are_told_that_they_may() {
    let cross_origin = CrossOrigin {
        origins: Some(vec![JavaPattern::compile("http://a\\.example").unwrap()]),
        methods: vec!["GET".into(), "PUT".into()],
    };
    let server = TestServer::start_with(|options| options.cross_origin = Some(cross_origin)).await;
    let ask = async |method, headers: &str| server.request_with(method, "/connectors", headers, "").await;
    let allowed = "access-control-allow-origin";
    let answer = ask("GET", "Origin: http://a.example\r\n").await;
    assert_eq!((answer.status, answer.header(allowed)), (200, Some("http://a.example")));
    assert_eq!(answer.header("vary"), Some("Origin"));
    assert_eq!(ask("GET", "Origin: http://b.example\r\n").await.header(allowed), None);
    assert_eq!(ask("GET", "").await.header(allowed), None);

    let preflight = "Origin: http://a.example\r\nAccess-Control-Request-Method: PUT\r\n";
    let answer = ask("OPTIONS", preflight).await;
    assert_eq!((answer.status, answer.header(allowed)), (200, Some("http://a.example")));
    assert_eq!(answer.header("access-control-allow-methods"), Some("GET,PUT"));
    assert_eq!(answer.header("access-control-allow-headers"), Some("Content-Type"));
    assert_eq!(answer.body, "HEAD, POST, GET, OPTIONS", "as without CORS");

    let server = TestServer::start().await;
    let answer = server.request_with("GET", "/connectors", "Origin: http://a.example\r\n", "").await;
    assert_eq!((answer.header(allowed), answer.header("vary")), (None, None));
}

#[tokio::test]
async fn all_answers_have_the_headers_that_are_configured() {
    let rule = |action, name: &str, value| HeaderRule { action, name: name.into(), value };
    let server = TestServer::start_with(|options| {
        options.response_headers = vec![
            rule(HeaderAction::Add, "X-Frame-Options", HeaderText::Text("DENY".into())),
            rule(HeaderAction::Set, "Content-Type", HeaderText::Text("application/json;x=y".into())),
            rule(HeaderAction::SetDate, "Expires", HeaderText::Date(1000)),
        ];
    })
    .await;
    for path in ["/connectors", "/nope"] {
        let answer = server.request("GET", path, "").await;
        assert_eq!(answer.header("x-frame-options"), Some("DENY"), "{path}");
        assert_eq!(answer.header("content-type"), Some("application/json;x=y"), "{path}");
        assert!(answer.header("expires").is_some_and(|date| date.ends_with(" GMT")), "{answer:?}");
    }
}
