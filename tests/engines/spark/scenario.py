#!/usr/bin/env python3
"""What docs/spark.md promises, tried with one version after the other, or from one version to others ("3.2.4-3.5.9-4.3.0")."""
import os, re, signal, sys

from bench import Bed, Project
from bed import Checks, prepare_machine, wait_for

checks = Checks()


class Query:
    """What can be seen of the query from outside."""

    def __init__(self, bed):
        self.bed = bed

    def batches(self):
        """All that drivers printed, in this order: the number of a batch and its keys, each with its count and its last number."""
        found = []
        for pod in self.bed.ever("driver"):
            for number, rest in re.findall(r"^BATCH (\d+)(.*)$", pod.text(), re.M):
                keys = re.findall(r"key (\d) count (\d+) last (\d+);", rest)
                found.append((int(number), tuple(tuple(int(n) for n in key) for key in keys)))
        return found

    def wait_for_progress(self, seconds=400):
        before = self.batches()
        last = before[-1][0] if before else -1
        wait_for("three more batches", lambda: (self.batches() or [(-1, ())])[-1][0] >= last + 3, seconds)

    def wrong_counts(self):
        """Numbers alternate between the keys, so that the last one of a key says how many there must have been."""
        return [(batch, key) for batch, keys in self.batches() for key in keys if key[1] != (key[2] - key[0]) // 2 + 1]

    def gaps(self):
        """Batches that were left out, or done again with another result."""
        results, wrong, last = {}, [], -1
        for number, keys in self.batches():
            if number > last + 1 or results.setdefault(number, keys) != keys:
                wrong.append((last, number))
            last = max(last, number)
        return wrong

    def seen(self, name):
        """What the driver that runs now printed after a name."""
        pod = self.bed.pod("driver")
        return re.findall(rf"^{name} (.*)$", pod.text().rpartition("--- start ")[2], re.M) if pod else []


class Trial:
    """One version, from its first deployment on. Each part leaves a query that runs."""

    def __init__(self, bed, version, targets):
        self.bed, self.version, self.targets = bed, version, targets
        self.project, self.query = Project(bed, version), Query(bed)

    def check(self, what, holds, seen=""):
        checks.check(self.bed, f"{self.version}: {what}", holds, seen)

    def drivers(self):
        return sum(pod.starts for pod in self.bed.ever("driver"))

    def running(self):
        """Executors that run. Those of a driver that was killed have ended, and their pods stay until the driver's goes."""
        return [pod for pod in self.bed.all_of("executor") if pod.process is not None and pod.process.poll() is None]

    def executors(self, number):
        wait_for(f"there are {number} executors", lambda: len(self.running()) == number, 400)

    def goes_on(self, what, change):
        """Makes a change that starts a driver, and checks that it goes on with the next batch and the same counts."""
        drivers, last = self.drivers(), self.query.batches()[-1][0]
        change()
        wait_for("another driver", lambda: self.drivers() > drivers)
        wait_for("it counts", lambda: self.query.batches()[-1][0] >= last + 3, 400)
        self.check(f"{what}: no batch is left out or has another result", not self.query.gaps(), self.query.gaps())
        self.check(f"{what}: nothing is lost or counted twice", not self.query.wrong_counts(), self.query.wrong_counts()[:3])

    def apply(self, note):
        self.project.note = note
        return self.project.run("apply", "--yes")

    def deploy(self):
        self.project.run("apply", "--yes")
        self.query.wait_for_progress()
        self.check("deploys, and the query runs", True)
        self.executors(2)
        self.check("it has two executors", True)
        self.bed.say(f"       {self.query.seen('SPARK')}")
        self.executors_see("1")
        words = self.bed.pod("driver").command_line()
        self.check("the driver has both Java options", "-Da=1" in words and "-Db=2" in words, words[:12])
        self.check("nothing is left to do", "No changes" in self.project.run("plan"))

    def executors_see(self, note):
        seen = self.query.seen("EXECUTOR SEES")
        wanted = f"a=1 b=2 note={note} storage=true secret=true executor="
        self.check("executors have their Java options, variables, storage and Secret", seen and all(wanted in line for line in seen), seen)
        self.bed.say(f"       {seen[0] if seen else 'nothing'}")

    def settings(self):
        """What the user wrote is what Spark says that it has."""
        words = "two words: 'a' \"b\" = c, d; e | [f] {g} * ? & $HOME \\n # h ! é"
        self.project.spark.update({"spark.my": "a", "spark.my.words": words})
        self.goes_on("a change of settings", lambda: self.apply("settings"))
        seen = self.query.seen("SETTING")
        for line in (f"spark.my.words={words}", "spark.my=a", "spark.executor.instances=2"):
            self.check(f"setting {line.split('=')[0]} arrives", line in seen, seen)

    def change(self):
        self.goes_on("a change", lambda: self.apply("changed"))
        self.executors_see("changed")

    def crash(self):
        self.goes_on("a driver that is killed", lambda: self.bed.pod("driver").signal(signal.SIGKILL))

    def executor(self):
        self.executors(2)
        lost = self.running()[0]
        lost.signal(signal.SIGKILL)
        wait_for("it has gone", lambda: lost not in self.bed.pods.values(), 400)
        self.executors(2)
        self.query.wait_for_progress()
        self.check("an executor that dies is replaced, and nothing is lost", not self.query.wrong_counts() and not self.query.gaps(),
                   (self.query.wrong_counts()[:3], self.query.gaps()))

    def replicas(self):
        self.project.replicas = 0
        self.project.run("apply", "--yes")
        wait_for("no driver and no executor", lambda: not self.bed.pods)
        self.project.replicas = 1

        def again():
            self.project.run("apply", "--yes")
            self.executors(1)
        self.goes_on("no replicas, then one", again)
        self.project.replicas = 2
        self.goes_on("two replicas", lambda: self.apply("two"))

    def upgrade(self):
        for target in self.targets:
            self.project.image = f"spark:{target}"
            self.goes_on(f"{target} goes on with its checkpoint", lambda: self.apply(f"version {target}"))
            self.bed.say(f"       {self.query.seen('SPARK')}")
            self.executors_see(f"version {target}")

    def destroy(self):
        self.project.run("destroy", "--yes")
        wait_for("no driver and no executor", lambda: not self.bed.pods)
        left = self.bed.kubectl("get", "pods,configmaps", "-n", "shop", "-l", "spark-app-selector", "-o", "name", check=False)
        self.check("destroy leaves no pod and no ConfigMap of Spark's", not left.strip(), left)
        self.goes_on("deployed again", lambda: self.project.run("apply", "--yes"))
        self.project.run("destroy", "--yes")


PARTS = ["deploy", "change", "settings", "crash", "executor", "replicas", "upgrade", "destroy"]


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    folder = sys.argv[1]
    prepare_machine(folder, {"spark": 185})
    for number, words in enumerate(sys.argv[2:]):
        version, *targets = words.split("-")
        bed = Bed(f"{folder}/{number}-{words}")
        try:
            trial = Trial(bed, version, targets)
            for part in os.environ.get("CLOUDFLOW_BENCH_PARTS", " ".join(PARTS)).split():
                getattr(trial, part)()
        except BaseException as trouble:
            checks.check(bed, f"{words}: to the end", False, repr(trouble))
            if isinstance(trouble, (KeyboardInterrupt, SystemExit)):
                raise
        finally:
            bed.close()
    sys.exit(checks.end())


main()
