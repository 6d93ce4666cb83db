// Batches through transforms, predicates and converters, record by record.

import { Batch, BatchError, BatchWriter, type Header, NewRecord, Record, Schema } from "./batch/index.js";
import { type Converter, type ConverterRole, HeaderConverter, type SchemaAndValue } from "./converter.js";
import { ConnectError, describe, FatalError, isOutOfMemory, settled } from "./errors.js";
import type { RecordError } from "./sink.js";
import type { Predicate, Transformation } from "./transformation.js";

/** What a stage made of a batch: one with holes where records were dropped or failed, and the failed ones. */
export interface Outcome {
  readonly batch: Uint8Array;
  readonly failed: RecordError[];
}

/** What a transform makes of a batch. */
export function applyBatch(transformation: Transformation, records: Batch): Outcome {
  return each(records, (writer, record) => {
    const answer: unknown = transformation.apply(record);
    if (answer instanceof NewRecord) writer.copy(answer.record, answer.changes);
    else if (answer instanceof Record) writer.copy(answer);
    else if (answer !== null) throw new FatalError(`apply answered ${typeof settled("apply", answer)}, not Record, NewRecord or null`);
  });
}

/** One bit a record, least significant first. */
export function testBatch(predicate: Predicate, records: Batch): Uint8Array {
  const bits = new Uint8Array((records.length + 7) >> 3);
  for (const record of records) {
    const { position } = record;
    if (settled("test", predicate.test(record))) bits[position >> 3] = (bits[position >> 3] as number) | (1 << (position & 7));
  }
  return bits;
}

/** Translates something with a schema, of a topic and, if it is a header, of a name. */
type Convert = (topic: string, name: string, schema: Schema | null, value: unknown) => SchemaAndValue;

const CONTENT = Schema.bytes({ optional: true });
const NULL: SchemaAndValue = { value: null };

/** The converted part of each record, as bytes or null. */
export function fromConnectBatch(converter: Converter | HeaderConverter, role: ConverterRole, records: Batch): Outcome {
  return convertBatch(role, records, (topic, name, schema, value) => {
    const bytes =
      converter instanceof HeaderConverter
        ? converter.fromConnect(topic, name, schema, value)
        : converter.fromConnect(topic, schema, value);
    return bytes === null ? NULL : { schema: CONTENT, value: settled("fromConnect", bytes) };
  });
}

/** What the converted part of each record means, which is bytes or null. */
export function toConnectBatch(converter: Converter | HeaderConverter, role: ConverterRole, records: Batch): Outcome {
  return convertBatch(role, records, (topic, name, _schema, value) => {
    if (value !== null && !(value instanceof Uint8Array)) throw new FatalError("to-connect: a part is neither bytes nor null");
    const answer = converter instanceof HeaderConverter ? converter.toConnect(topic, name, value) : converter.toConnect(topic, value);
    return settled("toConnect", answer);
  });
}

/** Records of the converted part and nothing else. */
function convertBatch(role: ConverterRole, records: Batch, convert: Convert): Outcome {
  return each(records, (writer, record) => {
    const topic = record.topic ?? "";
    const nowhere = writer.head({});
    switch (role) {
      case "key": {
        const { schema = null, value: key } = convert(topic, "", record.keySchema, record.key);
        return writer.add(nowhere, null, null, { key, keySchema: schema });
      }
      case "value": {
        const { schema = null, value } = convert(topic, "", record.valueSchema, record.value);
        return writer.add(nowhere, value, schema);
      }
      case "headers": {
        const headers = record.headers.map(({ name, schema = null, value }): Header => ({ ...convert(topic, name, schema, value), name }));
        return writer.add(nowhere, null, null, { headers });
      }
    }
  });
}

/** Writes what becomes of each record. An error fails its record alone, unless it says that it is about more. */
function each(records: Batch, write: (writer: BatchWriter, record: Record) => void): Outcome {
  const writer = new BatchWriter();
  const failed: RecordError[] = [];
  for (let position = 0; position < records.length; position++) {
    const record = records.at(position);
    if (record !== null) {
      try {
        write(writer, record);
      } catch (error) {
        if (error instanceof ConnectError || isOutOfMemory(error)) throw error;
        failed.push({ index: position, message: error instanceof BatchError ? error.message : describe(error) });
      }
    }
    if (writer.length === position) writer.hole();
  }
  return { batch: writer.finish(), failed };
}
