#!/usr/bin/env python3
"""Real Flink under `cloudflow apply`: a real API server, and for each pod the real scripts and classes of its version.

    tests/engines/flink/run VERSION…          see README.md

Everything runs in a network and mount namespace of its own, where the addresses of pods are local. The image's entrypoint is
replaced by a few lines that do to the settings what that version's does, or is the real one; everything after it is Flink's own.
"""
import base64, json, os, re, shutil, signal, subprocess, sys, threading, time, urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.abspath(os.path.join(HERE, "../../.."))
CACHE = os.environ.get("CLOUDFLOW_CACHE", os.path.expanduser("~/.cache/cloudflow"))
ENGINES = os.environ.get("CLOUDFLOW_FLINK_HOMES", os.path.join(CACHE, "engines/flink"))
CLOUDFLOW = os.environ.get("CLOUDFLOW_TEST_BINARY", os.path.join(ROOT, "build/dev/cloudflow"))
# A folder with VERSION/docker-entrypoint.sh of official images ("2.3/docker-entrypoint.sh"), run in place of entrypoint().
ENTRYPOINTS = os.environ.get("CLOUDFLOW_FLINK_ENTRYPOINTS", "")
SPACE, NAME = "shop", "shop-stats"


def wait_for(what, question, seconds=120):
    end = time.time() + seconds
    while time.time() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.2)
    raise AssertionError(f"after {seconds} s still not so: {what}")


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
[ "$command" = taskmanager ] && exec {home}/bin/taskmanager.sh start-foreground "$@"
exec {home}/bin/$command.sh start-foreground "$@"
"""
    return f"""#!/bin/bash
{util} -Djobmanager.rpc.address="$(hostname)" -Dblob.server.port=6124 -Dquery.server.port=6125
options=()
while read -r line; do
  line=$(echo $line | tr -d '[:space:]'); [ -z "$line" ] && continue
  options+=("-D${{line%%:*}}=$(echo ${{line#*:}} | envsubst)")
done <<< "$FLINK_PROPERTIES"
[ ${{#options[@]}} = 0 ] || {util} "${{options[@]}}"
command=$1; shift
[ "$command" = taskmanager ] && exec {home}/bin/taskmanager.sh start-foreground "$@"
exec {home}/bin/$command.sh start-foreground "$@"
"""


class Pod:
    """One container, started again when it ends, as a kubelet does."""

    def __init__(self, bed, manifest):
        self.bed, self.manifest = bed, manifest
        self.name = manifest["metadata"]["name"]
        self.component = manifest["metadata"]["labels"]["app.kubernetes.io/component"]
        self.log = f"{bed.folder}/{self.name}.log"
        self.process, self.gone, self.held, self.starts = None, False, False, 0
        self.thread = threading.Thread(target=self.live, daemon=True)
        self.thread.start()

    def environment(self, container):
        out = dict(PATH=os.environ["PATH"], KUBECONFIG=self.bed.token_kubeconfig, HOSTNAME=self.name, USER="flink", HOME="/tmp",
                   JAVA_TOOL_OPTIONS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")
        if "JAVA_HOME" in os.environ:
            out["JAVA_HOME"] = os.environ["JAVA_HOME"]
        for variable in container.get("env", []):
            value, source = variable.get("value"), variable.get("valueFrom", {})
            if "fieldRef" in source:
                path = source["fieldRef"]["fieldPath"]
                value = self.manifest["status"]["podIP"] if path == "status.podIP" else self.name
            if "configMapKeyRef" in source:
                reference = source["configMapKeyRef"]
                value = (self.bed.config_map(reference["name"]) or {}).get("data", {}).get(reference["key"])
                if value is None and not reference.get("optional"):
                    raise RuntimeError(f"{self.name}: no key {reference}")
            if value is not None:
                out[variable["name"]] = re.sub(r"\$\((\w+)\)", lambda m: out.get(m[1], m[0]), value)
        return out

    def start(self):
        container = self.manifest["spec"]["containers"][0]
        text = container["image"].split(":")[1]
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
        script = f"{home}/entrypoint.sh"
        environment = self.environment(container)
        real = f"{ENTRYPOINTS}/{version[0]}.{version[1]}/docker-entrypoint.sh"
        if ENTRYPOINTS and os.path.exists(real):
            shutil.copy(real, script)
            # Root is not left: there is no user "flink" here.
            with open(f"{home}/bin/gosu", "w") as out:
                out.write('#!/bin/sh\nshift; exec "$@"\n')
            os.chmod(f"{home}/bin/gosu", 0o755)
            environment["PATH"] = f"{home}/bin:" + environment["PATH"]
        else:
            with open(script, "w") as out:
                out.write(entrypoint(version, home))
        os.chmod(script, 0o755)
        environment["FLINK_HOME"] = home
        if version < (1, 18):
            # Its images have Java 8 or 11. On a newer Java this lets it at what they leave open.
            environment["JAVA_TOOL_OPTIONS"] += "".join(
                f" --add-{how}=java.base/{package}=ALL-UNNAMED" for how in ("opens", "exports")
                for package in ("sun.net.util", "java.lang", "java.net", "java.io", "java.nio", "sun.nio.ch", "java.lang.reflect",
                                "java.text", "java.time", "java.util", "java.util.concurrent"))
        words = [re.sub(r"\$\((\w+)\)", lambda m: environment.get(m[1], m[0]), word).replace("/docker-entrypoint.sh", script)
                 for word in container["command"] + container.get("args", [])]
        self.starts += 1
        with open(self.log, "a") as log:
            log.write(f"--- start {self.starts}\n")
            log.flush()
            self.process = subprocess.Popen(words, env=environment, stdout=log, stderr=log, start_new_session=True, cwd=home)

    def live(self):
        while not self.gone:
            if self.held:
                time.sleep(0.2)
                continue
            try:
                self.start()
            except Exception as trouble:  # the kubelet tries again
                self.bed.say(f"{self.name}: {trouble}")
                time.sleep(1)
                continue
            while self.process.poll() is None and not self.gone:
                time.sleep(0.1)
            if self.gone:
                self.signal(signal.SIGTERM)
                end = time.time() + 5
                while self.process.poll() is None and time.time() < end:
                    time.sleep(0.1)
                self.signal(signal.SIGKILL)
                return
            time.sleep(1)

    def signal(self, number):
        if self.process and self.process.poll() is None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                pass

    def text(self):
        try:
            with open(self.log, errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""

    def command_line(self):
        try:
            with open(f"/proc/{self.process.pid}/cmdline", "rb") as file:
                return file.read().decode(errors="replace").split("\0")
        except (FileNotFoundError, AttributeError):
            return []


class Bed:
    def __init__(self, folder):
        self.folder = folder
        self.pods = {}
        self.ended = []
        os.makedirs(folder, exist_ok=True)
        self.server = subprocess.Popen([f"{CACHE}/kubebed/kubebed", "--dir", f"{folder}/kube", "--parent", str(os.getpid())],
                                       stdout=subprocess.DEVNULL)
        wait_for("the API server is ready", lambda: os.path.exists(f"{folder}/kube/ready"), 120)
        self.kubeconfig = f"{folder}/kube/kubeconfig"
        # Flink 1 cannot read the elliptic key of the other one.
        self.token_kubeconfig = f"{folder}/kube/users/admin-token.kubeconfig"
        self.stopping = False
        threading.Thread(target=self.watch, daemon=True).start()

    def say(self, text):
        print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)

    def kubectl(self, *words, check=True, stdin=None):
        done = subprocess.run(["kubectl", "--kubeconfig", self.kubeconfig, *words], capture_output=True, text=True, input=stdin)
        if check and done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout

    def config_map(self, name):
        out = self.kubectl("get", "configmap", name, "-n", SPACE, "-o", "json", "--ignore-not-found")
        return json.loads(out) if out.strip() else None

    def journal(self):
        return (self.config_map(f"{NAME}-savepoint") or {}).get("data", {})

    def records(self):
        """The ConfigMaps of Flink's high availability: name, labels and keys."""
        maps = json.loads(self.kubectl("get", "configmaps", "-n", SPACE, "-l", f"app={NAME}", "-o", "json"))["items"]
        return {m["metadata"]["name"]: (m["metadata"]["labels"], sorted(m.get("data", {}))) for m in maps}

    def watch(self):
        while not self.stopping:
            try:
                items = json.loads(self.kubectl("get", "pods", "-n", SPACE, "-o", "json"))["items"]
            except Exception:
                time.sleep(0.3)
                continue
            here = {}
            for item in items:
                labels = item["metadata"].get("labels", {})
                if labels.get("app.kubernetes.io/component") in ("jobmanager", "taskmanager") and item["status"].get("podIP"):
                    if "deletionTimestamp" not in item["metadata"]:
                        here[item["metadata"]["uid"]] = item
            for uid in [uid for uid in self.pods if uid not in here]:
                pod = self.pods.pop(uid)
                pod.gone = True
                self.ended.append(pod)
            for uid, item in here.items():
                if uid not in self.pods:
                    # Ports are the whole machine's here: one after the other.
                    if any(p.component == item["metadata"]["labels"]["app.kubernetes.io/component"] and p.thread.is_alive()
                           for p in self.ended):
                        continue
                    self.pods[uid] = Pod(self, item)
            time.sleep(0.2)

    def pod(self, component):
        found = [pod for pod in self.pods.values() if pod.component == component]
        return found[0] if found else None

    def close(self):
        self.stopping = True
        for pod in list(self.pods.values()):
            pod.gone = True
        for pod in list(self.pods.values()) + self.ended:
            pod.thread.join(10)
        self.server.terminate()
        self.server.wait(20)


class Project:
    def __init__(self, bed):
        self.bed, self.folder = bed, f"{bed.folder}/project"
        os.makedirs(f"{self.folder}/kubernetes", exist_ok=True)
        self.image, self.version, self.note, self.stop_with, self.java = "flink:2.3.0", "of-image", "1", "savepoint", "-Da=1 -Db=2"
        self.flink = {"execution.checkpointing.interval": "1s", "state.backend.type": "hashmap"}
        with open(f"{self.folder}/kubernetes/claim.yaml", "w") as out:
            out.write("apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: cloudflow-flink}\n"
                      "spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}\n")

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

    def start(self, *words):
        self.write()
        return subprocess.Popen([CLOUDFLOW, *words], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                env=dict(os.environ, KUBECONFIG=self.bed.kubeconfig, NO_COLOR="1"))

    def run(self, *words, status=0):
        process = self.start(*words)
        out, _ = process.communicate(timeout=400)
        assert process.returncode == status, f"{words} ended with {process.returncode}, wanted {status}:\n{out}"
        return out


class Job:
    """What can be seen of the job from outside."""

    def __init__(self, bed):
        self.bed = bed

    def outputs(self):
        pods = [pod for pod in self.bed.ended + list(self.bed.pods.values()) if pod.component == "taskmanager"]
        return pods

    def settings(self):
        """What the JobManager says that it was given."""
        address = self.bed.pod("jobmanager").manifest["status"]["podIP"]
        with urllib.request.urlopen(f"http://{address}:8081/jobmanager/config", timeout=20) as answer:
            return {entry["key"]: entry["value"] for entry in json.load(answer)}

    def count(self):
        """The highest count of the TaskManager that runs now."""
        pod = self.bed.pod("taskmanager")
        found = re.findall(r"COUNT (\d+)", pod.text()) if pod else []
        return int(found[-1]) if found else 0

    def starts(self):
        return [int(n) for pod in self.outputs() for n in re.findall(r"STARTED FROM (\d+)", pod.text())]

    def wait_for_progress(self, seconds=180):
        before = self.count()
        wait_for("the job counts", lambda: self.count() > before + 20, seconds)

    def wait_for_start(self, number, seconds=180):
        wait_for(f"the job has started {number} times", lambda: len(self.starts()) >= number, seconds)
        self.wait_for_progress(seconds)
        return self.starts()[-1]
