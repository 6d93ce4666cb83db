// The plugin in plain Node.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as testing from "wasm-connect/testing";
import { MyPlugin } from "../src/index.js";

test("strings are loud, and other values are refused", () => {
  const plugin = testing.configure(MyPlugin, { suffix: "!" });
  const { values, failed } = testing.apply(plugin, ["one", "", { value: 2 }]);
  assert.deepEqual(values, ["ONE!"]);
  assert.deepEqual(failed, [{ index: 2, message: "the value is no string" }]);
});
