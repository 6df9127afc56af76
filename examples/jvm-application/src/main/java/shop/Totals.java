package shop;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.serialization.StringDeserializer;

/** Prints what the orders of each item come to, since it started. */
public final class Totals {
  public static void run(Config config) {
    Streamlet me = new Streamlet(config);
    Properties client = me.client("in", "consumer-config");
    client.put("group.id", me.group("in"));
    client.putIfAbsent("auto.offset.reset", "earliest");
    Map<String, Long> totals = new HashMap<>();
    try (KafkaConsumer<String, String> consumer =
        new KafkaConsumer<>(client, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(me.topic("in")));
      while (true) {
        for (ConsumerRecord<String, String> order : consumer.poll(Duration.ofMillis(200))) {
          long total = totals.merge(order.key(), Long.parseLong(order.value()), Long::sum);
          System.out.printf("%s: %d.%02d%n", order.key(), total / 100, total % 100);
        }
      }
    }
  }
}
