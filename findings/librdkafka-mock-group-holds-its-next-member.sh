#!/usr/bin/env bash
# librdkafka 2.16.0, mock cluster: after the last member of a group has left in good order, the next one waits for the session timeout.
#
# A consumer joins, closes, and says that it leaves. With a real broker the group is empty then, and whoever joins next gets its partitions after
# group.initial.rebalance.delay.ms (3 s). The mock cluster begins a rebalance when the last member leaves, with session.timeout.ms less one second as the time
# for members to come back, though none is left; a consumer that joins meanwhile gets nothing before that is over: 44 s with the usual session of 45 s. Tests and
# tools that restart a consumer against the mock cluster seem to hang. The first join of the group takes 3 s.
# Source: rd_kafka_mock_cgrp_classic_rebalance in src/rdkafka_mock_cgrp.c, which looks at the state of the group and not at how many members it has.
# Seen: first member 3.1 s; the next one, with a session of 12 s, 11.0 s.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check confluent-kafka==2.16.1
cat > "$work/finding.py" <<'P'
import sys
import time

from confluent_kafka import Consumer, Producer, libversion

SESSION = 12
producer = Producer({"bootstrap.servers": "ignored", "test.mock.num.brokers": 1, "log_level": 0})
brokers = ",".join(f"{one.host}:{one.port}" for one in producer.list_topics(timeout=10).brokers.values())
producer.list_topics("calls", timeout=10)  # which makes it


def seconds_until_assigned():
    assigned = []
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "reader", "session.timeout.ms": SESSION * 1000, "heartbeat.interval.ms": 1000})
    begun = time.monotonic()
    consumer.subscribe(["calls"], on_assign=lambda _, partitions: assigned.append(time.monotonic() - begun))
    while not assigned and time.monotonic() < begun + 60:
        consumer.poll(0.1)
    consumer.close()
    return assigned[0] if assigned else 60.0


first, following = seconds_until_assigned(), seconds_until_assigned()
print(f"librdkafka {libversion()[0]}: the first member had its partitions after {first:.1f} s, the next one, after that had left, after {following:.1f} s")
sys.exit(0 if first < SESSION - 4 < following else 1)
P
"$work/venv/bin/python" "$work/finding.py"
