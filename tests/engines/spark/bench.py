"""Real Spark under `cloudflow apply`: a real API server, and for the driver's pod and each executor's the real classes of their version.

Only the image's entrypoint is replaced, by a few lines that do what that version's does, or is the real one; everything after it is
Spark's own.
"""
import os, shutil, socket, sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import bed
from bed import CACHE, NAME, SPACE

ENGINES = os.environ.get("CLOUDFLOW_SPARK_HOMES", os.path.join(CACHE, "engines/spark"))
# A folder with VERSION/entrypoint.sh of official images ("3.2/entrypoint.sh"), run in place of entrypoint().
ENTRYPOINTS = os.environ.get("CLOUDFLOW_SPARK_ENTRYPOINTS", "")


def entrypoint(version):
    """What the image's entrypoint of a version does, as a script."""
    executor = "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend"
    pod = '--podName "$SPARK_EXECUTOR_POD_NAME"'
    if version < (3, 3):
        executor, pod = "org.apache.spark.executor.CoarseGrainedExecutorBackend", ""
    return f"""#!/bin/bash
command=$1; shift
[ "$command" = driver ] && exec /opt/spark/bin/spark-submit --conf "spark.driver.bindAddress=$SPARK_DRIVER_BIND_ADDRESS" --deploy-mode client "$@"
options=()
while IFS= read -r line; do options+=("${{line#*=}}"); done < <(env | grep ^SPARK_JAVA_OPT_ | sort -t_ -k4 -n)
exec "$JAVA_HOME/bin/java" "${{options[@]}}" "-Xms$SPARK_EXECUTOR_MEMORY" "-Xmx$SPARK_EXECUTOR_MEMORY" -cp "$SPARK_CONF_DIR:/opt/spark/jars/*" {executor} \\
  --driver-url "$SPARK_DRIVER_URL" --executor-id "$SPARK_EXECUTOR_ID" --cores "$SPARK_EXECUTOR_CORES" --app-id "$SPARK_APPLICATION_ID" \\
  --hostname "$SPARK_EXECUTOR_POD_IP" --resourceProfileId "$SPARK_RESOURCE_PROFILE_ID" {pod}
"""


class Container(bed.Pod):
    def start(self):
        version = self.container["image"].split(":")[1]
        short = tuple(int(part) for part in version.split(".")[:2])
        home = f"{ENGINES}/{version}"
        java = f"{home}/java" if os.path.exists(f"{home}/java") else os.environ.get("JAVA_HOME", "/usr/lib/jvm/java-17-openjdk-amd64")
        environment = self.environment(dict(PATH="/opt/java/bin:" + os.environ["PATH"], JAVA_HOME="/opt/java", HOSTNAME=self.name, USER="spark",
                                            HOME="/tmp", SPARK_HOME="/opt/spark", JAVA_TOOL_OPTIONS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"))
        work = f"{self.bed.folder}/{self.name}-work"
        os.makedirs(work, exist_ok=True)
        os.chmod(work, 0o777)
        real = f"{ENTRYPOINTS}/{short[0]}.{short[1]}/entrypoint.sh"
        if ENTRYPOINTS and os.path.exists(real):
            shutil.copy(real, f"{work}/entrypoint.sh")
        else:
            with open(f"{work}/entrypoint.sh", "w") as out:
                out.write(entrypoint(short))
        os.chmod(f"{work}/entrypoint.sh", 0o755)
        if self.component == "driver":
            self.bed.name_driver(self.address)
        words = [self.with_variables(word, environment) for word in self.container.get("args", [])]
        self.run(["/opt/spark/work-dir/entrypoint.sh", *words], environment,
                 {"/opt/java": java, "/opt/spark": home, "/opt/spark/work-dir": work}, 185, "/opt/spark/work-dir")


class Executor(Container):
    restarts = False

    def ended(self):
        """The node says that the pod has failed."""
        if not self.gone:
            self.bed.kubectl("annotate", "pod", self.name, "-n", SPACE, "kubebed/fail=error", check=False)


class Bed(bed.Bed):
    alone = ("driver",)

    def __init__(self, folder):
        super().__init__(folder, {"driver": Container, "executor": Executor})

    def name_driver(self, address):
        """What a cluster's own names say: the API server, and the pod behind the driver's Service."""
        with open("/etc/hosts", "w") as out:
            out.write(f"127.0.0.1 localhost\n10.96.0.1 kubernetes.default.svc\n{address} {NAME}-driver.{SPACE}.svc\n127.0.0.1 {socket.gethostname()}\n")


class Project(bed.Project):
    def __init__(self, bed, version):
        super().__init__(bed, "cloudflow-spark")
        self.image, self.replicas = f"spark:{version}", 2
        self.spark = {"spark.executor.memory": "512m", "spark.driver.memory": "512m", "spark.sql.shuffle.partitions": "2",
                      "spark.ui.enabled": "false"}

    def write(self):
        with open(f"{self.folder}/cloudflow.yaml", "w") as out:
            out.write("application: shop\nversion: 1.0.0\nblueprint: blueprint.yaml\nconfig: [app.conf]\n"
                      f"environments:\n  test:\n    replicas: {{stats: {self.replicas}}}\n")
        with open(f"{self.folder}/blueprint.yaml", "w") as out:
            out.write(f"blueprint: {{streamlets: {{stats: {{runtime: spark, image: \"{self.image}\"}}}}}}\n")
        with open(f"{self.folder}/app.conf", "w") as out:
            for key, value in self.spark.items():
                quoted = value.replace("\\", "\\\\").replace('"', '\\"')
                out.write(f"cloudflow.streamlets.stats.config.\"{key}\" = \"{quoted}\"\n")
            out.write("cloudflow.streamlets.stats.kubernetes.pods.pod.containers.container.env = [\n"
                      f"  {{name = NOTE, value = \"{self.note}\"}}, {{name = JAVA_OPTS, value = \"{self.java}\"}}]\n")
