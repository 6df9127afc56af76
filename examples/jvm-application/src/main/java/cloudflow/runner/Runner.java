package cloudflow.runner;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Paths;

/**
 * Stands in for the artifact cloudflow-runner, which an application of Cloudflow 2 has on its class path: it finds its
 * documents, its pod and its streamlet in the same places. With that artifact this file goes.
 */
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
    String file = System.getProperty("config.file", "/etc/cloudflow-runner-secret/application.conf");
    Config config = ConfigFactory.parseFile(new File(file)).withFallback(ConfigFactory.load());
    for (String name : new String[] {"name", "namespace", "uid"}) {
      byte[] text = Files.readAllBytes(Paths.get(DownwardApiVolumeMountPath, "metadata." + name));
      System.out.println("pod " + name + " " + new String(text, StandardCharsets.UTF_8));
    }
    Class<?> streamlet = Class.forName(config.getString("cloudflow.runner.streamlet.class_name"));
    streamlet.getMethod("run", Config.class).invoke(null, config);
  }
}
