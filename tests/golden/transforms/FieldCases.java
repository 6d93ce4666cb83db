// Transforms that work on fields: extract, hoist, insert, mask, replace, flatten, move to headers, copy to the key.

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
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

final class FieldCases {
    static void run(Golden golden) {
        extractField(golden);
        hoistField(golden);
        insertField(golden);
        maskField(golden);
        replaceField(golden);
        flatten(golden);
        headerFrom(golden);
        valueToKey(golden);
    }

    /** The configuration with `replace.null.with.default` set. */
    private static Map<String, String> replacing(String replace, Map<String, String> config) {
        Map<String, String> all = new HashMap<>(config);
        all.put("replace.null.with.default", replace);
        return all;
    }

    private static Map<String, Object> mapOf(Object... keysAndValues) {
        Map<String, Object> map = new LinkedHashMap<>();
        for (int i = 0; i < keysAndValues.length; i += 2) map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        return map;
    }

    private static final Schema OPTIONAL_WITH_DEFAULT = SchemaBuilder.int32().optional().defaultValue(42).build();
    private static final Schema REQUIRED_WITH_DEFAULT = SchemaBuilder.int32().defaultValue(42).build();
    private static final Schema ABC = SchemaBuilder.struct().name("abc").version(1).doc("letters").parameter("p", "1")
        .field("a", Schema.INT32_SCHEMA)
        .field("b", Schema.OPTIONAL_STRING_SCHEMA)
        .field("c", OPTIONAL_WITH_DEFAULT)
        .build();

    private static Struct abc() {
        return new Struct(ABC).put("a", 1).put("b", "x");
    }

    // === ExtractField

    private static void extractField(Golden golden) {
        String name = "ExtractField";
        Map<String, String> magic = Map.of("field", "magic");
        golden.both(name, magic, null, Map.of("magic", 42));
        golden.both(name, magic, null, null);
        golden.value(name, magic, null, Map.of("other", 42));
        golden.value(name, magic, null, 42);
        golden.value(name, Map.of("field", ""), null, Map.of("", 42));
        for (String field : List.of("a", "b", "c", "d", "a.b")) golden.both(name, Map.of("field", field), ABC, abc());
        golden.value(name, replacing("false", Map.of("field", "c")), ABC, abc());
        golden.value(name, Map.of("field", "a"), ABC, new Struct(ABC));
        Schema optional = SchemaBuilder.struct().field("magic", Schema.INT32_SCHEMA).optional().build();
        golden.value(name, magic, optional, null);
        golden.value(name, Map.of("field", "nope"), optional, null);
        golden.value(name, magic, Schema.INT32_SCHEMA, 42);
        golden.value(name, magic, Schema.OPTIONAL_INT32_SCHEMA, null);

        Schema inner = SchemaBuilder.struct().field("foo", OPTIONAL_WITH_DEFAULT).field("x.y", Schema.STRING_SCHEMA).optional().build();
        Schema outer = SchemaBuilder.struct().field("magic", inner).field("plain", Schema.INT32_SCHEMA)
            .field("a.b", inner).build();
        Struct value = new Struct(outer).put("plain", 1)
            .put("magic", new Struct(inner).put("foo", 42).put("x.y", "xy")).put("a.b", new Struct(inner).put("x.y", "ab"));
        Struct empty = new Struct(outer).put("plain", 1);
        Map<String, Object> map = mapOf("magic", mapOf("foo", 42, "x.y", "xy", "null", null), "plain", 1, "a.b", mapOf("foo", 1));
        for (String version : List.of("V1", "v2", "V2")) {
            for (String path : List.of("magic.foo", "magic", "`magic`.foo", "magic.`x.y`", "`a.b`.foo", "a.b", "plain.x",
                "magic.nope", "nope.foo", "magic.null.x", "magic.", "", "`a.b`.`x.y`")) {
                if (path.isEmpty() && !version.equals("V1")) continue;
                Map<String, String> config = Map.of("field", path, "field.syntax.version", version);
                golden.value(name, config, outer, value);
                golden.value(name, config, outer, empty);
                golden.value(name, config, null, map);
            }
        }
        golden.value(name, replacing("false", Map.of("field", "`a.b`.foo", "field.syntax.version", "V2")), outer, value);
        Struct defaultInner = new Struct(inner).put("foo", 5).put("x.y", "default");
        Schema innerDefault = SchemaBuilder.struct().field("foo", OPTIONAL_WITH_DEFAULT).field("x.y", Schema.STRING_SCHEMA).optional().build();
        Schema nested = SchemaBuilder.struct().field("magic", innerDefault).build();
        golden.value(name, Map.of("field", "magic.foo", "field.syntax.version", "V2"), nested, new Struct(nested).put("magic", defaultInner));
        for (String path : List.of("`foo", "foo.`bar", "`foo`bar", "foo.`bar\\`", "`")) {
            golden.config(name + "$Value", Map.of("field", path, "field.syntax.version", "V2"));
        }
        golden.config(name + "$Value", Map.of("field", "a", "field.syntax.version", "V3"));
        golden.config(name + "$Value", Map.of("field.syntax.version", "V1"));
    }

    // === HoistField

    private static void hoistField(Golden golden) {
        Map<String, String> magic = Map.of("field", "magic");
        golden.both("HoistField", magic, null, 42);
        golden.both("HoistField", magic, Schema.INT32_SCHEMA, 42);
        golden.value("HoistField", magic, null, null);
        golden.value("HoistField", magic, null, Map.of("a", List.of("b")));
        golden.value("HoistField", magic, ABC, abc());
        golden.value("HoistField", magic, Schema.OPTIONAL_STRING_SCHEMA, null);
        golden.value("HoistField", magic, Schema.STRING_SCHEMA, null);
        golden.value("HoistField", magic, REQUIRED_WITH_DEFAULT, null);
        golden.value("HoistField", Map.of("field", ""), Schema.INT32_SCHEMA, 42);
        golden.value("HoistField", Map.of("field", " a "), null, 42);
        golden.config("HoistField$Key", Map.of());
    }

    // === InsertField

    private static void insertField(Golden golden) {
        String name = "InsertField";
        Map<String, String> all = Map.of("topic.field", "topic_field!", "partition.field", "partition_field", "offset.field", "offset_field",
            "timestamp.field", "timestamp_field?", "static.field", "instance_id", "static.value", "my-instance-id");
        golden.both(name, all, ABC, abc());
        golden.both(name, all, null, Map.of("magic", 42L));
        golden.value(name, replacing("false", all), ABC, abc());
        golden.both(name, all, null, null);
        golden.value(name, all, ABC, null);
        golden.value(name, all, Schema.INT32_SCHEMA, 42);
        golden.value(name, all, null, "text");
        Map<String, String> source = Map.of("topic.field", "topic_field?", "partition.field", "partition_field!",
            "timestamp.field", "timestamp_field!", "static.field", "instance_id!", "static.value", "x");
        golden.run(name + "$Value", source, Rec.value(ABC, abc()).source());
        golden.run(name + "$Value", source, Rec.value(null, Map.of("magic", 42L)).source());
        golden.run(name + "$Value", source, Rec.value(ABC, abc()).timestamp(null));
        golden.run(name + "$Value", source, Rec.value(null, Map.of()).timestamp(null));
        golden.run(name + "$Value", Map.of("offset.field", "o"), Rec.value(ABC, abc()).source());
        golden.run(name + "$Value", Map.of("offset.field", "o"), Rec.value(null, Map.of()).source());
        golden.value(name, Map.of("topic.field", "a"), ABC, abc());
        golden.value(name, Map.of("topic.field", "a"), null, mapOf("a", 1, "b", 2));
        golden.value(name, Map.of("topic.field", "x", "partition.field", "x"), ABC, abc());
        golden.value(name, Map.of("topic.field", ""), ABC, abc());
        golden.value(name, Map.of("topic.field", "!"), ABC, abc());
        golden.value(name, Map.of("topic.field", "x"), ABC, new Struct(ABC));
        Schema required = SchemaBuilder.struct().field("d", REQUIRED_WITH_DEFAULT).optional().build();
        for (String replace : List.of("true", "false")) {
            golden.value(name, replacing(replace, Map.of("topic.field", "x")), required, new Struct(required));
        }
        golden.config(name + "$Value", Map.of());
        golden.config(name + "$Value", Map.of("static.value", "x"));
        golden.value(name, Map.of("static.field", "s", "static.value", ""), ABC, abc());
    }

    // === MaskField

    private static void maskField(Golden golden) {
        String name = "MaskField";
        Map<String, Schema> schemas = new LinkedHashMap<>();
        schemas.put("magic", Schema.INT32_SCHEMA);
        schemas.put("bool", Schema.BOOLEAN_SCHEMA);
        schemas.put("byte", Schema.INT8_SCHEMA);
        schemas.put("short", Schema.INT16_SCHEMA);
        schemas.put("int", Schema.INT32_SCHEMA);
        schemas.put("long", Schema.INT64_SCHEMA);
        schemas.put("float", Schema.FLOAT32_SCHEMA);
        schemas.put("double", Schema.FLOAT64_SCHEMA);
        schemas.put("string", Schema.STRING_SCHEMA);
        schemas.put("date", Date.SCHEMA);
        schemas.put("time", Time.SCHEMA);
        schemas.put("timestamp", Timestamp.SCHEMA);
        schemas.put("decimal", Decimal.schema(0));
        schemas.put("array", SchemaBuilder.array(Schema.INT32_SCHEMA).build());
        schemas.put("map", SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.STRING_SCHEMA).build());
        schemas.put("withDefault", SchemaBuilder.string().optional().defaultValue("default").build());
        schemas.put("bytes", Schema.BYTES_SCHEMA);
        schemas.put("struct", ABC);
        SchemaBuilder builder = SchemaBuilder.struct();
        schemas.forEach(builder::field);
        Schema schema = builder.build();
        Struct struct = new Struct(schema)
            .put("magic", 42).put("bool", true).put("byte", (byte) 42).put("short", (short) 42).put("int", 42).put("long", 42L)
            .put("float", 42f).put("double", 42d).put("string", "hmm").put("date", new java.util.Date(86_400_000L))
            .put("time", new java.util.Date(1000)).put("timestamp", new java.util.Date(1_577_836_800_001L))
            .put("decimal", new BigDecimal(42)).put("array", new ArrayList<>(List.of(1, 2, 3)))
            .put("map", new HashMap<>(Map.of("what", "what")))
            .put("bytes", new byte[] {1}).put("struct", abc());
        Map<String, Object> map = new LinkedHashMap<>();
        for (String field : List.of("magic", "bool", "byte", "short", "int", "long", "float", "double", "string", "bytes")) {
            map.put(field, struct.get(field));
        }
        map.put("list", new ArrayList<>(List.of(42)));
        map.put("map", new HashMap<>(Map.of("key", "value")));
        map.put("null", null);

        String maskable = "bool,byte,short,int,long,float,double,string,date,time,timestamp,decimal,array,map,withDefault,unknown";
        golden.both(name, Map.of("fields", maskable), schema, struct);
        golden.value(name, replacing("false", Map.of("fields", maskable)), schema, struct);
        golden.both(name, Map.of("fields", "bool,byte,short,int,long,float,double,string,list,map,null,missing"), null, map);
        for (String field : schemas.keySet()) {
            Schema one = SchemaBuilder.struct().field(field, schemas.get(field)).build();
            Struct value = new Struct(one).put(field, struct.get(field));
            golden.value(name, Map.of("fields", field), one, value);
            golden.value(name, Map.of("fields", field, "replacement", "123"), one, value);
        }
        for (String field : map.keySet()) {
            golden.value(name, Map.of("fields", field), null, mapOf(field, map.get(field)));
            golden.value(name, Map.of("fields", field, "replacement", "123"), null, mapOf(field, map.get(field)));
        }
        for (String replacement : List.of("foo", "123.0", "-1.9", "1e3", "300", "1e400", "9223372036854775808", "0.1", " 5 ", "")) {
            for (String field : List.of("byte", "int", "long", "float", "double", "string")) {
                golden.value(name, Map.of("fields", field, "replacement", replacement), null, mapOf(field, map.get(field)));
            }
        }
        Schema decimal = SchemaBuilder.struct().field("decimal", Decimal.schema(0)).build();
        golden.value(name, Map.of("fields", "decimal", "replacement", "foo"), decimal, new Struct(decimal).put("decimal", new BigDecimal(42)));
        golden.value(name, Map.of("fields", "a"), null, null);
        golden.value(name, Map.of("fields", "a"), ABC, null);
        golden.value(name, Map.of("fields", "a"), Schema.STRING_SCHEMA, "x");
        golden.value(name, Map.of("fields", "a"), null, "x");
        golden.value(name, Map.of("fields", "b"), ABC, new Struct(ABC));
        golden.value(name, Map.of("fields", "a,a"), ABC, abc());
        golden.config(name + "$Value", Map.of("fields", ""));
        golden.config(name + "$Value", Map.of("fields", "a,,b"));
        golden.config(name + "$Value", Map.of());
    }

    // === ReplaceField

    private static void replaceField(Golden golden) {
        String name = "ReplaceField";
        Schema schema = SchemaBuilder.struct().name("n")
            .field("dont", Schema.STRING_SCHEMA).field("abc", Schema.INT32_SCHEMA).field("foo", Schema.BOOLEAN_SCHEMA)
            .field("etc", Schema.STRING_SCHEMA).build();
        Struct struct = new Struct(schema).put("dont", "whatever").put("abc", 42).put("foo", true).put("etc", "etc");
        Map<String, Object> map = mapOf("dont", "whatever", "abc", 42, "foo", true, "etc", "etc");
        List<Map<String, String>> configs = List.of(
            Map.of("include", "abc,foo", "renames", "abc:xyz,foo:bar"),
            Map.of("exclude", "dont", "renames", "abc:xyz,foo:bar"),
            Map.of("exclude", "dont,nope"),
            Map.of("include", "abc,dont", "exclude", "dont"),
            Map.of("include", "nope"),
            Map.of("renames", "abc:foo"),
            Map.of("renames", "abc:foo,foo:abc"),
            Map.of("renames", "nope:abc"),
            Map.of("exclude", "dont", "renames", "dont:x"),
            Map.of("renames", "abc:foo", "exclude", "foo"),
            Map.of("include", "abc,abc"),
            Map.of());
        for (Map<String, String> config : configs) {
            golden.value(name, config, schema, struct);
            golden.value(name, config, null, map);
        }
        golden.key(name, configs.get(0), schema, struct);
        golden.key(name, configs.get(0), null, map);
        golden.value(name, configs.get(0), null, null);
        golden.value(name, configs.get(0), schema, null);
        golden.value(name, Map.of(), Schema.STRING_SCHEMA, "x");
        golden.value(name, Map.of(), null, 1);
        golden.value(name, Map.of(), null, Map.of(1, "x"));
        golden.value(name, Map.of("exclude", "a"), ABC, new Struct(ABC));
        golden.value(name, Map.of("include", "a"), ABC, new Struct(ABC));
        for (String replace : List.of("true", "false")) {
            golden.value(name, replacing(replace, Map.of("renames", "c:d")), ABC, abc());
            Schema required = SchemaBuilder.struct().field("d", REQUIRED_WITH_DEFAULT).build();
            golden.value(name, replacing(replace, Map.of()), required, new Struct(required));
        }
        for (String renames : List.of("a", "a:b:c", "a:", ":b", "a:b,c", ":")) {
            golden.config(name + "$Value", Map.of("renames", renames));
        }
        golden.config(name + "$Value", Map.of("exclude", "a,,b"));
    }

    // === Flatten

    private static void flatten(Golden golden) {
        String name = "Flatten";
        Schema types = SchemaBuilder.struct()
            .field("int8", Schema.INT8_SCHEMA).field("int16", Schema.INT16_SCHEMA).field("int32", Schema.INT32_SCHEMA)
            .field("int64", Schema.INT64_SCHEMA).field("float32", Schema.FLOAT32_SCHEMA).field("float64", Schema.FLOAT64_SCHEMA)
            .field("boolean", Schema.BOOLEAN_SCHEMA).field("string", SchemaBuilder.string().doc("d").parameter("p", "q").build())
            .field("bytes", Schema.BYTES_SCHEMA).field("date", Date.SCHEMA).build();
        Schema one = SchemaBuilder.struct().field("B", types).build();
        Schema two = SchemaBuilder.struct().name("two").version(2).field("A", one).build();
        Struct values = new Struct(types).put("int8", (byte) 8).put("int16", (short) 16).put("int32", 32).put("int64", 64L)
            .put("float32", 32.f).put("float64", 64.).put("boolean", true).put("string", "stringy").put("bytes", "bytes".getBytes())
            .put("date", new java.util.Date(86_400_000L));
        Struct value = new Struct(two).put("A", new Struct(one).put("B", values));
        golden.both(name, Map.of(), two, value);
        golden.value(name, Map.of("delimiter", "#"), two, value);
        golden.value(name, Map.of(), types, values);
        Map<String, Object> map = mapOf("int8", (byte) 8, "string", "stringy", "bytes", "bytes".getBytes(), "float32", 32.f, "null", null);
        golden.both(name, Map.of(), null, mapOf("A", mapOf("B", map), "A.B", 1));
        golden.value(name, Map.of("delimiter", "#"), null, mapOf("A", mapOf("B", map)));
        golden.value(name, Map.of("delimiter", ""), null, mapOf("A", mapOf("B", map)));
        golden.value(name, Map.of(), null, mapOf("foo", List.of("bar", Map.of("baz", Map.of("lfg", "lfg"))), "", mapOf("x", 1), "e", mapOf()));
        golden.value(name, Map.of(), null, Map.of(1, 2));
        golden.value(name, Map.of(), null, Map.of("a", Map.of(1, 2)));
        golden.value(name, Map.of(), null, mapOf("a.b", 1, "a", mapOf("b", 2)));
        golden.value(name, Map.of(), null, 42);
        golden.value(name, Map.of(), Schema.INT32_SCHEMA, 42);
        golden.value(name, Map.of(), null, null);
        golden.value(name, Map.of(), ABC, null);
        golden.value(name, Map.of(), null, Map.of("struct", mapOf("x", "y")));

        Schema opt = SchemaBuilder.struct().field("opt_int32", Schema.OPTIONAL_INT32_SCHEMA).field("req", Schema.STRING_SCHEMA).optional().build();
        Schema withOpt = SchemaBuilder.struct().field("B", opt).field("C", Schema.OPTIONAL_STRING_SCHEMA).build();
        golden.value(name, Map.of(), withOpt, new Struct(withOpt));
        golden.value(name, Map.of(), withOpt, new Struct(withOpt).put("B", new Struct(opt).put("req", "r")).put("C", "c"));
        Schema required = SchemaBuilder.struct().field("B", SchemaBuilder.struct().field("x", Schema.INT8_SCHEMA).build()).field("C", Schema.INT8_SCHEMA).build();
        golden.value(name, Map.of(), required, new Struct(required).put("C", (byte) 1));
        golden.value(name, Map.of(), required, new Struct(required));
        golden.value(name, Map.of(), ABC, abc());
        golden.value(name, Map.of(), ABC, new Struct(ABC));

        SchemaBuilder builder = SchemaBuilder.struct().optional().field("req_field", Schema.STRING_SCHEMA)
            .field("opt_field", SchemaBuilder.string().optional().defaultValue("child_default").build());
        Struct childDefault = new Struct(builder).put("req_field", "req_default");
        Schema defaults = builder.defaultValue(childDefault).build();
        golden.value(name, Map.of(), defaults, new Struct(defaults));
        Schema nested = SchemaBuilder.struct().field("n", defaults).build();
        golden.value(name, Map.of(), nested, new Struct(nested));

        Schema item = SchemaBuilder.struct().field("baz", Schema.STRING_SCHEMA).build();
        Schema arrays = SchemaBuilder.struct().field("foo", SchemaBuilder.array(item).doc("durk").build()).build();
        golden.value(name, Map.of(), arrays, new Struct(arrays).put("foo", List.of(new Struct(item).put("baz", "x"))));
        Schema maps = SchemaBuilder.struct().field("foo", SchemaBuilder.map(Schema.STRING_SCHEMA, Schema.INT8_SCHEMA).build()).build();
        golden.value(name, Map.of(), maps, new Struct(maps).put("foo", Map.of("a", (byte) 1)));
        Schema twice = SchemaBuilder.struct().field("a.b", Schema.INT8_SCHEMA)
            .field("a", SchemaBuilder.struct().field("b", Schema.INT8_SCHEMA).build()).build();
        golden.value(name, Map.of(), twice, new Struct(twice).put("a.b", (byte) 1));
    }

    // === HeaderFrom

    private static void headerFrom(Golden golden) {
        String name = "HeaderFrom";
        Schema schema = SchemaBuilder.struct().name("n")
            .field("field1", Schema.STRING_SCHEMA).field("field2", Schema.OPTIONAL_INT32_SCHEMA)
            .field("field3", SchemaBuilder.string().defaultValue("default").optional().build())
            .field("nested", ABC).build();
        Struct struct = new Struct(schema).put("field1", "one").put("field2", 2).put("nested", abc());
        Map<String, Object> map = mapOf("field1", "one", "field2", 2, "field3", null, "nested", mapOf("a", 1));
        for (String operation : List.of("copy", "move")) {
            for (String fields : List.of("field1", "field1,field2", "field2,field3", "nested", "field1,field1", "missing", "field1,missing")) {
                String headers = fields.contains(",") ? "h1,h2" : "h1";
                Map<String, String> config = Map.of("fields", fields, "headers", headers, "operation", operation);
                golden.run(name + "$Value", config, Rec.value(schema, struct).header("h1", Schema.STRING_SCHEMA, "existing"));
                golden.run(name + "$Value", config, Rec.value(null, map).header("h0", null, "existing"));
            }
            Map<String, String> config = Map.of("fields", "field1,field2", "headers", "h,h", "operation", operation);
            golden.key(name, config, schema, struct);
            golden.key(name, config, null, map);
            golden.value(name, config, null, null);
            golden.value(name, config, schema, null);
            golden.value(name, config, Schema.STRING_SCHEMA, "x");
            golden.value(name, config, null, "x");
            golden.value(name, config, schema, new Struct(schema));
            golden.value(name, replacing("false", Map.of("fields", "field3", "headers", "h", "operation", operation)), schema, struct);
            golden.value(name, replacing("false", Map.of("fields", "field2", "headers", "h", "operation", operation)), schema, struct);
        }
        golden.config(name + "$Value", Map.of("fields", "foo", "headers", "foo,bar", "operation", "copy"));
        golden.config(name + "$Value", Map.of("fields", "foo,bar", "headers", "foo", "operation", "copy"));
        golden.config(name + "$Value", Map.of("fields", "", "headers", "", "operation", "copy"));
        golden.config(name + "$Value", Map.of("fields", "foo", "headers", "", "operation", "copy"));
        golden.config(name + "$Value", Map.of("fields", "foo", "headers", "foo", "operation", "drop"));
        golden.config(name + "$Value", Map.of("fields", "foo", "headers", "foo"));
    }

    // === ValueToKey

    private static void valueToKey(Golden golden) {
        String name = "ValueToKey";
        Map<String, Object> map = mapOf("a", 1, "b", 2, "c", 3);
        golden.run(name, Map.of("fields", "a,b"), Rec.value(null, map).withKey(Schema.STRING_SCHEMA, "old"));
        golden.run(name, Map.of("fields", "b,missing"), Rec.value(null, map));
        golden.run(name, Map.of("fields", "b,a"), Rec.value(ABC, abc()).withKey(null, "old"));
        golden.run(name, Map.of("fields", "c"), Rec.value(ABC, abc()));
        golden.run(name, replacing("false", Map.of("fields", "c")), Rec.value(ABC, abc()));
        golden.run(name, Map.of("fields", "a"), Rec.value(ABC, new Struct(ABC)));
        golden.run(name, Map.of("fields", "not_exist"), Rec.value(ABC, abc()));
        golden.run(name, Map.of("fields", "a"), Rec.value(ABC, null));
        golden.run(name, Map.of("fields", "a"), Rec.value(null, null));
        golden.run(name, Map.of("fields", "a"), Rec.value(null, "x"));
        golden.run(name, Map.of("fields", "a"), Rec.value(Schema.STRING_SCHEMA, "x"));
        golden.run(name, Map.of("fields", "a,a"), Rec.value(ABC, abc()));
        golden.config(name, Map.of());
        golden.config(name, Map.of("fields", ""));
    }
}
