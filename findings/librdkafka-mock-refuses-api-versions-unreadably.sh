#!/usr/bin/env bash
# librdkafka 2.16.0, mock cluster: its answer to a client that asks for a newer ApiVersions cannot be read by that client.
#
# A client begins with ApiVersions in the newest version that it knows. A broker that does not know this version answers in the format of version 0, with the
# error 35 and the versions that it has, so that the client can ask again (KIP-511, Kafka 2.4). The mock cluster knows ApiVersions up to version 2, and answers
# requests of version 3 and later with error 35 in the format of version 3 instead: a client that reads it as version 0 finds a list of 16,781,824 entries in an
# answer of 17 bytes. librdkafka's own clients get along with that; others do not. franz-go 1.22.3 says "response did not contain enough data to be valid" and
# tries for ever; Java's client 4.3 does not get further either. So the mock cluster serves tests in the languages of librdkafka only.
# Source: rd_kafka_mock_handle_ApiVersion in src/rdkafka_mock_handlers.c, which keeps the version of the request for its answer.
# Seen: version 2: 154 bytes or more, error 0; versions 3 and 4: 17 bytes, error 35, 16781824 entries when read as version 0.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check confluent-kafka==2.16.1
cat > "$work/finding.py" <<'P'
import socket
import struct
import sys

from confluent_kafka import Producer, libversion

API_VERSIONS, UNSUPPORTED_VERSION = 18, 35
producer = Producer({"bootstrap.servers": "ignored", "test.mock.num.brokers": 1, "log_level": 0})
broker = producer.list_topics(timeout=10).brokers[1]


def answer(version):
    client = b"probe"
    request = struct.pack(">hhih", API_VERSIONS, version, 7, len(client)) + client
    if version >= 3:  # tagged fields of the header, name and version of the software, tagged fields
        request += b"\0" + b"\x06probe" + b"\x021" + b"\0"
    with socket.create_connection((broker.host, broker.port), 10) as connection:
        connection.settimeout(10)
        connection.sendall(struct.pack(">i", len(request)) + request)
        stream = connection.makefile("rb")
        return stream.read(struct.unpack(">i", stream.read(4))[0])


unreadable = 0
for version in (2, 3, 4):
    got = answer(version)
    error, entries = struct.unpack_from(">hi", got, 4)
    fits = 4 + 2 + 4 + 6 * entries <= len(got)
    print(f"librdkafka {libversion()[0]}: ApiVersions {version}: {len(got)} bytes, error {error}, {entries} entries when read as version 0")
    unreadable += version >= 3 and error == UNSUPPORTED_VERSION and not fits
    if version == 2 and (error != 0 or not fits):
        sys.exit(1)
sys.exit(0 if unreadable == 2 else 1)
P
"$work/venv/bin/python" "$work/finding.py"
