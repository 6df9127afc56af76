// A streaming query with state: it counts numbers by their remainder, and prints what it counted. Compiled against each version of Spark.
package cloudflow.runner;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.max;

import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.util.Arrays;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.Trigger;

public class Runner {
  static final String STORAGE = "/mnt/spark/storage";

  /** What an executor sees of its pod. */
  public static class Look implements Function<Integer, String> {
    @Override
    public String call(Integer number) throws Exception {
      Thread.sleep(300);
      return "a=" + System.getProperty("a") + " b=" + System.getProperty("b") + " note=" + System.getenv("NOTE")
          + " storage=" + new File(STORAGE).canWrite() + " secret=" + new File("/etc/cloudflow-runner-secret").isDirectory()
          + " executor=" + System.getenv("SPARK_EXECUTOR_ID") + " java=" + System.getProperty("java.specification.version");
    }
  }

  /** One line for each key: how many numbers there were of it, and the last one. */
  public static class Print implements VoidFunction2<Dataset<Row>, Long> {
    @Override
    public void call(Dataset<Row> rows, Long batch) {
      StringBuilder line = new StringBuilder("BATCH " + batch);
      for (Row row : rows.orderBy("key").collectAsList())
        line.append(" key ").append(row.getLong(0)).append(" count ").append(row.getLong(1)).append(" last ").append(row.getLong(2)).append(";");
      System.out.println(line);
    }
  }

  public static void main(String[] arguments) throws Exception {
    System.setOut(new PrintStream(new FileOutputStream(FileDescriptor.out), true, "UTF-8"));
    SparkSession spark = SparkSession.builder().getOrCreate();
    JavaSparkContext context = new JavaSparkContext(spark.sparkContext());
    System.out.println("SPARK " + spark.version() + " APPLICATION " + spark.sparkContext().applicationId());
    for (String key : Arrays.asList("spark.my.words", "spark.my", "spark.executor.instances"))
      System.out.println("SETTING " + key + "=" + context.getConf().get(key, "none"));
    for (String line : context.parallelize(Arrays.asList(1, 2, 3, 4), 4).map(new Look()).collect()) System.out.println("EXECUTOR SEES " + line);
    spark.readStream().format("rate").option("rowsPerSecond", 20).load()
        .groupBy(col("value").mod(lit(2L)).as("key")).agg(count(lit(1)), max("value"))
        .writeStream().outputMode("update").option("checkpointLocation", STORAGE + "/checkpoints/count")
        .trigger(Trigger.ProcessingTime("1 second")).foreachBatch(new Print()).start();
    spark.streams().awaitAnyTermination();
  }
}
