//! Random numbers, schemas and values; the same ones in every run.

use wasm_connect_batch::{Schema, SchemaBuilder, Struct, Type, Value, logical};

/// SplitMix64: small, fast, and good enough for tests.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// Less than `bound`, which is not 0.
    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    pub fn bytes(&mut self, most: usize) -> Vec<u8> {
        (0..self.below(most + 1)).map(|_| self.next() as u8).collect()
    }

    pub fn text(&mut self) -> String {
        let letters = ['a', 'b', 'z', '0', '"', '\\', '\0', 'é', '世', '😀'];
        (0..self.below(8)).map(|_| letters[self.below(letters.len())]).collect()
    }
}

/// A schema of at most `depth` levels.
pub fn schema(random: &mut Random, depth: u16) -> Schema {
    let types = if depth > 1 { 12 } else { 9 };
    let mut builder = match Type::ALL[random.below(types)] {
        Type::Array => Schema::array(schema(random, depth - 1)),
        Type::Map => Schema::map(schema(random, depth - 1), schema(random, depth - 1)),
        Type::Struct => {
            let fields = 0..random.below(12);
            fields.fold(Schema::structure(), |builder, i| builder.field(format!("f{i}"), schema(random, depth - 1)))
        }
        _ if random.one_in(8) => logical::decimal(random.below(10) as i32),
        ty => SchemaBuilder::new(ty),
    };
    if random.one_in(2) {
        builder = builder.optional();
    }
    if random.one_in(4) {
        builder = builder.name(random.text()).version(random.next() as i32);
    }
    if random.one_in(8) {
        builder = builder.doc(random.text()).parameter(random.text(), random.text()).parameter("k", random.text());
    }
    if random.one_in(8) {
        let bare = builder.clone().build();
        builder = builder.default_value(present(random, &bare));
    }
    builder.try_build().unwrap()
}

/// A value of the schema, null now and then where it may be.
pub fn value(random: &mut Random, schema: &Schema) -> Value {
    if schema.is_optional() && random.one_in(4) { Value::Null } else { present(random, schema) }
}

fn present(random: &mut Random, schema: &Schema) -> Value {
    let child = |schema: Option<&Schema>| schema.unwrap().clone();
    match schema.ty() {
        Type::Array => {
            let items = child(schema.value_schema());
            Value::Array((0..random.below(12)).map(|_| value(random, &items)).collect())
        }
        Type::Map => {
            let (keys, values) = (child(schema.key_schema()), child(schema.value_schema()));
            Value::Map((0..random.below(12)).map(|_| (value(random, &keys), value(random, &values))).collect())
        }
        Type::Struct => {
            let mut result = Struct::new(schema.clone()).unwrap();
            for field in schema.fields() {
                result.put(&field.name, value(random, &field.schema)).unwrap();
            }
            Value::Struct(result)
        }
        ty => scalar(random, ty),
    }
}

/// A schemaless value of at most `depth` levels.
pub fn schemaless(random: &mut Random, depth: u16) -> Value {
    let types = if depth > 1 { 11 } else { 9 };
    let item = |random: &mut Random| {
        if random.one_in(6) { Value::Null } else { schemaless(random, depth - 1) }
    };
    match Type::ALL[random.below(types)] {
        Type::Array => Value::Array((0..random.below(6)).map(|_| item(random)).collect()),
        Type::Map => Value::Map((0..random.below(6)).map(|_| (item(random), item(random))).collect()),
        ty => scalar(random, ty),
    }
}

/// No NaN, which is not equal to itself.
fn scalar(random: &mut Random, ty: Type) -> Value {
    let bits = random.next();
    match ty {
        Type::Int8 => Value::Int8(bits as i8),
        Type::Int16 => Value::Int16(bits as i16),
        Type::Int32 => Value::Int32(bits as i32),
        Type::Int64 => Value::Int64(bits as i64),
        Type::Float32 => Value::Float32(bits as i32 as f32),
        Type::Float64 => Value::Float64(bits as i64 as f64),
        Type::Boolean => Value::Boolean(bits & 1 == 1),
        Type::String => Value::String(random.text()),
        _ => Value::Bytes(random.bytes(20)),
    }
}
