//! What the classes of Kafka Connect 4.3.1 answered, line by line: `golden.txt`, three or four columns between tabs.
//!
//! The first column says which converters the second one, the input, goes through. `ERROR` is a `DataException`'s message, which
//! ours begins with. What ours answer otherwise on purpose is in `ours.rs` instead. JDK 17 wrote the file; where its floats have more digits than needed, the newer text is in the file.

use crate::converter::testing::{converter, create, decode, encode};
use crate::converter::{ConvertError, Converter};

const GOLDEN: &str = include_str!("golden.txt");

#[test]
fn converters_answer_as_java_s_do() {
    let lines = GOLDEN.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut failures = Vec::new();
    let mut count = 0;
    for line in lines {
        let columns: Vec<&str> = line.split('\t').collect();
        let (kind, input, expected) = (columns[0], columns[1], columns[2..].join("\t"));
        let answer = match run(kind, input) {
            Ok(answer) => answer,
            Err(ConvertError(text)) => format!("ERROR {}", escape(&text)),
        };
        let same = answer == expected || (expected.starts_with("ERROR ") && answer.starts_with(&expected));
        if !same {
            failures.push(format!("{kind} {input}\n  java {expected}\n  ours {answer}"));
        }
        count += 1;
    }
    assert!(failures.is_empty(), "{} of {count} differ:\n{}", failures.len(), failures.join("\n"));
    assert!(count > 1500);
}

/// What the line's converters make of its input.
fn run(kind: &str, input: &str) -> Result<String, ConvertError> {
    let envelope = converter("JsonConverter", &[]);
    let json = |config: &[(&str, &str)]| converter("JsonConverter", config);
    let bytes = (input != "<null>").then(|| unescape(input).into_bytes());
    let bytes = bytes.as_deref();
    let (kind, of) = kind.split_once(':').unwrap_or((kind, ""));
    match kind {
        "json" => through(&*envelope, bytes, &*envelope),
        "numeric" => through(&*json(&[("decimal.format", "numeric")]), bytes, &*json(&[("decimal.format", "numeric")])),
        "keepnull" => {
            let keep = json(&[("replace.null.with.default", "false")]);
            through(&*keep, bytes, &*keep)
        }
        "bare" => through(&*json(&[("schemas.enable", "false")]), bytes, &*envelope),
        "unwrap" => through(&*envelope, bytes, &*json(&[("schemas.enable", "false")])),
        "content" => {
            let (schema, payload) = input.split_once(" | ").unwrap();
            let content = create("JsonConverter", &[("schema.content", schema)])?;
            through(&*content, Some(unescape(payload).as_bytes()), &*envelope)
        }
        "string" => through(&*envelope, bytes, &*converter("StringConverter", &[])),
        "header-out" => through(&*envelope, bytes, &*converter("SimpleHeaderConverter", &[])),
        "header" => {
            let simple = converter("SimpleHeaderConverter", &[]);
            let (schema, value) = decode(&*simple, bytes)?;
            let has_schema = schema.is_some() || value.is_null();
            let shown = through(&*simple, bytes, &*envelope).ok().filter(|_| has_schema).unwrap_or("LOOSE".into());
            Ok(format!("{shown}\t{}", through(&*simple, bytes, &*simple)?))
        }
        "out" => Ok(decode_then_hex(&*envelope, bytes, &*fixed(of))?),
        "in" => {
            let raw = (input != "<null>").then(|| unhex(input));
            through(&*fixed(of), raw.as_deref(), &*envelope)
        }
        "decode" => {
            let (_, value) = decode(&*create("StringConverter", &[("converter.encoding", of)])?, Some(&unhex(input)))?;
            Ok(hex(encode(&*converter("StringConverter", &[]), None, &value)?))
        }
        "encode" => {
            let string = create("StringConverter", &[("converter.encoding", of)])?;
            let (schema, value) = decode(&*converter("StringConverter", &[]), bytes)?;
            Ok(hex(encode(&*string, schema.as_ref(), &value)?))
        }
        other => panic!("unknown kind {other}"),
    }
}

/// In through one converter, out through another.
fn through(from: &dyn Converter, bytes: Option<&[u8]>, to: &dyn Converter) -> Result<String, ConvertError> {
    let (schema, value) = decode(from, bytes)?;
    let bytes = encode(to, schema.as_ref(), &value)?;
    Ok(bytes.map_or("<null>".into(), |bytes| escape(&String::from_utf8(bytes).unwrap())))
}

fn decode_then_hex(from: &dyn Converter, bytes: Option<&[u8]>, to: &dyn Converter) -> Result<String, ConvertError> {
    let (schema, value) = decode(from, bytes)?;
    Ok(hex(encode(to, schema.as_ref(), &value)?))
}

fn fixed(name: &str) -> Box<dyn Converter> {
    let class = match name {
        "short" => "ShortConverter",
        "int" => "IntegerConverter",
        "long" => "LongConverter",
        "float" => "FloatConverter",
        "double" => "DoubleConverter",
        "boolean" => "BooleanConverter",
        "bytes" => "ByteArrayConverter",
        other => panic!("unknown converter {other}"),
    };
    converter(class, &[])
}

fn hex(bytes: Option<Vec<u8>>) -> String {
    bytes.map_or("null".into(), |bytes| bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|i| u8::from_str_radix(&text[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\n', "\\n").replace('\t', "\\t").replace('\r', "\\r")
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        plain.push(match c {
            '\\' => match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                other => other.unwrap(),
            },
            c => c,
        });
    }
    plain
}
