// The plugin in plain Node, with stand-ins for the worker and the server.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ConfigError, FatalError } from "wasm-connect";
import { HttpError, type HttpRequest, HttpResponse } from "wasm-connect/http";
import * as testing from "wasm-connect/testing";
import { HttpPollSourceConnector } from "../src/index.js";
import { HttpPollSourceTask } from "../src/task.js";

const URL = "http://example.com/items";
const CONFIG = { url: URL, topic: "items", "interval.ms": 1 };

let worker: testing.StandIn;
let asked: HttpRequest[];
let answers: (HttpResponse | string)[];

beforeEach(() => {
  worker = testing.standIn();
  asked = [];
  answers = [];
  worker.server = (request) => {
    asked.push(request);
    const answer = answers.shift() ?? new HttpResponse(304);
    if (typeof answer === "string") throw new HttpError(answer, request);
    return answer;
  };
});

function started(more: object = {}): HttpPollSourceTask {
  return testing.start(HttpPollSourceTask, { ...CONFIG, ...more });
}

/** Polls until an answer has been asked for, and brought. */
function polled(task: HttpPollSourceTask, limits: { maxRecords?: number } = {}): testing.Polled {
  const before = asked.length;
  for (;;) {
    const found = testing.poll(task, limits);
    if (found.records.length > 0 || asked.length > before) return found;
  }
}

/** What a restart would find. */
function commit(found: testing.Polled): void {
  const last = found.records.at(-1);
  worker.committed.set(last?.sourcePartition ?? "", last?.sourceOffset ?? "");
}

test("items become records, with keys and exact numbers", () => {
  answers = [new HttpResponse(200, [["ETag", '"1"']], '{"a/b":[{"id":"x","n":12345678901234567},{"id":7},3]}')];
  const { records, values } = polled(started({ "records.pointer": "/a~1b", "key.field": "id" }));
  assert.deepEqual(values, [new Map<string, unknown>([["id", "x"], ["n", 12345678901234567n]]), new Map([["id", 7n]]), 3n]);
  assert.deepEqual(records.map((record) => record.key), ["x", 7n, null]);
  assert.deepEqual(records.map((record) => record.topic), ["items", "items", "items"]);
  assert.equal(records[0]?.sourcePartition, `{"url":"${URL}"}`);
  const offset = '{"version":"\\"1\\"","etag":"\\"1\\"","last_modified":null,"next":3,"records":3}';
  assert.equal(records[2]?.sourceOffset, offset);
});

test("what has not changed is asked for with its version, and not brought again", () => {
  answers = [new HttpResponse(200, [["ETag", '"1"'], ["Last-Modified", "yesterday"]], "[1]"), new HttpResponse(304)];
  const task = started();
  commit(polled(task));
  assert.deepEqual(polled(task).values, []);
  assert.deepEqual(asked.map(({ headers }) => headers), [{}, { "If-None-Match": '"1"', "If-Modified-Since": "yesterday" }]);
  // The same after a restart.
  polled(started());
  assert.equal(asked[2]?.headers?.["If-None-Match"], '"1"');
});

test("a server without versions is compared by content", () => {
  answers = ["a\nb\n", "a\nb\n", "a\nb\nc"].map((body) => new HttpResponse(200, [], body));
  const task = started({ format: "lines" });
  assert.deepEqual([polled(task), polled(task), polled(task)].map(({ values }) => values), [["a", "b"], [], ["a", "b", "c"]]);
});

test("a restart in the middle of a version goes on there, unless it has changed", () => {
  const body = "[1,2,3,4,5]";
  const answer = (etag: string): HttpResponse => new HttpResponse(200, [["ETag", etag]], body);
  answers = [answer("a"), answer("a"), answer("b")];
  const first = polled(started(), { maxRecords: 2 });
  assert.deepEqual([first.values, first.idle], [[1n, 2n], null]);
  commit(first);
  const second = polled(started(), { maxRecords: 2 });
  assert.deepEqual(second.values, [3n, 4n]);
  assert.deepEqual(asked[1]?.headers, {});
  commit(second);
  assert.deepEqual(polled(started()).values, [1n, 2n, 3n, 4n, 5n]);
});

test("a server that is away is waited for, a refusal is not", () => {
  answers = ["connection-refused", new HttpResponse(503), new HttpResponse(200, [], "text")];
  const task = started({ format: "text", "interval.ms": 5 });
  assert.deepEqual([polled(task).values, polled(task).values, polled(task).values], [[], [], ["text"]]);
  assert.deepEqual(worker.lines.filter(({ level }) => level === "warn").length, 2);
  for (const answer of ["HTTP-request-denied", new HttpResponse(404), new HttpResponse(200, [], Uint8Array.of(0xff))]) {
    answers = [answer];
    assert.throws(() => polled(started()), FatalError);
  }
  answers = [new HttpResponse(200, [], "{")];
  assert.throws(() => polled(started()), /the answer is no JSON/);
});

test("between two requests it is idle", () => {
  answers = [new HttpResponse(200, [], "[]")];
  const task = started({ "interval.ms": 60_000 });
  for (let i = 0; i < 2; i++) {
    const { idle, values } = testing.poll(task);
    assert.deepEqual(values, []);
    assert(idle !== null && idle > 50_000 && idle <= 60_000);
  }
  assert.equal(asked.length, 1);
});

test("headers are sent, and checked", () => {
  polled(started({ headers: "Accept: application/json, X-Of: a:b", authorization: "Bearer x" }));
  assert.deepEqual(asked[0]?.headers, { Accept: "application/json", "X-Of": "a:b", Authorization: "Bearer x" });
  const values = HttpPollSourceConnector.validate({ headers: "Accept: x,nonsense", format: "text" });
  assert.deepEqual(values.find(({ name }) => name === "headers")?.errors, ["nonsense is no header: there is no name and colon"]);
  assert.equal(values.find(({ name }) => name === "key.field")?.visible, false);
  assert.throws(() => testing.start(HttpPollSourceTask, { topic: "t" }), ConfigError);
});

test("offsets can be set to places in a version of its own URL", () => {
  const alter = (partition: object, offset: object | null): boolean =>
    HttpPollSourceConnector.alterOffsets({ url: URL }, [[partition as Record<string, string>, offset as Record<string, string>]]);
  assert.equal(alter({ url: URL }, null), true);
  assert.equal(alter({ url: URL }, { version: "a", next: 3 }), true);
  assert.equal(alter({ url: URL }, { next: 3 }), false);
  assert.equal(alter({ url: "http://other" }, null), false);
});
