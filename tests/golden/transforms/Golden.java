// What Java's transforms and predicates make of records, one case a line in JSON, for the tests of ours to compare with.
//
// `host/src/transform/tests/golden.rs` says how a line is to be read.

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import java.util.TreeMap;
import org.apache.kafka.common.config.ConfigDef;
import org.apache.kafka.common.config.ConfigValue;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.ConnectSchema;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Field;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;

final class Golden {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
    private static final String PACKAGE = "org.apache.kafka.connect.transforms.";

    private final PrintStream out;
    private final ObjectMapper mapper = new ObjectMapper();
    private int count;

    private Golden(PrintStream out) {
        this.out = out;
    }

    /** Writes transforms.jsonl, dates.txt and config-defs.txt into the directory that is named. */
    public static void main(String[] args) throws Exception {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        Locale.setDefault(Locale.US);
        Path to = Path.of(args[0]);
        try (var out = new PrintStream(Files.newOutputStream(to.resolve("transforms.jsonl")), false, StandardCharsets.UTF_8)) {
            Golden golden = new Golden(out);
            CastCases.run(golden);
            FieldCases.run(golden);
            TimestampCases.run(golden);
            RecordCases.run(golden);
            System.err.println(golden.count + " cases of transforms and predicates");
        }
        try (var out = new PrintStream(Files.newOutputStream(to.resolve("dates.txt")), false, StandardCharsets.UTF_8)) {
            Dates.run(out);
        }
        try (var out = new PrintStream(Files.newOutputStream(to.resolve("config-defs.txt")), false, StandardCharsets.UTF_8)) {
            for (String plugin : PLUGINS) configDef(out, plugin);
        }
    }

    private static final List<String> PLUGINS = List.of("Cast$Key", "Cast$Value", "DropHeaders", "ExtractField$Key", "ExtractField$Value",
        "Filter", "Flatten$Key", "Flatten$Value", "HeaderFrom$Key", "HeaderFrom$Value", "HoistField$Key", "HoistField$Value",
        "InsertField$Key", "InsertField$Value", "InsertHeader", "MaskField$Key", "MaskField$Value", "RegexRouter", "ReplaceField$Key",
        "ReplaceField$Value", "SetSchemaMetadata$Key", "SetSchemaMetadata$Value", "TimestampConverter$Key", "TimestampConverter$Value",
        "TimestampRouter", "ValueToKey", "predicates.HasHeaderKey", "predicates.RecordIsTombstone", "predicates.TopicNameMatches");

    /** A line for the class, then one for each key: name, type, default value, importance, and what is wrong with no value at all. */
    private static void configDef(PrintStream out, String plugin) throws Exception {
        Object instance = Class.forName(PACKAGE + plugin).getDeclaredConstructor().newInstance();
        ConfigDef def = instance instanceof Predicate<?> p ? p.config() : ((Transformation<?>) instance).config();
        out.print(plugin + "\n");
        Map<String, ConfigValue> values = def.validateAll(Map.of());
        for (ConfigDef.ConfigKey key : def.configKeys().values()) {
            // A validator that stumbles over null says nothing about the configuration.
            List<String> errors = values.get(key.name).errorMessages().stream().filter(e -> !e.contains("Cannot invoke")).toList();
            String defaultValue = key.hasDefault() ? ConfigDef.convertToString(key.defaultValue, key.type) : "(required)";
            out.print(String.join("\t", "", key.name, key.type.toString(), String.valueOf(defaultValue), key.importance.toString(),
                String.join(" | ", errors)) + "\n");
        }
    }

    // === cases

    /** A record with this value, to a transform's class for values. */
    void value(String transform, Map<String, String> config, Schema schema, Object value) {
        run(transform + "$Value", config, Rec.value(schema, value));
    }

    /** The same as a key. */
    void key(String transform, Map<String, String> config, Schema schema, Object key) {
        run(transform + "$Key", config, Rec.key(schema, key));
    }

    void both(String transform, Map<String, String> config, Schema schema, Object value) {
        value(transform, config, schema, value);
        key(transform, config, schema, value);
    }

    /** A configuration that is refused; if it is not, that is what the case says. */
    void config(String plugin, Map<String, String> config) {
        run(plugin, config, Rec.value(null, null));
    }

    void run(String plugin, Map<String, String> config, Rec record) {
        ObjectNode line = JSON.objectNode();
        line.put("class", plugin);
        ObjectNode configJson = line.putObject("config");
        new TreeMap<>(config).forEach(configJson::put);
        ConnectRecord<?> original = record.build();
        line.set("record", recordJson(original));
        try {
            answer(line, PACKAGE + plugin, config, original);
        } catch (Exception e) {
            ObjectNode error = line.putObject("error");
            error.put("class", e.getClass().getName());
            error.put("message", e.getMessage());
        }
        print(line);
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static void answer(ObjectNode line, String name, Map<String, String> config, ConnectRecord<?> record)
        throws Exception {
        Object plugin = Class.forName(name).getDeclaredConstructor().newInstance();
        if (plugin instanceof Predicate predicate) {
            line.put("phase", "configure");
            predicate.configure(config);
            line.put("phase", "apply");
            line.put("holds", predicate.test(record));
            return;
        }
        Transformation transformation = (Transformation) plugin;
        line.put("phase", "configure");
        transformation.configure(config);
        line.put("phase", "apply");
        ConnectRecord<?> result = transformation.apply(record);
        line.set("result", result == null ? JSON.nullNode() : changes(recordJson(record), recordJson(result)));
    }

    private void print(JsonNode line) {
        try {
            out.print(mapper.writeValueAsString(line) + "\n");
            count++;
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    // === JSON

    /** Only what is not as in {@link Rec}. */
    private static ObjectNode recordJson(ConnectRecord<?> record) {
        ObjectNode json = JSON.objectNode();
        if (!record.topic().equals(Rec.TOPIC)) json.put("topic", record.topic());
        if (!Rec.TIMESTAMP.equals(record.timestamp())) {
            json.put("timestamp", record.timestamp() == null ? null : record.timestamp().toString());
        }
        if (!(record instanceof SinkRecord)) json.put("source", true);
        putPayload(json, "key", record.keySchema(), record.key());
        putPayload(json, "value", record.valueSchema(), record.value());
        if (!record.headers().isEmpty()) {
            ArrayNode headers = json.putArray("headers");
            for (Header header : record.headers()) {
                ObjectNode payload = JSON.objectNode();
                putPayload(payload, "value", header.schema(), header.value());
                headers.addArray().add(header.key()).add(payload.path("value"));
            }
        }
        return json;
    }

    /** The members of the second that are not the same in the first; null for those that only the first has. */
    private static ObjectNode changes(ObjectNode before, ObjectNode after) {
        ObjectNode changes = JSON.objectNode();
        for (Map.Entry<String, JsonNode> member : after.properties()) {
            if (!member.getValue().equals(before.get(member.getKey()))) changes.set(member.getKey(), member.getValue());
        }
        for (Map.Entry<String, JsonNode> member : before.properties()) {
            if (!after.has(member.getKey())) changes.putNull(member.getKey());
        }
        return changes;
    }

    /** Nothing for null without a schema. */
    private static void putPayload(ObjectNode json, String name, Schema schema, Object value) {
        if (schema == null && value == null) return;
        ObjectNode payload = json.putObject(name);
        if (schema != null) payload.set("schema", schemaJson(schema));
        payload.set("value", schema == null ? loose(value) : typed(schema, value));
    }

    private static JsonNode schemaJson(Schema schema) {
        String type = schema.type().getName();
        boolean plain = schema.type().isPrimitive() && schema.name() == null && schema.version() == null
            && schema.doc() == null && schema.defaultValue() == null
            && (schema.parameters() == null || schema.parameters().isEmpty());
        if (plain) return JSON.textNode(schema.isOptional() ? type + "?" : type);
        ObjectNode json = JSON.objectNode();
        json.put("type", type);
        if (schema.isOptional()) json.put("optional", true);
        if (schema.name() != null) json.put("name", schema.name());
        if (schema.version() != null) json.put("version", schema.version());
        if (schema.doc() != null) json.put("doc", schema.doc());
        if (schema.parameters() != null && !schema.parameters().isEmpty()) {
            ObjectNode parameters = json.putObject("parameters");
            new TreeMap<>(schema.parameters()).forEach(parameters::put);
        }
        switch (schema.type()) {
            case ARRAY -> json.set("items", schemaJson(schema.valueSchema()));
            case MAP -> {
                json.set("keys", schemaJson(schema.keySchema()));
                json.set("values", schemaJson(schema.valueSchema()));
            }
            case STRUCT -> {
                ArrayNode fields = json.putArray("fields");
                for (Field field : schema.fields()) fields.addArray().add(field.name()).add(schemaJson(field.schema()));
            }
            default -> { }
        }
        if (schema.defaultValue() != null) json.set("default", typed(schema, schema.defaultValue()));
        return json;
    }

    /** A value of a schema, logical types as their base type. */
    private static JsonNode typed(Schema schema, Object value) {
        if (value == null) return JSON.nullNode();
        if (value instanceof BigDecimal decimal) {
            return JSON.textNode(HexFormat.of().formatHex(Decimal.fromLogical(schema, decimal)));
        }
        if (value instanceof java.util.Date date) {
            return switch (schema.name()) {
                case Date.LOGICAL_NAME -> JSON.numberNode(Date.fromLogical(schema, date));
                case Time.LOGICAL_NAME -> JSON.numberNode(Time.fromLogical(schema, date));
                default -> JSON.textNode(Long.toString(Timestamp.fromLogical(schema, date)));
            };
        }
        switch (schema.type()) {
            case ARRAY -> {
                ArrayNode items = JSON.arrayNode();
                for (Object item : (List<?>) value) items.add(typed(schema.valueSchema(), item));
                return items;
            }
            case MAP -> {
                List<JsonNode> entries = new ArrayList<>();
                ((Map<?, ?>) value).forEach((k, v) ->
                    entries.add(JSON.arrayNode().add(typed(schema.keySchema(), k)).add(typed(schema.valueSchema(), v))));
                return list(entries, value);
            }
            case STRUCT -> {
                ObjectNode fields = JSON.objectNode();
                Struct struct = (Struct) value;
                for (Field field : struct.schema().fields()) {
                    fields.set(field.name(), typed(field.schema(), struct.getWithoutDefault(field.name())));
                }
                return fields;
            }
            default -> {
                return scalar(value);
            }
        }
    }

    /** A value without a schema says its type. A date, which has none, is of type `date`. */
    private static JsonNode loose(Object value) {
        if (value == null) return JSON.nullNode();
        ObjectNode json = JSON.objectNode();
        if (value instanceof java.util.Date date) {
            return json.put("type", "date").put("value", Long.toString(date.getTime()));
        }
        json.put("type", ConnectSchema.schemaType(value.getClass()).getName());
        if (value instanceof List<?> list) {
            ArrayNode items = json.putArray("value");
            for (Object item : list) items.add(loose(item));
        } else if (value instanceof Map<?, ?> map) {
            List<JsonNode> entries = new ArrayList<>();
            map.forEach((k, v) -> entries.add(JSON.arrayNode().add(loose(k)).add(loose(v))));
            json.set("value", list(entries, value));
        } else {
            json.set("value", scalar(value));
        }
        return json;
    }

    private static JsonNode scalar(Object value) {
        if (value instanceof Byte || value instanceof Short || value instanceof Integer) {
            return JSON.numberNode(((Number) value).intValue());
        }
        if (value instanceof Boolean bool) return JSON.booleanNode(bool);
        if (value instanceof byte[] bytes) return JSON.textNode(HexFormat.of().formatHex(bytes));
        // Longs and floats too, so that no reader rounds them.
        return JSON.textNode(value.toString());
    }

    /** A map's entries in its order, if it has one. */
    private static ArrayNode list(List<JsonNode> entries, Object map) {
        if (!(map instanceof LinkedHashMap)) entries.sort(Comparator.comparing(JsonNode::toString));
        return JSON.arrayNode().addAll(entries);
    }
}
