// Writes, reads and settles things in Kafka for tests, by Kafka's own client: one process for many commands.
//
//   java -cp 'lib/*' Actor.java BOOTSTRAP      one command per line on stdin, "ok" or "error WORDS" for each on stdout
//
// write TOPIC PARTITION TIME...        one record for each time (milliseconds since 1970)
// read KIND GROUP TOPIC COUNT          as a group of kind classic, consumer, share or streams: COUNT records, committed;
//                                      then leaves
// stay KIND GROUP TOPIC                joins a classic or consumer group, and reads on until the process ends
// commit GROUP TOPIC PARTITION OFFSET  a simple group: an offset without any member
// forget KIND GROUP                    deletes the group
// alter TOPIC KEY VALUE                an override of a topic
// make TOPIC PARTITIONS                creates a topic
// drop TOPIC                           deletes it, and waits until it is gone
// default KEY VALUE                    the cluster's dynamic default; VALUE "-" takes it back
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.consumer.internals.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.*;

public class Actor {
  private final String bootstrap;
  private final Admin admin;
  private final Producer<byte[], byte[]> producer;

  Actor(String bootstrap) {
    this.bootstrap = bootstrap;
    admin = Admin.create(Map.of("bootstrap.servers", bootstrap));
    producer = new KafkaProducer<>(
        Map.of("bootstrap.servers", bootstrap, "linger.ms", "0"), new ByteArraySerializer(), new ByteArraySerializer());
  }

  void write(String[] words) throws Exception {
    List<java.util.concurrent.Future<RecordMetadata>> sent = new ArrayList<>();
    for (int i = 3; i < words.length; i++) {
      byte[] key = Integer.toString(i).getBytes();
      sent.add(producer.send(
          new ProducerRecord<>(words[1], Integer.parseInt(words[2]), Long.parseLong(words[i]), key, new byte[8])));
    }
    for (var one : sent) one.get();
  }

  void read(String kind, String group, String topic, int count) throws Exception {
    if (kind.equals("share")) {
      readShare(group, topic, count);
      return;
    }
    Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "group.id", group, "group.protocol",
        kind.equals("streams") ? "consumer" : kind, "auto.offset.reset", "earliest", "enable.auto.commit", "false",
        "max.poll.records", Integer.toString(count));
    try (var consumer = kind.equals("streams") ? streamsConsumer(settings, topic) : plainConsumer(settings, topic)) {
      Map<TopicPartition, OffsetAndMetadata> next = new HashMap<>();
      long deadline = System.currentTimeMillis() + 40000;
      int left = count;
      while (left > 0 && System.currentTimeMillis() < deadline) {
        for (var record : consumer.poll(Duration.ofMillis(200))) {
          if (left-- <= 0) break;
          next.put(new TopicPartition(record.topic(), record.partition()), new OffsetAndMetadata(record.offset() + 1));
        }
      }
      if (left > 0) throw new IllegalStateException("only " + (count - left) + " of " + count + " records came");
      consumer.commitSync(next);
    }
  }

  void stay(String kind, String group, String topic) {
    Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "group.id", group, "group.protocol", kind,
        "enable.auto.commit", "false");
    Thread reading = new Thread(() -> {
      try (var consumer = plainConsumer(settings, topic)) {
        while (true) consumer.poll(Duration.ofMillis(200));
      }
    });
    reading.setDaemon(true);
    reading.start();
  }

  Consumer<byte[], byte[]> plainConsumer(Map<String, Object> settings, String topic) {
    var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    consumer.subscribe(List.of(topic));
    return consumer;
  }

  /** What Kafka Streams makes for group.protocol=streams: a consumer with a topology of one source. */
  Consumer<byte[], byte[]> streamsConsumer(Map<String, Object> settings, String topic) {
    var source = new StreamsRebalanceData.Subtopology(Set.of(topic), Set.of(), Map.of(), Map.of(), List.of());
    var topology = new StreamsRebalanceData(UUID.randomUUID(), Optional.empty(), Optional.empty(), Map.of("0", source), Map.of());
    Map<String, Object> all = new HashMap<>(settings);
    all.put("key.deserializer", ByteArrayDeserializer.class);
    all.put("value.deserializer", ByteArrayDeserializer.class);
    var consumer = new AsyncKafkaConsumer<>(
        new ConsumerConfig(all), new ByteArrayDeserializer(), new ByteArrayDeserializer(), Optional.of(topology));
    consumer.subscribe(List.of(topic), new StreamsRebalanceListener() {
      public void onTasksRevoked(Set<StreamsRebalanceData.TaskId> tasks) {}
      public void onTasksAssigned(StreamsRebalanceData.Assignment assignment) { topology.setReconciledAssignment(assignment); }
      public void onAllTasksLost() {}
    });
    return consumer;
  }

  void readShare(String group, String topic, int count) throws Exception {
    ConfigResource resource = new ConfigResource(ConfigResource.Type.GROUP, group);
    admin.incrementalAlterConfigs(Map.of(resource,
        List.of(new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET)))).all().get();
    Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "group.id", group);
    try (var consumer = new KafkaShareConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      consumer.subscribe(List.of(topic));
      long deadline = System.currentTimeMillis() + 40000;
      int got = 0;
      while (got < count && System.currentTimeMillis() < deadline) got += consumer.poll(Duration.ofMillis(200)).count();
      consumer.commitSync();
      if (got < count) throw new IllegalStateException("only " + got + " of " + count + " records came");
    }
  }

  void forget(String kind, String group) throws Exception {
    long deadline = System.currentTimeMillis() + 20000;
    while (true) {  // a member that left may still be counted for a moment
      try {
        if (kind.equals("share")) admin.deleteShareGroups(List.of(group)).all().get();
        else if (kind.equals("streams")) admin.deleteStreamsGroups(List.of(group)).all().get();
        else admin.deleteConsumerGroups(List.of(group)).all().get();
        return;
      } catch (java.util.concurrent.ExecutionException e) {
        if (String.valueOf(e.getCause()).contains("GroupIdNotFound")) return;
        if (System.currentTimeMillis() > deadline) throw e;
        Thread.sleep(100);
      }
    }
  }

  void alter(String topic, String key, String value) throws Exception {
    admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, topic),
        List.of(new AlterConfigOp(new ConfigEntry(key, value), AlterConfigOp.OpType.SET)))).all().get();
  }

  void drop(String topic) throws Exception {
    admin.deleteTopics(List.of(topic)).all().get();
    long deadline = System.currentTimeMillis() + 20000;
    while (admin.listTopics().names().get().contains(topic)) {
      if (System.currentTimeMillis() > deadline) throw new IllegalStateException("it is still there");
      Thread.sleep(50);
    }
  }

  void setDefault(String key, String value) throws Exception {
    var type = value.equals("-") ? AlterConfigOp.OpType.DELETE : AlterConfigOp.OpType.SET;
    admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.BROKER, ""),
        List.of(new AlterConfigOp(new ConfigEntry(key, value.equals("-") ? "" : value), type)))).all().get();
  }

  void run(String[] words) throws Exception {
    switch (words[0]) {
      case "write" -> write(words);
      case "read" -> read(words[1], words[2], words[3], Integer.parseInt(words[4]));
      case "commit" -> admin.alterConsumerGroupOffsets(words[1], Map.of(
          new TopicPartition(words[2], Integer.parseInt(words[3])), new OffsetAndMetadata(Long.parseLong(words[4])))).all().get();
      case "stay" -> stay(words[1], words[2], words[3]);
      case "make" -> admin.createTopics(List.of(new NewTopic(words[1], Integer.parseInt(words[2]), (short) 1))).all().get();
      case "drop" -> drop(words[1]);
      case "forget" -> forget(words[1], words[2]);
      case "alter" -> alter(words[1], words[2], words[3]);
      case "default" -> setDefault(words[1], words[2]);
      default -> throw new IllegalArgumentException("no such command: " + words[0]);
    }
  }

  public static void main(String[] arguments) throws Exception {
    Actor actor = new Actor(arguments[0]);
    System.out.println("ok");
    Scanner in = new Scanner(System.in);
    while (in.hasNextLine()) {
      String line = in.nextLine().trim();
      if (line.isEmpty()) continue;
      try {
        actor.run(line.split(" "));
        System.out.println("ok");
      } catch (Exception e) {
        Throwable cause = e.getCause() == null ? e : e.getCause();
        System.out.println("error " + cause.toString().replace('\n', ' '));
      }
      System.out.flush();
    }
    System.exit(0);
  }
}
