import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

/**
 * One program, two streamlets: with an outlet "out" it writes greetings, with an inlet "in" it prints what comes.
 *
 * <p>Everything about its place in the application it reads from the documents that cloudflow puts into its container
 * (docs/container-contract.md). CLOUDFLOW_RUNNER_SECRET names another folder with them, to run it outside a container.
 */
public final class Streamlet {
  private static final CountDownLatch stopped = new CountDownLatch(1);

  private static JsonNode document(String name) throws Exception {
    String folder = System.getenv().getOrDefault("CLOUDFLOW_RUNNER_SECRET", "/etc/cloudflow-runner-secret");
    return new ObjectMapper().readTree(Path.of(folder, name).toFile()).path("cloudflow");
  }

  /** {"security": {"protocol": "SSL"}} → security.protocol = SSL */
  private static void settings(JsonNode tree, String path, Properties into) {
    for (var member : tree.properties()) {
      if (member.getValue().isObject()) settings(member.getValue(), path + member.getKey() + ".", into);
      else into.put(path + member.getKey(), member.getValue().asText());
    }
  }

  /** The settings of Kafka's client for a port; the brokers are the port's, whatever else says so. */
  private static Properties client(JsonNode port, String kind, Properties into) {
    settings(port.path("config").path("connection-config"), "", into);
    settings(port.path("config").path(kind), "", into);
    into.put("bootstrap.servers", port.path("config").path("bootstrap").path("servers").asText());
    return into;
  }

  private static String topic(JsonNode port) {
    return port.path("config").path("topic").path("name").asText(port.path("id").asText());
  }

  /** "1 s", "200 ms" */
  private static long milliseconds(String text) {
    String[] parts = text.split(" ");
    return (long) (Double.parseDouble(parts[0]) * (parts[1].equals("ms") ? 1 : parts[1].startsWith("m") ? 60_000 : 1_000));
  }

  private static void greet(JsonNode port, JsonNode parameters) throws Exception {
    Properties settings = client(port, "producer-config", new Properties());
    try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      long number = 0;
      do {
        String greeting = parameters.path("greeting").asText() + " " + ++number;
        producer.send(new ProducerRecord<>(topic(port), "greeter", greeting)).get(); // throws when it is not delivered
      } while (!stopped.await(milliseconds(parameters.path("every").asText()), TimeUnit.MILLISECONDS));
    }
  }

  private static void show(JsonNode port, String group) {
    Properties settings = new Properties();
    settings.put("group.id", group);
    settings.put("auto.offset.reset", "earliest");
    client(port, "consumer-config", settings).put("enable.auto.commit", "false");
    try (var consumer = new KafkaConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(topic(port)));
      while (stopped.getCount() > 0) {
        var records = consumer.poll(Duration.ofMillis(200));
        records.forEach(record -> System.out.println(record.value()));
        if (!records.isEmpty()) consumer.commitSync(); // only what is printed counts as read
      }
    }
  }

  public static void main(String[] arguments) throws Exception {
    Thread main = Thread.currentThread();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> {
      stopped.countDown();
      try {
        main.join(20_000);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }));
    JsonNode me = document("application.conf").path("runner").path("streamlet");
    JsonNode secret = document("secret.conf");
    JsonNode ports = secret.path("runner").path("streamlet").path("context").path("port_mappings");
    String name = me.path("streamlet_ref").asText();
    if (ports.has("out")) greet(ports.path("out"), secret.path("streamlets").path(name));
    else show(ports.path("in"), me.path("context").path("app_id").asText() + "." + name + ".in");
  }
}
