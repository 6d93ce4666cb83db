// Plays a connector's whole life through org.sourcelab:kafka-connect-client, prints a line for each step and ends with 1 at the
// first surprise.
//
//   java -cp 'libs/*' Play.java URL FILE TOPIC [NAME]
//
// URL is a worker's REST API, FILE one with at least one line that the worker may read, TOPIC where they go, NAME the connector's.

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.sourcelab.kafka.connect.apiclient.Configuration;
import org.sourcelab.kafka.connect.apiclient.KafkaConnectClient;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorPlugin;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorPluginConfigDefinition;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorPluginConfigValidationResults;
import org.sourcelab.kafka.connect.apiclient.request.dto.ConnectorStatus;
import org.sourcelab.kafka.connect.apiclient.request.dto.NewConnectorDefinition;
import org.sourcelab.kafka.connect.apiclient.request.post.PostConnectorRestart;
import org.sourcelab.kafka.connect.apiclient.rest.exceptions.InvalidRequestException;
import org.sourcelab.kafka.connect.apiclient.rest.exceptions.ResourceNotFoundException;

class Play {
    static final String SOURCE = "org.apache.kafka.connect.file.FileStreamSourceConnector";
    static final String SINK = "org.apache.kafka.connect.file.FileStreamSinkConnector";
    static final long SECONDS = 30;

    final KafkaConnectClient client;
    final String name;
    final Map<String, String> config;

    Play(String url, String file, String topic, String name) {
        this.name = name;
        client = new KafkaConnectClient(new Configuration(url));
        config = Map.of("name", name, "connector.class", "FileStreamSource", "tasks.max", "1", "file", file, "topic", topic);
    }

    public static void main(String[] args) {
        if (args.length < 3 || args.length > 4) {
            System.err.println("Play.java needs a URL, a file and a topic, and takes a name");
            System.exit(2);
        }
        new Play(args[0], args[1], args[2], args.length == 4 ? args[3] : "lines from Maven").play();
    }

    void play() {
        var version = client.getConnectServerVersion();
        check(!version.getVersion().isEmpty() && !version.getKafkaClusterId().isEmpty(), version);
        say("server", version.getVersion());

        var plugins = client.getConnectorPlugins();
        var classes = plugins.stream().map(ConnectorPlugin::getClassName).toList();
        check(classes.containsAll(List.of(SOURCE, SINK)), plugins);
        say("plugins", plugins.size());

        var valid = validate(config);
        check(valid.getErrorCount() == 0, valid);
        check(valid.getName().equals("FileStreamSource") && valid.getGroups().contains("Common"), valid);
        var incomplete = new HashMap<>(config);
        incomplete.remove("topic");
        var invalid = validate(incomplete);
        check(invalid.getErrorCount() == 1 && errorsOf("topic", invalid).size() == 1, invalid);
        say("validated", valid.getConfigs().size() + " keys, and " + errorsOf("topic", invalid));

        check(!client.getConnectors().contains(name), "a connector of this name is there already");
        var definition = NewConnectorDefinition.newBuilder().withName(name).withConfig(config).build();
        var created = client.addConnector(definition);
        check(created.getName().equals(name) && created.getType().equals("source"), created);
        check(created.getConfig().equals(config), created);
        waitForState("RUNNING");
        say("created", created.getName());

        try {
            throw surprise(client.addConnector(definition));
        } catch (InvalidRequestException error) {
            check(error.getErrorCode() == 409 && error.getMessage().contains("already exists"), error);
            say("not created twice", error.getMessage());
        }

        showEverything();

        check(client.pauseConnector(name), "pause");
        waitForState("PAUSED");
        say("paused", name);
        check(client.resumeConnector(name), "resume");
        waitForState("RUNNING");
        say("resumed", name);

        check(client.restartConnector(name), "restart");
        waitForState("RUNNING");
        check(client.restartConnector(new PostConnectorRestart(name).withIncludeTasks(true).withOnlyFailed(false)), "restart");
        waitForState("RUNNING");
        check(client.restartConnectorTask(name, 0), "restart of the task");
        waitForState("RUNNING");
        say("restarted", "the connector, both, and the task");

        var changed = new HashMap<>(config);
        changed.put("batch.size", "10");
        var updated = client.updateConnectorConfig(name, changed);
        check(updated.getConfig().equals(changed), updated);
        check(client.getConnectorConfig(name).equals(changed), "configuration");
        waitForState("RUNNING");
        say("updated", "batch.size=10");

        check(client.resetConnectorTopics(name), "reset of the topics");
        check(client.deleteConnector(name), "deletion");
        waitFor("the connector is gone", () -> client.getConnectors().contains(name) ? "it is listed" : null);
        try {
            throw surprise(client.getConnector(name));
        } catch (ResourceNotFoundException error) {
            say("deleted", error.getMessage());
        }
    }

    void showEverything() {
        check(client.getConnector(name).getConfig().equals(config), client.getConnector(name));
        check(client.getConnectorConfig(name).equals(config), client.getConnectorConfig(name));
        var tasks = client.getConnectorTasks(name);
        var task = tasks.iterator().next();
        check(tasks.size() == 1 && task.getId().getConnector().equals(name) && task.getId().getTask() == 0, tasks);
        check(task.getConfig().get("file").equals(config.get("file")), tasks);
        var taskStatus = client.getConnectorTaskStatus(name, 0);
        check(taskStatus.getState().equals("RUNNING") && !taskStatus.getWorkerId().isEmpty(), taskStatus);
        var all = client.getConnectorsWithAllExpandedMetadata();
        check(all.getStatusForConnector(name).getType().equals("source"), all);
        check(all.getDefinitionForConnector(name).getTasks().size() == 1, all);
        check(client.getConnectorsWithExpandedStatus().getConnectorNames().contains(name), "status of all");
        check(client.getConnectorsWithExpandedInfo().getConnectorNames().contains(name), "info of all");
        var topics = List.of(config.get("topic"));
        waitFor("lines are in the topic", () -> {
            var now = client.getConnectorTopics(name);
            return now.getTopics().equals(topics) ? null : now.toString();
        });
        say("shown", "configuration, task, status and topic " + topics);
    }

    ConnectorPluginConfigValidationResults validate(Map<String, String> config) {
        return client.validateConnectorPluginConfig(new ConnectorPluginConfigDefinition("FileStreamSource", config));
    }

    static List<String> errorsOf(String key, ConnectorPluginConfigValidationResults results) {
        return results.getConfigs().stream()
            .filter(config -> config.getValue().getName().equals(key))
            .flatMap(config -> config.getValue().getErrors().stream())
            .toList();
    }

    void waitForState(String state) {
        waitFor("connector and task are " + state, () -> {
            var status = client.getConnectorStatus(name);
            return isIn(state, status) ? null : status.toString();
        });
    }

    static boolean isIn(String state, ConnectorStatus status) {
        return status.getConnector().get("state").equals(state)
            && status.getTasks().size() == 1
            && status.getTasks().get(0).getState().equals(state);
    }

    /** Asks until there is nothing in the way. */
    static void waitFor(String what, Supplier<String> obstacle) {
        long deadline = System.nanoTime() + SECONDS * 1_000_000_000L;
        for (String reason; (reason = obstacle.get()) != null; pause()) {
            check(System.nanoTime() < deadline, "waited " + SECONDS + " s in vain for: " + what + "; the last answer: " + reason);
        }
    }

    static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException error) {
            throw new IllegalStateException(error);
        }
    }

    static void check(boolean holds, Object answer) {
        if (!holds) {
            throw surprise(answer);
        }
    }

    static IllegalStateException surprise(Object answer) {
        return new IllegalStateException("a surprise: " + answer);
    }

    static void say(String step, Object what) {
        System.out.println("maven: " + step + ": " + what);
    }
}
