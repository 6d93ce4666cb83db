// my-plugin: a sink that appends the values of records to a file, a line each.

import { ConfigDef, ConfigKey, exportPlugins, Grant, orFatal, SinkConnector, SinkTask } from "wasm-connect";
import { openToAppend, toBytes } from "wasm-connect/files";

const CONFIG = new ConfigDef(
  // Nothing else can be opened, and this only if the worker's sandbox.fs.write covers it.
  ConfigKey.string("file", { required: true, grants: [Grant.writeFile()], doc: "The file that lines are appended to." }),
);

/** The task: puts records into the file. */
export class MyPluginTask extends SinkTask {
  start(config) {
    const path = CONFIG.parse(config).get("file");
    this.file = orFatal("cannot start", () => openToAppend(path));
  }

  put(records) {
    const lines = [];
    const refused = [];
    for (const record of records) {
      const text = record.value;
      if (typeof text === "string") lines.push(`${text}\n`);
      else refused.push({ index: record.position, message: "the value is no string" });
    }
    orFatal("cannot write the lines", () => this.file.append(toBytes(lines.join(""))));
    return refused;
  }

  flush(delivered) {
    orFatal("cannot flush", () => this.file.sync());
  }

  stop() {
    this.file.close();
  }
}

/** Appends the values of records to a file, a line each. */
export class MyPluginConnector extends SinkConnector {
  static CLASS = "com.example.MyPluginConnector";
  static VERSION = "0.1.0";
  static TASK = MyPluginTask;
  static TASK_CLASS = "com.example.MyPluginTask";
  static CONFIG_DEF = CONFIG;
  static DOCUMENTATION = "Appends the values of records to a file, a line each.";

  taskConfigs(maxTasks) {
    // One task: a file has one writer.
    return [this.config];
  }
}

exportPlugins({ sinks: [MyPluginConnector] });
