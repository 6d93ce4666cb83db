// Stages for tests: a transform that adds a field or does what its records say, a predicate, a converter and a header converter.

import {
  type Config,
  ConfigDef,
  ConfigKey,
  Converter,
  DataError,
  HeaderConverter,
  NewRecord,
  Predicate,
  type Record,
  Schema,
  type SchemaAndValue,
  Struct,
  Transformation,
} from "wasm-connect";

/** Adds to a struct the length of one of its fields; some texts are orders. */
export class Measure extends Transformation {
  static override CLASS = "tests.javascript.Measure";
  static override VERSION = "1.0.0";
  static override CONFIG_DEF = new ConfigDef(ConfigKey.string("field", { required: true, doc: "The field." }));
  private field = "";
  private readonly schemas = new Map<Schema, Schema>();

  override configure(config: Config): void {
    this.field = Measure.CONFIG_DEF.parse(config).get("field");
  }

  apply(record: Record): NewRecord | null {
    const whole = record.value;
    if (!(whole instanceof Struct)) throw new DataError("only a struct has fields");
    const text = whole.get(this.field);
    if (text === "drop") return null;
    if (text === "refuse") throw new DataError("it was told to refuse");
    const measured = new Struct(this.measured(whole.schema));
    for (const { name } of whole.schema.fields) measured.put(name, whole.get(name));
    measured.put("length", (text as string).length);
    return new NewRecord(record, { value: measured });
  }

  /** The schema with the length; each is made once. */
  private measured(schema: Schema): Schema {
    let made = this.schemas.get(schema);
    if (made === undefined) {
      const fields = schema.fields.map(({ name, schema: of }) => [name, of] as const);
      made = Schema.struct(Object.fromEntries([...fields, ["length", Schema.int32()]]));
      this.schemas.set(schema, made);
    }
    return made;
  }
}

/** Holds for one text. */
export class IsText extends Predicate {
  static override CLASS = "tests.javascript.IsText";
  static override VERSION = "1.0.0";
  static override CONFIG_DEF = new ConfigDef(ConfigKey.string("text", { required: true, doc: "The text." }));
  private text = "";

  override configure(config: Config): void {
    this.text = IsText.CONFIG_DEF.parse(config).get("text");
  }

  test(record: Record): boolean {
    return record.value === this.text;
  }
}

/** Text in Connect is its bytes from the last one on in Kafka. */
export class Backwards extends Converter {
  static override CLASS = "tests.javascript.Backwards";
  static override VERSION = "1.0.0";

  fromConnect(topic: string, _schema: Schema | null, value: unknown): Uint8Array | null {
    if (value === null) return null;
    if (typeof value !== "string") throw new DataError(`${topic}: ${value} is no text`);
    return new TextEncoder().encode(value).reverse();
  }

  toConnect(_topic: string, bytes: Uint8Array | null): SchemaAndValue {
    if (bytes === null) return { value: null };
    return { schema: Schema.string(), value: new TextDecoder().decode(bytes.slice().reverse()) };
  }
}

/** A header is its name and its text. */
export class Tagged extends HeaderConverter {
  static override CLASS = "tests.javascript.Tagged";
  static override VERSION = "1.0.0";

  fromConnect(_topic: string, name: string, _schema: Schema | null, value: unknown): Uint8Array {
    return new TextEncoder().encode(`${name}=${value}`);
  }

  toConnect(_topic: string, name: string, bytes: Uint8Array | null): SchemaAndValue {
    return { schema: Schema.string(), value: new TextDecoder().decode(bytes ?? new Uint8Array()).slice(name.length + 1) };
  }
}
