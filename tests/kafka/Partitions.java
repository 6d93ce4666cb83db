// Writes one record for each key with Java's own producer and prints the partition that it went to.
//
//   java -cp 'libs/*' Partitions.java BOOTSTRAP TOPIC < keys
//
// Standard input has one key a line, in hexadecimal digits; standard output has one partition a line, in the same order.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.ByteArraySerializer;

class Partitions {
    public static void main(String[] args) throws Exception {
        var config = Map.<String, Object>of("bootstrap.servers", args[0]);
        var keys = new BufferedReader(new InputStreamReader(System.in)).lines().map(HexFormat.of()::parseHex).toList();
        try (var producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<RecordMetadata>> sent = new ArrayList<>();
            for (byte[] key : keys) {
                sent.add(producer.send(new ProducerRecord<>(args[1], key, new byte[0])));
            }
            for (Future<RecordMetadata> metadata : sent) {
                System.out.println(metadata.get().partition());
            }
        }
    }
}
