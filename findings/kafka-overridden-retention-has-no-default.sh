#!/usr/bin/env bash
# Kafka 4.3.1 does not tell what retention.ms of a topic falls back to when its override is removed.
#
# DescribeConfigs with synonyms lists for an overridden key also the values below it: removing the override brings back the next one. For
# retention.ms, segment.ms and their like the list ends with the override although the broker's default is 7 days: that default stands under
# another key (log.retention.hours, log.roll.hours), whose unit differs, and only the milliseconds key counts as a synonym. Before there is an override
# the value is reported with source DEFAULT_CONFIG and with no synonym at all. retention.bytes, beside it, lists its default. A tool that shows what
# removing an override will do has to read the broker's own configuration and convert hours and minutes itself.
# Source: kafka.server.ConfigHelper (createTopicConfigEntry) and ServerTopicConfigSynonyms of 4.3.1.
cd "$(dirname "$0")" && source support/kafka.sh 4.3.1
cat > "$work/Finding.java" <<'J'
import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.config.ConfigResource;

public class Finding {
  static final List<String> keys = List.of("retention.ms", "segment.ms", "retention.bytes");

  static void show(Admin admin, String when) throws Exception {
    var topic = new ConfigResource(ConfigResource.Type.TOPIC, "calls");
    var config = admin.describeConfigs(List.of(topic), new DescribeConfigsOptions().includeSynonyms(true)).all().get().get(topic);
    for (String key : keys) {
      List<String> below = new ArrayList<>();
      for (var synonym : config.get(key).synonyms()) below.add(synonym.name() + "=" + synonym.value());
      System.out.println(when + ": " + key + "=" + config.get(key).value() + " " + below);
    }
  }

  public static void main(String[] arguments) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", arguments[0]))) {
      admin.createTopics(List.of(new NewTopic("calls", 1, (short) 1))).all().get();
      show(admin, "default");
      List<AlterConfigOp> set = new ArrayList<>();
      for (String key : keys) set.add(new AlterConfigOp(new ConfigEntry(key, "86400000000"), AlterConfigOp.OpType.SET));
      var topic = new ConfigResource(ConfigResource.Type.TOPIC, "calls");
      admin.incrementalAlterConfigs(Map.of(topic, set)).all().get();
      while (!admin.describeConfigs(List.of(topic)).all().get().get(topic).get("segment.ms").value().equals("86400000000")) Thread.sleep(50);
      show(admin, "overridden");
    }
  }
}
J
seen=$(run_java "$work/Finding.java")
echo "$seen"
expect "default: retention.ms=604800000 []
default: segment.ms=604800000 []
default: retention.bytes=-1 [log.retention.bytes=-1]
overridden: retention.ms=86400000000 [retention.ms=86400000000]
overridden: segment.ms=86400000000 [segment.ms=86400000000]
overridden: retention.bytes=86400000000 [retention.bytes=86400000000, log.retention.bytes=-1]" "$seen"
