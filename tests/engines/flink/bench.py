"""Real Flink under `cloudflow apply`: a real API server, and for each pod the real scripts and classes of its version.

    tests/engines/flink/run VERSION…          see README.md

The image's entrypoint is replaced by a few lines that do to the settings what that version's does, or is the real one; everything
after it is Flink's own.
"""
import json, os, re, shutil, subprocess, sys, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
import bed
from bed import CACHE, NAME, SPACE, wait_for

ENGINES = os.environ.get("CLOUDFLOW_FLINK_HOMES", os.path.join(CACHE, "engines/flink"))
# A folder with VERSION/docker-entrypoint.sh of official images ("2.3/docker-entrypoint.sh"), run in place of entrypoint().
ENTRYPOINTS = os.environ.get("CLOUDFLOW_FLINK_ENTRYPOINTS", "")
# The user of Flink's own images.
FLINK = 9999


def entrypoint(version, home):
    """What the image's entrypoint of a version does, as a script."""
    conf, util = f"{home}/conf", f'bash {home}/bin/config-parser-utils.sh {home}/conf {home}/bin {home}/lib'
    if version < (1, 19):
        return f"""#!/bin/bash
set_key() {{ grep -q "^$1:" {conf}/flink-conf.yaml && sed -i "s|^$1:.*|$1: $2|" {conf}/flink-conf.yaml || echo "$1: $2" >> {conf}/flink-conf.yaml; }}
set_key jobmanager.rpc.address "$(hostname)"; set_key blob.server.port 6124; set_key query.server.port 6125
[ -z "$FLINK_PROPERTIES" ] || echo "$FLINK_PROPERTIES" >> {conf}/flink-conf.yaml
envsubst < {conf}/flink-conf.yaml > {conf}/new && mv {conf}/new {conf}/flink-conf.yaml
command=$1; shift
exec gosu flink {home}/bin/$command.sh start-foreground "$@"
"""
    leave = "" if version >= (2, 2) else "gosu flink "
    return f"""#!/bin/bash
{util} -Djobmanager.rpc.address="$(hostname)" -Dblob.server.port=6124 -Dquery.server.port=6125
options=()
while read -r line; do
  line=$(echo $line | tr -d '[:space:]'); [ -z "$line" ] && continue
  options+=("-D${{line%%:*}}=$(echo ${{line#*:}} | envsubst)")
done <<< "$FLINK_PROPERTIES"
[ ${{#options[@]}} = 0 ] || {util} "${{options[@]}}"
command=$1; shift
exec {leave}{home}/bin/$command.sh start-foreground "$@"
"""


class Pod(bed.Pod):
    def start(self):
        text = self.container["image"].split(":")[1]
        version = tuple(int(part) for part in text.split(".")[:2])
        home = f"{self.bed.folder}/{self.name}-home"
        shutil.rmtree(home, ignore_errors=True)
        os.makedirs(home)
        for part in ("bin", "conf"):
            shutil.copytree(f"{ENGINES}/{text}/{part}", f"{home}/{part}")
        for part in ("lib", "plugins", "usrlib"):
            shutil.copytree(f"{ENGINES}/{text}/{part}", f"{home}/{part}", copy_function=os.link)
        # As the image's build does.
        if version < (1, 19):
            subprocess.run(["sed", "-i", "-e", "s/bind-host: localhost/bind-host: 0.0.0.0/", "-e", "/taskmanager.host/d",
                            f"{home}/conf/flink-conf.yaml"], check=True)
        else:
            subprocess.run(["bash", f"{home}/bin/config-parser-utils.sh", f"{home}/conf", f"{home}/bin", f"{home}/lib", "-repKV",
                            "jobmanager.bind-host,localhost,0.0.0.0", "-repKV", "taskmanager.bind-host,localhost,0.0.0.0", "-rmKV",
                            "taskmanager.host=localhost"], check=True, env={"PATH": os.environ["PATH"]})
        os.makedirs(f"{home}/log", exist_ok=True)
        for part in ("", "bin", "conf", "log"):
            shutil.chown(f"{home}/{part}", FLINK, FLINK)
        for file in os.listdir(f"{home}/conf"):
            shutil.chown(f"{home}/conf/{file}", FLINK, FLINK)
        java = f"{ENGINES}/{text}/java"
        if not os.path.exists(java):
            java = os.environ.get("JAVA_HOME", "/usr/lib/jvm/java-17-openjdk-amd64")
        environment = self.environment(dict(
            PATH="/opt/java/bin:" + os.environ["PATH"], JAVA_HOME="/opt/java", FLINK_HOME="/opt/flink", HOSTNAME=self.name, HOME="/tmp",
            JAVA_TOOL_OPTIONS="-XX:TieredStopAtLevel=1"))
        real = f"{ENTRYPOINTS}/{version[0]}.{version[1]}/docker-entrypoint.sh"
        if ENTRYPOINTS and os.path.exists(real):
            shutil.copy(real, f"{home}/entrypoint.sh")
        else:
            with open(f"{home}/entrypoint.sh", "w") as out:
                out.write(entrypoint(version, "/opt/flink"))
        os.chmod(f"{home}/entrypoint.sh", 0o755)
        words = [self.with_variables(word, environment).replace("/docker-entrypoint.sh", "/opt/flink/entrypoint.sh")
                 for word in self.container["command"] + self.container.get("args", [])]
        # Images of 2.2 and newer name their user. The entrypoints of older ones start as root and leave it.
        self.run(words, environment, {"/opt/java": java, "/opt/flink": home}, FLINK if version >= (2, 2) else 0, "/opt/flink")


class Bed(bed.Bed):
    alone = ("jobmanager", "taskmanager")

    def __init__(self, folder):
        super().__init__(folder, {"jobmanager": Pod, "taskmanager": Pod})

    def journal(self):
        return (self.config_map(f"{NAME}-savepoint") or {}).get("data", {})

    def records(self):
        """The ConfigMaps of Flink's high availability: name, labels and keys."""
        maps = json.loads(self.kubectl("get", "configmaps", "-n", SPACE, "-l", f"app={NAME}", "-o", "json"))["items"]
        return {m["metadata"]["name"]: (m["metadata"]["labels"], sorted(m.get("data", {}))) for m in maps}


class Project(bed.Project):
    def __init__(self, bed):
        super().__init__(bed, "cloudflow-flink")
        self.image, self.version, self.stop_with = "flink:2.3.0", "of-image", "savepoint"
        self.flink = {"execution.checkpointing.interval": "1s", "state.backend.type": "hashmap"}

    def write(self):
        with open(f"{self.folder}/cloudflow.yaml", "w") as out:
            out.write(f"application: shop\nversion: 1.0.0\nblueprint: blueprint.yaml\nconfig: [app.conf]\nenvironments:\n  test:\n"
                      f"    runtimes: {{flink: {{stop-with: {self.stop_with}, version: {self.version}}}}}\n")
        with open(f"{self.folder}/blueprint.yaml", "w") as out:
            out.write(f"blueprint: {{streamlets: {{stats: {{runtime: flink, image: \"{self.image}\"}}}}}}\n")
        with open(f"{self.folder}/app.conf", "w") as out:
            for key, value in self.flink.items():
                out.write(f"cloudflow.streamlets.stats.config.\"{key}\" = {json.dumps(value)}\n")
            out.write("cloudflow.streamlets.stats.kubernetes.pods.pod.containers.container.env = [\n"
                      f"  {{name = NOTE, value = \"{self.note}\"}}, {{name = JAVA_OPTS, value = \"{self.java}\"}}]\n")


class Job:
    """What can be seen of the job from outside."""

    def __init__(self, bed):
        self.bed = bed

    def outputs(self):
        pods = [pod for pod in self.bed.ended + list(self.bed.pods.values()) if pod.component == "taskmanager"]
        return pods

    def ask(self, path):
        with urllib.request.urlopen(f"http://{self.bed.pod('jobmanager').address}:8081/{path}", timeout=20) as answer:
            return json.load(answer)

    def settings(self):
        """What the JobManager says that it was given."""
        return {entry["key"]: entry["value"] for entry in self.ask("jobmanager/config")}

    def has_own_checkpoint(self):
        """Not what it was started from, which Flink records as one as well."""
        running = [job["jid"] for job in self.ask("jobs/overview")["jobs"] if job["state"] == "RUNNING"]
        return any(self.ask(f"jobs/{job}/checkpoints")["latest"]["completed"] for job in running)

    def states(self):
        """Of the jobs that the JobManager lists; none where it does not answer."""
        try:
            return [job["state"] for job in self.ask("jobs/overview")["jobs"]]
        except OSError:
            return []

    def count(self):
        """The highest count of the TaskManager that runs now."""
        pod = self.bed.pod("taskmanager")
        found = re.findall(r"COUNT (\d+)", pod.text()) if pod else []
        return int(found[-1]) if found else 0

    def starts(self):
        return [int(n) for pod in self.outputs() for n in re.findall(r"STARTED FROM (\d+)", pod.text())]

    def wait_for_progress(self, seconds=400):
        before = self.count()
        wait_for("the job counts", lambda: self.count() > before + 20, seconds)

    def wait_for_start(self, number, seconds=400):
        wait_for(f"the job has started {number} times", lambda: len(self.starts()) >= number, seconds)
        self.wait_for_progress(seconds)
        return self.starts()[-1]
