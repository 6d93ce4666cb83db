// One file of the plugin's modules and the SDK's, by esbuild.

import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

/** Where the SDK's own modules are. */
export const SDK = dirname(dirname(fileURLToPath(import.meta.url)));

/** Why there is no component. */
export class BuildError extends Error {}

/** A bundle, and the files that it was made of. */
export interface Bundle {
  readonly text: string;
  readonly inputs: readonly string[];
}

/** Bundles a module that is given as text, whose paths are absolute. */
export async function bundle(text: string, platform: "node" | "neutral"): Promise<Bundle> {
  try {
    const built = await esbuild.build({
      stdin: { contents: text, resolveDir: process.cwd(), sourcefile: "wasm-connect-entry.js" },
      bundle: true,
      write: false,
      metafile: true,
      format: "esm",
      platform,
      target: "es2022",
      mainFields: ["module", "main"],
      conditions: ["import"],
      // The plugin's SDK is this one, wherever else there may be one.
      alias: { "wasm-connect": SDK },
      external: ["kafka:*", "wasi:*"],
      // Errors name classes.
      keepNames: true,
      logLevel: "silent",
    });
    const inputs = Object.keys(built.metafile.inputs)
      .map((path) => resolve(path))
      .filter((path) => existsSync(path));
    return { text: built.outputFiles[0]?.text ?? "", inputs };
  } catch (error) {
    const { errors } = error as Partial<esbuild.BuildFailure>;
    if (errors === undefined) throw error;
    throw new BuildError((await esbuild.formatMessages(errors, { kind: "error" })).join("\n").trimEnd());
  }
}

/** A statement that imports `path`. */
export function importing(path: string, what = ""): string {
  return `import ${what}${JSON.stringify(path)};\n`;
}

/** A module of the SDK. */
export function sdkModule(name: string): string {
  return join(SDK, `${name}.js`);
}
