#!/usr/bin/env bash
# Kafka 4.3.1 answers for the offsets of a share group that has read a topic: none, and no error.
#
# A tool that wants to know whether a topic may be deleted asks which groups have offsets on it. A share group that reads the topic is listed by
# ListGroups, but OffsetFetch answers an empty list for it without an error, exactly as for a group that has never read anything (and as for one
# that does not exist); describing it as a consumer group says that there is no such group. Only the calls for share groups (KIP-932) know it.
# Source: org.apache.kafka.coordinator.group.OffsetMetadataManager, fetchAllOffsets of 4.3.1, which looks only at committed offsets.
cd "$(dirname "$0")" && source support/kafka.sh 4.3.1
cat > "$work/Finding.java" <<'J'
import java.time.Duration;
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.serialization.*;

public class Finding {
  public static void main(String[] arguments) throws Exception {
    Map<String, Object> to = Map.of("bootstrap.servers", arguments[0]);
    try (Admin admin = Admin.create(to)) {
      admin.createTopics(List.of(new NewTopic("orders", 1, (short) 1))).all().get();
      try (var producer = new KafkaProducer<>(to, new StringSerializer(), new StringSerializer())) {
        for (int i = 0; i < 5; i++) producer.send(new ProducerRecord<>("orders", "x")).get();
      }
      admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, "billing"),
          List.of(new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET)))).all().get();
      int read = 0;
      Map<String, Object> settings = new HashMap<>(to);
      settings.put("group.id", "billing");
      try (var consumer = new KafkaShareConsumer<>(settings, new StringDeserializer(), new StringDeserializer())) {
        consumer.subscribe(List.of("orders"));
        for (int i = 0; i < 400 && read < 5; i++) read += consumer.poll(Duration.ofMillis(200)).count();
        consumer.commitSync();
      }
      System.out.println("records read by the share group billing: " + read);
      System.out.println("listed: " + admin.listGroups().all().get().stream().anyMatch(group -> group.groupId().equals("billing")));
      for (String group : List.of("billing", "no-such-group"))
        System.out.println("offsets of " + group + ": " + admin.listConsumerGroupOffsets(group).partitionsToOffsetAndMetadata().get());
    }
  }
}
J
seen=$(run_java "$work/Finding.java")
echo "$seen"
expect "records read by the share group billing: 5
listed: true
offsets of billing: {}
offsets of no-such-group: {}" "$seen"
