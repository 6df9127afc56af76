#!/usr/bin/env python3
"""What docs/flink.md promises, tried with one version after the other, or from one version to another ("1.20.5-2.3.0")."""
import os, signal, sys, time

from bench import FLINK, Bed, Job, Project
from bed import SPACE, Checks, prepare_machine, wait_for

checks = Checks()


def checkpointed(bed):
    def has():
        return any(key.startswith("checkpointID-") for _, keys in bed.records().values() for key in keys)
    wait_for("Flink has recorded a checkpoint", has, 300)


def kill_at(bed, project, what, moment):
    """Starts an apply, kills it at a moment, and applies again."""
    process = project.start("apply", "--yes")
    end = time.time() + 60
    while time.time() < end and process.poll() is None and not moment():
        time.sleep(0.02)
    alive = process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.communicate()
    bed.say(f"       killed {what}: {'yes' if alive else 'it had ended'}")
    bed.kubectl("delete", "lease", "-n", SPACE, "--all")
    return project.run("apply", "--yes")


class Trial:
    """One version, from its first deployment on. Each part leaves a job that runs and stops with a savepoint."""

    def __init__(self, bed, version, target):
        self.bed, self.version, self.target = bed, version, target
        self.project, self.job = Project(bed), Job(bed)
        self.project.image = f"flink:{version}"

    def check(self, what, holds, seen=""):
        checks.check(self.bed, f"{self.version}: {what}", holds, seen)

    def goes_on(self, what, change, at_least_from=None):
        """Makes a change, waits for the next start, and checks that it began where the count was (or from a number on)."""
        checkpointed(self.bed)
        counted, starts = self.job.count(), len(self.job.starts())
        change()
        start = self.job.wait_for_start(starts + 1)
        least = counted if at_least_from is None else at_least_from
        self.check(what, start >= least, f"it counted {counted} and went on from {start}")

    def apply(self, note, stop_with="savepoint"):
        self.project.note, self.project.stop_with = note, stop_with
        return self.project.run("apply", "--yes")

    def deploy(self):
        self.project.run("apply", "--yes")
        self.job.wait_for_start(1)
        self.check("deploys, and the job runs", True)
        major = tuple(int(part) for part in self.version.split(".")[:2])
        for component in ("jobmanager", "taskmanager"):
            words = self.bed.pod(component).command_line()
            self.check(f"{component} has both Java options", "-Da=1" in words and "-Db=2" in words, words[:12])
            opens = any("--add-opens=java.base/java.util=ALL-UNNAMED" in word for word in words)
            self.check(f"{component} keeps the image's --add-opens", opens or major < (1, 18), words[:12])
        checkpointed(self.bed)
        for name, (labels, keys) in self.bed.records().items():
            self.bed.say(f"       {name} {labels} {keys}")

    def change(self):
        self.goes_on("a change goes on from its savepoint", lambda: self.apply("changed"))
        self.bed.say(f"       {self.bed.journal()}")
        self.check("nothing is left to do", "No changes" in self.project.run("plan"))

    def settings(self):
        """What the user wrote is what Flink says that it has."""
        written = {
            "my": "a",
            "my.words": "two words: 'a' \"b\" = c, d; e | [f] {g} * ? & $HOME \\n" + ("" if self.version < "1.19" else " # h"),
            "my.words.number": "1",
            "restart-strategy": "fixed-delay",
            "restart-strategy.fixed-delay.attempts": "7",
            "restart-strategy.fixed-delay.delay": "2 s",
            "metrics.scope.jm": "<host>.jobmanager",
        }
        self.project.flink.update(written)
        # The entrypoint of these replaces every variable.
        expected = {key: value.replace("$HOME", "/tmp") if self.version < "1.19" else value for key, value in written.items()}
        self.goes_on("a change of settings goes on", lambda: self.apply("settings"))
        seen = self.job.settings()
        for key, value in expected.items():
            self.check(f"setting {key} arrives", seen.get(key) == value, f"{value!r} became {seen.get(key)!r}")

    def crash(self):
        self.goes_on("a JobManager that crashes goes on from a checkpoint",
                     lambda: self.bed.pod("jobmanager").signal(signal.SIGKILL), at_least_from=1)

    def directory(self):
        self.project.flink["state.savepoints.dir"] = "file:///mnt/flink/storage/mine"
        self.goes_on("a change of the directory for savepoints goes on", lambda: self.apply("directory"))
        self.goes_on("the next savepoint goes there", lambda: self.apply("into the directory"))
        where = self.bed.journal().get("savepoint", "")
        self.check("and is where the user said", where.startswith("file:/mnt/flink/storage/mine"), where)

    def kill(self):
        def stopped(last):
            return lambda: self.bed.journal().get("stopped") != last
        moments = {
            "when the journal says that it stops": lambda: "stopping" in self.bed.journal(),
            "when the journal says that it has stopped": None,
            "when TaskManagers have gone": lambda: self.bed.pod("taskmanager") is None,
        }
        for what, moment in moments.items():
            self.project.note = f"killed {what}"
            chosen = moment or stopped(self.bed.journal().get("stopped"))
            self.goes_on(f"killed {what}, nothing is lost", lambda: kill_at(self.bed, self.project, what, chosen))

    def restart(self):
        """The JobManager restarts when the job has stopped and its pods have not changed."""
        last = self.bed.journal().get("stopped")
        self.project.note = "restarted"

        def change():
            process = self.project.start("apply", "--yes")
            wait_for("the job has stopped", lambda: self.bed.journal().get("stopped") != last)
            process.send_signal(signal.SIGKILL)
            process.communicate()
            self.bed.pod("jobmanager").signal(signal.SIGKILL)

        self.goes_on("a JobManager that restarts between stop and change goes on", change)
        self.bed.kubectl("delete", "lease", "-n", SPACE, "--all")
        self.project.run("apply", "--yes")
        self.job.wait_for_progress()

    def incompatible(self):
        """A new program cannot take the state that was saved. The one before still can."""
        checkpointed(self.bed)
        counted, starts = self.job.count(), len(self.job.starts())
        self.apply("other state")
        wait_for("the job has failed", lambda: "because the job already reached" in self.bed.pod("jobmanager").text()
                 or "FAILED" in self.job.states())
        self.apply("the program before")
        start = self.job.wait_for_start(starts + 1)
        self.check("where a new program could not take the savepoint, the one before goes on from it", start >= counted,
                   f"it counted {counted} and went on from {start}")

    def unknown(self):
        """Started as where the version is not known: the way of 1.19 and newer."""
        self.project.version = "1.19"
        self.goes_on("started as if its version were not known, it goes on", lambda: self.apply("unknown"))
        for component in ("jobmanager", "taskmanager"):
            words = self.bed.pod(component).command_line()
            self.check(f"{component} has its settings as arguments", "-Dstate.backend.type=hashmap" in words, words)
        self.project.version = "of-image"
        self.goes_on("and back", lambda: self.apply("known"))

    def checkpoint(self):
        wait_for("a checkpoint of its own", self.job.has_own_checkpoint)
        self.goes_on("cancelled, it goes on from its checkpoint", lambda: self.apply("checkpoint", "checkpoint"),
                     at_least_from=max(1, self.job.count() - 3000))
        where = self.bed.journal().get("savepoint", "")
        self.check("and the journal names a checkpoint", "/chk-" in where, where)

    def silent(self):
        checkpointed(self.bed)
        manager = self.bed.pod("jobmanager")
        manager.held = True
        manager.signal(signal.SIGKILL)
        wait_for("no JobManager", lambda: manager.process.poll() is not None)
        self.project.note, self.project.stop_with = "no answer", "savepoint"
        said = self.project.run("apply", "--yes", status=4)
        self.check("without a JobManager, apply does not give state up", "cannot be stopped with a savepoint" in said, said[-600:])
        self.goes_on("without a JobManager, its last checkpoint is used", lambda: self.apply("after a crash", "checkpoint"),
                     at_least_from=1)

    def upgrade(self):
        if not self.target:
            return
        self.project.image = f"flink:{self.target}"
        self.goes_on(f"{self.target} goes on from its savepoint", lambda: self.apply("another version"))

    def destroy(self):
        def again():
            self.project.stop_with = "savepoint"
            self.project.run("apply", "--yes")
            wait_for("the job counts", lambda: self.job.count() > 20)
            checkpointed(self.bed)
            self.project.run("destroy", "--yes")
            for name, (labels, keys) in self.bed.records().items():
                self.bed.say(f"       left: {name} {labels} {keys}")
            self.check("after destroy the journal names the savepoint", self.bed.journal().get("savepoint"), self.bed.journal())
            counted.append(self.job.starts())
            self.project.run("apply", "--yes")
        counted = []
        again()
        start = self.job.wait_for_start(len(counted[0]) + 1)
        self.check("deployed again, it goes on from there", start >= counted[0][-1] + 20, f"{counted[0]} then {start}")
        self.project.run("destroy", "--yes")


PARTS = ["deploy", "change", "settings", "crash", "directory", "kill", "restart", "incompatible", "unknown", "checkpoint", "silent", "upgrade", "destroy"]


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    prepare_machine(sys.argv[1], {"flink": FLINK})
    for number, words in enumerate(sys.argv[2:]):
        version, _, target = words.partition("-")
        bed = Bed(f"{sys.argv[1]}/{number}-{words}")
        try:
            trial = Trial(bed, version, target)
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
