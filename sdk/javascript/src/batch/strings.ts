// The table of strings: where each ends, then all their bytes.

import type { Sink, Source } from "./bytes.js";
import { Fault, within } from "./errors.js";
import type { Limits } from "./limits.js";
import { encodeUtf8 } from "./utf8.js";

/** The strings between two positions; throws {@link Fault}. */
export function parseStrings(source: Source, start: number, end: number, limits: Limits): string[] {
  if (end - start < 4) throw new Fault(`string count wants 4 bytes, ${end - start} are left`);
  const count = source.view.getUint32(start, true);
  if (4 * count > end - start - 4) {
    throw new Fault(`string count ${count} does not fit into the ${end - start - 4} bytes that are left`);
  }
  if (count > limits.maxStrings) throw new Fault(`has ${count} strings, maxStrings is ${limits.maxStrings}`);
  const text = start + 4 + 4 * count;
  const size = end - text;
  const strings: string[] = [];
  let begin = 0;
  for (let i = 0; i < count; i++) {
    const stop = source.view.getUint32(start + 4 + 4 * i, true);
    if (stop < begin || stop > size) throw new Fault(`string ${i} is at ${begin}..${stop} of ${size} bytes`);
    try {
      strings.push(source.text(text + begin, text + stop));
    } catch (error) {
      throw within(error, () => `string ${i}`);
    }
    begin = stop;
  }
  if (begin !== size) throw new Fault(`${size - begin} bytes follow the last string`);
  return strings;
}

/** The strings of a batch that is being written, each once. */
export class StringTable {
  /** Bytes of the section. */
  size = 4;
  private readonly ids = new Map<string, number>();
  private readonly texts: Uint8Array[] = [];

  /** The string's position. */
  intern(string: string): number {
    let id = this.ids.get(string);
    if (id === undefined) {
      const text = encodeUtf8(string);
      id = this.texts.length;
      this.ids.set(string, id);
      this.texts.push(text);
      this.size += 4 + text.length;
    }
    return id;
  }

  write(sink: Sink): void {
    sink.u32(this.texts.length);
    let end = 0;
    for (const text of this.texts) sink.u32((end += text.length));
    for (const text of this.texts) sink.put(text);
  }
}
