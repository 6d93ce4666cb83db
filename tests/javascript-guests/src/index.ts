// JavaScript guests for tests: the codec held against the vectors inside of a component, errors that are thrown, a sink of lines, stages.

import {
  type Config,
  ConfigDef,
  ConfigKey,
  exportPlugins,
  FatalError,
  Grant,
  type Idle,
  idle,
  Logger,
  metrics,
  orFatal,
  type Record,
  type Records,
  RetriableError,
  Route,
  Schema,
  SinkConnector,
  SinkTask,
  SourceConnector,
  SourceTask,
} from "wasm-connect";
import { type OpenFile, openToAppend, openToRead } from "wasm-connect/files";
import { MalformedBatch } from "../../../sdk/javascript/src/batch/index.js";
import { decode, decodeAcks, encode, encodeAcks, fromHex, toHex } from "../../../sdk/javascript/test/batch-json.js";
import { Backwards, IsText, Measure, Tagged } from "./stages.js";

const log = new Logger("guests");

const CONFIG = new ConfigDef(
  ConfigKey.string("topic", { default: "guests" }),
  ConfigKey.string("vectors", { grants: [Grant.readDir()] }),
  ConfigKey.list("names", { default: [] }),
  ConfigKey.string("kind", { default: "unexpected" }),
);

/** A connector with one task. */
abstract class OneTask extends SourceConnector {
  static override VERSION = "1.0.0";
  static override CONFIG_DEF = CONFIG;

  taskConfigs(): Config[] {
    return [this.config];
  }
}

/** Writes and reads each vector; a record each, then nothing more. */
class VectorsTask extends SourceTask {
  private route!: Route;
  private directory!: string;
  private left!: string[];

  start(config: Config): void {
    const parsed = CONFIG.parse(config);
    this.route = new Route(parsed.get("topic"));
    this.directory = parsed.get("vectors");
    this.left = parsed.get("names");
  }

  poll(records: Records): Idle | void {
    for (let name = this.left.shift(); name !== undefined; name = this.left.shift()) {
      const answer = agrees(`${this.directory}/${name}`, name);
      metrics.add("vectors", 1, { kind: answer });
      records.add(this.route, `${name}: ${answer}`, Schema.string());
      if (records.isFull) return;
    }
    return idle(60_000);
  }
}

/** Whether the codec writes and reads the vector as it should. */
function agrees(path: string, name: string): string {
  const { about: _, ...description } = JSON.parse(text(`${path}.json`));
  const content = fromHex(text(`${path}.hex`));
  const isAcks = name.includes("acks");
  if (name.startsWith("bad-")) {
    try {
      const found = isAcks ? decodeAcks(content) : decode(content);
      return `read as ${JSON.stringify(found)}`;
    } catch (error) {
      return error instanceof MalformedBatch && error.record === description.record ? "refused" : `refused as ${error}`;
    }
  }
  const written = toHex(isAcks ? encodeAcks(description) : encode(description));
  const read: unknown = isAcks ? decodeAcks(content) : decode(content);
  const expected: unknown = isAcks ? description.acks : description;
  return written === toHex(content) && canonical(read) === canonical(expected) ? "agrees" : "differs";
}

/** JSON with the names of objects in one order. */
function canonical(json: unknown): string {
  return JSON.stringify(json, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([some], [other]) => (some < other ? -1 : 1)))
      : value,
  );
}

function text(path: string): string {
  const file = openToRead(path);
  const content = new TextDecoder().decode(file.read(0, file.size()));
  file.close();
  return content;
}

class Vectors extends OneTask {
  static override CLASS = "tests.javascript.Vectors";
  static override TASK = VectorsTask;
  static override TASK_CLASS = "tests.javascript.VectorsTask";
}

/** Throws in poll what `kind` says, after a retriable error. */
class ThrowsTask extends SourceTask {
  private kind!: string;
  private polls = 0;

  start(config: Config): void {
    this.kind = CONFIG.parse(config).get("kind");
    log.info(`a random number: ${Math.random()}`);
  }

  poll(): Idle | void {
    this.polls++;
    if (this.polls === 1) throw new RetriableError("not yet");
    console.warn("about to throw");
    switch (this.kind) {
      case "fatal":
        throw new FatalError("fatal on purpose");
      case "memory":
        for (const hoard: Uint8Array[] = []; ; ) hoard.push(new Uint8Array(1 << 20).fill(1));
      case "idle":
        return idle(60_000);
      default:
        this.unexpected({ a: 1 });
    }
  }

  private unexpected(entries: { [name: string]: number }): void {
    (entries["b"] as number).toFixed();
  }
}

class Throws extends OneTask {
  static override CLASS = "tests.javascript.Throws";
  static override TASK = ThrowsTask;
  static override TASK_CLASS = "tests.javascript.ThrowsTask";
}

const LINES = new ConfigDef(ConfigKey.string("file", { required: true, grants: [Grant.writeFile()] }));

/** Appends a line for each record: offset, key, value. */
class LinesTask extends SinkTask {
  private file!: OpenFile;

  start(config: Config): void {
    const path = LINES.parse(config).get<string>("file");
    this.file = orFatal(`cannot open ${path}`, () => openToAppend(path));
  }

  put(records: Iterable<Record>): void {
    const lines = Array.from(records, ({ offset, key, value }) => `${offset} ${shown(key)} ${shown(value)}\n`).join("");
    if (lines !== "") this.file.append(new TextEncoder().encode(lines));
  }

  override flush(): void {
    this.file.sync();
  }

  override stop(): void {
    this.file.close();
  }
}

function shown(value: unknown): string {
  const plain = (value: unknown): unknown =>
    value instanceof Map ? Object.fromEntries([...value].map(([key, of]) => [key, plain(of)])) : value;
  return JSON.stringify(plain(value), (_, of: unknown) => (typeof of === "bigint" ? Number(of) : of));
}

class Lines extends SinkConnector {
  static override CLASS = "tests.javascript.LinesSink";
  static override VERSION = "1.0.0";
  static override TASK = LinesTask;
  static override TASK_CLASS = "tests.javascript.LinesTask";
  static override CONFIG_DEF = LINES;

  taskConfigs(): Config[] {
    return [this.config];
  }
}

exportPlugins({
  sources: [Vectors, Throws],
  sinks: [Lines],
  transformations: [Measure],
  predicates: [IsText],
  converters: [Backwards],
  headerConverters: [Tagged],
});
