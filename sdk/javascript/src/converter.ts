// What the author of a converter or header converter writes.

import type { Schema } from "./batch/index.js";
import { type Config, ConfigDef, type ConfigValue } from "./config.js";

/** Which part of a record a converter is for (Java's `converter.type`); headers have a {@link HeaderConverter}. */
export type ConverterRole = "key" | "value" | "headers";

/** A value, and its schema if it has one (Java's `SchemaAndValue`). */
export interface SchemaAndValue {
  /** Null or left out: schemaless. */
  readonly schema?: Schema | null;
  /** Of that schema. */
  readonly value: unknown;
}

/**
 * Translates keys or values between Kafka's bytes and Connect's data (Java's `Converter`).
 *
 * An error of a record fails that record alone, as of a `Transformation`.
 */
export abstract class Converter {
  /** The full class name, as configurations name it. Aliases follow from it by Connect's rules. */
  static CLASS: string;
  /** The plugin's version, as `GET /connector-plugins` shows it. */
  static VERSION: string;
  /** The keys that the converter reads, without the prefix `key.converter.` or `value.converter.`. */
  static CONFIG_DEF = new ConfigDef();
  /** What the converter does, in a sentence or a page. */
  static DOCUMENTATION = "";

  /** Errors and recommendations that depend on more than one value; the worker has checked types and validators. */
  static validate(_config: Config): readonly ConfigValue[] {
    return [];
  }

  /** Makes the converter ready. After a `RetriableError` a new one is made. */
  configure(_config: Config, _role: ConverterRole): void {}

  /** The bytes for Kafka; null: null. */
  abstract fromConnect(topic: string, schema: Schema | null, value: unknown): Uint8Array | null;

  /** What Kafka's bytes mean; null: null. */
  abstract toConnect(topic: string, bytes: Uint8Array | null): SchemaAndValue;
}

/** Translates headers between Kafka's bytes and Connect's data (Java's `HeaderConverter`). */
export abstract class HeaderConverter {
  /** As `Converter.CLASS`. */
  static CLASS: string;
  /** As `Converter.VERSION`. */
  static VERSION: string;
  /** The keys that the converter reads, without the prefix `header.converter.`. */
  static CONFIG_DEF = new ConfigDef();
  /** As `Converter.DOCUMENTATION`. */
  static DOCUMENTATION = "";

  /** As `Converter.validate`. */
  static validate(_config: Config): readonly ConfigValue[] {
    return [];
  }

  /** As `Converter.configure`. */
  configure(_config: Config): void {}

  /** The bytes for Kafka of the header `name`; null: null. */
  abstract fromConnect(topic: string, name: string, schema: Schema | null, value: unknown): Uint8Array | null;

  /** What Kafka's bytes of the header `name` mean; null: null. */
  abstract toConnect(topic: string, name: string, bytes: Uint8Array | null): SchemaAndValue;
}

/** A class of a component. */
export type ConverterClass = (new () => Converter) & {
  [Name in Exclude<keyof typeof Converter, "prototype">]: (typeof Converter)[Name];
};

/** A class of a component. */
export type HeaderConverterClass = (new () => HeaderConverter) & {
  [Name in Exclude<keyof typeof HeaderConverter, "prototype">]: (typeof HeaderConverter)[Name];
};
