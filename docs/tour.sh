#!/usr/bin/env bash
# The 60-second tour: one complaint from the citizen to the agency, its answer, the mail and the figures.
# It needs a running stack (`make up`), bash and curl. usage: bash docs/tour.sh [--data FOLDER]
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
kentongan=${KENTONGAN:-$here/../.venv/bin/kentongan}
python=${PYTHON:-$here/../.venv/bin/python}
data=("$@")
# From any folder: the stack of this clone, unless another one is named or lies here.
[[ $# -gt 0 || -e .kentongan ]] || data=(--data "$here/../.kentongan")
(($#)) || data=(--data "$here/../.kentongan")
agency=35.04.dpupr
scratch=$(mktemp -d)
trap 'for job in $(jobs -p); do kill "$job"; done 2>/dev/null; wait 2>/dev/null; rm -rf "$scratch"' EXIT

number=0
step() { number=$((number + 1)); printf '\n\033[1m%2d. %s\033[0m\n' "$number" "$1"; }
show() { printf '    %s\n' "$@"; }
fail() { printf 'The tour stopped: %s\n' "$1" >&2; exit 1; }

# Reads one value from JSON on stdin: get services intake url, get events 0 type
get() {
    "$python" -c 'import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1:]:
    value = None if value is None else value[int(key) if isinstance(value, list) else key]
print("" if value is None else value)' "$@"
}

# Sends JSON: post URL BODY [HEADER ...]; a refusal stops the tour and is shown
post() {
    local url=$1 body=$2 headers=(-H 'content-type: application/json') header
    for header in "${@:3}"; do headers+=(-H "$header"); done
    curl -sS --fail-with-body "${headers[@]}" -d "$body" "$url" || fail "$url refused"
}

# Waits until a command succeeds, at most 30 s: until_so WHAT COMMAND ...
until_so() {
    local what=$1 tries
    for tries in $(seq 150); do
        "${@:2}" >/dev/null 2>&1 && return
        sleep 0.2
    done
    fail "$what did not happen within 30 s"
}

step "Ask the stack where everything is (kentongan status --json)"
status=$("$kentongan" status --json "${data[@]}") || fail "no stack runs; start one with: make up"
intake=$(get services intake url <<<"$status")
routing=$(get services routing url <<<"$status")
reporting=$(get services reporting url <<<"$status")
mailbox=$(get mailbox url <<<"$status")
kafka=$(get kafka bootstrap <<<"$status")
password=$(get logins 0 password <<<"$status")
show "intake $intake" "routing $routing" "reporting $reporting" "mailbox $mailbox" "kafka $kafka"

figures() { curl -fsS "$reporting/api/figures?period=all&agency=$agency"; }
tally() { local count; count=$(get tally "$1" <<<"$figures"); echo "${count:-fewer than 5}"; }

step "Look at the dashboard's figures before"
figures=$(figures)
received=$(tally received) closed=$(tally answered) position=$(get freshness position <<<"$figures")
show "$agency: received $received, answered $closed; $position events applied"

step "File a complaint as a citizen, without an account (POST $intake/api/complaints)"
mail=tur-$RANDOM$RANDOM@contoh.example
key=tour-$RANDOM$RANDOM$RANDOM
complaint='{"classification": "complaint", "category": "jalan-rusak", "area": "35.04.01.1001",
  "title": "Lubang di tengah jalan", "description": "Lubang sedalam 20 cm di depan pasar, dua motor sudah jatuh.",
  "reporter": {"name": "Warga Contoh Tur", "email": "'$mail'"}}'
filed=$(post "$intake/api/complaints" "$complaint" "idempotency-key: $key")
id=$(get id <<<"$filed") code=$(get code <<<"$filed") secret=$(get secret <<<"$filed")
show "code $code, promised: $(get dues 0 clock <<<"$filed") by $(get dues 0 at <<<"$filed")"

step "Send it again with the same Idempotency-Key: a flaky phone files nothing twice"
again=$(post "$intake/api/complaints" "$complaint" "idempotency-key: $key" | get code)
[[ $again == "$code" ]] || fail "the second answer names another complaint: $again"
show "the same code: $again"

step "Read its story so far (kentongan events show $code)"
"$kentongan" events show "$code" "${data[@]}" | tee "$scratch/story"
grep -q complaint.filed "$scratch/story" || fail "the story lacks complaint.filed"

step "Connect the agency's own systems: a ten-line Kafka consumer, and server-sent events with curl -N"
session() { post "$routing/api/sessions" "{\"login\": \"$1\", \"password\": \"$password\"}" | get token; }
office=$(session dpupr)
last=0 next=-1
while [[ $next != "$last" ]]; do
    last=$(( next < 0 ? 0 : next ))
    next=$(curl -fsS -H "authorization: Bearer $office" -H 'accept: application/json' \
        "$routing/agencies/$agency/events?after=$last&limit=1000" | get next)
done
"$python" "$here/examples/consumer.py" "$kafka" "agency.$agency" "tour-$key" >"$scratch/kafka" &
bash "$here/examples/follow.sh" "$routing" "$agency" dpupr "$password" "$last" >"$scratch/sse" &
show "docs/examples/consumer.py $kafka agency.$agency" "docs/examples/follow.sh, with Last-Event-ID: $last"

step "Sign in at the regency, verify the complaint and forward it to the public works department"
regency=$(session tulungagung)
arrived() { curl -fsS -H "authorization: Bearer $regency" "$routing/api/cases/$id"; }
until_so "the complaint's arrival in routing" arrived
decide() { post "$routing/api/cases/$id/$2" "$3" "authorization: Bearer $1" "if-match: \"$4\"" "idempotency-key: $key-$2"; }
version=$(arrived | get version)
version=$(decide "$regency" verifications '{}' "$version" | get version)
forwarded=$(decide "$regency" forwards "{\"to\": \"$agency\", \"note\": \"Mohon ditangani minggu ini.\"}" "$version")
version=$(get version <<<"$forwarded")
show "now with $(get holder <<<"$forwarded"), $(get hops <<<"$forwarded") hop, version $version"

step "Answer as the department"
answer='{"text": "Lubang sudah ditambal hari ini. Terima kasih atas laporannya.", "final": true}'
state=$(decide "$office" responses "$answer" "$version" | get status)
show "status: $state"

step "See what the agency's systems received: its own events only, numbered, in order"
until_so "the answer in the agency's SSE stream" grep -q "response_given.*$id" "$scratch/sse"
until_so "the answer in the agency's Kafka topic" grep -q "response_given.* $id" "$scratch/kafka"
awk '/^id:/ { if (last && $2 != last + 1) exit 1; last = $2 }' "$scratch/sse" || fail "the stream has a gap"
show "SSE (texts opened, for those who may read them):"
"$python" -c 'import json, sys
for line in open(sys.argv[1]):
    if line.startswith("data:"): event = json.loads(line[5:])
    if line.startswith("id:") and event["subject"] == sys.argv[2]:
        texts = [event["data"].get(name) for name in ("text", "note", "title")]
        print("     ", line[3:].strip(), event["type"], *filter(None, texts))' "$scratch/sse" "$id"
show "Kafka (texts sealed, the key comes from the agency's endpoint):"
grep " $id " "$scratch/kafka" | cut -c1-150 | sed 's/^/      /'

step "Open the mail that the citizen got ($mailbox)"
mails() { curl -fsS "$mailbox/api/messages" | MAIL=$mail "$python" -c 'import json, os, sys
for message in reversed(json.load(sys.stdin)):
    if os.environ["MAIL"] in message["to"]: print(message["subject"])'; }
three_mails() { [[ $(mails | wc -l) -ge 3 ]]; }
until_so "three mails to the citizen (filed, forwarded, answered)" three_mails
mails | sed 's/^/      /'

step "Follow it as the citizen: with the secret everything, without it no text"
opened() { curl -fsS -H "complaint-secret: $secret" "$intake/api/complaints/$code"; }
answered() { [[ $(opened) == *"sudah ditambal"* ]]; }
until_so "the answer in what the citizen reads" answered
whole=$(opened) public=$(curl -fsS "$intake/api/complaints/$code")
[[ $public != *"Lubang di tengah jalan"* ]] || fail "the public answer shows the title"
show "status $(get status <<<"$whole"); read the answer at $intake/track/$code with the secret $secret"

step "Look at the dashboard's figures after ($reporting)"
moved() { figures=$(figures); (($(get freshness position <<<"$figures") >= position + 4)); }
until_so "four more events in the figures" moved
figures=$(figures)
show "$agency: received $(tally received) (was $received), answered $(tally answered) (was $closed);" \
    "$(get freshness position <<<"$figures") events applied (was $position), $(get freshness lag <<<"$figures") waiting"
if [[ $received == [0-9]* ]]; then
    (($(tally received) > received && $(tally answered) > closed)) || fail "the figures did not move"
fi

step "Read the whole story (kentongan events show $code)"
"$kentongan" events show "$code" "${data[@]}" | tee "$scratch/story"
for event in filed verified forwarded response_given; do
    grep -q "complaint.$event" "$scratch/story" || fail "the story lacks complaint.$event"
done

printf '\nThat was one complaint, from %s to its answer. Open %s and %s to look around.\n' "$code" "$intake" "$reporting"
