package shop;

import com.typesafe.config.Config;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

/** Makes orders up: an item is the key, the price in cents the value. */
public final class Orders {
  public static void run(Config config) throws Exception {
    Streamlet me = new Streamlet(config);
    List<String> items = config.getStringList("shop.items");
    long every = me.parameters().getDuration("every").toMillis();
    AtomicReference<Exception> lost = new AtomicReference<>();
    try (KafkaProducer<String, String> producer = new KafkaProducer<>(
        me.client("out", "producer-config"), new StringSerializer(), new StringSerializer())) {
      for (int i = 0; lost.get() == null; i++) {
        String item = items.get(i % items.size());
        producer.send(new ProducerRecord<>(me.topic("out"), item, String.valueOf(100 + i % 50)),
            (written, problem) -> lost.compareAndSet(null, problem));
        Thread.sleep(every);
      }
    }
    throw lost.get();
  }
}
