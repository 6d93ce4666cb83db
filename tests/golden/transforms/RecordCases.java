// Transforms and predicates that look at the topic, the timestamp, the headers or the schema of a record.

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaBuilder;
import org.apache.kafka.connect.data.Struct;

final class RecordCases {
    static void run(Golden golden) {
        headers(golden);
        routers(golden);
        metadata(golden);
        predicates(golden);
        golden.run("Filter", Map.of(), Rec.value(Schema.STRING_SCHEMA, "x"));
        golden.run("Filter", Map.of("a", "b"), Rec.value(null, null));
    }

    private static Rec withHeaders(String... names) {
        Rec record = Rec.value(Schema.STRING_SCHEMA, "value").withKey(null, "key");
        for (String name : names) record.header(name, Schema.STRING_SCHEMA, "of " + name);
        return record;
    }

    private static void headers(Golden golden) {
        for (String drop : List.of("to-drop", "to-drop, existing", "none", "to-drop,to-drop", "", "a,,b")) {
            golden.run("DropHeaders", Map.of("headers", drop), withHeaders("existing", "to-drop", "to-drop", "last"));
        }
        golden.run("DropHeaders", Map.of("headers", "x"), withHeaders());
        golden.config("DropHeaders", Map.of());
        for (String literal : List.of("inserted-value", "1", "300", "1.5", "true", "null", "", "2020-01-01", "12:34:56.789Z",
            "2020-01-01T12:34:56.789Z", "[1,2]", "{\"a\":1}", "\"quoted\"", "1e400", " 7 ", "[\"a\",\"b\"]")) {
            golden.run("InsertHeader", Map.of("header", "inserted", "value.literal", literal), withHeaders("existing"));
        }
        golden.run("InsertHeader", Map.of("header", "existing", "value.literal", "x"), withHeaders("existing"));
        golden.config("InsertHeader", Map.of("header", "x"));
        golden.config("InsertHeader", Map.of("value.literal", "x"));
    }

    private static void routers(Golden golden) {
        String[][] cases = {
            {"foo", "bar", "foo"}, {"foo", "bar", "orig"}, {"(.*)", "$1", "orig"}, {"(.*)", "prefix-$1", "orig"},
            {"(.*)", "$1-suffix", "orig"}, {"(.*)-(\\d\\d\\d\\d\\d\\d\\d\\d)", "$1", "index-20160117"},
            {"(?<env>\\w+)\\.(?<rest>.*)", "${rest}_${env}", "dev.orders"}, {"a|ab", "x", "ab"}, {"a*?", "x", "aa"},
            {"(a)(b)?", "[$2]", "a"}, {"(a)", "$2", "a"}, {"(a)", "$2", "b"}, {"(a)", "${x}", "a"}, {"(a)", "${x", "a"},
            {"(a)", "$", "a"}, {"(a)", "$x", "a"}, {"a", "\\$1\\\\", "a"}, {"a", "x\\", "a"}, {"(a)", "$11", "a"},
            {"(", "x", "a"}, {"*", "x", "a"}, {"[a", "x", "a"}, {"", "x", "a"}, {"(?i)TEST", "t", "test"}, {".*", "", "test"},
            {"(\\w+)-(\\w+)", "$2-$1", "left-right"}, {"(?:x|y)+?z", "q", "xyxz"}, {"\\Qa.b\\E", "c", "a.b"}, {"(a)", "${1}", "a"},
            {"([^.]+)\\.([^.]+)\\.([^.]+)", "$3.$1", "db.schema.table"}, {"^(.*)$", "$0$0", "ab"},
        };
        for (String[] c : cases) {
            golden.run("RegexRouter", Map.of("regex", c[0], "replacement", c[1]), withHeaders().topic(c[2]));
        }
        golden.config("RegexRouter", Map.of("regex", "a"));
        golden.config("RegexRouter", Map.of("replacement", "a"));
        golden.config("RegexRouter", Map.of());

        golden.run("TimestampRouter", Map.of(), withHeaders());
        golden.run("TimestampRouter", Map.of(), withHeaders().topic("a${timestamp}$1"));
        golden.run("TimestampRouter", Map.of(), withHeaders().timestamp(null));
        golden.run("TimestampRouter", Map.of(), withHeaders().timestamp(-1L));
        for (String format : List.of("${timestamp}-${topic}-${topic}", "${topic}", "x", "$topic", "${Timestamp}")) {
            golden.run("TimestampRouter", Map.of("topic.format", format, "timestamp.format", "yyyy.MM.dd'T'HH"), withHeaders());
        }
    }

    private static void metadata(Golden golden) {
        String name = "SetSchemaMetadata";
        SchemaBuilder builder = SchemaBuilder.struct().name("old").version(1).doc("doc").optional()
            .field("a", Schema.INT32_SCHEMA)
            .field("b", SchemaBuilder.string().optional().defaultValue("dflt").build());
        Schema schema = builder.build();
        Struct struct = new Struct(schema).put("a", 1);
        List<Map<String, String>> configs = List.of(Map.of("schema.name", "foo"), Map.of("schema.version", "42"),
            Map.of("schema.name", "foo", "schema.version", "42"), Map.of("schema.name", ""));
        for (Map<String, String> config : configs) {
            golden.both(name, config, schema, struct);
            golden.value(name, config, SchemaBuilder.struct().build(), new Struct(SchemaBuilder.struct().build()));
            golden.value(name, config, Schema.STRING_SCHEMA, "x");
        }
        Map<String, String> foo = configs.get(0);
        golden.value(name, foo, schema, null);
        golden.value(name, foo, null, null);
        golden.value(name, foo, null, "x");
        golden.key(name, foo, null, Map.of("a", 1));
        golden.value(name, foo, schema, new Struct(schema));
        golden.value(name, foo, SchemaBuilder.array(Schema.INT8_SCHEMA).build(), List.of((byte) 1));
        golden.value(name, foo, SchemaBuilder.map(Schema.STRING_SCHEMA, schema).version(3).build(), Map.of("k", struct));
        golden.value(name, foo, SchemaBuilder.int8().defaultValue((byte) 7).parameter("p", "q").build(), (byte) 1);
        Map<String, String> keep = new HashMap<>(foo);
        keep.put("replace.null.with.default", "false");
        golden.value(name, keep, schema, struct);
        golden.config(name + "$Value", Map.of());
        golden.config(name + "$Value", Map.of("schema.version", "x"));
        golden.config(name + "$Value", Map.of("schema.version", "2147483648"));
    }

    private static void predicates(Golden golden) {
        for (String[] names : new String[][] {{"foo"}, {"foo", "bar"}, {"bar", "foo", "bar", "foo"}, {"bar"}, {"bar", "bar"}, {}, {"FOO"}}) {
            golden.run("predicates.HasHeaderKey", Map.of("name", "foo"), withHeaders(names));
        }
        golden.config("predicates.HasHeaderKey", Map.of("name", ""));
        golden.config("predicates.HasHeaderKey", Map.of());
        golden.run("predicates.RecordIsTombstone", Map.of(), Rec.value(null, null));
        golden.run("predicates.RecordIsTombstone", Map.of(), Rec.value(Schema.OPTIONAL_STRING_SCHEMA, null).withKey(null, "k"));
        golden.run("predicates.RecordIsTombstone", Map.of(), Rec.value(Schema.STRING_SCHEMA, ""));
        golden.run("predicates.RecordIsTombstone", Map.of(), Rec.value(null, 0));
        for (String topic : List.of("my-prefix-", "my-prefix-foo", "x-my-prefix-", "x-my-prefix-foo", "your-prefix-", "your-prefix-foo")) {
            golden.run("predicates.TopicNameMatches", Map.of("pattern", "my-prefix-.*"), withHeaders().topic(topic));
        }
        golden.run("predicates.TopicNameMatches", Map.of("pattern", "a|ab"), withHeaders().topic("ab"));
        for (String pattern : List.of("", "*", "[", "(?<a", "a{2,1}")) {
            golden.config("predicates.TopicNameMatches", Map.of("pattern", pattern));
        }
        golden.config("predicates.TopicNameMatches", Map.of());
    }
}
