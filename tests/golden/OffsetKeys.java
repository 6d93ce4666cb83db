// Writes the keys that Java Connect gives to offsets in its offsets topic: host/src/storage/offset_store/record/keys.txt.
//
//   tests/kafka/kafka.sh fetch-connect
//   java -cp 'target/kafka/connect-libs/*' tests/golden/OffsetKeys.java > host/src/storage/offset_store/record/keys.txt
//
// Each line has, between a tab, a partition as JSON in the order in which its fields were put into a HashMap, and the key.

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.connect.json.JsonConverter;

class OffsetKeys {
    static final Random random = new Random(1);

    public static void main(String[] args) {
        System.setOut(new java.io.PrintStream(new java.io.FileOutputStream(java.io.FileDescriptor.out), false, StandardCharsets.UTF_8));
        var converter = new JsonConverter();
        converter.configure(Map.of("schemas.enable", "false"), true);
        System.out.println("# Written by tests/golden/OffsetKeys.java with Java Connect 4.3.1: a partition as its fields were put, and the key.");
        for (int line = 0; line < 200; line++) {
            int fields = line < 40 ? line % 5 : random.nextInt(60);
            var put = new LinkedHashMap<String, Object>();
            for (int i = 0; i < fields; i++) {
                put.put(name(), value());
            }
            var partition = new HashMap<String, Object>();
            put.forEach(partition::put);
            byte[] in = converter.fromConnectData("", null, put);
            byte[] key = converter.fromConnectData("", null, List.of("connector " + line, partition));
            System.out.println(new String(in, StandardCharsets.UTF_8) + "\t" + new String(key, StandardCharsets.UTF_8));
        }
        System.out.flush();
    }

    static String name() {
        var known = List.of("server", "database", "table", "schema", "filename", "topic", "partition", "cluster", "shard", "é€", "😀", "");
        if (random.nextInt(3) == 0) {
            return known.get(random.nextInt(known.size()));
        }
        var name = new StringBuilder();
        for (int i = random.nextInt(12); i >= 0; i--) {
            name.append((char) ('!' + random.nextInt(90)));
        }
        return name.toString();
    }

    static Object value() {
        return switch (random.nextInt(8)) {
            case 0 -> null;
            case 1 -> random.nextBoolean();
            case 2 -> random.nextLong();
            case 3 -> random.nextInt(1000);
            // Doubles that all versions of Java print alike.
            case 4 -> random.nextInt(100000) / 16.0;
            case 5 -> random.nextBoolean() ? 1e20 : 1.5e-7;
            default -> name();
        };
    }
}
