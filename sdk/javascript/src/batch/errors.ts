// What can be wrong with bytes that are read, values that are written and schemas that are made.

/** Any error of the batch codec and of Connect's data model. */
export class BatchError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/** Bytes that are no batch, or no value of their schema. */
export class MalformedBatch extends BatchError {
  /** What is wrong and where in the record, such as `value: field "a": string is not valid UTF-8`. */
  readonly what: string;
  /** Position of the record, if it is one record's fault. */
  readonly record: number | null;

  constructor(what: string, record: number | null = null) {
    super(`malformed batch: ${record === null ? "" : `record ${record}: `}${what}`);
    this.what = what;
    this.record = record;
  }
}

/** A record or value that cannot be written. */
export class EncodeError extends BatchError {}

/** A schema that Connect does not allow (Java's `SchemaBuilderException`); the text is Java's where Java has one. */
export class SchemaError extends BatchError {}

/** A value that is not one of its schema (Java's `DataException`, with Java's text). */
export class DataError extends BatchError {}

/** What is wrong with bytes; each level that it passes says where it was. */
export class Fault extends Error {
  /** The same fault, of a part that is named `where`. */
  within(where: string): this {
    this.message = `${where}: ${this.message}`;
    return this;
  }
}

/** `error` with the part it happened in, if it is one that is told apart by parts; to be thrown. */
export function within(error: unknown, where: () => string): unknown {
  if (error instanceof Fault) return error.within(where());
  if (error instanceof EncodeError) error.message = `${where()}: ${error.message}`;
  return error;
}
