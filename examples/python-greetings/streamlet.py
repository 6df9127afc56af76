"""One program, two streamlets: with an outlet `out` it writes greetings, with an inlet `in` it prints what comes.

Everything about its place in the application it reads from the documents that cloudflow puts into its container
(docs/container-contract.md). CLOUDFLOW_RUNNER_SECRET names another folder with them, to run it outside a container.
"""
import json
import os
import signal
import sys
import threading

from confluent_kafka import Consumer, KafkaException, Producer

FOLDER = os.environ.get("CLOUDFLOW_RUNNER_SECRET", "/etc/cloudflow-runner-secret")
UNITS = {"ms": 0.001, "s": 1, "second": 1, "seconds": 1, "m": 60, "minute": 60, "minutes": 60}
stopped = threading.Event()


def document(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return json.load(file)["cloudflow"]


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


def seconds(text):
    number, unit = text.split()
    return float(number) * UNITS[unit]


def greet(port, parameters):
    lost = []
    producer = Producer({"enable.idempotence": True, **client(port, "producer-config")})
    topic = port["config"].get("topic", {}).get("name", port["id"])
    number = 0
    while not stopped.is_set():
        number += 1
        producer.produce(topic, key=b"greeter", value=f"{parameters['greeting']} {number}".encode(),
                         on_delivery=lambda error, _: error and lost.append(error))
        producer.poll(0)
        stopped.wait(seconds(parameters["every"]))
    if producer.flush(20) > 0 or lost:
        sys.exit(f"{len(lost) or 'some'} greetings were not delivered")


def show(port, group):
    consumer = Consumer({"group.id": group, "auto.offset.reset": "earliest", **client(port, "consumer-config"),
                         "enable.auto.commit": False})
    consumer.subscribe([port["config"].get("topic", {}).get("name", port["id"])])
    while not stopped.is_set():
        record = consumer.poll(0.5)
        if record is None:
            continue
        if record.error():
            raise KafkaException(record.error())
        print(record.value().decode(), flush=True)
        consumer.commit(record, asynchronous=False)  # only what is printed counts as read
    consumer.close()


signal.signal(signal.SIGTERM, lambda *_: stopped.set())
me = document("application.conf")["runner"]["streamlet"]
secret = document("secret.conf")
ports = secret["runner"]["streamlet"]["context"]["port_mappings"]
if "out" in ports:
    greet(ports["out"], secret["streamlets"][me["streamlet_ref"]])
else:
    show(ports["in"], f"{me['context']['app_id']}.{me['streamlet_ref']}.in")
