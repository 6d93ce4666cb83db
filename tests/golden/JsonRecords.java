// Random records through Java's JsonConverter, both ways; tests/scripts/json-records.sh is the way to run it.
//
//   java -cp ... tests/golden/JsonRecords.java write SEED COUNT > FILE   what Java makes of random records, for our test to agree with
//   java -cp ... tests/golden/JsonRecords.java check FILE                what we made of random records: Java reads and writes it alike
//
// A line of the first has, between tabs: the decimal format, the record in an envelope with its schema, the record without, and the
// record without a schema, read by Java and written again. A line of the second has the first two.

import java.io.BufferedReader;
import java.io.FileOutputStream;
import java.io.FileDescriptor;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;
import org.apache.kafka.connect.json.JsonConverter;

class JsonRecords {
    static final String[] FORMATS = {"BASE64", "NUMERIC"};
    static final Map<String, JsonConverter> CONVERTERS = new HashMap<>();
    static Random random;
    static boolean numeric;

    public static void main(String[] args) throws Exception {
        System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8));
        if (args[0].equals("write")) {
            write(Long.parseLong(args[1]), Integer.parseInt(args[2]));
        } else {
            check(Path.of(args[1]));
        }
        System.out.flush();
    }

    static JsonConverter converter(String format, boolean schemas) {
        return CONVERTERS.computeIfAbsent(format + schemas, of -> {
            var converter = new JsonConverter();
            converter.configure(Map.of("decimal.format", format, "schemas.enable", String.valueOf(schemas)), false);
            return converter;
        });
    }

    static String text(byte[] bytes) {
        return bytes == null ? "<null>" : new String(bytes, StandardCharsets.UTF_8);
    }

    static void write(long seed, int count) {
        random = new Random(seed);
        System.out.println("# Written by tests/golden/JsonRecords.java with Java Connect 4.3.1: write " + seed + " " + count);
        for (int i = 0; i < count; i++) {
            String format = FORMATS[i % 2];
            numeric = format.equals("NUMERIC");
            Schema schema = schema(3);
            Object value = value(schema);
            byte[] envelope = converter(format, true).fromConnectData("t", schema, value);
            byte[] bare = converter(format, false).fromConnectData("t", schema, value);
            SchemaAndValue read = converter(format, false).toConnectData("t", bare);
            byte[] again = converter(format, false).fromConnectData("t", read.schema(), read.value());
            System.out.println(format + "\t" + text(envelope) + "\t" + text(bare) + "\t" + text(again));
        }
    }

    static void check(Path file) throws Exception {
        int lines = 0;
        int different = 0;
        try (BufferedReader reader = Files.newBufferedReader(file, StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                String[] columns = line.split("\t", -1);
                SchemaAndValue read = converter(columns[0], true).toConnectData("t", columns[1].getBytes(StandardCharsets.UTF_8));
                String envelope = text(converter(columns[0], true).fromConnectData("t", read.schema(), read.value()));
                String bare = text(converter(columns[0], false).fromConnectData("t", read.schema(), read.value()));
                if (!envelope.equals(columns[1]) || !bare.equals(columns[2])) {
                    different++;
                    System.out.println("ours " + columns[1] + "\njava " + envelope + "\nours " + columns[2] + "\njava " + bare);
                }
                lines++;
            }
        }
        System.out.println(lines + " records, " + different + " different");
        if (different > 0 || lines == 0) {
            System.out.flush();
            System.exit(1);
        }
    }

    static Schema schema(int depth) {
        SchemaBuilder builder = switch (random.nextInt(depth == 0 ? 13 : 13 + 5 * depth)) {
            case 0 -> SchemaBuilder.int8();
            case 1 -> SchemaBuilder.int16();
            case 2 -> SchemaBuilder.int32();
            case 3 -> SchemaBuilder.int64();
            case 4 -> SchemaBuilder.float32();
            case 5 -> SchemaBuilder.float64();
            case 6 -> SchemaBuilder.bool();
            case 7 -> SchemaBuilder.string();
            case 8 -> SchemaBuilder.bytes();
            case 9 -> Date.builder();
            case 10 -> Time.builder();
            case 11 -> Timestamp.builder();
            case 12 -> Decimal.builder(random.nextInt(8) - 2);
            case 13 -> SchemaBuilder.array(schema(depth - 1));
            // One kind of key, as an object's names or as pairs.
            case 14 -> SchemaBuilder.map(random.nextBoolean() ? Schema.STRING_SCHEMA : Schema.INT32_SCHEMA, schema(depth - 1));
            default -> {
                SchemaBuilder struct = SchemaBuilder.struct();
                // In the order of a HashMap with these names, which is what Java makes of an object without a schema.
                int fields = random.nextInt(5);
                for (int i = 0; i < fields; i++) {
                    struct.field("f" + i, schema(depth - 1));
                }
                yield struct;
            }
        };
        if (random.nextInt(3) == 0) {
            builder.optional();
        }
        if (random.nextInt(4) == 0) {
            builder.doc(string());
            if (builder.version() == null) {
                builder.version(random.nextInt(9));
            }
        }
        if (random.nextInt(5) == 0 && builder.name() == null) {
            builder.name("n." + random.nextInt(9)).parameter("p", string());
        }
        return builder.build();
    }

    static Object value(Schema schema) {
        if (schema.isOptional() && random.nextInt(4) == 0) {
            return null;
        }
        if (Date.LOGICAL_NAME.equals(schema.name())) {
            return Date.toLogical(schema, random.nextInt(40000) - 10000);
        }
        if (Time.LOGICAL_NAME.equals(schema.name())) {
            return Time.toLogical(schema, random.nextInt(86_400_000));
        }
        if (Timestamp.LOGICAL_NAME.equals(schema.name())) {
            return Timestamp.toLogical(schema, random.nextLong() >> 20);
        }
        if (Decimal.LOGICAL_NAME.equals(schema.name())) {
            int scale = Integer.parseInt(schema.parameters().get(Decimal.SCALE_FIELD));
            // As a number without a schema it becomes a double, of which older versions of Java print too many digits.
            int bits = numeric ? 30 : 90;
            return new BigDecimal(new BigInteger(random.nextInt(bits) + 1, random).subtract(BigInteger.valueOf(500)), scale);
        }
        return switch (schema.type()) {
            case INT8 -> (byte) random.nextInt();
            case INT16 -> (short) random.nextInt();
            case INT32 -> random.nextInt() >> random.nextInt(32);
            case INT64 -> random.nextLong() >> random.nextInt(64);
            // Numbers that all versions of Java print alike.
            case FLOAT32 -> (random.nextInt(200000) - 100000) / 16.0f;
            case FLOAT64 -> random.nextInt(9) == 0 ? 1e20 : (random.nextInt() >> random.nextInt(32)) / 64.0;
            case BOOLEAN -> random.nextBoolean();
            case STRING -> string();
            case BYTES -> {
                byte[] bytes = new byte[random.nextInt(7)];
                random.nextBytes(bytes);
                yield bytes;
            }
            case ARRAY -> {
                List<Object> items = new ArrayList<>();
                for (int i = random.nextInt(4); i > 0; i--) {
                    items.add(value(schema.valueSchema()));
                }
                yield items;
            }
            case MAP -> {
                // One entry at most: the order of more is that of a HashMap.
                Map<Object, Object> entries = new LinkedHashMap<>();
                if (random.nextInt(3) > 0) {
                    entries.put(value(schema.keySchema()), value(schema.valueSchema()));
                }
                yield entries;
            }
            case STRUCT -> {
                Struct struct = new Struct(schema);
                schema.fields().forEach(field -> struct.put(field, value(field.schema())));
                yield struct;
            }
        };
    }

    static String string() {
        String[] pieces = {"a", "Z", "0", " ", "\"", "\\", "/", "\n", "\u0001", "\u001f", "é", "€", "😀", "\u2028", ":", "{", "],"};
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(7); i > 0; i--) {
            text.append(pieces[random.nextInt(pieces.length)]);
        }
        return text.toString();
    }
}
