package cloudflow.runner;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.File;

/** Stands in for the artifact cloudflow-runner: it finds its documents where that is told to find them. */
public final class Runner {
  public static void main(String[] arguments) throws Exception {
    Runner$.MODULE$.run();
  }
}

/** What the compiler of Scala makes of an object. */
final class Runner$ {
  public static final Runner$ MODULE$ = new Runner$();
  private final String PVCMountPath = path("/mnt/spark/storage");
  private final String DownwardApiVolumeMountPath = path("/mnt/downward-api-volume");

  /** Not a constant, which the compiler of Java would copy to where it is used. */
  private static String path(String path) {
    return path;
  }

  void run() throws Exception {
    Config config = ConfigFactory.parseFile(new File(System.getProperty("config.file"))).withFallback(ConfigFactory.load());
    System.out.println("local " + (config.hasPath("cloudflow.local") && config.getBoolean("cloudflow.local")));
    Class.forName(config.getString("cloudflow.runner.streamlet.class_name"))
        .getMethod("run", Config.class, String.class).invoke(null, config, PVCMountPath);
  }
}
