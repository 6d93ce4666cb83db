// What connectors and tasks of either kind ask of the worker, and their last call.

import connectorContext from "kafka:connect/connector-context@0.1.0";
import taskContext from "kafka:connect/task-context@0.1.0";
import * as dispatch from "../dispatch.js";
import { addToHost } from "../host.js";
import { ending } from "./plugin.js";

addToHost({
  requestTaskReconfiguration: () => connectorContext.requestTaskReconfiguration(),
  raiseError: (message) => connectorContext.raiseError(message),
  sleep: (milliseconds) => taskContext.sleep(milliseconds),
  stopping: () => taskContext.stopping(),
});

export const stop = ending("stop", dispatch.stop);
