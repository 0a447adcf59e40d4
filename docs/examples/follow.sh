#!/usr/bin/env bash
# An agency's own system without Kafka: follows its events over HTTP, and goes on after the last number it saw.
# usage: follow.sh ROUTING_URL AGENCY LOGIN PASSWORD [LAST_NUMBER]
set -euo pipefail
routing=$1 agency=$2 credentials="{\"login\":\"$3\",\"password\":\"$4\"}" last=${5:-0}

token=$(curl -fsS -H 'content-type: application/json' -d "$credentials" "$routing/api/sessions" |
    sed -E 's/.*"token":"([^"]+)".*/\1/')
exec curl -fsS -N -H "authorization: Bearer $token" -H "last-event-id: $last" "$routing/agencies/$agency/events"
