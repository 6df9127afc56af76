"""What the trials of engines share: a real API server, processes in the place of containers, and a project that cloudflow applies.

Everything runs in a network and mount namespace of its own, where the addresses of pods are local. Each container is a process in a
mount namespace of its own, with the files of its pod's volumes where the pod mounts them (claims, ConfigMaps, Secrets, the token of
its service account), with the user of its image and the group of the pod's volumes, and with modes and groups as a kubelet sets them.
"""
import base64, json, os, re, signal, socket, subprocess, threading, time

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
CACHE = os.environ.get("CLOUDFLOW_CACHE", os.path.expanduser("~/.cache/cloudflow"))
CLOUDFLOW = os.environ.get("CLOUDFLOW_TEST_BINARY", os.path.join(ROOT, "build/dev/cloudflow"))
SPACE, NAME = "shop", "shop-stats"


def wait_for(what, question, seconds=300):
    end = time.time() + seconds
    while time.time() < end:
        answer = question()
        if answer:
            return answer
        time.sleep(0.2)
    raise AssertionError(f"after {seconds} s still not so: {what}")


def prepare_machine(folder, users):
    """Lets containers mount what they like, and gives the machine the users of images (name to number), without changing it outside."""
    subprocess.run(["sh", "-c", f"""set -e
        mkdir -p {folder}/machine && mount -t tmpfs none {folder}/machine
        for part in etc usr/bin; do
          mkdir -p {folder}/machine/upper/$part {folder}/machine/work/$part
          mount -t overlay overlay -o lowerdir=/$part,upperdir={folder}/machine/upper/$part,workdir={folder}/machine/work/$part /$part
        done
        for here in /opt /mnt /run; do mount -t tmpfs none $here; done"""], check=True)
    for name, number in users.items():
        for file, line in (("passwd", f"{name}:x:{number}:{number}::/tmp:/bin/sh"), ("group", f"{name}:x:{number}:")):
            with open(f"/etc/{file}", "a") as out:
                out.write(line + "\n")
    # What official entrypoints start programs with. gosu gives the groups that /etc/group knows, and no others.
    for name, script in (("tini", 'shift 2; exec "$@"'),
                         ("gosu", 'user=$1; shift; exec setpriv --reuid "$user" --regid "$(id -g "$user")" --init-groups "$@"')):
        with open(f"/usr/bin/{name}", "w") as out:
            out.write(f"#!/bin/sh\n{script}\n")
        os.chmod(f"/usr/bin/{name}", 0o755)


class Pod:
    """One container, started again when it ends, as a kubelet does. `start` is the engine's own, and ends with `run`."""

    restarts = True

    def __init__(self, bed, manifest):
        self.bed, self.manifest = bed, manifest
        self.name = manifest["metadata"]["name"]
        self.address = manifest["status"]["podIP"]
        self.component = manifest["metadata"]["labels"]["app.kubernetes.io/component"]
        self.container = manifest["spec"]["containers"][0]
        self.group = manifest["spec"].get("securityContext", {}).get("fsGroup", 0)
        self.log = f"{bed.folder}/{self.name}.log"
        self.process, self.gone, self.held, self.starts = None, False, False, 0
        self.thread = threading.Thread(target=self.live, daemon=True)
        self.thread.start()

    def start(self):
        raise NotImplementedError

    def ended(self):
        """Told when the process has ended by itself."""

    def environment(self, out):
        """Adds the variables of the container to those of the image."""
        for variable in self.container.get("env", []):
            value, source = variable.get("value"), variable.get("valueFrom", {})
            if "fieldRef" in source:
                path = source["fieldRef"]["fieldPath"]
                value = {"status.podIP": self.address, "metadata.name": self.name, "metadata.namespace": SPACE}[path]
            if "configMapKeyRef" in source:
                reference = source["configMapKeyRef"]
                value = (self.bed.config_map(reference["name"]) or {}).get("data", {}).get(reference["key"])
                if value is None and not reference.get("optional"):
                    raise RuntimeError(f"{self.name}: no key {reference}")
            if value is not None:
                out[variable["name"]] = self.with_variables(value, out)
        return out

    @staticmethod
    def with_variables(text, environment):
        return re.sub(r"\$\((\w+)\)", lambda m: environment.get(m[1], m[0]), text)

    def source(self, volume):
        """The folder that stands for a volume."""
        folder = f"{self.bed.folder}/volumes/{self.name}/{volume['name']}"
        if "persistentVolumeClaim" in volume:
            folder = f"{self.bed.folder}/claims/{volume['persistentVolumeClaim']['claimName']}"
        os.makedirs(folder, exist_ok=True)
        os.chown(folder, -1, self.group)
        os.chmod(folder, 0o2775)
        for part in volume.get("projected", {}).get("sources", [volume]):
            for name, content in self.files(part).items():
                with open(f"{folder}/{name}", "wb") as out:
                    out.write(content)
                os.chown(f"{folder}/{name}", -1, self.group)
                os.chmod(f"{folder}/{name}", 0o640 if "serviceAccountToken" in part and self.group else 0o644)
        return folder

    def files(self, part):
        if "configMap" in part:
            reference = part["configMap"]
            data = (self.bed.config_map(reference["name"]) or {}).get("data", {})
            paths = {item["key"]: item["path"] for item in reference.get("items", [])} or {key: key for key in data}
            return {path: data[key].encode() for key, path in paths.items()}
        if "secret" in part:
            data = (self.bed.get("secret", part["secret"]["secretName"]) or {}).get("data") or {}
            return {key: base64.b64decode(text) for key, text in data.items()}
        if "serviceAccountToken" in part:
            account = self.manifest["spec"]["serviceAccountName"]
            return {part["serviceAccountToken"]["path"]: self.bed.kubectl("create", "token", account, "-n", SPACE).strip().encode()}
        if "downwardAPI" in part:
            return {item["path"]: str(self.manifest["metadata"].get(item["fieldRef"]["fieldPath"].split(".")[1], "")).encode()
                    for item in part["downwardAPI"]["items"]}
        return {}

    def run(self, words, environment, image, user, folder):
        """Starts the container: `image` are its own folders, target to source, `user` is its image's, `folder` where it starts."""
        volumes = {volume["name"]: volume for volume in self.manifest["spec"].get("volumes", [])}
        mounts = dict(image)
        for mount in sorted(self.container.get("volumeMounts", []), key=lambda mount: mount["mountPath"]):
            mounts[mount["mountPath"]] = self.source(volumes[mount["name"]])
        script = "set -e\nmount --make-rprivate /\n"
        script += "".join(f'mkdir -p "{target}"\nmount --bind "{source}" "{target}"\n' for target, source in mounts.items())
        script += f'cd "{folder}"\nexec setpriv --reuid {user} --regid {user} --groups {user},{self.group} "$@"\n'
        environment = dict(environment, KUBERNETES_SERVICE_HOST="10.96.0.1", KUBERNETES_SERVICE_PORT="443")
        self.starts += 1
        with open(self.log, "a") as log:
            log.write(f"--- start {self.starts}\n")
            log.flush()
            self.process = subprocess.Popen(["unshare", "-m", "bash", "-c", script, "container", *words], env=environment, stdout=log,
                                            stderr=log, start_new_session=True, cwd="/")

    def live(self):
        # An address is there as long as its pod is: what still speaks to the pod before must not reach the one that came after it.
        subprocess.run(["ip", "route", "add", "local", f"{self.address}/32", "dev", "lo"], check=True)
        try:
            self.keep_running()
        finally:
            subprocess.run(["ip", "route", "del", "local", f"{self.address}/32", "dev", "lo"])

    def keep_running(self):
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
            self.ended()
            if not self.restarts:
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
    """The API server, and a process for each pod whose component is one of `pods` (component to class)."""

    # Of these one runs after the other: their ports, or their files, are the whole machine's here.
    alone = ()

    def __init__(self, folder, pods):
        self.folder, self.kinds = folder, pods
        self.pods = {}
        self.ended = []
        os.makedirs(folder, exist_ok=True)
        self.server = subprocess.Popen([f"{CACHE}/kubebed/kubebed", "--dir", f"{folder}/kube", "--parent", str(os.getpid())],
                                       stdout=subprocess.DEVNULL)
        wait_for("the API server is ready", lambda: os.path.exists(f"{folder}/kube/ready"), 120)
        self.kubeconfig = f"{folder}/kube/kubeconfig"
        with open(self.kubeconfig) as file:
            port = next(int(line.strip().rsplit(":", 1)[1]) for line in file if "server:" in line)
        listening = socket.create_server(("10.96.0.1", 443))
        threading.Thread(target=self.forward, args=(listening, port), daemon=True).start()
        self.listening = listening
        self.stopping = False
        threading.Thread(target=self.watch, daemon=True).start()

    def forward(self, listening, port):
        """The address that the API server has in a cluster."""
        def pump(one, other):
            try:
                while True:
                    data = one.recv(65536)
                    if not data:
                        break
                    other.sendall(data)
            except OSError:
                pass
            for end in (one, other):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        while True:
            try:
                here, _ = listening.accept()
                there = socket.create_connection(("127.0.0.1", port))
            except OSError:
                return
            for pair in ((here, there), (there, here)):
                threading.Thread(target=pump, args=pair, daemon=True).start()

    def say(self, text):
        print(f"{time.strftime('%H:%M:%S')} {text}", flush=True)

    def kubectl(self, *words, check=True, stdin=None):
        done = subprocess.run(["kubectl", "--kubeconfig", self.kubeconfig, *words], capture_output=True, text=True, input=stdin)
        if check and done.returncode != 0:
            raise RuntimeError(done.stderr)
        return done.stdout

    def get(self, kind, name):
        out = self.kubectl("get", kind, name, "-n", SPACE, "-o", "json", "--ignore-not-found")
        return json.loads(out) if out.strip() else None

    def config_map(self, name):
        return self.get("configmap", name)

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
                if labels.get("app.kubernetes.io/component") in self.kinds and item["status"].get("podIP"):
                    if "deletionTimestamp" not in item["metadata"]:
                        here[item["metadata"]["uid"]] = item
            for uid in [uid for uid in self.pods if uid not in here]:
                pod = self.pods.pop(uid)
                pod.gone = True
                self.ended.append(pod)
            for uid, item in here.items():
                component = item["metadata"]["labels"]["app.kubernetes.io/component"]
                if uid in self.pods or (component in self.alone and any(
                        p.component == component and p.thread.is_alive() for p in self.ended)):
                    continue
                self.pods[uid] = self.kinds[component](self, item)
            time.sleep(0.2)

    def all_of(self, component):
        return [pod for pod in self.pods.values() if pod.component == component]

    def pod(self, component):
        found = self.all_of(component)
        return found[0] if found else None

    def ever(self, component):
        """Those that there are, and those that have gone, in the order of their starts."""
        return [pod for pod in self.ended + list(self.pods.values()) if pod.component == component]

    def close(self):
        self.stopping = True
        for pod in list(self.pods.values()):
            pod.gone = True
        for pod in list(self.pods.values()) + self.ended:
            pod.thread.join(10)
        # A thread that waits in accept() would keep the address.
        self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()
        self.server.terminate()
        self.server.wait(20)


class Project:
    """A project that cloudflow applies. `write` is the engine's own and writes its files."""

    def __init__(self, bed, claim):
        self.bed, self.folder = bed, f"{bed.folder}/project"
        self.note, self.java = "1", "-Da=1 -Db=2"
        os.makedirs(f"{self.folder}/kubernetes", exist_ok=True)
        with open(f"{self.folder}/kubernetes/claim.yaml", "w") as out:
            out.write(f"apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {{name: {claim}}}\n"
                      "spec: {accessModes: [ReadWriteMany], resources: {requests: {storage: 1Gi}}}\n")

    def write(self):
        raise NotImplementedError

    def start(self, *words):
        self.write()
        return subprocess.Popen([CLOUDFLOW, *words], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                env=dict(os.environ, KUBECONFIG=self.bed.kubeconfig, NO_COLOR="1"))

    def run(self, *words, status=0):
        process = self.start(*words)
        out, _ = process.communicate(timeout=400)
        assert process.returncode == status, f"{words} ended with {process.returncode}, wanted {status}:\n{out}"
        return out


class Checks:
    def __init__(self):
        self.seen = []

    def check(self, bed, what, holds, seen=""):
        self.seen.append((what, bool(holds)))
        bed.say(f"{'ok    ' if holds else 'WRONG '} {what}{'' if holds else ': ' + str(seen)}")

    def end(self):
        wrong = [what for what, holds in self.seen if not holds]
        print(f"{len(self.seen)} checks, {len(wrong)} wrong", flush=True)
        return 1 if wrong else 0
