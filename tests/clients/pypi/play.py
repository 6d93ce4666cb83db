"""Plays a connector's whole life through kafka-connect-py, prints a line for each step and ends with 1 at the first surprise.

    python3 play.py URL FILE TOPIC

URL is a worker's REST API, FILE one with at least one line that the worker may read, TOPIC where they go.
"""

import sys
import time

from kafka_connect import KafkaConnect
from requests.exceptions import HTTPError

SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector"
SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector"
NAME = "lines from PyPI"
SECONDS = 30


def play(client, file, topic):
    config = {"connector.class": "FileStreamSource", "tasks.max": "1", "file": file, "topic": topic}
    with_name = {"name": NAME, **config}

    cluster = client.get_cluster_info()
    check(set(cluster) == {"version", "commit", "kafka_cluster_id"}, cluster)
    say("server", cluster["version"])

    plugins = client.list_connector_plugins()
    check({SOURCE, SINK} <= {plugin["class"] for plugin in plugins}, plugins)
    say("plugins", len(plugins))

    valid = client.validate_connector_config("FileStreamSource", with_name)
    check(valid["name"] == "FileStreamSource" and valid["error_count"] == 0 and "Common" in valid["groups"], valid)
    incomplete = {key: value for key, value in with_name.items() if key != "topic"}
    invalid = client.validate_connector_config("FileStreamSource", incomplete)
    errors = {each["value"]["name"]: each["value"]["errors"] for each in invalid["configs"] if each["value"]["errors"]}
    check(invalid["error_count"] == 1 and list(errors) == ["topic"], invalid)
    say("validated", f"{len(valid['configs'])} keys, and {errors}")

    check(NAME not in client.list_connectors(), "a connector of this name is there already")
    created = client.create_connector({"name": NAME, "config": config})
    check(created["name"] == NAME and created["type"] == "source" and created["config"] == with_name, created)
    wait_for_state(client, "RUNNING")
    say("created", created["name"])

    message = expect_error(409, lambda: client.create_connector({"name": NAME, "config": config}))
    say("not created twice", message)

    show_everything(client, with_name)

    client.pause_connector(NAME)
    wait_for_state(client, "PAUSED")
    check(NAME in client.list_connectors(state="paused"), "not listed as paused")
    say("paused", NAME)
    client.resume_connector(NAME)
    wait_for_state(client, "RUNNING")
    say("resumed", NAME)
    client.stop_connector(NAME)
    wait_for_state(client, "STOPPED", tasks=0)
    client.resume_connector(NAME)
    wait_for_state(client, "RUNNING")
    say("stopped and resumed", NAME)

    check(client.restart_connector(NAME) is None, "the restart has a body")
    wait_for_state(client, "RUNNING")
    plan = client.restart_connector(NAME, include_tasks=True)
    check(plan["connector"]["state"] == "RESTARTING" and plan["tasks"][0]["state"] == "RESTARTING", plan)
    wait_for_state(client, "RUNNING")
    plan = client.restart_connector(NAME, include_tasks=True, only_failed=True)
    check(plan["connector"]["state"] == "RUNNING" and plan["tasks"][0]["state"] == "RUNNING", plan)
    client.restart_connector_task(NAME, 0)
    wait_for_state(client, "RUNNING")
    say("restarted", "the connector, both, nothing that runs, and the task")

    changed = {**with_name, "batch.size": "10"}
    updated = client.update_connector(NAME, changed)
    check(updated["config"] == changed, updated)
    check(client.get_connector_config(NAME) == changed, "configuration")
    wait_for_state(client, "RUNNING")
    say("updated", "batch.size=10")

    client.reset_connector_topics(NAME)
    client.delete_connector(NAME)
    wait_for("the connector is gone", lambda: NAME not in client.list_connectors(), client.list_connectors)
    say("deleted", expect_error(404, lambda: client.get_connector(NAME)))


def show_everything(client, config):
    check(client.get_connector(NAME)["config"] == config, "connector")
    check(client.get_connector_config(NAME) == config, "configuration")
    tasks = client.list_connector_tasks(NAME)
    check([task["id"] for task in tasks] == [{"connector": NAME, "task": 0}], tasks)
    task = client.get_connector_task_status(NAME, 0)
    check(task["id"] == 0 and task["state"] == "RUNNING" and task["worker_id"], task)
    status = client.list_connectors(expand="status")[NAME]
    check(status["status"] == client.get_connector_status(NAME), status)
    info = client.list_connectors(expand="info", pattern="lines", state="running")[NAME]
    check(info["info"] == client.get_connector(NAME), info)
    topics = {NAME: {"topics": [config["topic"]]}}

    def listed():
        return client.list_connector_topics(NAME)

    wait_for("lines are in the topic", lambda: listed() == topics, listed)
    say("shown", f"configuration, task, status and topic {config['topic']}")


def wait_for_state(client, state, tasks=1):
    def reached():
        status = client.get_connector_status(NAME)
        states = [status["connector"]["state"]] + [task["state"] for task in status["tasks"]]
        return states == [state] * (tasks + 1)

    wait_for(f"the connector and {tasks} tasks are {state}", reached, lambda: client.get_connector_status(NAME))


def wait_for(what, reached, answer):
    deadline = time.monotonic() + SECONDS
    while not reached():
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {SECONDS} s in vain for: {what}; the last answer: {answer()}")
        time.sleep(0.05)


def expect_error(status, request):
    try:
        answer = request()
    except HTTPError as error:
        body = error.response.json()
        check(error.response.status_code == status and body["error_code"] == status, body)
        return body["message"]
    raise AssertionError(f"{status} was expected, and the answer is {answer}")


def check(holds, answer):
    if not holds:
        raise AssertionError(f"a surprise: {answer}")


def say(step, what):
    print(f"pypi: {step}: {what}", flush=True)


if __name__ == "__main__":
    if len(sys.argv) != 4:
        sys.exit("play.py needs a URL, a file and a topic")
    play(KafkaConnect(sys.argv[1]), sys.argv[2], sys.argv[3])
