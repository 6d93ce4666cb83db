// The interfaces source-connector and source-task.

import offsetReader from "kafka:connect/offset-reader@0.1.0";
import * as dispatch from "../dispatch.js";
import { addToHost } from "../host.js";
import { exported, find } from "../plugins.js";
import { answering, asking } from "./calls.js";
import { stop } from "./connector.js";

addToHost({ offsets: asking((partitions) => offsetReader.offsets(partitions)) });

export const sourceConnector = {
  start: answering(dispatch.startSourceConnector),
  taskConfigs: answering(dispatch.taskConfigs),
  monitor: answering(dispatch.monitor),
  stop,
  alterOffsets: answering(dispatch.alterSourceOffsets),
  exactlyOnceSupport(name: string, config: dispatch.ConfigPairs) {
    return find(exported().sources, name).exactlyOnceSupport(Object.fromEntries(config));
  },
  canDefineTransactionBoundaries(name: string, config: dispatch.ConfigPairs) {
    return find(exported().sources, name).canDefineTransactionBoundaries(Object.fromEntries(config));
  },
};

export const sourceTask = {
  start: answering(dispatch.startSourceTask),
  poll: answering((limits: { maxRecords: number; maxBytes: number; maxWaitMs: number }) => {
    const { maxRecords, maxBytes, maxWaitMs: maxWait } = limits;
    const answer = dispatch.poll({ maxRecords, maxBytes, maxWait });
    return typeof answer === "number" ? { tag: "idle", val: answer } : { tag: "records", val: answer };
  }),
  acknowledged: answering(dispatch.acknowledged),
  commit: answering(dispatch.commit),
  stop,
};
