// Lines in the worker's log, with the connector's and task's name set by the worker.

import { host, type Level } from "./host.js";

/** A line, or what makes one if it is kept. */
export type Message = string | (() => string);

/** `const log = new Logger("my-plugin")`, then `log.info("...")`. The level is the worker's (`PUT /admin/loggers/...`). */
export class Logger {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  trace(message: Message): void {
    this.log("trace", message);
  }

  debug(message: Message): void {
    this.log("debug", message);
  }

  info(message: Message): void {
    this.log("info", message);
  }

  warn(message: Message): void {
    this.log("warn", message);
  }

  error(message: Message): void {
    this.log("error", message);
  }

  /** Whether lines of that level are kept. */
  isEnabled(level: Level): boolean {
    return host().logEnabled(level);
  }

  private log(level: Level, message: Message): void {
    if (this.isEnabled(level)) host().log(level, this.name, typeof message === "string" ? message : message());
  }
}
