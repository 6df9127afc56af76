package shop;

import com.typesafe.config.Config;
import java.util.Properties;

/** What a streamlet finds in its documents, which the runner has read. */
record Streamlet(Config config) {
  private static final String RUNNER = "cloudflow.runner.streamlet.";

  String name() {
    return config.getString(RUNNER + "streamlet_ref");
  }

  /** A value of its config parameters. */
  Config parameters() {
    return config.getConfig("cloudflow.streamlets." + name());
  }

  /** Consumers of one streamlet share its partitions. */
  String group(String inlet) {
    return config.getString(RUNNER + "context.app_id") + "." + name() + "." + inlet;
  }

  String topic(String port) {
    Config mapping = port(port);
    return mapping.hasPath("config.topic.name") ? mapping.getString("config.topic.name") : mapping.getString("id");
  }

  /** Settings of Kafka's client: `kind` is producer-config or consumer-config; the brokers are the port's. */
  Properties client(String port, String kind) {
    Properties out = new Properties();
    for (String section : new String[] {"config.connection-config", "config." + kind}) {
      if (!port(port).hasPath(section)) continue;
      port(port).getConfig(section).entrySet().forEach(
          setting -> out.put(setting.getKey(), setting.getValue().unwrapped().toString()));
    }
    out.put("bootstrap.servers", port(port).getString("config.bootstrap.servers"));
    return out;
  }

  private Config port(String port) {
    return config.getConfig(RUNNER + "context.port_mappings." + port);
  }
}
