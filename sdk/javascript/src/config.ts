// Configurations, and what a plugin can be configured with (Java's ConfigDef).

import { ConfigError } from "./errors.js";

/** The configuration of a connector or of a task, as the worker hands it in: names and values, both text. */
export type Config = Readonly<Record<string, string>>;

/** A configuration as a plugin writes it: numbers, truth values and lists become text, null and undefined are left out. */
export type ConfigValues = Readonly<Record<string, unknown>>;

/** The type of a key's value (Java's `ConfigDef.Type`). */
export type ConfigType = "boolean" | "string" | "int" | "short" | "long" | "double" | "list" | "class" | "password";

/** How much a key matters to somebody who configures the plugin. */
export type Importance = "high" | "medium" | "low";

/** How wide a form's field is. */
export type Width = "none" | "short" | "medium" | "long";

/** Where a network grant finds its port. */
export interface Port {
  /** The key that holds the port. */
  portKey?: string;
  /** The port where neither value nor key nor the URL's scheme says one. */
  defaultPort?: number;
}

/** What the value of a key asks the worker to open. The worker's allowlist has the last word. */
export class Grant {
  readonly kind: string;
  readonly port: Port | null;

  private constructor(kind: string, port: Port | null = null) {
    this.kind = kind;
    this.port = port;
  }

  /** The file that the value names, to be read; it need not be there yet. Nothing beside it. */
  static readFile(): Grant {
    return new Grant("read-file");
  }

  /** The file that the value names, to be written and created, and read as well. */
  static writeFile(): Grant {
    return new Grant("write-file");
  }

  /** The directory that the value names and what is under it, to be read. */
  static readDir(): Grant {
    return new Grant("read-dir");
  }

  /** The same, to be written too. */
  static writeDir(): Grant {
    return new Grant("write-dir");
  }

  /** Connect to the host, `host:port`, URL or comma-separated list of them that the value names. */
  static connect(port: Port = {}): Grant {
    return new Grant("connect", port);
  }

  /** Listen on the address that the value names. */
  static listen(port: Port = {}): Grant {
    return new Grant("listen", port);
  }

  /** The worker's standard input while the key has no value; standalone mode only. */
  static stdinIfAbsent(): Grant {
    return new Grant("stdin-if-absent");
  }

  /** The worker's standard output while the key has no value; standalone mode only. */
  static stdoutIfAbsent(): Grant {
    return new Grant("stdout-if-absent");
  }
}

/** A check that the worker makes before it asks the plugin. */
export class Validator {
  readonly kind: string;
  readonly value: number | string | readonly string[] | null;

  private constructor(kind: string, value: number | string | readonly string[] | null = null) {
    this.kind = kind;
    this.value = value;
  }

  /** A number that is at least this. */
  static min(least: number): Validator {
    return new Validator("min", least);
  }

  /** A number that is at most this. */
  static max(most: number): Validator {
    return new Validator("max", most);
  }

  /** One of these texts. */
  static oneOf(...values: string[]): Validator {
    return new Validator("one-of", values);
  }

  /** Not the empty text (Java's `NonEmptyString`). */
  static nonEmpty(): Validator {
    return new Validator("non-empty");
  }

  /** A text that matches this regular expression of Java's as a whole. */
  static pattern(regex: string): Validator {
    return new Validator("pattern", regex);
  }
}

/** What a key may have beside its name and type. */
export interface ConfigKeyOptions {
  /** What an absent key means; written as text. */
  default?: unknown;
  /** A value must be given. */
  required?: boolean;
  importance?: Importance;
  /** What the key does. */
  doc?: string;
  /** Where forms show the key: group, and place in it from 1. */
  group?: string;
  orderInGroup?: number;
  width?: Width;
  /** What forms show in place of the name. */
  displayName?: string;
  /** Keys whose validity depends on this one. */
  dependents?: readonly string[];
  grants?: readonly Grant[];
  validators?: readonly Validator[];
}

/** One key. Not required and without a default: null when absent. Made by the functions named after the types. */
export class ConfigKey {
  readonly name: string;
  readonly type: ConfigType;
  readonly options: ConfigKeyOptions;

  private constructor(name: string, type: ConfigType, options: ConfigKeyOptions = {}) {
    this.name = name;
    this.type = type;
    this.options = options;
  }

  static string(name: string, options?: ConfigKeyOptions): ConfigKey {
    return new ConfigKey(name, "string", options);
  }

  /** A whole number of 32 bits. */
  static int(name: string, options?: ConfigKeyOptions): ConfigKey {
    return new ConfigKey(name, "int", options);
  }

  /** A whole number of 64 bits, which is a `bigint`. */
  static long(name: string, options?: ConfigKeyOptions): ConfigKey {
    return new ConfigKey(name, "long", options);
  }

  static double(name: string, options?: ConfigKeyOptions): ConfigKey {
    return new ConfigKey(name, "double", options);
  }

  static boolean(name: string, options?: ConfigKeyOptions): ConfigKey {
    return new ConfigKey(name, "boolean", options);
  }

  /** Texts separated by commas. */
  static list(name: string, options?: ConfigKeyOptions): ConfigKey {
    return new ConfigKey(name, "list", options);
  }

  /** Hidden in logs and answers. */
  static password(name: string, options?: ConfigKeyOptions): ConfigKey {
    return new ConfigKey(name, "password", options);
  }

  /** The default as a configuration would say it. */
  get defaultText(): string | null {
    return asText(this.options.default);
  }
}

/** The keys of a plugin, in the order in which tools show them. */
export class ConfigDef {
  readonly keys: readonly ConfigKey[];

  constructor(...keys: ConfigKey[]) {
    this.keys = keys;
  }

  /**
   * Checks types and required keys, with Java's texts. The validators are the worker's: it has applied them before.
   *
   * Throws {@link ConfigError}.
   */
  parse(config: Config): ParsedConfig {
    return new ParsedConfig(new Map(this.keys.map((key) => [key.name, parseKey(key, config[key.name])])));
  }
}

/** A configuration checked against its definition (Java's `AbstractConfig`): the plugin's own keys, defaults filled in. */
export class ParsedConfig {
  private readonly values: ReadonlyMap<string, unknown>;

  /** @internal */
  constructor(values: ReadonlyMap<string, unknown>) {
    this.values = values;
  }

  /**
   * A value: a number if the key is an int, short or double, a `bigint` if it is a long, and so on; null if it is absent, not
   * required and without a default. `config.get<string>("topic")` says what is expected to TypeScript. Throws for a key that is
   * not defined.
   */
  get<T = unknown>(name: string): T {
    if (!this.values.has(name)) throw new TypeError(`the key ${name} is not defined`);
    return this.values.get(name) as T;
  }

  /** A text with something in it: many connectors treat an empty value as none. */
  nonEmpty(name: string): string | null {
    return this.get<string | null>(name) || null;
  }

  /** Without values: some are passwords. */
  toString(): string {
    return `ParsedConfig(${[...this.values.keys()].join(", ")})`;
  }
}

/** What the plugin says about the value of one key (Java's `ConfigValue`). What it does not mention stays as the worker found it. */
export interface ConfigValue {
  readonly name: string;
  /** Why the value is wrong. */
  readonly errors?: readonly string[];
  /** Values that forms offer. */
  readonly recommendedValues?: readonly string[];
  /** False: forms do not show the key, because other values make it moot. */
  readonly visible?: boolean;
}

// === values

/** A value as configurations write it. */
export function asText(value: unknown): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** A configuration of text only. */
export function asConfig(values: ConfigValues): Config {
  const texts = Object.entries(values).map(([name, value]): [string, string | null] => [name, asText(value)]);
  return Object.fromEntries(texts.filter((entry): entry is [string, string] => entry[1] !== null));
}

function parseKey(key: ConfigKey, given: string | undefined): unknown {
  const text = given ?? key.defaultText;
  if (text === null) {
    if (key.options.required) {
      throw new ConfigError(`Missing required configuration "${key.name}" which has no default value.`);
    }
    return null;
  }
  const parsed = PARSERS[key.type](text.trim());
  if (parsed instanceof Wrong) throw new ConfigError(`Invalid value ${text} for configuration ${key.name}: ${parsed.why}`);
  return parsed;
}

/** Why a text is no value of its key's type. */
class Wrong {
  readonly why: string;

  constructor(why: string) {
    this.why = why;
  }
}

function integer(type: string, bits: number): (text: string) => bigint | Wrong {
  return (text) => {
    if (!/^[+-]?\d+$/.test(text)) return new Wrong(`Not a number of type ${type}`);
    const number = BigInt(text.replace("+", ""));
    return BigInt.asIntN(bits, number) === number ? number : new Wrong(`Not a number of type ${type}`);
  };
}

function small(type: string, bits: number): (text: string) => number | Wrong {
  const parse = integer(type, bits);
  return (text) => {
    const number = parse(text);
    return number instanceof Wrong ? number : Number(number);
  };
}

function double(text: string): number | Wrong {
  const number = Number(text);
  return text === "" || (Number.isNaN(number) && text !== "NaN") ? new Wrong("Not a number of type DOUBLE") : number;
}

function boolean(text: string): boolean | Wrong {
  const lower = text.toLowerCase();
  return lower === "true" || lower === "false"
    ? lower === "true"
    : new Wrong("Expected value to be either true or false");
}

const itself = (text: string): string => text;

const PARSERS: Readonly<Record<ConfigType, (text: string) => unknown>> = {
  string: itself,
  class: itself,
  password: itself,
  short: small("SHORT", 16),
  int: small("INT", 32),
  long: integer("LONG", 64),
  double,
  boolean,
  list: (text) => (text === "" ? [] : text.split(",").map((item) => item.trim())),
};
