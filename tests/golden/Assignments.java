// Writes what Java Connect's IncrementalCooperativeAssignor answers through random histories of clusters:
// host/src/herder/assignor/golden.jsonl.
//
//   tests/kafka/kafka.sh fetch-connect
//   java -cp 'target/kafka/connect-libs/*' tests/golden/Assignments.java > host/src/herder/assignor/golden.jsonl
//
// A history begins with {"max_delay":N}. Each further line is a rebalance: what the assignor was given (members in the order in
// which they were put into a HashMap) and what it answered. `c` is a connector and `c-0.` a task.

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.common.utils.Timer;
import org.apache.kafka.connect.runtime.distributed.IncrementalCooperativeAssignor;
import org.apache.kafka.connect.runtime.distributed.WorkerCoordinator.ConnectorsAndTasks;
import org.apache.kafka.connect.storage.ClusterConfigState;
import org.apache.kafka.connect.util.ConnectorTaskId;

class Assignments {
    static final Random random = new Random(7);

    static class Clock implements Time {
        long now = 1_000_000;

        public long milliseconds() { return now; }
        public long hiResClockMs() { return now; }
        public long nanoseconds() { return TimeUnit.MILLISECONDS.toNanos(now); }
        public void sleep(long ms) { now += ms; }
        public void waitObject(Object object, Supplier<Boolean> condition, long deadline) { throw new UnsupportedOperationException(); }
        public Timer timer(long timeout) { throw new UnsupportedOperationException(); }
    }

    /** A worker: what it runs, in its own order. */
    static class Member {
        Set<String> connectors = new LinkedHashSet<>();
        Set<ConnectorTaskId> tasks = new LinkedHashSet<>();
    }

    public static void main(String[] args) throws Exception {
        int[] delays = {300_000, 300_000, 300_000, 10_000, 0, 1, 40, 60_000};
        for (int history = 0; history < 48; history++) {
            play(delays[history % delays.length], history % 3 == 0 ? 20 : 6);
        }
        System.out.flush();
    }

    static void play(int maxDelay, int mostMembers) throws Exception {
        System.out.println("{\"max_delay\":" + maxDelay + "}");
        var clock = new Clock();
        var assignor = new IncrementalCooperativeAssignor(new LogContext(), clock, maxDelay);
        Method assign = null;
        for (Method method : IncrementalCooperativeAssignor.class.getDeclaredMethods()) {
            if (method.getName().equals("performTaskAssignment") && method.getParameterCount() == 4) {
                assign = method;
            }
        }
        assign.setAccessible(true);

        var config = new TreeMap<String, Integer>();
        var members = new LinkedHashMap<String, Member>();
        var departed = new LinkedHashMap<String, Member>();
        int names = 0, generation = 0, completed = -1;
        for (int i = random.nextInt(4); i >= 0; i--) {
            members.put("w" + names + "-" + Integer.toHexString(random.nextInt()), new Member());
            names++;
        }
        for (int step = 0; step < 16; step++) {
            // What happened since the last rebalance.
            switch (random.nextInt(9)) {
                case 0, 1 -> config.put("c" + random.nextInt(12), random.nextInt(7));
                case 2 -> config.keySet().stream().skip(random.nextInt(3)).findFirst().ifPresent(config::remove);
                case 3 -> {
                    for (int i = random.nextInt(8); i >= 0; i--) {
                        config.put("k" + random.nextInt(30), random.nextInt(5));
                    }
                }
                case 4 -> {
                    if (members.size() < mostMembers) {
                        for (int i = random.nextInt(mostMembers > 6 ? 6 : 2); i >= 0; i--) {
                            members.put("w" + names + "-" + Integer.toHexString(random.nextInt()), new Member());
                            names++;
                        }
                    }
                }
                case 5 -> {
                    if (members.size() > 1) {
                        var gone = new ArrayList<>(members.keySet()).get(random.nextInt(members.size()));
                        departed.put(gone, members.remove(gone));
                    }
                }
                case 6 -> {
                    // A worker that was away comes back, at times with what it ran before.
                    if (!departed.isEmpty()) {
                        var back = departed.keySet().iterator().next();
                        var member = departed.remove(back);
                        members.put("w" + names++ + "-back", random.nextInt(3) == 0 ? member : new Member());
                    }
                }
                default -> { }
            }
            clock.now += switch (random.nextInt(4)) {
                case 0 -> 0;
                case 1 -> random.nextInt(100);
                case 2 -> random.nextInt(maxDelay + 1);
                default -> maxDelay + 10;
            };
            generation++;
            // At times the last assignment did not reach anybody.
            int last = random.nextInt(12) == 0 ? completed - 1 : completed;

            var given = new HashMap<String, ConnectorsAndTasks>();
            var line = new StringBuilder("{\"now\":" + clock.now + ",\"last\":" + last + ",\"generation\":" + generation + ",\"config\":{");
            line.append(config.entrySet().stream().map(e -> "\"" + e.getKey() + "\":" + e.getValue()).collect(Collectors.joining(",")));
            line.append("},\"members\":{");
            line.append(members.entrySet().stream()
                .map(e -> "\"" + e.getKey() + "\":\"" + show(e.getValue().connectors, e.getValue().tasks) + "\"")
                .collect(Collectors.joining(",")));
            members.forEach((name, member) -> given.put(name,
                new ConnectorsAndTasks.Builder().with(member.connectors, member.tasks).build()));

            Object answer = assign.invoke(assignor, state(config), last, generation, given);
            Map<String, Collection<String>> assignedConnectors = get(answer, "newlyAssignedConnectors");
            Map<String, Collection<ConnectorTaskId>> assignedTasks = get(answer, "newlyAssignedTasks");
            Map<String, Collection<String>> revokedConnectors = get(answer, "newlyRevokedConnectors");
            Map<String, Collection<ConnectorTaskId>> revokedTasks = get(answer, "newlyRevokedTasks");
            var delay = IncrementalCooperativeAssignor.class.getDeclaredField("delay");
            delay.setAccessible(true);
            line.append("},\"delay\":" + delay.getInt(assignor));
            line.append(",\"assigned\":" + show(members.keySet(), assignedConnectors, assignedTasks));
            line.append(",\"revoked\":" + show(members.keySet(), revokedConnectors, revokedTasks) + "}");
            System.out.println(line);

            // The members take their assignments, nearly always.
            members.forEach((name, member) -> {
                if (random.nextInt(25) == 0) {
                    return;
                }
                member.connectors.removeAll(revokedConnectors.getOrDefault(name, Set.of()));
                member.tasks.removeAll(revokedTasks.getOrDefault(name, Set.of()));
                var connectors = new LinkedHashSet<>(assignedConnectors.getOrDefault(name, Set.of()));
                connectors.addAll(member.connectors);
                member.connectors = connectors;
                var tasks = new LinkedHashSet<>(assignedTasks.getOrDefault(name, Set.of()));
                tasks.addAll(member.tasks);
                member.tasks = tasks;
            });
            completed = generation;
        }
    }

    @SuppressWarnings("unchecked")
    static <T> Map<String, Collection<T>> get(Object answer, String name) throws Exception {
        Method getter = answer.getClass().getDeclaredMethod(name);
        getter.setAccessible(true);
        return (Map<String, Collection<T>>) getter.invoke(answer);
    }

    static String show(Collection<String> connectors, Collection<ConnectorTaskId> tasks) {
        var all = new ArrayList<>(connectors);
        tasks.forEach(task -> all.add(task.toString() + "."));
        return String.join(" ", all);
    }

    static String show(Collection<String> members, Map<String, Collection<String>> connectors, Map<String, Collection<ConnectorTaskId>> tasks) {
        return members.stream()
            .map(name -> "\"" + name + "\":\"" + show(connectors.getOrDefault(name, List.of()), tasks.getOrDefault(name, List.of())) + "\"")
            .filter(member -> !member.endsWith(":\"\""))
            .collect(Collectors.joining(",", "{", "}"));
    }

    static ClusterConfigState state(Map<String, Integer> config) {
        Map<String, Map<String, String>> connectors = new HashMap<>();
        config.keySet().forEach(name -> connectors.put(name, Map.of()));
        return new ClusterConfigState(1, null, new HashMap<>(config), connectors, Map.of(), Map.of(), Map.of(), Map.of(), Map.of(),
            new HashSet<>(), new HashSet<>());
    }
}
