"""One program, two streamlets: with an outlet `out` it writes words, with an inlet `in` it counts them on its disk.

Its documents (docs/container-contract.md) say which it is. DISK is the folder that templates/disk/statefulset.yaml
gives its pod.
"""
import json
import os
import pathlib
import signal
import sys
import threading

from confluent_kafka import Consumer, KafkaException, Producer

FOLDER = pathlib.Path(os.environ.get("CLOUDFLOW_RUNNER_SECRET", "/etc/cloudflow-runner-secret"))
UNITS = {"ms": 0.001, "s": 1, "second": 1, "seconds": 1, "m": 60, "minute": 60, "minutes": 60}
WORDS = ["red", "green", "blue"]
stopped = threading.Event()


def settings(tree, path=""):
    """{"security": {"protocol": "SSL"}} → ("security.protocol", "SSL")"""
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from settings(value, f"{path}{name}.")
        else:
            yield path + name, value


def client(port, kind):
    """The settings of Kafka's client for a port; the brokers are the port's, whatever else says so."""
    config = port["config"]
    both = {**config.get("connection-config", {}), **config.get(kind, {})}
    return {**dict(settings(both)), "bootstrap.servers": config["bootstrap"]["servers"]}


def topic_of(port):
    return port["config"].get("topic", {}).get("name", port["id"])


def write(port, every):
    number, unit = every.split()
    lost = []
    producer = Producer({"enable.idempotence": True, **client(port, "producer-config")})
    count = 0
    while not stopped.is_set():
        producer.produce(topic_of(port), value=WORDS[count % len(WORDS)].encode(),
                         on_delivery=lambda error, _: error and lost.append(error))
        count += 1
        producer.poll(0)
        stopped.wait(float(number) * UNITS[unit])
    if producer.flush(20) > 0 or lost:
        sys.exit(f"{len(lost) or 'some'} words were not delivered")


class Disk:
    """Counts of words, and the next offset of each partition, in one file: so no word counts twice or never."""

    def __init__(self, folder):
        self.file = pathlib.Path(folder) / "counts.json"
        self.file.parent.mkdir(parents=True, exist_ok=True)
        known = json.loads(self.file.read_text()) if self.file.exists() else {"counts": {}, "next": {}}
        self.counts, self.next = known["counts"], known["next"]

    def count(self, word, partition, offset):
        self.counts[word] = self.counts.get(word, 0) + 1
        self.next[str(partition)] = offset + 1
        fresh = self.file.with_suffix(".new")
        with open(fresh, "w", encoding="utf-8") as file:
            json.dump({"counts": self.counts, "next": self.next}, file)
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(self.file)
        return self.counts[word]


def count(port, group):
    disk = Disk(os.environ["DISK"])
    consumer = Consumer({"group.id": group, "auto.offset.reset": "earliest", **client(port, "consumer-config"),
                         "enable.auto.commit": False})

    def go_on_from_disk(_, partitions):
        for one in partitions:
            one.offset = disk.next.get(str(one.partition), one.offset)
        consumer.assign(partitions)

    consumer.subscribe([topic_of(port)], on_assign=go_on_from_disk)
    while not stopped.is_set():
        record = consumer.poll(0.5)
        if record is None:
            continue
        if record.error():
            raise KafkaException(record.error())
        word = record.value().decode()
        print(f"{word}: {disk.count(word, record.partition(), record.offset())}", flush=True)
        consumer.commit(record, asynchronous=False)  # cloudflow looks at the group to tell the lag
    consumer.close()


signal.signal(signal.SIGTERM, lambda *_: stopped.set())
me = json.loads((FOLDER / "application.conf").read_text())["cloudflow"]["runner"]["streamlet"]
secret = json.loads((FOLDER / "secret.conf").read_text())["cloudflow"]
ports = secret["runner"]["streamlet"]["context"]["port_mappings"]
if "out" in ports:
    write(ports["out"], secret["streamlets"][me["streamlet_ref"]]["every"])
else:
    count(ports["in"], f"{me['context']['app_id']}.{me['streamlet_ref']}.in")
