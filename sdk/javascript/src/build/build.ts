// Makes a component of a module that exports plugin classes, by componentize-qjs.

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { componentize } from "componentize-qjs";
import type { exported, Plugins } from "../plugins.js";
import { bundle, BuildError, importing, SDK, sdkModule } from "./bundle.js";

/** The contract, and what of WASI the SDK imports. */
const WIT = join(SDK, "wit");

/** Parts of the SDK that are only in components whose plugin imports them, and the imports that they need. */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  http: ["wasi:http/outgoing-handler@0.2.0"],
  files: ["wasi:filesystem/preopens@0.2.0"],
};

/** What classes of a kind need: the world of the contract, and the exports with the module of the SDK that has them. */
const KINDS: readonly { has(plugins: Plugins): boolean; world: string; exports: string; module: string }[] = [
  { has: (plugins) => plugins.sources.size > 0, world: "source-plugin", exports: "sourceConnector, sourceTask", module: "source" },
  { has: (plugins) => plugins.sinks.size > 0, world: "sink-plugin", exports: "sinkConnector, sinkTask", module: "sink" },
  { has: (plugins) => plugins.transformations.size > 0, world: "transformation-plugin", exports: "transformation", module: "stages" },
  { has: (plugins) => plugins.predicates.size > 0, world: "predicate-plugin", exports: "predicate", module: "stages" },
  {
    has: (plugins) => plugins.converters.size + plugins.headerConverters.size > 0,
    world: "converter-plugin",
    exports: "converter",
    module: "stages",
  },
];

/** What a plugin is made of. */
interface Shape {
  readonly kinds: typeof KINDS;
  /** Those of {@link PARTS}. */
  readonly parts: readonly string[];
}

/**
 * Makes `output` of the module `entry`; false: it was there and nothing has changed.
 *
 * Throws {@link BuildError}.
 */
export async function build(entry: string, output: string): Promise<boolean> {
  const module = resolve(entry);
  if (!existsSync(module)) throw new BuildError(`there is no ${entry}`);
  const { shape, inputs } = await look(module);
  const stamp = `${output}.inputs`;
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, "utf8") === inputs) return false;
  rmSync(stamp, { force: true });
  mkdirSync(dirname(resolve(output)), { recursive: true });
  const component = await make(module, shape);
  // Beside it first: a worker may be looking.
  const beside = join(dirname(output), `.${basename(output)}.${process.pid}`);
  writeFileSync(beside, component);
  renameSync(beside, output);
  writeFileSync(stamp, inputs);
  return true;
}

/** Runs the plugin's top level once here, to see what it exports. */
async function look(module: string): Promise<{ shape: Shape; inputs: string }> {
  const exporting = `export { exported } from ${JSON.stringify(sdkModule("plugins"))};\n`;
  const looked = await bundle(importing(module) + exporting, "node");
  const plugins = await inTemporaryDirectory(async (directory) => {
    const file = join(directory, "plugin.mjs");
    writeFileSync(file, looked.text);
    const made = (await import(pathToFileURL(file).href)) as { exported: typeof exported };
    return made.exported();
  });
  const kinds = KINDS.filter(({ has }) => has(plugins));
  if (kinds.length === 0) {
    throw new BuildError(`${module} exports no classes: call exportPlugins at its top level`);
  }
  const parts = Object.keys(PARTS).filter((part) => looked.inputs.includes(sdkModule(part)));
  return { shape: { kinds, parts }, inputs: digest(looked.inputs) };
}

async function make(module: string, { kinds, parts }: Shape): Promise<Buffer> {
  const component = (name: string): string => JSON.stringify(sdkModule(`component/${name}`));
  const entry = [
    importing(sdkModule("component/globals")),
    importing(module),
    ...parts.map((part) => importing(sdkModule(`component/${part}`))),
    `export { plugin } from ${component("plugin")};\n`,
    ...kinds.map(({ exports, module: of }) => `export { ${exports} } from ${component(of)};\n`),
  ];
  const { text } = await bundle(entry.join(""), "neutral");
  return inTemporaryDirectory(async (directory) => {
    cpSync(WIT, directory, { recursive: true });
    for (const file of readdirSync(join(directory, "deps"), { recursive: true, encoding: "utf8" })) {
      const path = join(directory, "deps", file);
      if (file.endsWith(".wit")) writeFileSync(path, disguise(readFileSync(path, "utf8")));
    }
    writeFileSync(join(directory, "javascript.wit"), disguise(world({ kinds, parts })));
    try {
      // The worker calls components without the asynchronous ABI.
      const options = { witPath: directory, world: "javascript", jsSource: disguise(text), sync: true };
      return undisguise((await componentize(options)).component);
    } catch (error) {
      throw new BuildError(`componentize-qjs could not make a component of ${module}:\n${(error as Error).message}`);
    }
  });
}

/** The world of the contract with what the classes need, and what of WASI the SDK needs for them. */
function world({ kinds, parts }: Shape): string {
  const lines = [
    // The stages' worlds of the contract have no metrics.
    "import metrics;",
    ...kinds.map((kind) => `include ${kind.world};`),
    ...["wasi:random/random@0.2.0", ...parts.flatMap((part) => PARTS[part] ?? [])].map((name) => `import ${name};`),
  ];
  return `package kafka:connect@0.1.0;\nworld javascript {\n${lines.join("\n")}\n}\n`;
}

// componentize-qjs runs the module's top level with WASI there, and everything else as stubs. Stubs that refer to resources of the
// WASI that is there, as wasi:http does to its streams, it cannot make ("mismatched resource types"). So it is told other names, of
// the same length, under which it knows nothing, and the component gets the right ones. Their version is none that QuickJS
// itself imports, or the component would import one name twice.

const OURS = /wasi:(?=(?:clocks|filesystem|http|io|random)(?:\/[a-z-]+)?@0\.2\.0\b)/g;
const DISGUISED = /w-si:(?=(?:clocks|filesystem|http|io|random)(?:\/[a-z-]+)?@0\.2\.0)/g;

function disguise(text: string): string {
  return text.replace(OURS, "w-si:");
}

function undisguise(component: Buffer): Buffer {
  return Buffer.from(component.toString("latin1").replace(DISGUISED, "wasi:"), "latin1");
}

async function inTemporaryDirectory<T>(use: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), "wasm-connect-"));
  try {
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Stands for everything that a component is made of. */
function digest(inputs: readonly string[]): string {
  const hash = createHash("sha256");
  const require = createRequire(import.meta.url);
  for (const tool of ["componentize-qjs", "esbuild"]) {
    hash.update(`${tool} ${(require(`${tool}/package.json`) as { version: string }).version}\n`);
  }
  const files = new Set([...inputs, ...COMPONENT_MODULES.map((name) => sdkModule(`component/${name}`)), ...CONTRACT]);
  for (const file of [...files].sort()) hash.update(createHash("sha256").update(readFileSync(file)).digest());
  return `${hash.digest("hex")}\n`;
}

const COMPONENT_MODULES = ["calls", "connector", "files", "globals", "http", "plugin", "sink", "source", "stages", "streams"];
const CONTRACT = ["converter", "imports", "plugin", "sink", "source", "transformation", "types", "worlds"].map((name) => join(WIT, `${name}.wit`));
