// The interface plugin, and what every component asks of the worker.

import logging from "kafka:connect/logging@0.1.0";
import workerMetrics from "kafka:connect/metrics@0.1.0";
import type { ConfigKey, Grant, Validator } from "../config.js";
import { describe } from "../errors.js";
import { addToHost } from "../host.js";
import { exported, find, type PluginClass } from "../plugins.js";
import type { ConfigPairs } from "../dispatch.js";
import { seedRandom } from "./globals.js";

addToHost({
  logEnabled: (level) => logging.enabled(level),
  log: (level, target, message) => logging.log(level, target, message),
  add: (counter, labels, delta) => workerMetrics.add(counter, labels, delta),
  set: (gauge, labels, value) => workerMetrics.set(gauge, labels, value),
  observe: (histogram, labels, value) => workerMetrics.observe(histogram, labels, value),
});

/** The classes of each kind, by the contract's name of it. */
function kinds(): [kind: string, classes: ReadonlyMap<string, PluginClass>][] {
  const { sources, sinks, transformations, predicates, converters, headerConverters } = exported();
  return [
    ["source", sources],
    ["sink", sinks],
    ["transformation", transformations],
    ["predicate", predicates],
    ["converter", converters],
    ["header-converter", headerConverters],
  ];
}

function all(): ReadonlyMap<string, PluginClass> {
  return new Map(kinds().flatMap(([, classes]) => [...classes]));
}

/** These calls have no error to answer: one that is thrown traps, and the worker shows it. */
export const plugin = {
  describe() {
    return kinds().flatMap(([kind, classes]) =>
      [...classes.values()].map((of) => ({
        class: of.CLASS,
        kind,
        taskClass: "TASK_CLASS" in of ? of.TASK_CLASS : null,
        version: of.VERSION,
        documentation: of.DOCUMENTATION,
        extra: [],
      })),
    );
  },

  configDef(name: string) {
    return find(all(), name).CONFIG_DEF.keys.map(keyOf);
  },

  validate(name: string, config: ConfigPairs) {
    seedRandom();
    return find(all(), name)
      .validate(Object.fromEntries(config))
      .map(({ name: key, recommendedValues = [], errors = [], visible = true }) => ({
        name: key,
        recommendedValues: [...recommendedValues],
        errors: [...errors],
        visible,
      }));
  },
};

function keyOf(key: ConfigKey) {
  const { name, type, options } = key;
  return {
    name,
    type,
    defaultValue: options.required ? null : key.defaultText,
    required: options.required ?? false,
    importance: options.importance ?? "medium",
    documentation: options.doc ?? "",
    group: options.group ?? null,
    orderInGroup: options.orderInGroup ?? -1,
    width: options.width ?? "none",
    displayName: options.displayName ?? name,
    dependents: [...(options.dependents ?? [])],
    grants: (options.grants ?? []).map(grantOf),
    validators: (options.validators ?? []).map(validatorOf),
    extra: [],
  };
}

function grantOf({ kind, port }: Grant) {
  if (port === null) return { tag: kind };
  return { tag: kind, val: { portKey: port.portKey ?? null, defaultPort: port.defaultPort ?? null } };
}

function validatorOf({ kind, value }: Validator) {
  return value === null ? { tag: kind } : { tag: kind, val: value };
}

/** The last call of an instance. There is nobody to answer an error to, and everything else is done. */
export function ending(verb: string, end: () => void): () => void {
  return () => {
    try {
      end();
    } catch (error) {
      logging.log("error", "wasm-connect", `${verb}: ${describe(error)}`);
    }
  };
}
