// Between the plugin's errors and the contract's, and between its 64-bit numbers and those that cross.

import { asConnectError, ConfigError, FatalError, RetriableError } from "../errors.js";
import type { PartitionOffset } from "../host.js";
import { seedRandom } from "./globals.js";

/** An error as the contract has it. */
interface ContractError {
  readonly tag: "retriable" | "config" | "fatal";
  readonly val: string;
}

function toContract(error: unknown): ContractError {
  const known = asConnectError(error);
  if (known instanceof RetriableError) return { tag: "retriable", val: known.message };
  return { tag: known instanceof ConfigError ? "config" : "fatal", val: known.message };
}

/** A call of the worker's; its errors are answered as the contract's. */
export function answering<A extends unknown[], T>(call: (...args: A) => T): (...args: A) => T {
  return (...args) => {
    seedRandom();
    try {
      return call(...args);
    } catch (error) {
      throw toContract(error);
    }
  };
}

/** What a call of ours was answered as its error; componentize-qjs wraps it. Undefined: it is no answer. */
export function payloadOf(error: unknown): unknown {
  return error instanceof Error ? (error as { payload?: unknown }).payload : undefined;
}

/** A call of ours; the worker's errors are ours. */
export function asking<A extends unknown[], T>(call: (...args: A) => T): (...args: A) => T {
  return (...args) => {
    try {
      return call(...args);
    } catch (error) {
      const { tag, val } = (payloadOf(error) ?? {}) as Partial<ContractError>;
      if (tag === "retriable") throw new RetriableError(val);
      if (tag === "config") throw new ConfigError(val);
      throw tag === "fatal" ? new FatalError(val) : error;
    }
  };
}

/** A number of 64 bits as it crosses: beyond 2^53 it would be another one. */
export function toNumber(number: bigint): number {
  if (!Number.isSafeInteger(Number(number))) throw new FatalError(`the offset ${number} is beyond 2^53, which cannot cross to the worker`);
  return Number(number);
}

/** A number of 64 bits that has crossed. */
export function fromNumber(number: number): bigint {
  if (!Number.isSafeInteger(number)) throw new FatalError(`an offset of about ${number} is beyond 2^53, and has been rounded`);
  return BigInt(number);
}

export function toOffsets(offsets: readonly PartitionOffset[]): { topic: string; partition: number; offset: number }[] {
  return offsets.map(({ topic, partition, offset }) => ({ topic, partition, offset: toNumber(BigInt(offset)) }));
}
