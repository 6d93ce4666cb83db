// Plays a connector's whole life through kafka-connect-client, prints a line for each step and ends with 1 at the first surprise.
//
//   NODE_PATH=node_modules node play.js URL FILE TOPIC
//
// URL is a worker's REST API, FILE one with at least one line that the worker may read, TOPIC where they go.
"use strict";

const assert = require("node:assert/strict");
const axios = require("axios");
const { KafkaConnectClient } = require("kafka-connect-client");

const SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector";
const SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector";
const NAME = "lines from npm";
const MILLISECONDS = 30_000;

async function play(options, file, topic) {
  const untuned = new KafkaConnectClient(options).connector(NAME);
  // On Node, axios names a form as the content type of a request without a body. Kafka Connect refuses that with 415, so whoever
  // pauses a connector by this client sets axios' defaults first: what is made from then on has them.
  for (const method of ["put", "post"]) axios.defaults.headers[method]["Content-Type"] = "application/json";
  const client = new KafkaConnectClient(options);
  const connector = client.connector(NAME);
  const config = { "connector.class": "FileStreamSource", "tasks.max": "1", file, topic };
  const withName = { name: NAME, ...config };

  const cluster = await ok(200, client.getCluster());
  assert.deepEqual(Object.keys(cluster), ["version", "commit", "kafka_cluster_id"]);
  say("server", cluster.version);

  const plugins = await ok(200, client.getConnectorPlugins());
  const classes = plugins.map((plugin) => plugin.class);
  assert(classes.includes(SOURCE) && classes.includes(SINK), `plugins: ${classes}`);
  const everything = await ok(200, client.getConnectorPlugins({ connectorsOnly: false }));
  assert(everything.length > plugins.length && everything.some((plugin) => plugin.type === "converter"));
  say("plugins", `${plugins.length} connectors of ${everything.length}`);

  const valid = await ok(200, client.validateConnectorConfig("FileStreamSource", withName));
  assert.equal(valid.name, "FileStreamSource");
  assert.equal(valid.error_count, 0);
  const { topic: _, ...incomplete } = withName;
  const invalid = await ok(200, client.validateConnectorConfig("FileStreamSource", incomplete));
  const errors = invalid.configs.filter((each) => each.value.errors.length > 0).map((each) => each.value);
  assert.equal(invalid.error_count, 1);
  assert.deepEqual(errors.map((value) => value.name), ["topic"]);
  say("validated", `${valid.configs.length} keys, and ${errors[0].errors}`);

  assert(!(await ok(200, client.getConnectors())).includes(NAME), "a connector of this name is there already");
  const created = await ok(201, client.createConnector(NAME, config));
  assert.equal(created.type, "source");
  assert.deepEqual(created.config, withName);
  await waitForState(connector, "RUNNING");
  say("created", created.name);
  say("not created twice", (await fails(409, client.createConnector(NAME, config))).message);

  await showEverything(client, connector, withName);

  await fails(415, untuned.pause());
  await ok(202, connector.pause());
  await waitForState(connector, "PAUSED");
  say("paused", NAME);
  await ok(202, connector.resume());
  await waitForState(connector, "RUNNING");
  say("resumed", NAME);

  // This client sends the options of a restart as a body, where Kafka Connect does not look: only the connector is restarted.
  await ok(204, connector.restart());
  await waitForState(connector, "RUNNING");
  await ok(204, connector.restart({ includeTasks: true, onlyFailed: false }));
  await waitForState(connector, "RUNNING");
  await ok(204, connector.restartTask(0));
  await waitForState(connector, "RUNNING");
  say("restarted", "the connector, and the task");

  const changed = { ...withName, "batch.size": "10" };
  assert.deepEqual((await ok(200, connector.updateConfig(changed))).config, changed);
  assert.deepEqual(await ok(200, connector.getConfig()), changed);
  await waitForState(connector, "RUNNING");
  say("updated", "batch.size=10");

  await moveOffsets(connector, file);

  await ok(202, connector.resetTopics());
  await ok(204, connector.delete());
  await waitFor("the connector is gone", async () => {
    const names = await ok(200, client.getConnectors());
    return names.includes(NAME) ? names : null;
  });
  say("deleted", (await fails(404, connector.get())).message);
}

async function showEverything(client, connector, config) {
  assert.deepEqual((await ok(200, connector.get())).config, config);
  assert.deepEqual(await ok(200, connector.getConfig()), config);
  const tasks = await ok(200, connector.getTasks());
  assert.deepEqual(tasks.map((task) => task.id), [{ connector: NAME, task: 0 }]);
  assert.equal((await ok(200, connector.getTaskStatus(0))).state, "RUNNING");
  // This client writes expand[]=status, a parameter that Kafka Connect does not know: the answer is the plain list.
  assert.deepEqual(await ok(200, client.getConnectors({ expand: ["status", "info"] })), await ok(200, client.getConnectors()));
  say("shown", "configuration, task and status");
}

// The client's getTopics fails on every answer (it takes the text for an object), so topics are not asked for.
async function moveOffsets(connector, file) {
  await fails(400, connector.resetOffsets());
  await waitFor("an offset is committed", async () => {
    const { offsets } = await ok(200, connector.getOffsets());
    return offsets.length === 1 && offsets[0].offset.position > 0 ? null : offsets;
  });
  await ok(204, connector.stop());
  await waitForState(connector, "STOPPED", 0);
  const partition = { filename: file };
  await ok(200, connector.alterOffsets([{ partition, offset: { position: 1 } }]));
  assert.deepEqual(await ok(200, connector.getOffsets()), { offsets: [{ partition, offset: { position: 1 } }] });
  const { message } = await ok(200, connector.resetOffsets());
  assert.deepEqual(await ok(200, connector.getOffsets()), { offsets: [] });
  say("stopped, and its offsets changed", message);
}

// The body of an answer with this status.
async function ok(status, request) {
  const response = await request;
  assert.equal(response.status, status, `${response.config.method} ${response.request.path}`);
  return response.data;
}

// The body of an error with this status.
async function fails(status, request) {
  const answer = await request.then(
    (response) => assert.fail(`${status} was expected, and the answer is ${response.status}`),
    (error) => error.response ?? Promise.reject(error),
  );
  assert.equal(answer.status, status, JSON.stringify(answer.data));
  assert.equal(answer.data.error_code, status);
  return answer.data;
}

function waitForState(connector, state, tasks = 1) {
  return waitFor(`the connector and ${tasks} tasks are ${state}`, async () => {
    const status = await ok(200, connector.getStatus());
    const reached = status.connector.state === state && status.tasks.length === tasks;
    return reached && status.tasks.every((task) => task.state === state) ? null : status;
  });
}

// Asks until there is nothing in the way.
async function waitFor(what, obstacle) {
  const deadline = Date.now() + MILLISECONDS;
  for (let reason; (reason = await obstacle()) !== null; ) {
    assert(Date.now() < deadline, `waited ${MILLISECONDS} ms in vain for: ${what}; the last answer: ${JSON.stringify(reason)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function say(step, what) {
  console.log(`npm: ${step}: ${what}`);
}

async function main([url, file, topic]) {
  if (!topic) throw new Error("play.js needs a URL, a file and a topic");
  const { protocol, hostname, port } = new URL(url);
  await play({ protocol: protocol.replace(":", ""), host: hostname, port }, file, topic);
}

main(process.argv.slice(2)).catch((error) => {
  // An error of axios has a summary of the answer; all of it is too long to read.
  console.error(error.response ? `a surprise: ${error.message}: ${JSON.stringify(error.response.data)}` : error);
  process.exitCode = 1;
});
