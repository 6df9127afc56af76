#!/usr/bin/env bash
# Kafka 4.3.1 makes two topics whose names collide when both are asked for in one request.
#
# Metric names replace "." with "_", so a topic "or_ders" is refused where "or.ders" exists: "Topic 'or_ders' collides with existing topic".
# The controller compares each new name with the topics that existed before the request only, so one CreateTopics request with "pay.ments" and
# "pay_ments" makes both. A tool that creates the topics of an application in one batch succeeds, and one that creates them one by one (or
# repeats after a failure half way) cannot finish. validateOnly says the same as the real request.
# Source: org.apache.kafka.controller.ReplicationControlManager, validateNewTopicNames and createTopics of 4.3.1.
cd "$(dirname "$0")" && source support/kafka.sh 4.3.1
cat > "$work/Finding.java" <<'J'
import java.util.*;
import java.util.concurrent.*;
import org.apache.kafka.clients.admin.*;

public class Finding {
  static void create(Admin admin, boolean validateOnly, String... names) throws Exception {
    List<NewTopic> topics = new ArrayList<>();
    for (String name : names) topics.add(new NewTopic(name, 1, (short) 1));
    var answer = admin.createTopics(topics, new CreateTopicsOptions().validateOnly(validateOnly)).values();
    for (String name : names) {
      try {
        answer.get(name).get();
        System.out.println(name + ": " + (validateOnly ? "would be created" : "created"));
      } catch (ExecutionException e) {
        System.out.println(name + ": " + e.getCause().getMessage());
      }
    }
  }

  public static void main(String[] arguments) throws Exception {
    try (Admin admin = Admin.create(Map.of("bootstrap.servers", arguments[0]))) {
      create(admin, false, "or.ders");
      create(admin, false, "or_ders");
      create(admin, true, "pay.ments", "pay_ments");
      create(admin, false, "pay.ments", "pay_ments");
    }
  }
}
J
seen=$(run_java "$work/Finding.java")
echo "$seen"
expect "or.ders: created
or_ders: Topic 'or_ders' collides with existing topic: or.ders
pay.ments: would be created
pay_ments: would be created
pay.ments: created
pay_ments: created" "$seen"
