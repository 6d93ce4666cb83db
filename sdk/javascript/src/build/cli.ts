#!/usr/bin/env node
// `wasm-connect-js build` and `wasm-connect-js test`.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import * as esbuild from "esbuild";
import { build } from "./build.js";
import { BuildError, SDK } from "./bundle.js";

const USAGE = `usage: wasm-connect-js build MODULE [--output FILE]
           a component of a module that exports plugin classes; does nothing if nothing has changed
       wasm-connect-js test [FILE or DIRECTORY ...]
           the tests in *.test.js and *.test.ts, by Node's test runner; by default those of the directory test`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { output: { type: "string", short: "o" }, help: { type: "boolean", short: "h" } },
  });
  const [command, ...paths] = positionals;
  const [module] = paths;
  if (command === "build" && paths.length === 1 && module !== undefined) return make(module, values.output);
  if (command === "test") return test(paths.length === 0 ? ["test"] : paths);
  console.log(USAGE);
  return values.help ? 0 : 2;
}

async function make(module: string, given: string | undefined): Promise<number> {
  const output = given ?? "plugin.wasm";
  const isNew = await build(module, output);
  const megabytes = (statSync(output).size / 1e6).toFixed(1);
  console.log(`${output}: ${megabytes} MB${isNew ? "" : ", nothing has changed"}`);
  return 0;
}

/** Node knows no TypeScript: the tests are bundled, each on its own, and run. */
async function test(paths: readonly string[]): Promise<number> {
  const files = paths.flatMap((path) => (statSync(path).isDirectory() ? testsIn(path) : [path]));
  const directory = mkdtempSync(join(tmpdir(), "wasm-connect-"));
  try {
    await esbuild.build({
      entryPoints: Object.fromEntries(files.map((file) => [relative(".", file).replace(/\W/g, "-"), file])),
      outdir: directory,
      outExtension: { ".js": ".mjs" },
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      alias: { "wasm-connect": SDK },
      sourcemap: "inline",
      // Errors name classes.
      keepNames: true,
      logLevel: "error",
    });
    const built = readdirSync(directory).map((name) => join(directory, name));
    const ran = spawnSync(process.execPath, ["--enable-source-maps", "--test", "--test-reporter=spec", ...built], { stdio: "inherit" });
    return ran.status ?? 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

function testsIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.test\.[jt]s$/.test(name))
    .map((name) => join(directory, name))
    .sort();
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage = error instanceof Error && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS");
  console.error(error instanceof BuildError || isUsage ? `error: ${(error as Error).message}` : error);
  process.exitCode = 1;
}
