package shop;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;

import com.typesafe.config.Config;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.Trigger;

/** A streaming query with state: how often each word came, on Spark's own source and sink; and one on the rate source. */
public final class SparkCount {
  private static final String PORTS = "cloudflow.runner.streamlet.context.port_mappings.";

  public static void run(Config config, String storage) throws Exception {
    SparkSession spark = SparkSession.builder().appName("count").config("spark.sql.shuffle.partitions", "2")
        .config("spark.serializer", "org.apache.spark.serializer.KryoSerializer").getOrCreate();
    spark.sparkContext().setLogLevel("ERROR");
    System.out.println("spark on " + spark.sparkContext().master() + " at " + spark.conf().get("spark.driver.host"));
    // With Kryo Spark looks into java.nio, which newer Java has to allow.
    List<List<Integer>> lists = Arrays.asList(Arrays.asList(1), Arrays.asList(2), Arrays.asList(3, 4));
    System.out.println("kryo groups " + new JavaSparkContext(spark.sparkContext()).parallelize(lists, 2).groupBy(List::size).count());
    System.out.println("warehouse " + spark.conf().get("spark.sql.warehouse.dir"));
    spark.readStream().format("kafka").option("kafka.bootstrap.servers", config.getString(PORTS + "in.config.bootstrap.servers"))
        .option("subscribe", config.getString(PORTS + "in.id")).option("startingOffsets", "earliest").load()
        .groupBy(col("value").cast("string").as("word")).agg(count(lit(1)).as("times"))
        .select(concat(col("word"), lit(" spark "), col("times").cast("string")).as("value"))
        .writeStream().outputMode("update").format("kafka")
        .option("kafka.bootstrap.servers", config.getString(PORTS + "out.config.bootstrap.servers"))
        .option("topic", config.getString(PORTS + "out.id")).option("checkpointLocation", storage + "/checkpoints/count")
        .trigger(Trigger.ProcessingTime("1 second")).start();
    spark.readStream().format("rate").option("rowsPerSecond", 5).load().agg(count(lit(1)).as("ticks"))
        .writeStream().outputMode("complete").foreachBatch((rows, batch) -> {
          long ticks = rows.first().getLong(0);  // each time: state that nobody asks for is not kept
          if (batch == 2) System.out.println("rate batch " + batch + " has ticks " + (ticks >= 0));
        }).start();
    spark.streams().awaitAnyTermination();
  }
}
