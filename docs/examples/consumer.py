#!/usr/bin/env python3
"""An agency's own system: receives its events in order, and goes on where it stopped."""

import json
import sys

from confluent_kafka import Consumer

bootstrap, topic, group = sys.argv[1:]  # e.g. 127.0.0.1:59092 agency.35.04.dlh my-office
consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest"})
consumer.subscribe([topic])
while True:
    record = consumer.poll(1.0)
    if record is not None and record.error() is None:
        event = json.loads(record.value())
        print(int(event["agencysequence"]), event["type"], event["subject"], event["data"], flush=True)
