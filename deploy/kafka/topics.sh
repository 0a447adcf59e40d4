#!/bin/bash
# Creates the topics of contracts/src/contracts/topics.py that are missing; a test keeps the two alike.
set -euo pipefail

create() {
  local name=$1 partitions=$2
  shift 2
  /opt/kafka/bin/kafka-topics.sh --bootstrap-server "${BOOTSTRAP:-kafka:9092}" --create --if-not-exists \
    --topic "$name" --partitions "$partitions" "${@/#/--config=}"
}

create complaints 12 cleanup.policy=delete retention.ms=-1
create agencies 1 cleanup.policy=compact
create complaint-keys 3 cleanup.policy=compact
create notifications 3 cleanup.policy=delete retention.ms=-1
create dead-letters 1 cleanup.policy=delete retention.ms=7776000000
