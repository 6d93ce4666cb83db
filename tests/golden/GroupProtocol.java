// Writes the bytes that Java Connect's workers give to the group coordinator: host/src/herder/protocol/golden.txt.
//
//   tests/kafka/kafka.sh fetch-connect
//   java -cp 'target/kafka/connect-libs/*' tests/golden/GroupProtocol.java > host/src/herder/protocol/golden.txt
//
// Columns between tabs; `c` is a connector and `c-0.` a task, in the order in which they were given:
//   assignment VERSION ERROR LEADER LEADER_URL OFFSET ASSIGNED REVOKED DELAY BYTES
//   metadata VERSION URL OFFSET BYTES ASSIGNMENT_BYTES        what a member says, with its current assignment or `-`
//   eager CONFIG MEMBER=METADATA_BYTES... BYTES=...           what EagerAssignor makes of it, by members in order

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.kafka.common.message.JoinGroupResponseData.JoinGroupResponseMember;
import org.apache.kafka.common.utils.LogContext;
import org.apache.kafka.connect.runtime.distributed.ConnectProtocol;
import org.apache.kafka.connect.runtime.distributed.ConnectProtocolCompatibility;
import org.apache.kafka.connect.runtime.distributed.EagerAssignor;
import org.apache.kafka.connect.runtime.distributed.ExtendedAssignment;
import org.apache.kafka.connect.runtime.distributed.ExtendedWorkerState;
import org.apache.kafka.connect.runtime.distributed.IncrementalCooperativeConnectProtocol;
import org.apache.kafka.connect.runtime.distributed.WorkerCoordinator;
import org.apache.kafka.connect.storage.ClusterConfigState;
import org.apache.kafka.connect.util.ConnectorTaskId;

class GroupProtocol {
    static final Random random = new Random(3);

    public static void main(String[] args) throws Exception {
        for (int line = 0; line < 60; line++) {
            assignment((short) (line % 3));
        }
        for (int line = 0; line < 30; line++) {
            eager();
        }
        System.out.flush();
    }

    static void assignment(short version) {
        short error = (short) (random.nextInt(6) == 0 ? 1 : 0);
        String leader = "connect-" + random.nextInt(3), url = url();
        long offset = random.nextInt(3) == 0 ? -1 : random.nextInt(100_000);
        var connectors = connectors();
        var tasks = tasks();
        var revoked = version == 0 || random.nextBoolean() ? List.<String>of() : connectors();
        var revokedTasks = version == 0 || random.nextBoolean() ? List.<ConnectorTaskId>of() : tasks();
        int delay = version == 0 || random.nextBoolean() ? 0 : random.nextInt(300_000);
        var assignment = new ExtendedAssignment(version, error, leader, url, offset, connectors, tasks, revoked, revokedTasks, delay);
        String bytes = hex(version == 0
            ? ConnectProtocol.serializeAssignment(assignment)
            : IncrementalCooperativeConnectProtocol.serializeAssignment(assignment, version == 2));
        System.out.println(String.join("\t", "assignment", "" + version, "" + error, leader, url, "" + offset,
            show(connectors, tasks), show(revoked, revokedTasks), "" + delay, bytes));

        var current = random.nextInt(4) == 0 || version == 0 ? null : assignment;
        var state = new ExtendedWorkerState(url, offset, current);
        String metadata = hex(version == 0
            ? ConnectProtocol.serializeMetadata(state)
            : IncrementalCooperativeConnectProtocol.serializeMetadata(state, version == 2));
        System.out.println(String.join("\t", "metadata", "" + version, url, "" + offset, metadata, current == null ? "-" : bytes));
    }

    static void eager() throws Exception {
        var config = new TreeMap<String, Integer>();
        for (String connector : connectors()) {
            config.put(connector, random.nextInt(4));
        }
        Map<String, Map<String, String>> connectors = new HashMap<>();
        config.keySet().forEach(name -> connectors.put(name, Map.of()));
        long own = random.nextInt(20);
        var snapshot = new ClusterConfigState(own, null, new HashMap<>(config), connectors, Map.of(), Map.of(), Map.of(), Map.of(),
            Map.of(), new HashSet<>(), new HashSet<>());
        // Only its snapshots are used.
        var unsafe = Class.forName("sun.misc.Unsafe").getDeclaredField("theUnsafe");
        unsafe.setAccessible(true);
        var coordinator = (WorkerCoordinator) ((sun.misc.Unsafe) unsafe.get(null)).allocateInstance(WorkerCoordinator.class);
        coordinator.configSnapshot(snapshot);

        var members = new ArrayList<JoinGroupResponseMember>();
        for (int i = random.nextInt(5); i >= 0; i--) {
            // The leader is the first, and ahead of nobody who is ahead of its snapshot.
            long offset = members.isEmpty() ? own : random.nextInt((int) own + 1);
            var state = new ExtendedWorkerState("http://w" + i + ":8083/", offset, null);
            members.add(new JoinGroupResponseMember().setMemberId("m" + random.nextInt(1000) + "-" + i)
                .setMetadata(ConnectProtocol.serializeMetadata(state).array()));
        }
        var answer = new EagerAssignor(new LogContext())
            .performAssignment(members.get(0).memberId(), ConnectProtocolCompatibility.EAGER, members, coordinator);
        System.out.println("eager\t" + own + "\t"
            + config.entrySet().stream().map(e -> e.getKey() + "=" + e.getValue()).collect(Collectors.joining(" ")) + "\t"
            + members.stream().map(m -> m.memberId() + "=" + HexFormat.of().formatHex(m.metadata())).collect(Collectors.joining(" ")) + "\t"
            + members.stream().map(m -> hex(answer.get(m.memberId()))).collect(Collectors.joining(" ")));
    }

    static String url() {
        return List.of("http://w:8083/", "https://[::1]:8443/", "http://żółw:1/").get(random.nextInt(3));
    }

    static List<String> connectors() {
        var names = new LinkedHashSet<String>();
        for (int i = random.nextInt(random.nextInt(4) == 0 ? 20 : 4); i > 0; i--) {
            names.add("c" + random.nextInt(30));
        }
        return new ArrayList<>(names);
    }

    static List<ConnectorTaskId> tasks() {
        var ids = new LinkedHashSet<ConnectorTaskId>();
        for (int i = random.nextInt(9); i > 0; i--) {
            ids.add(new ConnectorTaskId("c" + random.nextInt(5), random.nextInt(4)));
        }
        return new ArrayList<>(ids);
    }

    static String show(Collection<String> connectors, Collection<ConnectorTaskId> tasks) {
        var all = new ArrayList<>(connectors);
        tasks.forEach(task -> all.add(task + "."));
        return String.join(" ", all);
    }

    static String hex(ByteBuffer bytes) {
        return HexFormat.of().formatHex(bytes.array());
    }
}
