// The codec against Rust's: random batches are written and read as Rust does, damaged ones refused where Rust refuses them.
//
// Not found by discovery, as it wants the program `exchange` of sdk/batch, whose path is in BATCH_EXCHANGE.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { test } from "node:test";
import { MalformedBatch } from "../src/batch/index.js";
import { decode, encode, fromHex, toHex } from "./batch-json.js";

const BATCHES = 2_000;
const DAMAGED = 10_000;
const SEED = process.env["TEST_SEED"] ?? String(Math.floor(Math.random() * 2 ** 32));

/** Batches and what Rust says that they are. */
function exchange(command: string, count: number): [Uint8Array, string][] {
  const answer = execFileSync(process.env["BATCH_EXCHANGE"] as string, [command, String(count), SEED], {
    encoding: "utf8",
    maxBuffer: 2 ** 30,
  });
  const lines = answer.trimEnd().split("\n");
  assert.equal(lines.length, count);
  return lines.map((line) => {
    const [digits, described] = line.split("\t") as [string, string];
    return [fromHex(digits), described];
  });
}

test("random batches are written and read as Rust does", () => {
  exchange("random", BATCHES).forEach(([content, described], i) => {
    const description = JSON.parse(described);
    assert.deepEqual(decode(content), description, `batch ${i}, seed ${SEED}`);
    assert.equal(toHex(encode(description)), toHex(content), `batch ${i}, seed ${SEED}`);
  });
});

test("damaged batches are refused where Rust refuses them", () => {
  let refused = 0;
  exchange("mutated", DAMAGED).forEach(([content, described], i) => {
    const which = `batch ${i}, seed ${SEED}: ${toHex(content)}`;
    let found;
    try {
      found = decode(content);
    } catch (error) {
      assert(error instanceof MalformedBatch, `${which}: ${error instanceof Error ? error.stack : error}`);
      assert.equal(`refused ${error.record ?? "-"}`, described, `${which}: ${error.what}`);
      refused++;
      return;
    }
    assert(!described.startsWith("refused"), `${which}: ${described}`);
    assert.deepEqual(found, JSON.parse(described), which);
  });
  assert(refused > DAMAGED / 2, `${refused} were refused`);
});
