// Configurations, offsets, tasks and their context, as the worker and an author see them.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import * as dispatch from "../src/dispatch.js";
import { asConnectError, describe } from "../src/errors.js";
import { HttpResponse, request } from "../src/http.js";
import {
  type Config,
  ConfigDef,
  ConfigError,
  ConfigKey,
  exportPlugins,
  FatalError,
  groupPartitions,
  type Idle,
  idle,
  javaDouble,
  Logger,
  metrics,
  NumberOffset,
  orFatal,
  parseJson,
  type Records,
  RetriableError,
  Route,
  type Scalar,
  Schema,
  SinkConnector,
  SinkTask,
  SourceConnector,
  SourceTask,
} from "../src/index.js";
import { fromJson, toJson } from "../src/offsets.js";
import * as testing from "../src/testing.js";

const CONFIG = new ConfigDef(
  ConfigKey.string("topic", { required: true }),
  ConfigKey.int("from", { default: 10 }),
  ConfigKey.long("big"),
  ConfigKey.double("rate", { default: 1.5 }),
  ConfigKey.boolean("loud", { default: false }),
  ConfigKey.list("columns", { default: ["a", "b"] }),
);

class CountTask extends SourceTask {
  private next = 0;
  private route!: Route;
  private readonly offset = new NumberOffset("next");
  readonly commits: string[] = [];

  start(config: Config): void {
    const parsed = CONFIG.parse(config);
    const partition = { counter: config["name"] ?? "" };
    this.next = Number(this.context.offset(partition)?.["next"] ?? parsed.get("from"));
    this.route = new Route(parsed.get("topic"), partition);
  }

  poll(records: Records): Idle | void {
    records.limitRecords(3);
    while (!records.isFull) {
      const sourceOffset = this.offset.at(this.next + 1);
      records.add(this.route, String(this.next++), Schema.string(), { sourceOffset, headers: [{ name: "h", value: 1n }] });
    }
    return this.next > 15 ? idle(250) : undefined;
  }

  override acknowledged(acks: Iterable<{ sequence: bigint; placed: unknown }>): void {
    for (const { sequence, placed } of acks) this.commits.push(`${sequence} ${placed === null ? "dropped" : "placed"}`);
  }
}

class Count extends SourceConnector {
  static override CLASS = "tests.Count";
  static override VERSION = "1";
  static override TASK = CountTask;
  static override TASK_CLASS = "tests.CountTask";
  static override CONFIG_DEF = CONFIG;

  taskConfigs(maxTasks: number) {
    return groupPartitions([1, 2, 3], maxTasks).map((group) => ({ ...this.config, group, none: null }));
  }

  static override alterOffsets(_: Config, offsets: readonly (readonly [Record<string, Scalar>, unknown])[]): boolean {
    return offsets.every(([partition]) => "counter" in partition);
  }
}

class PickyTask extends SinkTask {
  seen: unknown[] = [];

  start(): void {}

  put(records: Iterable<{ position: number; value: unknown }>) {
    const refused = [];
    for (const { position, value } of records) {
      if (value === "bad") refused.push({ index: position, message: "is bad" });
      else this.seen.push(value);
    }
    return refused;
  }
}

class Picky extends SinkConnector {
  static override CLASS = "tests.Picky";
  static override VERSION = "1";
  static override TASK = PickyTask;
  static override TASK_CLASS = "tests.PickyTask";

  taskConfigs() {
    return [this.config];
  }
}

let worker: testing.StandIn;

beforeEach(() => {
  worker = testing.standIn();
  dispatch.stop();
  exportPlugins({ sources: [Count], sinks: [Picky] });
});

test("a configuration is checked with Java's texts", () => {
  const parsed = CONFIG.parse({ topic: " t ", big: "9223372036854775807", loud: "TRUE", columns: "x , y" });
  const values = ["topic", "from", "big", "rate", "loud", "columns"].map((name) => parsed.get(name));
  assert.deepEqual(values, ["t", 10, 2n ** 63n - 1n, 1.5, true, ["x", "y"]]);
  assert.throws(() => parsed.get("tpic"), TypeError);
  const wrong: [Config, string][] = [
    [{}, 'Missing required configuration "topic" which has no default value.'],
    [{ topic: "t", from: "x" }, "Invalid value x for configuration from: Not a number of type INT"],
    [{ topic: "t", from: "2147483648" }, "Invalid value 2147483648 for configuration from: Not a number of type INT"],
    [{ topic: "t", loud: "yes" }, "Invalid value yes for configuration loud: Expected value to be either true or false"],
    [{ topic: "t", rate: "" }, "Invalid value  for configuration rate: Not a number of type DOUBLE"],
  ];
  for (const [config, message] of wrong) {
    assert.throws(() => CONFIG.parse(config), (error) => error instanceof ConfigError && error.message === message, message);
  }
});

test("source partitions and offsets are Jackson's JSON, and exact", () => {
  const map = { text: 'a"\\\u0001\u001fä/', whole: 42, big: 2n ** 63n - 1n, float: 1e21, no: null, yes: true };
  const json = '{"text":"a\\"\\\\\\u0001\\u001Fä/","whole":42,"big":9223372036854775807,"float":1.0E21,"no":null,"yes":true}';
  assert.equal(toJson(map), json);
  assert.deepEqual(fromJson(json), map);
  assert.equal(toJson({ nan: NaN, less: -Infinity }), '{"nan":"NaN","less":"-Infinity"}');
  for (const wrong of ["[1]", "null", '{"a":[]}', "{", '{"a":{}}']) assert.throws(() => fromJson(wrong), SyntaxError, wrong);
  assert.throws(() => toJson({ a: [] as unknown as string }), TypeError);
});

test("JSON keeps long numbers, and texts that look like them", () => {
  const json = '{"1234567890123456789":1234567890123456789,"a":["\\u0000x 1234567890123456789",0.1234567890123456789,1e400,12345678901234567890]}';
  assert.deepEqual(parseJson(json), {
    "1234567890123456789": 1234567890123456789n,
    a: ["\u0000x 1234567890123456789", 0.1234567890123456789, Infinity, 12345678901234567890],
  });
  assert.deepEqual(parseJson('{"\\u0000a": -9007199254740993}'), { "\u0000a": -9007199254740993n });
});

test("doubles are Java's", () => {
  for (const [number, text] of [
    [0, "0.0"], [-0, "-0.0"], [1, "1.0"], [-1.5, "-1.5"], [123456.789, "123456.789"], [9999999, "9999999.0"],
    [1e7, "1.0E7"], [0.001, "0.001"], [0.00012, "1.2E-4"], [1.7976931348623157e308, "1.7976931348623157E308"], [5e-324, "5.0E-324"],
  ] as const) assert.equal(javaDouble(number), text);
});

test("partitions are grouped as Java's ConnectorUtils does", () => {
  assert.deepEqual(groupPartitions([1, 2, 3, 4, 5], 3), [[1, 2], [3, 4], [5]]);
  assert.deepEqual(groupPartitions([1], 2), [[1], []]);
  assert.deepEqual(groupPartitions([1], 0), []);
});

test("a source goes on from its offset, in polls of its own limit", () => {
  worker.commitOffset({ counter: "c" }, { next: 12 });
  const task = testing.start(CountTask, { name: "c", topic: "t", from: 5 });
  const polled = testing.poll(task);
  assert.deepEqual([polled.values, polled.idle], [["12", "13", "14"], null]);
  const [record] = polled.records;
  assert.deepEqual([record?.topic, record?.sourcePartition, record?.sourceOffset], ["t", '{"counter":"c"}', '{"next":13}']);
  assert.deepEqual(record?.headers, [{ name: "h", value: 1n, schema: null }]);
  assert(Math.abs(Number(record?.timestamp) - Date.now()) < 60_000);
  assert.equal(testing.poll(task, { maxRecords: 1 }).values.length, 1);
  assert.equal(testing.poll(task).idle, 250);
  assert.deepEqual(task.options(), { acknowledgeRecords: true, commit: false });
  testing.acknowledge(task, [{ topic: "t", partition: 0, offset: 1n, timestamp: 2n }, null]);
  assert.deepEqual(task.commits, ["0 placed", "1 dropped"]);
});

test("a poll that brings records and is idle is two answers", () => {
  dispatch.startSourceTask("tests.Count", [["topic", "t"], ["from", "15"]]);
  const limits = { maxRecords: 9, maxBytes: 9e6, maxWait: 0 };
  assert(dispatch.poll(limits) instanceof Uint8Array);
  assert.equal(dispatch.poll(limits), 250);
  assert(dispatch.poll(limits) instanceof Uint8Array);
});

test("an instance is one thing, and says what it was started as", () => {
  assert.throws(() => dispatch.put(new Uint8Array()), /put: this instance was started as nothing, not as a sink task/);
  dispatch.startSourceConnector("tests.Count", [["topic", "t"]]);
  assert.throws(() => dispatch.startSourceTask("tests.Count", [["topic", "t"]]), /this instance is a connector already/);
  assert.throws(() => dispatch.monitor() !== null || dispatch.commit(), /commit: this instance was started as a connector/);
  assert.deepEqual(dispatch.taskConfigs(2), [[["topic", "t"], ["group", "1,2"]], [["topic", "t"], ["group", "3"]]]);
  dispatch.stop();
  assert.throws(() => dispatch.startSinkTask("tests.Count", []), /no such class tests.Count; it has tests.Picky/);
  assert.equal(dispatch.alterSourceOffsets("tests.Count", [], [['{"counter":"a"}', null]]), true);
  assert.throws(() => dispatch.alterSourceOffsets("tests.Count", [], [["[]", null]]), ConfigError);
});

test("a sink refuses single records by their position", () => {
  const task = testing.start(PickyTask, {});
  const refused = testing.put(task, ["good", "bad", { value: { a: 1 }, offset: 9 }]);
  assert.deepEqual(refused, [{ index: 1, message: "is bad" }]);
  assert.deepEqual(task.seen, ["good", new Map([["a", 1n]])]);
  const delivered = [{ topic: "t", partition: 0, offset: 3n }];
  assert.deepEqual(task.preCommit(delivered), delivered);
});

test("the context asks the worker", () => {
  const task = testing.start(PickyTask, {});
  const partition = { topic: "t", partition: 1 };
  worker.assigned = [partition];
  worker.isStopping = true;
  assert.deepEqual([task.context.assignment(), task.context.sleep(1.6), task.context.stopping], [[partition], true, true]);
  task.context.pause([partition]);
  task.context.timeout(-5);
  task.context.reportErrantRecord(partition, 7n, "why");
  assert.deepEqual(worker.asked, [["sleep", 2], ["pause", [partition]], ["timeout", 0], ["reportErrantRecord", partition, 7n, "why"]]);
  new Logger("x").info(() => "hello");
  metrics.add("rows", 3, { table: "orders" });
  assert.deepEqual(worker.lines, [{ level: "info", message: "hello" }]);
  assert.deepEqual(worker.measured, [{ name: "rows", labels: { table: "orders" }, value: 3 }]);
});

test("errors have a kind, and others keep their stack", () => {
  const known = new RetriableError("later");
  assert.equal(asConnectError(known), known);
  const told = asConnectError(new TypeError("no such thing", { cause: new Error("deeper") }));
  assert(told instanceof FatalError && /^TypeError: no such thing\n {4}at [^]*\ncaused by Error: deeper\n/.test(told.message), told.message);
  const bare = Object.assign(new Error("x"), { stack: "    at poll (user.js:1)\n" });
  assert.equal(describe(bare), "Error: x\n    at poll (user.js:1)");
  const failing = (): never => {
    throw new Error("ENOENT");
  };
  assert.throws(() => orFatal("cannot open x", failing), (error) => error instanceof FatalError && error.message === "cannot open x: ENOENT");
});

test("an answer that is a promise is refused", () => {
  class Late extends CountTask {
    override poll(): void {
      return Promise.resolve() as unknown as void;
    }
  }
  exportPlugins({ sources: [class extends Count { static override TASK = Late; }] });
  dispatch.startSourceTask("tests.Count", [["topic", "t"]]);
  assert.throws(() => dispatch.poll({ maxRecords: 1, maxBytes: 1, maxWait: 0 }), /poll answered a promise/);
});

test("classes that lack something are not exported", () => {
  assert.throws(() => exportPlugins({ sources: [class extends Count { static override CLASS = 3 as unknown as string; }] }), /CLASS is no text/);
  assert.throws(() => exportPlugins({ sources: [Picky as unknown as typeof Count] }), /Picky is no SourceConnector/);
  class Nothing extends (SourceTask as unknown as new () => CountTask) {}
  Object.defineProperty(Nothing.prototype, "poll", { value: undefined });
  assert.throws(() => exportPlugins({ sources: [class extends Count { static override TASK = Nothing; }] }), /Nothing lacks start, poll/);
});

test("redirects of a GET are followed, others are answers", () => {
  const asked: string[] = [];
  const locations: Record<string, string> = {
    "http://a:1/x/y?z": "../no", "http://a:1/x/../no": "/root", "http://a:1/root": "//b/c", "http://b/c": "https://d/e",
  };
  worker.server = ({ url }) => {
    asked.push(url);
    const location = locations[url];
    return location === undefined ? new HttpResponse(200, [], "found") : new HttpResponse(302, [["Location", location]]);
  };
  assert.equal(request({ url: "http://a:1/x/y?z" }).text(), "found");
  assert.deepEqual(asked, [...Object.keys(locations), "https://d/e"]);
  assert.equal(request({ url: "http://b/c", maxRedirects: 0 }).status, 302);
  assert.equal(request({ url: "http://b/c", body: "x" }).status, 302);
});
