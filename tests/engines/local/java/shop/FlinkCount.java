package shop;

import com.typesafe.config.Config;
import java.util.LinkedList;
import java.util.List;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.OpenContext;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.kafka.sink.KafkaRecordSerializationSchema;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

/** A job with state: how often each word came, on Flink's own connector. */
public final class FlinkCount {
  private static final String PORTS = "cloudflow.runner.streamlet.context.port_mappings.";

  /** The class of lists makes Kryo look into java.util, which newer Java has to allow. */
  public static class Count extends RichMapFunction<String, List<String>> {
    private transient ValueState<LinkedList<Long>> counts;

    @Override
    public void open(OpenContext context) {
      counts = getRuntimeContext().getState(new ValueStateDescriptor<>("counts", new org.apache.flink.api.common.typeinfo.TypeHint<LinkedList<Long>>() {}.getTypeInfo()));
    }

    @Override
    public List<String> map(String word) throws Exception {
      LinkedList<Long> all = counts.value() == null ? new LinkedList<>() : counts.value();
      all.add(all.size() + 1L);
      counts.update(all);
      return new LinkedList<>(List.of(word, "flink", String.valueOf(all.getLast())));
    }
  }

  /** As Cloudflow's library makes it: where it is local, of one slot, with settings of the configuration. */
  private static StreamExecutionEnvironment environment(Config config) {
    if (System.getenv("FLINK_ITSELF") != null) return StreamExecutionEnvironment.getExecutionEnvironment();
    Configuration settings = new Configuration();
    config.getConfig("cloudflow.runtimes.flink.config.flink").entrySet()
        .forEach(one -> settings.setString(one.getKey(), one.getValue().unwrapped().toString()));
    return StreamExecutionEnvironment.createLocalEnvironment(1, settings);
  }

  public static void run(Config config, String storage) throws Exception {
    StreamExecutionEnvironment flink = environment(config);
    flink.enableCheckpointing(500);
    System.out.println("flink on " + flink.getClass().getSimpleName());
    KafkaSource<String> in = KafkaSource.<String>builder()
        .setBootstrapServers(config.getString(PORTS + "in.config.bootstrap.servers"))
        .setTopics(config.getString(PORTS + "in.id")).setGroupId("flink-count")
        .setStartingOffsets(OffsetsInitializer.earliest()).setValueOnlyDeserializer(new SimpleStringSchema()).build();
    KafkaSink<String> out = KafkaSink.<String>builder()
        .setBootstrapServers(config.getString(PORTS + "out.config.bootstrap.servers"))
        .setRecordSerializer(KafkaRecordSerializationSchema.builder().setTopic(config.getString(PORTS + "out.id"))
            .setValueSerializationSchema(new SimpleStringSchema()).build()).build();
    String mark = config.getString("cloudflow.streamlets.flink.mark");
    flink.fromSource(in, WatermarkStrategy.noWatermarks(), "in").keyBy(word -> word).map(new Count())
        .returns(new org.apache.flink.api.common.typeinfo.TypeHint<List<String>>() {}.getTypeInfo())
        .map(parts -> mark + String.join(" ", parts)).returns(TypeInformation.of(String.class)).sinkTo(out);
    flink.execute("count");
  }
}
