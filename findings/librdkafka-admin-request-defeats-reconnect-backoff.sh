#!/usr/bin/env bash
# librdkafka 2.15.1 ignores reconnect.backoff.ms while an admin request waits for a broker that is down; 2.16.0 keeps to it.
#
# A client whose only broker has gone asks for the settings of a topic (DescribeConfigs), which waits for a broker until it times out. With
# reconnect.backoff.ms 500 one expects two connections a second at most. The library makes thousands, and takes most of a core: each failed
# connection wakes the waiting request, which asks for a connection anew. 2.12.1 and 2.14.2 behave like 2.15.1.
# Source: rd_kafka_brokers_broadcast_state_change and rd_kafka_broker_schedule_connection of 2.15.1; seen by the counter "connects" of the
# library's own statistics.
cd "$(dirname "$0")" && source support/kafka.sh 4.3.1
cat > "$work/finding.py" <<'P'
import json, os, signal, sys, time
from confluent_kafka import libversion
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

bootstrap, broker = sys.argv[1], int(sys.argv[2])
connects = 0


def on_statistics(text):
    global connects
    connects = sum(one["connects"] for one in json.loads(text)["brokers"].values())


client = AdminClient({"bootstrap.servers": bootstrap, "reconnect.backoff.ms": 500, "reconnect.backoff.max.ms": 1000, "log_level": 0,
                      "statistics.interval.ms": 200, "stats_cb": on_statistics})
topic = f"calls-{libversion()[0]}"
client.create_topics([NewTopic(topic, 1, 1)], request_timeout=60)[topic].result()
os.kill(broker, signal.SIGKILL)


def ask():
    """Connections in a second while a request waits for five."""
    begun, before = time.monotonic(), connects
    client.describe_configs([ConfigResource("topic", topic)], request_timeout=5)
    while time.monotonic() < begun + 6:
        client.poll(0.1)
    return (connects - before) / (time.monotonic() - begun)


ask()  # finds the broker gone
rate = ask()
print(f"librdkafka {libversion()[0]}: {'more than 50' if rate > 50 else 'fewer than 5' if rate < 5 else 'some'} connections a second")
print(f"{rate:.1f} a second", file=sys.stderr, flush=True)
sys.stdout.flush()
os._exit(0)  # there is no broker to say goodbye to
P
seen=
for library in 2.15.1 2.16.1; do
  python3 -m venv "$work/$library" && "$work/$library/bin/pip" install -q "confluent-kafka==$library"
  if ! kill -0 "$broker" 2> /dev/null; then
    java -Xmx512m -cp "$work/lib/*" kafka.Kafka "$work/server.properties" >> "$work/broker.log" 2>&1 &
    broker=$!
  fi
  seen+=$(timeout 60 "$work/$library/bin/python" "$work/finding.py" "$bootstrap" "$broker")$'\n'
  wait "$broker" 2> /dev/null || true
done
seen=${seen%$'\n'}
echo "$seen"
expect "librdkafka 2.15.1: more than 50 connections a second
librdkafka 2.16.0: fewer than 5 connections a second" "$seen"
