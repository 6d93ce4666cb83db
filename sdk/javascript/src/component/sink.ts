// The interfaces sink-connector and sink-task.

import sinkContext from "kafka:connect/sink-context@0.1.0";
import * as dispatch from "../dispatch.js";
import { addToHost, type TopicPartition } from "../host.js";
import { answering, asking, fromNumber, toNumber, toOffsets } from "./calls.js";
import { stop } from "./connector.js";

addToHost({
  assignment: () => sinkContext.assignment(),
  rewind: asking((offsets) => sinkContext.rewind(toOffsets(offsets))),
  pause: asking((partitions) => sinkContext.pause(partitions)),
  resume: asking((partitions) => sinkContext.resume(partitions)),
  timeout: (milliseconds) => sinkContext.timeout(milliseconds),
  requestCommit: () => sinkContext.requestCommit(),
  reportErrantRecord: asking((partition, offset, message) =>
    sinkContext.reportErrantRecord(partition, toNumber(offset), message),
  ),
});

export const sinkConnector = {
  start: answering(dispatch.startSinkConnector),
  taskConfigs: answering(dispatch.taskConfigs),
  monitor: answering(dispatch.monitor),
  stop,
  alterOffsets: answering(
    (name: string, config: dispatch.ConfigPairs, offsets: readonly [TopicPartition, number | null][]) => {
      const asked = offsets.map(([of, offset]) => [of, offset === null ? null : fromNumber(offset)] as const);
      return dispatch.alterSinkOffsets(name, config, asked);
    },
  ),
};

export const sinkTask = {
  start: answering(dispatch.startSinkTask),
  open: answering((partitions: TopicPartition[]) => toOffsets(dispatch.openPartitions(partitions))),
  put: answering(dispatch.put),
  preCommit: answering((delivered: (TopicPartition & { offset: number })[]) => {
    const given = delivered.map(({ topic, partition, offset }) => ({ topic, partition, offset: fromNumber(offset) }));
    return toOffsets(dispatch.preCommit(given));
  }),
  close: answering(dispatch.closePartitions),
  stop,
};
