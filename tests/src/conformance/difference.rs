//! Where two answers differ: a line each, as the report prints it and as listed differences name it.

use serde_json::Value;

use super::normalise::{Answer, Body};

const NONE: &str = "(none)";
/// Bytes of a value's text up to which a line has it.
const LONG: usize = 700;

/// `PLACE: JAVA -> OURS`, for each place in which the answers differ.
pub fn differences(java: &Answer, ours: &Answer) -> Vec<String> {
    let mut lines = Vec::new();
    let mut note = |place: &str, java: String, ours: String| {
        if java != ours {
            lines.push(format!("{place}: {java} -> {ours}"));
        }
    };
    note("status", java.status.to_string(), ours.status.to_string());
    for name in ["content-type", "location", "allow"] {
        let header = |answer: &Answer| {
            let found = answer.headers.iter().find(|(header, _)| header == name);
            found.map_or_else(|| NONE.to_owned(), |(_, value)| value.clone())
        };
        note(name, header(java), header(ours));
    }
    match (&java.body, &ours.body) {
        (Body::Json(java), Body::Json(ours)) => values("body", java, ours, &mut lines),
        (java, ours) => note("body", body(java), body(ours)),
    }
    lines
}

fn body(body: &Body) -> String {
    match body {
        Body::Empty => NONE.to_owned(),
        Body::Json(value) => brief(value),
        Body::Text(text) => format!("text {text:?}"),
    }
}

fn values(place: &str, java: &Value, ours: &Value, lines: &mut Vec<String>) {
    match (java, ours) {
        (Value::Object(java), Value::Object(ours)) => {
            for (field, value) in java {
                let place = format!("{place}.{field}");
                match ours.get(field) {
                    Some(other) => values(&place, value, other, lines),
                    None => lines.push(format!("{place}: {} -> {NONE}", brief(value))),
                }
            }
            for (field, value) in ours.iter().filter(|(field, _)| !java.contains_key(*field)) {
                lines.push(format!("{place}.{field}: {NONE} -> {}", brief(value)));
            }
        }
        (Value::Array(java), Value::Array(ours)) if java != ours => arrays(place, java, ours, lines),
        _ if java != ours => lines.push(format!("{place}: {} -> {}", brief(java), brief(ours))),
        _ => {}
    }
}

/// Elements that have a name are compared by it, and then their order.
fn arrays(place: &str, java: &[Value], ours: &[Value], lines: &mut Vec<String>) {
    let (Some(java_names), Some(our_names)) = (names(java), names(ours)) else {
        lines.push(format!("{place}: {} -> {}", brief(&java.into()), brief(&ours.into())));
        return;
    };
    let (mut lacking, mut more) = (Vec::new(), Vec::new());
    for (name, element) in java_names.iter().zip(java) {
        let place = format!("{place}[{name}]");
        match our_names.iter().position(|other| other == name) {
            Some(at) => values(&place, element, &ours[at], lines),
            None if element.is_string() => lacking.push(element.clone()),
            None => lines.push(format!("{place}: {} -> {NONE}", brief(element))),
        }
    }
    for (name, element) in our_names.iter().zip(ours).filter(|(name, _)| !java_names.contains(name)) {
        if element.is_string() {
            more.push(element.clone());
        } else {
            lines.push(format!("{place}[{name}]: {NONE} -> {}", brief(element)));
        }
    }
    if !lacking.is_empty() || !more.is_empty() {
        lines.push(format!("{place}: without {}, with {}", Value::from(lacking), Value::from(more)));
    }
    let common = |names: &[String], others: &[String]| -> Vec<String> {
        names.iter().filter(|name| others.contains(name)).cloned().collect()
    };
    let (java_order, our_order) = (common(&java_names, &our_names), common(&our_names, &java_names));
    if java_order != our_order {
        lines.push(format!("{place} in order: {} -> {}", java_order.join(" "), our_order.join(" ")));
    }
}

/// What identifies each element; none if one has nothing, or two have the same.
fn names(elements: &[Value]) -> Option<Vec<String>> {
    let mut names = Vec::new();
    for element in elements {
        let name = match element {
            Value::String(text) => text.clone(),
            Value::Object(object) => match (object.get("class"), object.get("type")) {
                (Some(class), Some(kind)) => format!("{class} {kind}").replace('"', ""),
                _ => {
                    let name = ["name", "id"].into_iter().find_map(|field| object.get(field));
                    let name = name.or_else(|| element.pointer("/value/name"))?;
                    name.as_str().map_or_else(|| name.to_string(), str::to_owned)
                }
            },
            _ => return None,
        };
        if names.contains(&name) {
            return None;
        }
        names.push(name);
    }
    Some(names)
}

/// A long value's place says enough of it.
fn brief(value: &Value) -> String {
    let text = value.to_string();
    match value {
        Value::Object(object) if text.len() > LONG => format!("({} fields)", object.len()),
        Value::Array(items) if text.len() > LONG => format!("({} items)", items.len()),
        _ => text,
    }
}
