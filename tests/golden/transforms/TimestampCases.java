// `TimestampConverter`: every form of a time to every other, nulls, defaults and precisions.

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;

final class TimestampCases {
    private static final String NAME = "TimestampConverter";
    private static final String FORMAT = "yyyy MM dd HH mm ss SSS z";
    private static final List<String> TARGETS = List.of("string", "unix", "Date", "Time", "Timestamp");
    private static final long DAY = 86_400_000L;
    private static final long TIME = DAY + 1234;

    static void run(Golden golden) {
        configs(golden);
        wholes(golden);
        fields(golden);
        precisions(golden);
    }

    private static Map<String, String> to(String target, String... more) {
        Map<String, String> config = new HashMap<>(Map.of("target.type", target, "format", FORMAT));
        for (int i = 0; i < more.length; i += 2) config.put(more[i], more[i + 1]);
        return config;
    }

    private static void configs(Golden golden) {
        golden.config(NAME + "$Value", Map.of());
        golden.config(NAME + "$Value", Map.of("target.type", "invalid"));
        golden.config(NAME + "$Value", Map.of("target.type", "date"));
        golden.config(NAME + "$Value", Map.of("target.type", "unix", "unix.precision", "invalid"));
        golden.config(NAME + "$Value", Map.of("target.type", "unix", "unix.precision", "seconds"));
        golden.config(NAME + "$Value", Map.of("target.type", "string"));
        golden.config(NAME + "$Value", Map.of("target.type", "string", "format", "  "));
        golden.config(NAME + "$Value", Map.of("target.type", "string", "format", "bad-format"));
        golden.config(NAME + "$Value", Map.of("target.type", "unix", "format", "yyyy'"));
    }

    /** Each form of the same time, and of other times. */
    private static Map<Schema, List<Object>> times() {
        Map<Schema, List<Object>> times = new LinkedHashMap<>();
        times.put(Timestamp.SCHEMA, List.of(new java.util.Date(TIME), new java.util.Date(-1), new java.util.Date(253_402_300_799_999L)));
        times.put(Date.SCHEMA, List.of(new java.util.Date(DAY), new java.util.Date(-DAY)));
        times.put(Time.SCHEMA, List.of(new java.util.Date(1234)));
        times.put(Schema.INT64_SCHEMA, List.of(TIME, -1L, 4_102_444_800_000L));
        times.put(Schema.STRING_SCHEMA, List.of("1970 01 02 00 00 01 234 UTC", "2020 2 30 25 61 0 0 GMT+1:30", "soon", ""));
        return times;
    }

    private static void wholes(Golden golden) {
        for (String target : TARGETS) {
            times().forEach((schema, values) -> {
                for (Object value : values) golden.value(NAME, to(target), schema, value);
                golden.key(NAME, to(target), schema, values.get(0));
                Schema optional = new SchemaBuilder(schema.type()).name(schema.name()).version(schema.version()).optional().build();
                golden.value(NAME, to(target), optional, null);
                golden.value(NAME, to(target), optional, values.get(0));
                golden.value(NAME, to(target), null, values.get(0));
            });
            golden.value(NAME, to(target), null, null);
            golden.value(NAME, to(target), null, 42);
            golden.value(NAME, to(target), null, true);
            golden.value(NAME, to(target), null, Map.of("a", 1));
            golden.value(NAME, to(target), Schema.INT32_SCHEMA, 42);
            golden.value(NAME, to(target), Schema.OPTIONAL_BOOLEAN_SCHEMA, null);
        }
        golden.value(NAME, Map.of("target.type", "unix"), Schema.STRING_SCHEMA, "1970");
        golden.value(NAME, Map.of("target.type", "unix"), null, "1970");
        golden.value(NAME, to("unix"), SchemaBuilder.int64().defaultValue(5L).name("n").build(), TIME);
    }

    private static void fields(Golden golden) {
        for (String target : TARGETS) {
            times().forEach((ts, values) -> {
                Schema schema = SchemaBuilder.struct().name("n").field("ts", ts).field("other", Schema.STRING_SCHEMA).build();
                golden.value(NAME, to(target, "field", "ts"), schema, new Struct(schema).put("ts", values.get(0)).put("other", "test"));
                Schema optional = new SchemaBuilder(ts.type()).name(ts.name()).version(ts.version()).optional().build();
                Schema nullable = SchemaBuilder.struct().field("ts", optional).field("other", Schema.STRING_SCHEMA).optional().build();
                golden.value(NAME, to(target, "field", "ts"), nullable, new Struct(nullable).put("other", "test"));
                golden.value(NAME, to(target, "field", "ts"), nullable, null);
                Map<String, Object> map = new HashMap<>(Map.of("ts", values.get(0), "other", 1));
                golden.value(NAME, to(target, "field", "ts"), null, map);
                golden.key(NAME, to(target, "field", "ts"), null, map);
            });
            golden.value(NAME, to(target, "field", "ts"), null, null);
            golden.value(NAME, to(target, "field", "ts"), null, new HashMap<>(Map.of("other", 1)));
            golden.value(NAME, to(target, "field", "ts"), null, "1970 01 02 00 00 01 234 UTC");
            golden.value(NAME, to(target, "field", "ts"), Schema.INT64_SCHEMA, TIME);
            golden.value(NAME, to(target, "field", "ts"), Schema.OPTIONAL_INT64_SCHEMA, null);
        }
        Schema none = SchemaBuilder.struct().field("x", Schema.INT8_SCHEMA).build();
        golden.value(NAME, to("unix", "field", "ts"), none, new Struct(none).put("x", (byte) 1));
        golden.value(NAME, to("unix", "field", "x"), none, new Struct(none).put("x", (byte) 1));
        golden.value(NAME, to("unix", "field", "x"), none, null);
        Schema withDefault = SchemaBuilder.struct()
            .field("ts", SchemaBuilder.int64().optional().defaultValue(0L).build()).field("other", Schema.STRING_SCHEMA).build();
        Schema requiredDefault = SchemaBuilder.struct()
            .field("ts", SchemaBuilder.int64().defaultValue(0L).build()).field("other", Schema.STRING_SCHEMA).build();
        for (String replace : List.of("true", "false")) {
            Map<String, String> config = to("Timestamp", "field", "ts", "replace.null.with.default", replace);
            golden.value(NAME, config, withDefault, new Struct(withDefault).put("other", "test"));
            golden.value(NAME, config, requiredDefault, new Struct(requiredDefault).put("other", "test"));
        }
        SchemaBuilder builder = SchemaBuilder.struct().field("ts", Schema.INT64_SCHEMA).optional();
        Schema structDefault = builder.defaultValue(new Struct(builder).put("ts", TIME)).build();
        golden.value(NAME, to("Timestamp", "field", "ts"), structDefault, null);
        golden.value(NAME, to("string", "field", "ts"), structDefault, new Struct(structDefault).put("ts", 0L));
    }

    private static void precisions(Golden golden) {
        for (String precision : List.of("seconds", "milliseconds", "microseconds", "nanoseconds")) {
            for (String target : List.of("unix", "Timestamp", "string")) {
                Map<String, String> config = to(target, "unix.precision", precision);
                for (long time : new long[] {86_401L, -1_500L, 86_401_234_123_456L, Long.MAX_VALUE, Long.MIN_VALUE}) {
                    golden.value(NAME, config, Schema.INT64_SCHEMA, time);
                }
                golden.value(NAME, config, Timestamp.SCHEMA, new java.util.Date(-1_500));
                golden.value(NAME, config, null, "1970 01 02 00 00 01 234 UTC");
            }
        }
    }
}
