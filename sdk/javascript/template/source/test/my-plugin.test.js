// The plugin in plain Node, with a stand-in for the worker.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { ConfigError } from "wasm-connect";
import * as testing from "wasm-connect/testing";
import { MyPluginTask } from "../src/index.js";

let worker;

beforeEach(() => {
  worker = testing.standIn();
});

test("it counts, and goes on from its offset", () => {
  const task = testing.start(MyPluginTask, { topic: "numbers", from: 5 });
  const { values, records, idle } = testing.poll(task);
  assert.deepEqual([values, records[0].sourceOffset, idle], [["5"], '{"next":6}', 1000]);
  worker.commitOffset({ counter: "the only one" }, { next: 6 });
  const again = testing.start(MyPluginTask, { topic: "numbers", from: 5 });
  assert.deepEqual(testing.poll(again).values, ["6"]);
});

test("a missing topic is an error of the configuration", () => {
  assert.throws(() => testing.start(MyPluginTask, {}), ConfigError);
});
