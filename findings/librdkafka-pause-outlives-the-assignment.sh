#!/usr/bin/env bash
# librdkafka 2.16.0: a partition that was paused when it went to another member of the group is not read when it comes back, and nothing tells.
#
# A pause is remembered by the client for the partition, not for the assignment. Who pauses partitions to hold back what it cannot take, and forgets about them
# when they are revoked, gets them back as paused: no record comes any more, there is no error and no event, the member stays in the group, and its lag grows.
# Even to leave the group and to subscribe anew does not help; only resume() on the new assignment does, or one before the old one is given away. Java's
# consumer, by its documentation, forgets the pause of a partition that is revoked, so the same program in Java goes on. Of use for everybody who bounds memory by pausing.
# Source: RD_KAFKA_TOPPAR_F_APP_PAUSE in src/rdkafka_partition.c, which rd_kafka_assignment_serve_removals leaves as it is.
# Seen: after unsubscribe and subscribe, 4 partitions are assigned; with no pause the next record comes, after a pause none in 8 s, then with resume() at once.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check confluent-kafka==2.16.1
cat > "$work/finding.py" <<'P'
import sys
import time

from confluent_kafka import Consumer, Producer, libversion

producer = Producer({"bootstrap.servers": "ignored", "test.mock.num.brokers": 1, "log_level": 0})
producer.list_topics("numbers", timeout=10)
broker = producer.list_topics(timeout=10).brokers[1]
for number in range(100):
    producer.produce("numbers", str(number), partition=0)
producer.flush()


def next_record(consumer, seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        record = consumer.poll(0.2)
        if record is not None and not record.error():
            return int(record.value())
    return None


def leave_and_come_back(pauses):
    consumer = Consumer({"bootstrap.servers": f"{broker.host}:{broker.port}", "group.id": f"pauses-{pauses}", "auto.offset.reset": "earliest",
                         "session.timeout.ms": 6000, "heartbeat.interval.ms": 500})
    consumer.subscribe(["numbers"])
    first = next_record(consumer, 60)
    if pauses:
        consumer.pause(consumer.assignment())
    consumer.unsubscribe()
    consumer.poll(1)
    consumer.subscribe(["numbers"])
    after = next_record(consumer, 8)
    assigned = len(consumer.assignment())
    consumer.resume(consumer.assignment())
    resumed = next_record(consumer, 60)
    consumer.close()
    print(f"librdkafka {libversion()[0]}: paused: {pauses}; first {first}, after coming back {after} of {assigned} partitions, after resume() {resumed}")
    return after if assigned else "nothing is assigned"


sys.exit(0 if leave_and_come_back(False) == 1 and leave_and_come_back(True) is None else 1)
P
"$work/venv/bin/python" "$work/finding.py"
