// Writes the keys of Java's clients: host/src/kafka/client_keys.txt.
//
//   tests/kafka/kafka.sh fetch-connect
//   java -cp 'target/kafka/connect-libs/*' tests/golden/ClientKeys.java > host/src/kafka/client_keys.txt

import java.util.Set;
import java.util.TreeSet;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

class ClientKeys {
    public static void main(String[] args) {
        System.out.println("# Written by tests/golden/ClientKeys.java with the clients of Apache Kafka 4.3.1.");
        print("producer", ProducerConfig.configNames());
        print("consumer", ConsumerConfig.configNames());
        print("admin", AdminClientConfig.configNames());
    }

    static void print(String client, Set<String> keys) {
        new TreeSet<>(keys).forEach(key -> System.out.println(client + " " + key));
    }
}
