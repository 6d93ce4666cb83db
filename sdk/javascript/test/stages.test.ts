// Transforms, predicates and converters: what becomes of a batch, and of a record that fails.

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import * as dispatch from "../src/dispatch.js";
import {
  Batch,
  BatchWriter,
  type Changes,
  type Config,
  ConfigDef,
  ConfigKey,
  Converter,
  type ConverterRole,
  DataError,
  exportPlugins,
  FatalError,
  HeaderConverter,
  NewRecord,
  Predicate,
  type Record,
  RetriableError,
  sameValue,
  Schema,
  type SchemaAndValue,
  Struct,
  TimestampType,
  Transformation,
} from "../src/index.js";
import { applyBatch } from "../src/stages.js";
import * as testing from "../src/testing.js";

const PERSON = Schema.struct({ name: Schema.string(), age: Schema.int32({ optional: true }) }, { name: "Person" });

/** Doubles numbers, drops zero, keeps one and fails of what is no number. */
class Doubled extends Transformation {
  static override CLASS = "tests.Doubled";
  static override VERSION = "1";
  static override CONFIG_DEF = new ConfigDef(ConfigKey.boolean("retry", { default: false }));
  static closed = 0;
  private retry = false;

  override configure(config: Config): void {
    this.retry = Doubled.CONFIG_DEF.parse(config).get("retry");
  }

  apply(record: Record): Record | NewRecord | null {
    if (this.retry) throw new RetriableError("not now");
    const number = record.value;
    if (number === "unexpected") (undefined as unknown as Record).value;
    if (typeof number !== "bigint") throw new DataError("no number");
    if (number === 0n) return null;
    return number === 1n ? record : new NewRecord(record, { value: 2n * number });
  }

  override close(): void {
    Doubled.closed++;
  }
}

class IsLong extends Predicate {
  static override CLASS = "tests.IsLong";
  static override VERSION = "1";

  test(record: Record): boolean {
    return (record.value as string).length > 3;
  }
}

/** The bytes of a text from its end on. */
class Backwards extends Converter {
  static override CLASS = "tests.Backwards";
  static override VERSION = "1";
  static role: ConverterRole;

  override configure(_config: Config, role: ConverterRole): void {
    Backwards.role = role;
  }

  fromConnect(topic: string, schema: Schema | null, value: unknown): Uint8Array | null {
    if (value === null) return null;
    if (typeof value !== "string" || !schema?.equals(Schema.string())) throw new DataError(`${topic}: no text`);
    return new TextEncoder().encode(value).reverse();
  }

  toConnect(_topic: string, bytes: Uint8Array | null): SchemaAndValue {
    if (bytes === null) return { value: null };
    return { schema: Schema.string(), value: new TextDecoder().decode(bytes.slice().reverse()) };
  }
}

/** Puts the name before a header's value. */
class Named extends HeaderConverter {
  static override CLASS = "tests.Named";
  static override VERSION = "1";

  fromConnect(_topic: string, name: string, _schema: Schema | null, value: unknown): Uint8Array {
    return new TextEncoder().encode(`${name}=${value}`);
  }

  toConnect(_topic: string, name: string, bytes: Uint8Array | null): SchemaAndValue {
    return { value: new TextDecoder().decode(bytes ?? new Uint8Array()).slice(name.length + 1) };
  }
}

/** A record with everything that a record may have. */
const FULL: testing.SinkRecord = {
  value: "value",
  valueSchema: Schema.string(),
  key: new Struct(PERSON, { name: "Ada", age: 36 }),
  topic: "t",
  partition: 3,
  offset: 9,
  timestamp: 7,
  headers: [
    { name: "h", value: 1, schema: Schema.int32() },
    { name: "n", value: null },
    { name: "h", value: { a: 1 } },
  ],
};

function applied(changes: Changes, ...records: (testing.SinkRecord | string)[]) {
  class Changed extends Transformation {
    apply(record: Record): NewRecord {
      return new NewRecord(record, changes);
    }
  }
  return testing.apply(new Changed(), records);
}

/** The full record with these changes. */
function changed(changes: Changes): Record {
  const { records, failed } = applied(changes, FULL);
  assert.deepEqual(failed, []);
  return records[0] as Record;
}

function copied(records: Iterable<Record>): Uint8Array {
  const writer = new BatchWriter();
  for (const record of records) writer.copy(record);
  return writer.finish();
}

function content(records: Iterable<testing.SinkRecord | string>): Uint8Array {
  return copied(testing.batch(records));
}

afterEach(() => dispatch.close());

test("records that are dropped or fail leave holes", () => {
  const transformation = testing.configure(Doubled, {});
  const outcome = testing.apply(transformation, [{ value: 1 }, { value: 0 }, "x", "unexpected", { value: 4 }]);
  assert.deepEqual(outcome.records.map(({ position, value }) => [position, value]), [[0, 1n], [4, 8n]]);
  const [refused, unexpected] = outcome.failed;
  assert.deepEqual(refused, { index: 2, message: "no number" });
  assert.equal(unexpected?.index, 3);
  assert.match(unexpected?.message ?? "", /^TypeError: [^]*\n {4}at /);
});

test("an error with a kind is of the whole batch", () => {
  assert.throws(() => testing.apply(testing.configure(Doubled, { retry: true }), ["x"]), RetriableError);
  const answering = (answer: unknown) => ({ apply: () => answer }) as unknown as Transformation;
  assert.throws(() => applyBatch(answering(undefined), testing.batch(["x"])), /apply answered undefined, not Record, NewRecord or null/);
  assert.throws(() => applyBatch(answering(Promise.resolve()), testing.batch(["x"])), FatalError);
});

test("a record that is kept is the same but for where it was read from", () => {
  const given = testing.batch([FULL]).at(0) as Record;
  const kept = changed({});
  for (const name of ["topic", "partition", "offset", "timestamp", "timestampType", "headers"] as const) {
    assert.deepEqual(kept[name], given[name], name);
  }
  for (const name of ["keyRow", "value", "valueSchema", "valueRow"] as const) assert.deepEqual(kept[name], given[name], name);
  assert(sameValue(kept.key, given.key) && kept.keySchema?.equals(PERSON));
  assert.deepEqual([kept.originalTopic, kept.originalPartition, given.originalTopic], [null, null, "t"]);
  const writer = new BatchWriter();
  const head = writer.head({ topic: "t", sourcePartition: '{"p":1}' });
  writer.add(head, "x", null, { sourceOffset: '{"o":1}', headers: [{ name: "h", value: 1 }], commitAfter: true });
  const [copy] = new Batch(copied(new Batch(writer.finish())));
  assert.deepEqual([copy?.sourcePartition, copy?.sourceOffset, copy?.commitAfter], [null, null, false]);
  assert.deepEqual([copy?.value, copy?.timestamp, copy?.headers], ["x", null, [{ name: "h", value: 1n, schema: null }]]);
});

test("only what is given changes", () => {
  const moved = changed({ topic: "u", partition: null, timestamp: null });
  assert.deepEqual([moved.topic, moved.partition, moved.timestamp, moved.value], ["u", null, null, "value"]);
  const later = changed({ timestamp: 8, partition: 0 });
  assert.deepEqual([later.timestamp, later.timestampType, later.partition], [8n, TimestampType.CREATE, 0]);
  const value = changed({ value: "other" });
  assert.deepEqual([value.value, value.valueSchema, sameValue(value.key, FULL.key)], ["other", Schema.string(), true]);
  const schemaless = changed({ value: [1], valueSchema: null });
  assert.deepEqual([schemaless.value, schemaless.valueSchema], [[1n], null]);
  const optional = changed({ valueSchema: Schema.string({ optional: true }) });
  assert.deepEqual([optional.value, optional.valueSchema?.optional], ["value", true]);
  const empty = changed({ key: null, value: null });
  assert.deepEqual([empty.key, empty.keySchema?.equals(PERSON), empty.value], [null, true, null]);
  const struct = changed({ value: FULL.key });
  assert.deepEqual([sameValue(struct.value, FULL.key), struct.valueSchema?.equals(PERSON)], [true, true]);
  assert.deepEqual(changed({ headers: [{ name: "i", value: 2 }] }).headers, [{ name: "i", value: 2n, schema: null }]);
});

test("a change that cannot be written fails its record", () => {
  const { values, failed } = applied({ value: 1 }, "x", { value: { a: 1 } });
  assert.deepEqual([failed.length, failed[0]?.index, values], [1, 0, [1n]]);
  assert.match(failed[0]?.message ?? "", /is no value of/);
  assert.match(applied({ timestamp: 2n ** 63n }, "x").failed[0]?.message ?? "", /no whole number of 64 bits/);
});

test("bits are those of records", () => {
  const predicate = testing.configure(IsLong, {});
  const words = Array.from({ length: 10 }, (_, i) => (i % 2 === 0 ? "four" : "two"));
  assert.deepEqual(testing.holds(predicate, words), words.map((word) => word === "four"));
  assert.throws(() => testing.holds(predicate, [{ value: null }]), TypeError);
});

test("values and keys are bytes and back", () => {
  exportPlugins({ converters: [Backwards] });
  dispatch.configureConverter("tests.Backwards", [], "value");
  const { batch, failed } = dispatch.fromConnect(content(["abc", { value: null }, { value: 1, topic: "u" }]));
  assert.deepEqual(failed, [{ index: 2, message: "u: no text" }]);
  const converted = [...new Batch(batch)];
  assert.deepEqual(converted.map(({ value }) => value), [new TextEncoder().encode("cba"), null]);
  assert.deepEqual(converted.map(({ valueSchema }) => valueSchema?.toString()), [Schema.bytes({ optional: true }).toString(), undefined]);
  const [text, empty] = new Batch(dispatch.toConnect(batch).batch);
  assert.deepEqual([text?.value, text?.valueSchema, text?.topic], ["abc", Schema.string(), null]);
  assert.deepEqual([empty?.value, empty?.valueSchema], [null, null]);
  dispatch.close();
  dispatch.configureConverter("tests.Backwards", [], "key");
  assert.equal(Backwards.role, "key");
  const [record] = new Batch(dispatch.fromConnect(content([{ key: "key", keySchema: Schema.string(), value: "v" }])).batch);
  assert.deepEqual([record?.key, record?.value], [new TextEncoder().encode("yek"), null]);
});

test("headers keep their names and their order", () => {
  exportPlugins({ headerConverters: [Named] });
  dispatch.configureConverter("tests.Named", [], "headers");
  const headers = [{ name: "a", value: 1 }, { name: "b", value: "x" }, { name: "a", value: 2 }];
  const { batch } = dispatch.fromConnect(content([{ value: "v", headers }]));
  const read = (content: Uint8Array) => [...new Batch(content)][0]?.headers.map(({ name, value }) => [name, value]);
  const bytes = (text: string) => new TextEncoder().encode(text);
  assert.deepEqual(read(batch), [["a", bytes("a=1")], ["b", bytes("b=x")], ["a", bytes("a=2")]]);
  assert.deepEqual(read(dispatch.toConnect(batch).batch), [["a", "1"], ["b", "x"], ["a", "2"]]);
});

test("an instance is one stage, and is closed", () => {
  exportPlugins({ transformations: [Doubled], predicates: [IsLong] });
  assert.throws(() => dispatch.apply(new Uint8Array()), /apply: this instance was started as nothing, not as a transform/);
  dispatch.configureTransformation("tests.Doubled", []);
  assert.throws(() => dispatch.configurePredicate("tests.IsLong", []), /configure: this instance is a transform already/);
  const { batch, failed } = dispatch.apply(content([{ value: 2 }, "x"]));
  assert.deepEqual([[...new Batch(batch)].map(({ value }) => value), failed[0]?.index], [[4n], 1]);
  const closed = Doubled.closed;
  dispatch.close();
  assert.equal(Doubled.closed, closed + 1);
  dispatch.configurePredicate("tests.IsLong", []);
  assert.deepEqual(dispatch.test(content(["a", "abcd"])), new Uint8Array([2]));
});

test("stages that lack something are not exported", () => {
  class Nothing extends (Transformation as unknown as typeof Doubled) {
    static override CLASS = "tests.Nothing";
    static override VERSION = "1";
  }
  assert.throws(() => exportPlugins({ transformations: [Nothing] }), /Nothing lacks apply/);
  assert.throws(() => exportPlugins({ transformations: [IsLong as unknown as typeof Doubled] }), /IsLong is no Transformation/);
});
