// my-plugin: a transform that writes string values in upper case.

import { ConfigDef, ConfigKey, DataError, exportPlugins, NewRecord, Transformation } from "wasm-connect";

const CONFIG = new ConfigDef(
  // In a connector's configuration: transforms.ALIAS.suffix
  ConfigKey.string("suffix", { default: "", doc: "What is put behind each value." }),
);

/** The transform, as it stands in one place of a connector's `transforms`. */
export class MyPlugin extends Transformation {
  static CLASS = "com.example.MyPlugin";
  static VERSION = "0.1.0";
  static CONFIG_DEF = CONFIG;
  static DOCUMENTATION = "Writes string values in upper case.";

  configure(config) {
    this.suffix = CONFIG.parse(config).get("suffix");
  }

  apply(record) {
    const text = record.value;
    // Fails this record alone: the connector's errors.tolerance decides what becomes of it.
    if (typeof text !== "string") throw new DataError("the value is no string");
    // Dropped.
    if (text === "") return null;
    return new NewRecord(record, { value: text.toUpperCase() + this.suffix });
  }
}

exportPlugins({ transformations: [MyPlugin] });
