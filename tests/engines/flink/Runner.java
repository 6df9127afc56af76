// A job with state: it counts for ever, and prints what it counted. Compiled against each version of Flink.
package cloudflow.runner;

import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.functions.RichMapFunction;
import org.apache.flink.api.common.state.ValueState;
import org.apache.flink.api.common.state.ValueStateDescriptor;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;

public class Runner {
  /** The state of one key: how many numbers there were. */
  public static class Count extends RichMapFunction<Long, String> {
    private transient ValueState<Long> count;

    @Override
    public String map(Long number) throws Exception {
      boolean first = count == null;
      if (first) count = getRuntimeContext().getState(new ValueStateDescriptor<>("count", Long.class));
      Long before = count.value();
      if (first) System.out.println("STARTED FROM " + (before == null ? 0 : before));
      long now = (before == null ? 0 : before) + 1;
      count.update(now);
      return "COUNT " + now;
    }
  }

  /** Slows the source down, not what comes after it: barriers must not wait behind full buffers. */
  public static class Slowly implements MapFunction<Long, Long> {
    @Override
    public Long map(Long number) throws Exception {
      Thread.sleep(5);
      return number;
    }
  }

  public static void main(String[] arguments) throws Exception {
    System.out.println("ARGUMENTS " + String.join(" ", arguments));
    // Another name of the state makes a program that cannot go on from what it had.
    String count = "other state".equals(System.getenv("NOTE")) ? "other" : "count";
    StreamExecutionEnvironment flink = StreamExecutionEnvironment.getExecutionEnvironment();
    flink.fromSequence(0, Long.MAX_VALUE).uid("numbers").map(new Slowly()).uid("slowly")
        .keyBy(number -> 0).map(new Count()).uid(count).print().uid("print");
    flink.execute("count");
  }
}
