// The README's examples: the first connector passes its test, the others are JavaScript at least.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const README = readFileSync("README.md", "utf8");
const EXAMPLES = [...README.matchAll(/```js\n([^]*?)```/g)].map(([, code]) => code as string);

test("the first connector passes its test", () => {
  const [connector] = EXAMPLES;
  const tested = EXAMPLES.find((example) => example.includes("node:test"));
  assert(connector !== undefined && tested !== undefined);
  const directory = mkdtempSync(join(tmpdir(), "readme-"));
  try {
    mkdirSync(join(directory, "test"));
    writeFileSync(join(directory, "package.json"), '{ "type": "module" }');
    writeFileSync(join(directory, "countdown.js"), connector);
    writeFileSync(join(directory, "test/countdown.test.js"), tested);
    const cli = process.env["WASM_CONNECT_JS"] as string;
    const environment = { ...process.env };
    // Else the inner runner takes itself for a part of this one.
    delete environment["NODE_TEST_CONTEXT"];
    const said = execFileSync(process.execPath, [cli, "test"], { cwd: directory, encoding: "utf8", env: environment });
    assert.match(said, /pass 1\n/);
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test("all are JavaScript", () => {
  assert(EXAMPLES.length > 7);
  const directory = mkdtempSync(join(tmpdir(), "readme-"));
  try {
    for (const example of EXAMPLES) {
      const file = join(directory, "example.mjs");
      writeFileSync(file, example);
      execFileSync(process.execPath, ["--check", file]);
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});
