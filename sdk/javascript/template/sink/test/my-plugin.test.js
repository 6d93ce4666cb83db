// The plugin in plain Node, with a stand-in for the worker.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as testing from "wasm-connect/testing";
import { MyPluginTask } from "../src/index.js";

test("strings become lines, and other values are refused", () => {
  testing.standIn();
  const directory = mkdtempSync(join(tmpdir(), "my-plugin-"));
  try {
    const file = join(directory, "lines.txt");
    const task = testing.start(MyPluginTask, { file });
    const refused = testing.put(task, ["one", { value: 2 }, "three"]);
    task.flush([]);
    task.stop();
    assert.equal(readFileSync(file, "utf8"), "one\nthree\n");
    assert.deepEqual(refused, [{ index: 1, message: "the value is no string" }]);
  } finally {
    rmSync(directory, { recursive: true });
  }
});
