// HttpPollSource: brings what a URL has, whenever it has changed.

import { type Config, type ConfigValue, exportPlugins, type Scalar, SourceConnector } from "wasm-connect";
import { CONFIG, validate } from "./keys.js";
import { HttpPollSourceTask } from "./task.js";

export class HttpPollSourceConnector extends SourceConnector {
  static override CLASS = "wasmconnect.http.HttpPollSourceConnector";
  static override VERSION = "1.0.0";
  static override TASK = HttpPollSourceTask;
  static override TASK_CLASS = "wasmconnect.http.HttpPollSourceTask";
  static override CONFIG_DEF = CONFIG;
  static override DOCUMENTATION = "Asks for a URL again and again, and brings the records of each answer that has changed.";

  static override validate(config: Config): ConfigValue[] {
    return validate(config);
  }

  /** One task: there is one URL. */
  taskConfigs(): Config[] {
    return [this.config];
  }

  /** An offset is where to go on in a version, or begins anew. */
  static override alterOffsets(
    config: Config,
    offsets: readonly (readonly [Record<string, Scalar>, Record<string, Scalar> | null])[],
  ): boolean {
    return offsets.every(([partition, offset]) => {
      const isOurs = Object.keys(partition).length === 1 && partition["url"] === config["url"];
      return isOurs && (offset === null || (typeof offset["version"] === "string" && Number.isInteger(offset["next"])));
    });
  }
}

exportPlugins({ sources: [HttpPollSourceConnector] });
