// A record in the making: by default a sink's, with offset 7 in partition 3.

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.source.SourceRecord;

final class Rec {
    static final String TOPIC = "test";
    static final Long TIMESTAMP = 1_483_425_001_864L;

    private String topic = TOPIC;
    private Integer partition = 3;
    private Long timestamp = TIMESTAMP;
    private boolean source;
    private Schema keySchema;
    private Object key;
    private Schema valueSchema;
    private Object value;
    private final ConnectHeaders headers = new ConnectHeaders();

    static Rec value(Schema schema, Object value) {
        return new Rec().withValue(schema, value);
    }

    static Rec key(Schema schema, Object key) {
        return new Rec().withKey(schema, key);
    }

    Rec withKey(Schema schema, Object key) {
        this.keySchema = schema;
        this.key = plain(key);
        return this;
    }

    Rec withValue(Schema schema, Object value) {
        this.valueSchema = schema;
        this.value = plain(value);
        return this;
    }

    Rec header(String name, Schema schema, Object value) {
        headers.add(name, value, schema);
        return this;
    }

    Rec topic(String topic) {
        this.topic = topic;
        return this;
    }

    Rec timestamp(Long timestamp) {
        this.timestamp = timestamp;
        return this;
    }

    /** A source's record, without a partition. */
    Rec source() {
        source = true;
        partition = null;
        return this;
    }

    /** Lists and maps of the classes that converters make. */
    private static Object plain(Object value) {
        if (value instanceof List<?> list) return new ArrayList<>(list);
        if (value instanceof Map<?, ?> map && !(map instanceof LinkedHashMap)) return new HashMap<>(map);
        return value;
    }

    ConnectRecord<?> build() {
        if (source) {
            return new SourceRecord(null, null, topic, partition, keySchema, key, valueSchema, value, timestamp, headers);
        }
        TimestampType type = timestamp == null ? TimestampType.NO_TIMESTAMP_TYPE : TimestampType.CREATE_TIME;
        return new SinkRecord(topic, partition, keySchema, key, valueSchema, value, 7, timestamp, type, headers);
    }
}
