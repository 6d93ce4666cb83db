// Schemas, values, structs, logical types and projections.

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Batch,
  BatchWriter,
  DataError,
  EncodeError,
  Entries,
  Float64,
  Int8,
  logical,
  project,
  Schema,
  SchemaError,
  Struct,
} from "../src/index.js";

const PERSON = Schema.struct(
  {
    name: Schema.string(),
    age: Schema.int32({ optional: true }),
    city: Schema.string({ default: "Ulm" }),
    tags: Schema.map(Schema.string(), Schema.array(Schema.int64()), { optional: true }),
  },
  { name: "com.example.Person", version: 1 },
);

/** A value after it was written and read. */
function crossed(value: unknown, schema: Schema | null = null): unknown {
  const writer = new BatchWriter();
  writer.add(writer.head({ topic: "t" }), value, schema);
  return new Batch(writer.finish()).at(0)?.value;
}

test("a struct has defaults, and checks what it is given", () => {
  const ada = new Struct(PERSON, { name: "Ada" });
  assert.deepEqual([ada.get("city"), ada.getWithoutDefault("city"), ada.get("age")], ["Ulm", null, null]);
  assert.equal(String(ada.put("age", 36)), "Struct{name=Ada,age=36}");
  assert.deepEqual(ada.toObject(), { name: "Ada", age: 36, city: "Ulm", tags: null });
  ada.validate();
  const wrong: [string, unknown, string][] = [
    ["age", 2 ** 31, 'Invalid JavaScript object for schema with type INT32: number 2147483648 for field: "age"'],
    ["age", "36", 'Invalid JavaScript object for schema with type INT32: string for field: "age"'],
    ["name", null, 'Invalid value: null used for required field: "name", schema type: STRING'],
    ["nose", 1, "nose is not a valid field name"],
    ["tags", new Map([["a", [1.5]]]), "number 1.5 for element of array value of map field"],
  ];
  for (const [name, value, message] of wrong) {
    const put = (): unknown => ada.put(name, value);
    assert.throws(put, (error) => error instanceof DataError && error.message.includes(message), message);
  }
  assert.throws(() => new Struct(PERSON).validate(), DataError);
});

test("64-bit numbers are exact", () => {
  for (const number of [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n]) {
    assert.equal(crossed(number, Schema.int64()), number);
    assert.equal(crossed(number), number);
  }
  assert.equal(crossed(42, Schema.int64()), 42n);
  assert.throws(() => crossed(2 ** 53, Schema.int64()), EncodeError);
  assert.throws(() => crossed(2n ** 63n), EncodeError);
});

test("structs cross, nested and with nulls", () => {
  const ada = new Struct(PERSON, { name: "Ada", tags: new Map([["a", [1, 2n]]]) });
  const read = crossed(ada) as Struct;
  assert.equal(read.schema.equals(PERSON), true);
  assert.deepEqual(read.values, ["Ada", null, null, new Map([["a", [1n, 2n]]])]);
  assert.equal(read.equals(new Struct(PERSON, { name: "Ada", tags: new Map([["a", [1n, 2n]]]) })), true);
  assert.throws(() => crossed(ada, Schema.string()), /Struct is no value of Schema\{STRING\}/);
});

test("a record that cannot be written was never there", () => {
  const writer = new BatchWriter();
  const head = writer.head({ topic: "t" });
  writer.add(head, "one", Schema.string());
  assert.throws(() => writer.add(head, new Struct(PERSON, { name: "\ud800" })), /field "name": text cannot be written as UTF-8/);
  writer.add(head, "two", Schema.string());
  assert.deepEqual(
    [...new Batch(writer.finish())].map((record) => record.value),
    ["one", "two"],
  );
});

test("schemaless values are as in JSON, and say their type where it matters", () => {
  const value = { id: 1, ratio: 2.5, list: [true, null, "ä"], nested: { a: {} } };
  const nested = new Map<string, unknown>([["a", new Map()]]);
  const expected = new Map<string, unknown>([["id", 1n], ["ratio", 2.5], ["list", [true, null, "ä"]], ["nested", nested]]);
  assert.deepEqual(crossed(value), expected);
  assert.deepEqual(crossed(new Int8(3)), new Int8(3));
  assert.equal(crossed(new Float64(3)), 3);
  assert.deepEqual(crossed(Uint8Array.of(1, 2)), Uint8Array.of(1, 2));
  const twice = Entries.ofPairs([["a", 1n], ["a", 2n]]);
  assert.deepEqual(crossed(twice), twice);
  for (const none of [new Struct(PERSON, { name: "x" }).schema, () => 0, new Date()]) {
    assert.throws(() => crossed(none), /has no schemaless form/);
  }
});

test("schemas that Connect does not allow are refused", () => {
  const int = Schema.int32();
  assert.throws(() => Schema.struct([["a", int], ["a", int]]), /field name duplication a/);
  assert.throws(() => Schema.struct({ "": int }), SchemaError);
  assert.throws(() => Schema.int32({ default: "x" }), /Invalid default value: Invalid JavaScript object/);
  let deep = int;
  for (let i = 1; i < 100; i++) deep = Schema.array(deep);
  assert.throws(() => Schema.array(deep), /nested 101 deep, the most is 100/);
});

test("schemas are equal by structure", () => {
  const make = (doc: string | null): Schema =>
    Schema.struct({ a: Schema.int64({ default: 5, parameters: { x: "1", y: "2" } }) }, { doc });
  assert(make("d").equals(make("d")) && !make("d").equals(make(null)));
  assert(Schema.string({ optional: true }) === Schema.string().withOptional(true));
  assert(!PERSON.equals(PERSON.withOptional(true)) && PERSON.equals(PERSON.withOptional(true).withOptional(false)));
});

test("logical types convert", () => {
  for (const [number, scale, digits] of [
    ["-12.5", 2, "-12.50"],
    ["0", 0, "0"],
    ["1.28", 2, "1.28"],
    ["-1.28", 2, "-1.28"],
    ["123456789012345678901234567890", 3, "123456789012345678901234567890.000"],
    ["0.005", 3, "0.005"],
  ] as const) {
    assert.equal(logical.toDecimal(logical.fromDecimal(number, scale), scale), digits);
  }
  assert.deepEqual([...logical.fromDecimal("1.28", 2)], [0, 128]);
  assert.throws(() => logical.fromDecimal("1.285", 2), RangeError);
  const leap = new Date("2024-02-29T12:00:00Z");
  assert.deepEqual(logical.toDate(logical.fromDate(leap)), leap);
  assert.equal(logical.toDay(logical.fromDay(leap)).toISOString(), "2024-02-29T00:00:00.000Z");
  assert.equal(logical.scaleOf(logical.decimalSchema(4)), 4);
});

test("a projection makes a value of an older schema one of a newer", () => {
  const old = Schema.struct({ id: Schema.int32(), gone: Schema.string() });
  const now = Schema.struct({
    id: Schema.int64(),
    added: Schema.string({ default: "none" }),
    maybe: Schema.string({ optional: true }),
  });
  const projected = project(old, new Struct(old, { id: 7, gone: "x" }), now) as Struct;
  assert.deepEqual(projected.values, [7n, "none", null]);
  assert.deepEqual(project(Schema.array(Schema.int8()), [1], Schema.array(Schema.float64())), [1]);
  assert.throws(() => project(now, new Struct(now, { id: 1 }), old), /Error projecting id: Schema type mismatch/);
  const wanting = Schema.struct({ more: Schema.string() });
  assert.throws(() => project(old, new Struct(old, { id: 1, gone: "" }), wanting), /Required field `more` is missing/);
  assert.throws(
    () => project(Schema.int32({ optional: true }), null, Schema.int32()),
    /Writer schema is optional, however, target schema does not provide a default value/,
  );
  assert.equal(project(Schema.int32({ optional: true }), null, Schema.int32({ default: 3 })), 3);
});
