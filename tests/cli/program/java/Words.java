package shop;

import com.typesafe.config.Config;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/** Two streamlets on Java's own client for Kafka. */
public final class Words {
  private static final String CONTEXT = "cloudflow.runner.streamlet.context.";

  private static Properties client(Config config, String port, String settings) {
    Config of = config.getConfig(CONTEXT + "port_mappings." + port + ".config");
    Properties out = new Properties();
    if (of.hasPath(settings)) {
      of.getConfig(settings).entrySet().forEach(one -> out.put(one.getKey(), one.getValue().unwrapped().toString()));
    }
    out.put("bootstrap.servers", of.getString("bootstrap.servers"));
    return out;
  }

  public static final class Source {
    public static void run(Config config) throws Exception {
      String topic = config.getString(CONTEXT + "port_mappings.out.id");
      String word = config.getString("cloudflow.streamlets.source.word");
      System.out.println("cloudflow.local " + (config.hasPath("cloudflow.local") && config.getBoolean("cloudflow.local"))
          + ", spark.master " + System.getProperty("spark.master") + ", java.nio "
          + (Object.class.getModule().isOpen("java.nio", Words.class.getModule()) ? "open" : "closed"));
      System.out.println("setting of the application: " + config.getString("shop.setting"));
      Properties client = client(config, "out", "producer-config");
      try (KafkaProducer<String, String> producer =
          new KafkaProducer<>(client, new StringSerializer(), new StringSerializer())) {
        for (long i = 0; ; i++) {
          producer.send(new ProducerRecord<>(topic, word + " " + i)).get();
          Thread.sleep(200);
        }
      }
    }
  }

  public static final class Sink {
    public static void run(Config config) {
      String streamlet = config.getString("cloudflow.runner.streamlet.streamlet_ref");
      Properties client = client(config, "in", "consumer-config");
      client.put("group.id", config.getString(CONTEXT + "app_id") + "." + streamlet + ".in");
      client.put("auto.offset.reset", "earliest");
      try (KafkaConsumer<String, String> consumer =
          new KafkaConsumer<>(client, new StringDeserializer(), new StringDeserializer())) {
        consumer.subscribe(List.of(config.getString(CONTEXT + "port_mappings.in.id")));
        while (true) {
          for (ConsumerRecord<String, String> record : consumer.poll(Duration.ofMillis(200))) {
            System.out.println("read " + record.value());
          }
        }
      }
    }
  }
}
