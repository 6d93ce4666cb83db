// What the component imports, as componentize-qjs hands it in: WIT's names in camel case, u64 and s64 as numbers, errors thrown.

declare module "kafka:connect/logging@0.1.0" {
  const logging: {
    enabled(level: string): boolean;
    log(level: string, target: string, message: string): void;
  };
  export default logging;
}

declare module "kafka:connect/metrics@0.1.0" {
  type Labels = readonly (readonly [string, string])[];
  const metrics: {
    add(counter: string, labels: Labels, delta: number): void;
    set(gauge: string, labels: Labels, value: number): void;
    observe(histogram: string, labels: Labels, value: number): void;
  };
  export default metrics;
}

declare module "kafka:connect/connector-context@0.1.0" {
  const context: {
    requestTaskReconfiguration(): void;
    raiseError(message: string): void;
  };
  export default context;
}

declare module "kafka:connect/task-context@0.1.0" {
  const context: {
    sleep(milliseconds: number): boolean;
    stopping(): boolean;
  };
  export default context;
}

declare module "kafka:connect/offset-reader@0.1.0" {
  const reader: {
    offsets(partitions: readonly string[]): (string | null)[];
  };
  export default reader;
}

declare module "kafka:connect/sink-context@0.1.0" {
  interface TopicPartition {
    topic: string;
    partition: number;
  }
  const context: {
    assignment(): TopicPartition[];
    rewind(offsets: readonly (TopicPartition & { offset: number })[]): void;
    pause(partitions: readonly TopicPartition[]): void;
    resume(partitions: readonly TopicPartition[]): void;
    timeout(milliseconds: number): void;
    requestCommit(): void;
    reportErrantRecord(partition: TopicPartition, offset: number, message: string): void;
  };
  export default context;
}

declare module "wasi:random/random@0.2.0" {
  const random: {
    getRandomBytes(length: number): Uint8Array;
  };
  export default random;
}

declare module "wasi:io/streams@0.2.0" {
  interface Resource {
    [Symbol.dispose](): void;
  }
  interface Pollable extends Resource {
    block(): void;
  }
  export interface InputStream extends Resource {
    blockingRead(length: number): Uint8Array;
  }
  export interface OutputStream extends Resource {
    checkWrite(): number;
    write(contents: Uint8Array): void;
    blockingFlush(): void;
    subscribe(): Pollable;
  }
}

declare module "wasi:filesystem/preopens@0.2.0" {
  import type { OutputStream, Resource } from "wasi:io/streams@0.2.0";
  export interface Descriptor extends Resource {
    openAt(pathFlags: object, path: string, openFlags: object, flags: object): Descriptor;
    read(length: number, offset: number): [Uint8Array, boolean];
    appendViaStream(): OutputStream;
    stat(): { size: number };
    syncData(): void;
  }
  const preopens: { getDirectories(): [Descriptor, string][] };
  export default preopens;
}

declare module "wasi:http/types@0.2.0" {
  import type { InputStream, OutputStream, Pollable, Resource } from "wasi:io/streams@0.2.0";
  export interface Tagged {
    tag: string;
    val?: unknown;
  }
  export interface Fields extends Resource {
    append(name: string, value: Uint8Array): void;
    entries(): [string, Uint8Array][];
  }
  export interface OutgoingBody extends Resource {
    write(): OutputStream;
  }
  export interface OutgoingRequest extends Resource {
    setMethod(method: Tagged): void;
    setScheme(scheme: Tagged): void;
    setAuthority(authority: string): void;
    setPathWithQuery(path: string): void;
    body(): OutgoingBody;
  }
  export interface RequestOptions extends Resource {
    setConnectTimeout(nanoseconds: number): void;
    setFirstByteTimeout(nanoseconds: number): void;
    setBetweenBytesTimeout(nanoseconds: number): void;
  }
  export interface IncomingBody extends Resource {
    stream(): InputStream;
  }
  export interface IncomingResponse extends Resource {
    status(): number;
    headers(): Fields;
    consume(): IncomingBody;
  }
  export interface FutureIncomingResponse extends Resource {
    subscribe(): Pollable;
    /** Whether it was asked for before, and whether there was an answer. */
    get(): { tag: "ok" | "err"; val: { tag: "ok"; val: IncomingResponse } | { tag: "err"; val: Tagged } } | null;
  }
  const types: {
    Fields: new () => Fields;
    OutgoingRequest: new (headers: Fields) => OutgoingRequest;
    RequestOptions: new () => RequestOptions;
    OutgoingBody: { finish(body: OutgoingBody, trailers: null): void };
  };
  export default types;
}

declare module "wasi:http/outgoing-handler@0.2.0" {
  import type { FutureIncomingResponse, OutgoingRequest, RequestOptions } from "wasi:http/types@0.2.0";
  const handler: {
    handle(request: OutgoingRequest, options: RequestOptions): FutureIncomingResponse;
  };
  export default handler;
}
