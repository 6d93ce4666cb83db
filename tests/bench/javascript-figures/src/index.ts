// What records cost in JavaScript: a source and a sink that do what any plugin must, and nothing else.

import {
  type Config,
  ConfigDef,
  ConfigKey,
  exportPlugins,
  FatalError,
  NumberOffset,
  type Record,
  type Records,
  Route,
  Schema,
  SinkConnector,
  SinkTask,
  SourceConnector,
  SourceTask,
  Struct,
  Validator,
} from "wasm-connect";

const CONFIG = new ConfigDef(
  ConfigKey.string("value", { default: "text", validators: [Validator.oneOf("text", "struct")], doc: "What it brings." }),
);
const TEXT = "x".repeat(100);
const ROW = Schema.struct(
  {
    id: Schema.int64(),
    at: Schema.int64(),
    count: Schema.int32(),
    rank: Schema.int32(),
    price: Schema.float64(),
    weight: Schema.float64(),
    paid: Schema.boolean(),
    customer: Schema.string(),
    city: Schema.string(),
    note: Schema.string({ optional: true }),
  },
  { name: "bench.Row" },
);
const ROUTE = new Route("figures", { figures: "all" });
const OFFSET = new NumberOffset("next");

/** Brings as many records as a poll may have: a text of 100 letters, or a struct of ten fields that is made anew for each. */
class FiguresSourceTask extends SourceTask {
  private structs = false;
  private next = 0;

  start(config: Config): void {
    this.structs = CONFIG.parse(config).get("value") === "struct";
  }

  poll(records: Records): void {
    const schema = Schema.string();
    while (!records.isFull) {
      const number = this.next++;
      const sourceOffset = OFFSET.at(this.next);
      if (this.structs) {
        const values = [number, 1700000000000 + number, 7, -1, number / 8, 0.5, true, "Ada Lovelace", "London", null];
        records.add(ROUTE, Struct.fromValues(ROW, values), ROW, { sourceOffset });
      } else {
        records.add(ROUTE, TEXT, schema, { sourceOffset });
      }
    }
  }
}

class FiguresSource extends SourceConnector {
  static override CLASS = "bench.FiguresSource";
  static override VERSION = "0.1.0";
  static override TASK = FiguresSourceTask;
  static override TASK_CLASS = "bench.FiguresSourceTask";
  static override CONFIG_DEF = CONFIG;

  taskConfigs(): Config[] {
    return [this.config];
  }
}

/** Looks at the text of each record, or at all fields of its struct. */
class FiguresSinkTask extends SinkTask {
  private seen = 0;

  start(): void {}

  put(records: Iterable<Record>): void {
    for (const { value } of records) {
      if (typeof value === "string") this.seen += value.length;
      else if (value instanceof Struct) {
        for (const field of value.values) if (field !== null) this.seen++;
      } else throw new FatalError("the value is neither text nor a struct");
    }
  }
}

class FiguresSink extends SinkConnector {
  static override CLASS = "bench.FiguresSink";
  static override VERSION = "0.1.0";
  static override TASK = FiguresSinkTask;
  static override TASK_CLASS = "bench.FiguresSinkTask";
  static override CONFIG_DEF = new ConfigDef();

  taskConfigs(maxTasks: number): Config[] {
    return new Array<Config>(maxTasks).fill(this.config);
  }
}

exportPlugins({ sources: [FiguresSource], sinks: [FiguresSink] });
