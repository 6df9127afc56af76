package cloudflow.sandbox;

import java.io.IOException;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Modifier;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;

/**
 * Runs a streamlet of Cloudflow 2 where the folders of its container are not there. Its own main class does the work;
 * it is only told where this process finds its documents, what a pod would tell about itself, and its storage.
 */
public final class Launch {
  private static final String RUNNER = "cloudflow.runner.Runner";
  private static final String RUNTIME = System.getProperty("cloudflow.sandbox.runtime", "");
  /** The job runs here, and is not given to a cluster; and what it offers is for this machine. */
  private static final String FLINK = "cloudflow.local = true\n"
      + "cloudflow.runtimes.flink.config.flink { rest.bind-address = \"127.0.0.1\", jobmanager.bind-host = \"127.0.0.1\" }\n";

  public static void main(String[] arguments) throws Throwable {
    Path documents = Paths.get(System.getenv("CLOUDFLOW_RUNNER_SECRET"));
    System.setProperty("config.file", oneDocument(documents).toString());
    Class<?> main;
    needEngine();
    try {
      Class<?> settings = Class.forName(RUNNER + "$");
      set(settings, "DownwardApiVolumeMountPath", podMetadata(documents).toString());
      set(settings, "PVCMountPath", Files.createDirectories(documents.resolve("storage")).toString());
      main = Class.forName(RUNNER);
    } catch (ClassNotFoundException e) {
      System.err.println("the class path has no " + RUNNER + ": add the artifact cloudflow-runner to it");
      System.exit(1);
      return;
    }
    try {
      main.getMethod("main", String[].class).invoke(null, (Object) arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  /** Without it the engine's own words do not say what is missing. */
  private static void needEngine() {
    String[][] engines = {
      {"flink", "org.apache.flink.client.deployment.executors.LocalExecutorFactory", "flink-clients"},
      {"spark", "org.apache.spark.sql.SparkSession", "spark-sql"}
    };
    for (String[] engine : engines) {
      if (!engine[0].equals(RUNTIME)) continue;
      try {
        Class.forName(engine[1], false, Launch.class.getClassLoader());
      } catch (ClassNotFoundException e) {
        System.err.println("the class path has no " + engine[2] + ", which runs " + engine[0]
            + " in this process: add the jars of the version that the image has");
        System.exit(1);
      }
    }
  }

  /** The runner takes one file in place of both; with one named, the application's own application.conf is left out. */
  private static Path oneDocument(Path documents) throws IOException {
    String text = "include classpath(\"application.conf\")\n" + (RUNTIME.equals("flink") ? FLINK : "");
    for (String name : new String[] {"application.conf", "secret.conf"}) {
      String path = documents.resolve(name).toString().replace("\\", "\\\\").replace("\"", "\\\"");
      text += "include file(\"" + path + "\")\n";
    }
    return Files.write(documents.resolve("runner.conf"), text.getBytes(StandardCharsets.UTF_8));
  }

  private static Path podMetadata(Path documents) throws IOException {
    Path folder = Files.createDirectories(documents.resolve("downward-api-volume"));
    String streamlet = documents.getFileName().toString();
    String[][] files = {{"name", streamlet}, {"namespace", "sandbox"}, {"uid", "sandbox-" + streamlet}};
    for (String[] file : files) {
      Files.write(folder.resolve("metadata." + file[0]), file[1].getBytes(StandardCharsets.UTF_8));
    }
    return folder;
  }

  /** What the compiler of Scala makes of a value of an object is a final field, static or not, by its version. */
  private static void set(Class<?> object, String name, String value) throws ReflectiveOperationException {
    Field field;
    try {
      field = object.getDeclaredField(name);
    } catch (NoSuchFieldException e) {
      System.err.println("this version of " + RUNNER + " has no " + name + "; it looks for it where a container has it");
      return;
    }
    if (!Modifier.isStatic(field.getModifiers())) {
      Field only = object.getDeclaredField("MODULE$");
      only.setAccessible(true);
      field.setAccessible(true);
      field.set(only.get(null), value);
      return;
    }
    // Reflection sets no field that is static and final.
    Class<?> memory = Class.forName("sun.misc.Unsafe");
    Field only = memory.getDeclaredField("theUnsafe");
    only.setAccessible(true);
    Object unsafe = only.get(null);
    Object base = memory.getMethod("staticFieldBase", Field.class).invoke(unsafe, field);
    Object offset = memory.getMethod("staticFieldOffset", Field.class).invoke(unsafe, field);
    memory.getMethod("putObject", Object.class, long.class, Object.class).invoke(unsafe, base, offset, value);
  }
}
