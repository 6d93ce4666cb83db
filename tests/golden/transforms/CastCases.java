// `Cast`: every type to every type, with and without schemas, and specifications that are none.

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Date;
import org.apache.kafka.connect.data.Decimal;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Time;
import org.apache.kafka.connect.data.Timestamp;

final class CastCases {
    private static final List<String> TYPES =
        List.of("int8", "int16", "int32", "int64", "float32", "float64", "boolean", "string");
    private static final long DAY = 86_400_000L;

    static void run(Golden golden) {
        for (String type : TYPES) {
            values(golden, Map.of("spec", type));
        }
        specs(golden);
        whole(golden);
        fields(golden);
    }

    private static Map<String, String> spec(String spec) {
        return Map.of("spec", spec);
    }

    private static void values(Golden golden, Map<String, String> config) {
        Map<Schema, List<Object>> scalars = new LinkedHashMap<>();
        scalars.put(Schema.INT8_SCHEMA, List.of((byte) -128));
        scalars.put(Schema.INT16_SCHEMA, List.of((short) 300));
        scalars.put(Schema.INT32_SCHEMA, List.of(42, 0, -70_000));
        scalars.put(Schema.INT64_SCHEMA, List.of(5_000_000_000L, Long.MIN_VALUE));
        scalars.put(Schema.FLOAT32_SCHEMA, List.of(32.5f, 1e10f, Float.NaN));
        scalars.put(Schema.FLOAT64_SCHEMA, List.of(-65.75, 1e300, Double.NEGATIVE_INFINITY, 0.1));
        scalars.put(Schema.BOOLEAN_SCHEMA, List.of(true, false));
        scalars.put(Schema.STRING_SCHEMA, List.of("42", "-1", "300", "1.5", "true", "TRUE", "", "+7", " 8 ", "99999999999", "NaN", "0x1p3", "1e400", "2f"));
        scalars.put(Schema.BYTES_SCHEMA, List.of("hello".getBytes(StandardCharsets.UTF_8)));
        scalars.forEach((schema, values) -> values.forEach(value -> {
            golden.value("Cast", config, schema, value);
            if (!(value instanceof String text) || text.length() < 4) golden.value("Cast", config, null, value);
        }));
        golden.value("Cast", config, Decimal.schema(0), new BigDecimal(42));
        golden.value("Cast", config, Decimal.schema(2), new BigDecimal("-123456789012345678901.25"));
        golden.value("Cast", config, Decimal.schema(-3), new BigDecimal("5E+3"));
        golden.value("Cast", config, Date.SCHEMA, new java.util.Date(18_262 * DAY));
        golden.value("Cast", config, Time.SCHEMA, new java.util.Date(3_723_004));
        golden.value("Cast", config, Timestamp.SCHEMA, new java.util.Date(DAY + 1));
        golden.value("Cast", config, Timestamp.SCHEMA, new java.util.Date(1_577_836_800_000L));
        golden.value("Cast", config, Timestamp.SCHEMA, new java.util.Date(-1));
        golden.value("Cast", config, SchemaBuilder.array(Schema.INT8_SCHEMA).build(), List.of((byte) 1));
        golden.value("Cast", config, null, Map.of("a", 1));
    }

    private static void specs(Golden golden) {
        List<String> specs = List.of("", "foo:faketype", "foo:array", "array", "foo:bytes", "bytes", "foo:int8:extra",
            "foo:int8,int32", "int8,int16", "foo:", "a:int8,,b:int8", " Int8 ", "foo : INT8 , bar: string", "struct", "foo:map", "a:int8,a:int16");
        for (String spec : specs) golden.config("Cast$Value", spec(spec));
        golden.config("Cast$Key", Map.of());
        golden.config("Cast$Key", Map.of("spec", "int8", "replace.null.with.default", "maybe"));
    }

    private static void whole(Golden golden) {
        golden.value("Cast", spec("foo:int64"), Schema.STRING_SCHEMA, null);
        golden.value("Cast", spec("foo:int64"), null, null);
        golden.key("Cast", spec("foo:int64"), Schema.STRING_SCHEMA, null);
        golden.key("Cast", spec("foo:int64"), null, null);
        golden.key("Cast", spec("int8"), Schema.INT32_SCHEMA, 42);
        golden.key("Cast", spec("int8"), null, 42);
        golden.value("Cast", spec("int32"), SchemaBuilder.float32().defaultValue(-42.125f).build(), 42.125f);
        golden.value("Cast", spec("string"),
            SchemaBuilder.int32().optional().name("n").version(2).doc("d").parameter("p", "q").defaultValue(7).build(), 42);
        golden.value("Cast", spec("int8"), SchemaBuilder.string().defaultValue("x").build(), "1");
        golden.value("Cast", spec("foo:int8"), null, "not a map");
        golden.value("Cast", spec("foo:int8"), null, new ArrayList<>(List.of(1)));
        golden.value("Cast", spec("foo:int8"), Schema.INT32_SCHEMA, 1);
        Schema struct = SchemaBuilder.struct().field("a", Schema.INT8_SCHEMA).build();
        golden.value("Cast", spec("int8"), struct, new Struct(struct).put("a", (byte) 1));
    }

    private static void fields(Golden golden) {
        Schema schema = SchemaBuilder.struct().name("name").version(1).doc("doc").parameter("k", "v").optional()
            .field("int8", Schema.INT8_SCHEMA)
            .field("int16", Schema.OPTIONAL_INT16_SCHEMA)
            .field("int32", SchemaBuilder.int32().defaultValue(2).build())
            .field("int64", Schema.INT64_SCHEMA)
            .field("float32", Schema.FLOAT32_SCHEMA)
            .field("float64", SchemaBuilder.float64().defaultValue(-1.125).doc("lost").build())
            .field("boolean", Schema.BOOLEAN_SCHEMA)
            .field("string", Schema.STRING_SCHEMA)
            .field("bigdecimal", Decimal.schema(0))
            .field("date", Date.SCHEMA)
            .field("optional", Schema.OPTIONAL_FLOAT32_SCHEMA)
            .field("timestamp", Timestamp.SCHEMA)
            .field("bytes", Schema.BYTES_SCHEMA)
            .field("list", SchemaBuilder.array(Schema.INT8_SCHEMA).build())
            .build();
        Struct value = new Struct(schema)
            .put("int8", (byte) 8).put("int16", (short) 16).put("int32", 32).put("int64", 64L)
            .put("float32", 32.f).put("float64", -64.).put("boolean", true).put("string", "42")
            .put("bigdecimal", new BigDecimal(42)).put("date", new java.util.Date(DAY))
            .put("timestamp", new java.util.Date(DAY + 1)).put("bytes", new byte[] {1, 2}).put("list", List.of((byte) 1));
        String spec = "int8:int16,int16:int32,int32:int64,int64:boolean,float32:float64,float64:boolean,boolean:int8,"
            + "string:int32,bigdecimal:string,date:string,optional:int32,timestamp:int64,bytes:string";
        golden.both("Cast", spec(spec), schema, value);
        golden.value("Cast", spec("missing:int8,int8:string"), schema, value);
        golden.value("Cast", spec("list:string"), schema, value);
        golden.value("Cast", spec("bytes:int8"), schema, value);
        golden.value("Cast", spec("date:int8,timestamp:boolean,bigdecimal:float32"), schema, value);
        golden.value("Cast", spec("string:boolean"), schema, new Struct(schema));

        Map<String, Object> map = new LinkedHashMap<>();
        map.put("int8", (byte) 8);
        map.put("int64", 64L);
        map.put("float64", -64.);
        map.put("boolean", true);
        map.put("string", "42");
        map.put("null", null);
        map.put("list", Arrays.asList(1, null));
        golden.both("Cast", spec("int8:int16,int64:boolean,float64:string,boolean:int8,string:int32,null:int8,missing:string"), null, map);
        golden.value("Cast", spec("list:int8"), null, map);
        golden.value("Cast", spec("string:float32"), null, Map.of("string", "x"));

        for (boolean optional : new boolean[] {true, false}) {
            SchemaBuilder magic = SchemaBuilder.int32().defaultValue(10);
            Schema withDefault = SchemaBuilder.struct().field("magic", (optional ? magic.optional() : magic).build()).build();
            for (String replace : List.of("true", "false")) {
                Map<String, String> config = Map.of("spec", "magic:string", "replace.null.with.default", replace);
                golden.value("Cast", config, withDefault, new Struct(withDefault));
                golden.value("Cast", Map.of("spec", "x:string", "replace.null.with.default", replace), withDefault, new Struct(withDefault));
            }
        }
        Schema badDefault = SchemaBuilder.struct().field("a", SchemaBuilder.string().defaultValue("x").build()).build();
        golden.value("Cast", spec("a:int8"), badDefault, new Struct(badDefault).put("a", "1"));
        Struct inner = new Struct(SchemaBuilder.struct().field("a", Schema.INT8_SCHEMA).build()).put("a", (byte) 1);
        SchemaBuilder outer = SchemaBuilder.struct().field("a", Schema.INT8_SCHEMA);
        Schema structDefault = outer.defaultValue(new Struct(outer).put("a", (byte) 1)).build();
        golden.value("Cast", spec("a:int16"), structDefault, new Struct(structDefault).put("a", (byte) 2));
        golden.value("Cast", spec("a:int16"), inner.schema(), inner);
    }
}
