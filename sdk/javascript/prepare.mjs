// What `npm ci`, `npm pack` and `npm publish` run: compiles src/ into dist/, and puts the contract and WASI beside it.

import { execFileSync } from "node:child_process";
import { chmodSync, cpSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const contract = process.env.WASM_CONNECT_WIT ?? join(here, "../../wit");

rmSync(join(here, "dist"), { recursive: true, force: true });
execFileSync(process.execPath, [createRequire(import.meta.url).resolve("typescript/bin/tsc"), "--project", join(here, "tsconfig.build.json")], {
  stdio: "inherit",
});
chmodSync(join(here, "dist/build/cli.js"), 0o755);
for (const file of readdirSync(contract)) {
  if (file.endsWith(".wit")) cpSync(join(contract, file), join(here, "dist/wit", file));
}
for (const file of readdirSync(join(here, "wasi"))) {
  cpSync(join(here, "wasi", file), join(here, "dist/wit/deps", file.replace(".wit", ""), file));
}
