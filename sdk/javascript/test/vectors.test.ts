// The shared vectors of wit/vectors: written and read byte for byte, and the malformed ones refused.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { Acks, Batch, MalformedBatch } from "../src/batch/index.js";
import { decode, decodeAcks, encode, encodeAcks, fromHex, toHex } from "./batch-json.js";

const VECTORS = join(process.env["REPOSITORY"] ?? "../..", "wit/vectors");

const NAMES = readdirSync(VECTORS)
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.slice(0, -".json".length));
const WELL_FORMED = NAMES.filter((name) => !name.startsWith("bad-"));
const MALFORMED = NAMES.filter((name) => name.startsWith("bad-"));

function content(name: string): Uint8Array {
  return fromHex(readFileSync(join(VECTORS, `${name}.hex`), "utf8"));
}

function description(name: string) {
  return JSON.parse(readFileSync(join(VECTORS, `${name}.json`), "utf8"));
}

/** Decodes all that there is. */
function readEverything(batch: Uint8Array): void {
  for (const record of new Batch(batch)) void [record.key, record.value, record.headers, record.sourceOffset];
}

test("there are vectors", () => {
  assert(WELL_FORMED.length > 20 && MALFORMED.length > 60);
});

test("descriptions are written byte for byte", () => {
  for (const name of WELL_FORMED) {
    const write = name.startsWith("acks") ? encodeAcks : encode;
    assert.equal(toHex(write(description(name))), toHex(content(name)), name);
  }
});

test("bytes are read as described", () => {
  for (const name of WELL_FORMED) {
    const { about: _, ...expected } = description(name);
    if (name.startsWith("acks")) assert.deepEqual(decodeAcks(content(name)), expected.acks, name);
    else assert.deepEqual(decode(content(name)), expected, name);
  }
});

test("malformed ones are refused with their record", () => {
  for (const name of MALFORMED) {
    const read = (): unknown =>
      name.startsWith("bad-acks") ? new Acks(content(name)) : readEverything(content(name));
    assert.throws(read, (error) => {
      assert(error instanceof MalformedBatch, `${name}: ${error}`);
      assert.equal(error.record, description(name).record, `${name}: ${error.what}`);
      return true;
    });
  }
});

test("every truncation is refused", () => {
  for (const name of WELL_FORMED) {
    const whole = content(name);
    for (let end = 0; end < whole.length; end++) {
      const cut = whole.slice(0, end);
      const read = (): unknown => (name.startsWith("acks") ? new Acks(cut) : new Batch(cut));
      assert.throws(read, MalformedBatch, `${name} cut to ${end}`);
    }
  }
});
