// What the connector can be configured with.

import { type Config, ConfigDef, ConfigKey, type ConfigValue, Grant, type ParsedConfig, Validator } from "wasm-connect";

export const CONFIG = new ConfigDef(
  ConfigKey.string("url", {
    required: true,
    importance: "high",
    grants: [Grant.connect()],
    validators: [Validator.pattern("https?://[^/?#]+.*")],
    doc: "What is asked for. The worker's sandbox.net.connect must cover its host.",
  }),
  ConfigKey.string("topic", {
    required: true,
    importance: "high",
    validators: [Validator.nonEmpty()],
    doc: "Where the records go.",
  }),
  ConfigKey.int("interval.ms", {
    default: 60_000,
    validators: [Validator.min(1)],
    doc: "How long to wait between two requests.",
  }),
  ConfigKey.string("format", {
    default: "json",
    validators: [Validator.oneOf("json", "lines", "text")],
    dependents: ["records.pointer", "key.field"],
    doc:
      "What an answer is: json, whose array is a record for each item, and anything else one record; lines, a record of text each, " +
      "empty ones left out; text, one record.",
  }),
  ConfigKey.string("records.pointer", {
    default: "",
    validators: [Validator.pattern("(/[^/]*)*")],
    doc: "Where in the JSON the records are, as a JSON pointer (RFC 6901) such as /items.",
  }),
  ConfigKey.string("key.field", {
    doc: "The field of a JSON record that is its key, too. Without it records have no key.",
  }),
  ConfigKey.list("headers", {
    default: [],
    doc: "Headers of the request, such as Accept: application/json; values cannot have commas.",
  }),
  ConfigKey.password("authorization", { doc: "The header Authorization of the request, such as Bearer and a token." }),
  ConfigKey.int("timeout.ms", {
    default: 30_000,
    validators: [Validator.min(1)],
    doc: "How long to wait for a connection, and for each next part of an answer.",
  }),
  ConfigKey.int("max.bytes", {
    default: 16 * 1024 * 1024,
    validators: [Validator.min(1)],
    doc: "The largest answer that is taken; a larger one fails the task.",
  }),
);

/** What depends on more than one value. */
export function validate(config: Config): ConfigValue[] {
  const values: ConfigValue[] = [];
  const errors = (config["headers"] ?? "")
    .split(",")
    .filter((header) => header.trim() !== "" && !/^\s*[\w-]+\s*:/.test(header))
    .map((header) => `${header.trim()} is no header: there is no name and colon`);
  if (errors.length > 0) values.push({ name: "headers", errors });
  if ((config["format"] ?? "json") !== "json") {
    for (const name of ["records.pointer", "key.field"]) values.push({ name, visible: false });
  }
  return values;
}

/** The headers of every request. */
export function headersOf(config: ParsedConfig): Record<string, string> {
  const headers = config.get<string[]>("headers").map((header): [string, string] => {
    const colon = header.indexOf(":");
    return [header.slice(0, colon).trim(), header.slice(colon + 1).trim()];
  });
  const authorization = config.nonEmpty("authorization");
  if (authorization !== null) headers.push(["Authorization", authorization]);
  return Object.fromEntries(headers);
}
