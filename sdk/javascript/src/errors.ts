// What a plugin throws instead of answering, by what the worker does about it.

import { BatchError, EncodeError } from "./batch/index.js";

/** Why a call failed. Throw one of its kinds; any other error is a fatal one with its stack. */
export class ConnectError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/** Call again with the same arguments after a back-off (Java's `RetriableException`). */
export class RetriableError extends ConnectError {}

/** The configuration cannot work (Java's `ConfigException`). */
export class ConfigError extends ConnectError {}

/** The connector or task fails (Java's `ConnectException`). */
export class FatalError extends ConnectError {}

/** What `call` answers; its error becomes a {@link FatalError} that says what was attempted: `orFatal("cannot open x", () => ...)`. */
export function orFatal<T>(attempt: string, call: () => T): T {
  return withKind(FatalError, attempt, call);
}

/** The same with a {@link RetriableError}. */
export function orRetriable<T>(attempt: string, call: () => T): T {
  return withKind(RetriableError, attempt, call);
}

function withKind<T>(Kind: new (message: string, options: ErrorOptions) => ConnectError, attempt: string, call: () => T): T {
  try {
    return call();
  } catch (error) {
    if (error instanceof ConnectError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new Kind(`${attempt}: ${why}`, { cause: error });
  }
}

/** The error as one of the contract's kinds. */
export function asConnectError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  if (error instanceof EncodeError) return new FatalError(`cannot write a record: ${error.message}`);
  if (error instanceof BatchError) return new FatalError(error.message);
  return new FatalError(describe(error));
}

/** The error with its stack, to which engines do or do not add the error itself, and with its causes. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const title = `${error.name}: ${error.message}${isOutOfMemory(error) ? " (sandbox.memory.max.bytes)" : ""}`;
  const stack = (error.stack ?? "").trimEnd();
  const told = stack.startsWith(title) ? stack : `${title}\n${stack}`.trimEnd();
  return error.cause === undefined ? told : `${told}\ncaused by ${describe(error.cause)}`;
}

/** Whether there was no memory left. QuickJS can tell of it: what was being done has been let go of. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && error.name === "InternalError" && error.message === "out of memory";
}

/** The answer of a plugin's method, which cannot be a promise: nobody would wait for it. */
export function settled<T>(call: string, answer: T): T {
  if (answer instanceof Promise) throw new FatalError(`${call} answered a promise; a component cannot wait for one`);
  return answer;
}
