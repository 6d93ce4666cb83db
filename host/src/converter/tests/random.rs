//! Random values come back from JSON, and no bytes make a converter panic or a batch that cannot be read.

use wasm_connect_batch::{Schema, Struct, Type, Value, logical};

use crate::connect::Config;
use crate::converter::testing::{converter, decode, encode};
use crate::converter::{ConverterType, builtin_converters};

/// xorshift64*: the same numbers in each run.
pub(in crate::converter) struct Random {
    state: u64,
    /// Numbers that all versions of Java print alike, years of four digits, and no more entries in a map than have an order there.
    for_java: bool,
}

impl Random {
    pub(in crate::converter) fn new(seed: u64) -> Self {
        Self { state: seed, for_java: false }
    }

    /// Values of which Java writes the same text as it reads.
    pub(in crate::converter) fn for_java(seed: u64) -> Self {
        Self { state: seed, for_java: true }
    }

    pub(in crate::converter) fn next(&mut self) -> u64 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        self.state.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    pub(in crate::converter) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    pub(in crate::converter) fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }

    pub(in crate::converter) fn text(&mut self) -> String {
        const CHARS: &[char] = &[
            'a', 'Z', '0', ' ', '"', '\\', '/', '\n', '\u{1}', '\u{1f}', 'é', '€', '😀', '\u{2028}', ':', '{', ']', ',',
        ];
        let length = if self.chance(10) { 60 } else { self.below(8) };
        (0..length).map(|_| CHARS[self.below(CHARS.len() as u64) as usize]).collect()
    }

    pub(in crate::converter) fn bytes(&mut self) -> Vec<u8> {
        (0..self.below(9)).map(|_| self.next() as u8).collect()
    }

    pub(in crate::converter) fn schema(&mut self, depth: u32) -> Schema {
        let choices = if depth == 0 { 13 } else { 16 };
        let builder = match self.below(choices) {
            9 => logical::date(),
            10 => logical::time(),
            11 => logical::timestamp(),
            12 => logical::decimal(self.below(10) as i32 - 4),
            13 => Schema::array(self.schema(depth - 1)),
            14 => Schema::map(self.schema(depth - 1), self.schema(depth - 1)),
            15 => (0..self.below(5))
                .fold(Schema::structure(), |builder, i| builder.field(format!("f{i}"), self.schema(depth - 1))),
            primitive => Schema::new(Type::ALL[primitive as usize]),
        };
        let builder = if self.chance(3) { builder.optional() } else { builder };
        let builder = if self.chance(4) { builder.doc(self.text()).version(self.next() as i32) } else { builder };
        if self.chance(4) { builder.parameter("p", self.text()).build() } else { builder.build() }
    }

    pub(in crate::converter) fn value(&mut self, schema: &Schema) -> Value {
        if schema.is_optional() && self.chance(4) {
            return Value::Null;
        }
        match (schema.ty(), schema.name()) {
            (Type::Int32, Some(logical::TIME)) => Value::Int32(self.below(86_400_001) as i32),
            (Type::Bytes, Some(logical::DECIMAL)) => {
                let digits = self.next() as i64 >> self.below(64);
                Value::Bytes(num_bigint::BigInt::from(digits).to_signed_bytes_be())
            }
            (Type::Int8, _) => Value::Int8(self.next() as i8),
            (Type::Int16, _) => Value::Int16(self.next() as i16),
            (Type::Int32, _) => Value::Int32(self.next() as i32),
            (Type::Int64, _) => Value::Int64(self.next() as i64 >> self.below(64)),
            (Type::Float32, _) if self.for_java => Value::Float32((self.next() as i16) as f32 / 16.0),
            (Type::Float64, _) if self.for_java => Value::Float64((self.next() as i32) as f64 / 64.0),
            (Type::Float32, _) => {
                Value::Float32(Some(f32::from_bits(self.next() as u32)).filter(|v| v.is_normal()).unwrap_or(0.5))
            }
            (Type::Float64, _) => {
                Value::Float64(Some(f64::from_bits(self.next())).filter(|v| v.is_normal()).unwrap_or(0.5))
            }
            (Type::Boolean, _) => Value::Boolean(self.chance(2)),
            (Type::String, _) => Value::String(self.text()),
            (Type::Bytes, _) => Value::Bytes(self.bytes()),
            (Type::Array, _) => {
                Value::Array((0..self.below(5)).map(|_| self.value(schema.value_schema().unwrap())).collect())
            }
            (Type::Map, _) => self.map(schema),
            (Type::Struct, _) => {
                let mut value = Struct::new(schema.clone()).unwrap();
                for (i, field) in schema.fields().iter().enumerate() {
                    value.put_at(i, self.value(&field.schema)).unwrap();
                }
                Value::Struct(value)
            }
        }
    }

    fn map(&mut self, schema: &Schema) -> Value {
        let mut entries: Vec<(Value, Value)> = Vec::new();
        let most = if self.for_java { 2 } else { 5 };
        for _ in 0..self.below(most) {
            let key = self.value(schema.key_schema().unwrap());
            // An object's null key is read as the text "null".
            let is_null_name = key.is_null() && schema.key_schema().unwrap().ty() == Type::String;
            if !is_null_name && entries.iter().all(|(known, _)| *known != key) {
                entries.push((key, self.value(schema.value_schema().unwrap())));
            }
        }
        Value::Map(entries)
    }
}

#[test]
fn random_values_come_back_from_json() {
    let mut random = Random::new(42);
    for format in ["BASE64", "NUMERIC"] {
        let json = converter("JsonConverter", &[("decimal.format", format)]);
        for _ in 0..3000 {
            let schema = random.schema(3);
            let value = random.value(&schema);
            let text = encode(&*json, Some(&schema), &value).unwrap().unwrap();
            let shown = String::from_utf8_lossy(&text).into_owned();
            let (read_schema, read) = decode(&*json, Some(&text)).unwrap_or_else(|error| panic!("{error}: {shown}"));
            assert_eq!(read_schema.as_ref(), Some(&schema), "{shown}");
            assert_eq!(read, value, "{shown}");
        }
    }
}

#[test]
fn serde_json_reads_what_is_written() {
    let mut random = Random::new(7);
    let json = converter("JsonConverter", &[]);
    for _ in 0..1000 {
        let schema = random.schema(2);
        let text = encode(&*json, Some(&schema), &random.value(&schema)).unwrap().unwrap();
        let parsed: Result<serde_json::Value, _> = serde_json::from_slice(&text);
        assert!(parsed.is_ok(), "{}", String::from_utf8_lossy(&text));
    }
}

/// Bytes that look like what the converters take: pieces of it in random order, some of them broken.
fn noise(random: &mut Random) -> Vec<u8> {
    const PIECES: &[&str] = &[
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        " ",
        "null",
        "true",
        "false",
        "-",
        "1",
        "0",
        ".5",
        "e9",
        "E-2147483648",
        "\\",
        "\\u",
        "d800",
        "é",
        "{\"schema\":",
        ",\"payload\":",
        "{\"type\":\"struct\",\"fields\":[",
        "{\"type\":\"int32\",\"optional\":true,\"field\":\"a\"}",
        "\"type\":",
        "\"map\"",
        "\"keys\":",
        "\"values\":",
        "\"items\":",
        "\"default\":",
        "\"name\":\"org.apache.kafka.connect.data.Decimal\"",
        "\"parameters\":{\"scale\":\"2\"}",
        "\"array\"",
        "\"bytes\"",
        "\"string\"",
        "2020-01-01",
        "10:11:12.345Z",
        "1e400",
        "9223372036854775808",
    ];
    let mut bytes = Vec::new();
    for _ in 0..random.below(14) {
        match random.below(12) {
            0 => bytes.push(random.next() as u8),
            _ => bytes.extend_from_slice(PIECES[random.below(PIECES.len() as u64) as usize].as_bytes()),
        }
    }
    bytes
}

#[test]
fn no_bytes_make_a_converter_panic() {
    let mut random = Random::new(1);
    let mut converters: Vec<_> = builtin_converters()
        .iter()
        .filter(|builtin| builtin.is_header_converter)
        .map(|builtin| builtin.create(&Config::new(), ConverterType::Header).unwrap())
        .collect();
    converters.push(converter("JsonConverter", &[("schemas.enable", "false")]));
    converters.push(converter("StringConverter", &[("converter.encoding", "UTF-16")]));
    for _ in 0..20_000 {
        let bytes = noise(&mut random);
        for from in &converters {
            let Ok((schema, value)) = decode(&**from, Some(&bytes)) else {
                continue;
            };
            for to in &converters {
                let _ = encode(&**to, schema.as_ref(), &value);
            }
        }
    }
}

#[test]
fn a_record_that_was_changed_somewhere_never_panics() {
    let mut random = Random::new(3);
    let json = converter("JsonConverter", &[]);
    for _ in 0..5000 {
        let schema = random.schema(2);
        let mut text = encode(&*json, Some(&schema), &random.value(&schema)).unwrap().unwrap();
        for _ in 0..=random.below(3) {
            let at = random.below(text.len() as u64) as usize;
            match random.below(3) {
                0 => text[at] = random.next() as u8,
                1 => drop(text.remove(at)),
                _ => text.insert(at, b"{}[]\",:0n"[random.below(9) as usize]),
            }
        }
        let _ = decode(&*json, Some(&text));
    }
}
