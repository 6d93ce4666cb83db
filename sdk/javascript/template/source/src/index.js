// my-plugin: a source that counts, and goes on where it was when it is restarted.

import {
  ConfigDef,
  ConfigKey,
  exportPlugins,
  idle,
  Logger,
  NumberOffset,
  Route,
  Schema,
  SourceConnector,
  SourceTask,
  Validator,
} from "wasm-connect";

const log = new Logger("my-plugin");

const CONFIG = new ConfigDef(
  ConfigKey.string("topic", { required: true, doc: "Where the numbers go." }),
  ConfigKey.int("from", { default: 1, validators: [Validator.min(0)], doc: "The first number." }),
);

const OFFSET = new NumberOffset("next");

/** The task: brings the records. */
export class MyPluginTask extends SourceTask {
  start(config) {
    const parsed = CONFIG.parse(config);
    const partition = { counter: "the only one" };
    // Where the last run of this connector got to, if there was one.
    const committed = this.context.offset(partition);
    this.next = committed === null ? parsed.get("from") : committed.next;
    this.route = new Route(parsed.get("topic"), partition);
    log.info(`counts from ${this.next}`);
  }

  poll(records) {
    const number = this.next++;
    records.add(this.route, String(number), Schema.string(), { sourceOffset: OFFSET.at(this.next) });
    // The worker waits, not the task.
    return idle(1000);
  }
}

/** Counts. */
export class MyPluginConnector extends SourceConnector {
  static CLASS = "com.example.MyPluginConnector";
  static VERSION = "0.1.0";
  static TASK = MyPluginTask;
  static TASK_CLASS = "com.example.MyPluginTask";
  static CONFIG_DEF = CONFIG;
  static DOCUMENTATION = "Counts.";

  taskConfigs(maxTasks) {
    return [this.config];
  }
}

exportPlugins({ sources: [MyPluginConnector] });
