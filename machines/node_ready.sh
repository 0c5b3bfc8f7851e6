#!/bin/bash
# Tells the Auto Scaling group that this machine's node is Ready; after HEIIKI_TIMEOUT_SECONDS from
# boot, writes to the console why it is not, and gives the machine up.
# $1: the settings that machines/node_ready.py writes. Nothing secret is an argument or is shown.
set -uo pipefail

# shellcheck source=/dev/null
. "$1"
export AWS_PAGER=""
why="nothing was asked yet"
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

say() {
  printf 'heiiki: %s\n' "$*" | tee -a "$HEIIKI_CONSOLE"
}

is_late() {
  local uptime
  read -r uptime _ </proc/uptime
  ((${uptime%.*} >= HEIIKI_TIMEOUT_SECONDS))
}

errors() {
  tr -s '[:space:]' ' ' <"$work/errors" | cut -c1-300
}

instance_id() {
  local token
  token=$(curl -sSf -m 5 --noproxy '*' -X PUT "$HEIIKI_METADATA/latest/api/token" \
    -H 'X-aws-ec2-metadata-token-ttl-seconds: 60') &&
    curl -sSf -m 5 --noproxy '*' -H @- "$HEIIKI_METADATA/latest/meta-data/instance-id" \
      <<<"X-aws-ec2-metadata-token: $token"
}

# ask TOKEN PATH [curl's options]: what the Kubernetes API answers lies in $work/answer.
ask() {
  local token=$1 path=$2 code
  shift 2
  if ! code=$(curl -sS -m 10 --cacert "$HEIIKI_CA_FILE" -H @- -o "$work/answer" \
    -w '%{http_code}' "$@" "$HEIIKI_API_SERVER_ENDPOINT$path" \
    <<<"Authorization: Bearer $token" 2>"$work/errors"); then
    why="the Kubernetes API does not answer: $(errors)"
    return 1
  fi
  case $code in
    2*) return 0 ;;
    401) why="the Kubernetes API does not know this machine's role (401): the role has no access entry" ;;
    404) why="the node is not registered (404): see the kubelet's words" ;;
    *) why="the Kubernetes API answers $code: $(jq -r '.message // empty' "$work/answer" 2>&1 | cut -c1-300)" ;;
  esac
  return 1
}

# The API server itself says which node this is, so that no rule for names is repeated here.
is_ready() {
  local token user ready
  # The token is signed here: this calls neither STS nor EKS.
  if ! token=$(aws eks get-token --cluster-name "$HEIIKI_CLUSTER_NAME" --region "$HEIIKI_REGION" \
    --output json 2>"$work/errors" | jq -er .status.token 2>>"$work/errors"); then
    why="there is no token for the cluster: $(errors)"
    return 1
  fi
  ask "$token" /apis/authentication.k8s.io/v1/selfsubjectreviews -H 'Content-Type: application/json' \
    --data '{"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"}' || return 1
  user=$(jq -r '.status.userInfo.username // empty' "$work/answer" 2>&1)
  if [[ $user != system:node:* ]]; then
    why="the Kubernetes API takes this machine for '$user', which is no node: see its access entry"
    return 1
  fi
  ask "$token" "/api/v1/nodes/${user#system:node:}" || return 1
  ready=$(jq -r '.status.conditions[]? | select(.type == "Ready")
    | "\(.status) \(.reason): \(.message)"' "$work/answer" 2>&1 | cut -c1-300)
  [[ $ready == "True "* ]] && return 0
  why="node ${user#system:node:} is not Ready: ${ready:-it has not said anything yet}"
  return 1
}

# complete RESULT: end the wait of this machine. "No active" is believed only after a while, since
# a fast machine may be ready before its group has noticed that it runs; then nothing waits for it.
complete() {
  local pause=$HEIIKI_POLL_SECONDS idle=0
  until aws autoscaling complete-lifecycle-action --region "$HEIIKI_REGION" \
    --auto-scaling-group-name "$HEIIKI_GROUP_NAME" --lifecycle-hook-name "$HEIIKI_HOOK_NAME" \
    --instance-id "$id" --lifecycle-action-result "$1" \
    --cli-connect-timeout 5 --cli-read-timeout 20 >/dev/null 2>"$work/errors"; do
    if grep -q 'No active Lifecycle Action' "$work/errors" && ((++idle >= 6)); then
      say "no launch of this machine waits for it"
      return 0
    fi
    why="the Auto Scaling group could not be told $1: $(errors)"
    is_late && return 1
    sleep "$pause"
    pause=$((pause < 30 ? pause * 2 : pause))
  done
}

# Last words of each service and then the reason, which so stands at the end of the console.
report() {
  local unit
  for unit in nodeadm-config nodeadm-run containerd kubelet; do
    say "last words of $unit:"
    journalctl --no-pager --output=cat --lines=8 --unit="$unit" 2>&1 | cut -c1-300 |
      sed -E 's/k8s-aws-v1\.[A-Za-z0-9_=-]+/(token)/g; s/(X-Amz-[A-Za-z-]+)=[^& ]+/\1=(left out)/g' |
      tee -a "$HEIIKI_CONSOLE"
  done
  say "gave up $HEIIKI_TIMEOUT_SECONDS s after boot: $why"
}

until id=$(instance_id 2>"$work/errors"); do
  why="the instance's metadata does not answer: $(errors)"
  if is_late; then
    report
    exit 1
  fi
  sleep "$HEIIKI_POLL_SECONDS"
done
until is_ready; do
  if is_late; then
    report
    complete ABANDON || say "$why"
    exit 1
  fi
  sleep "$HEIIKI_POLL_SECONDS"
done
if ! complete CONTINUE; then
  report
  exit 1
fi
mkdir -p "${HEIIKI_DONE_FILE%/*}" && touch "$HEIIKI_DONE_FILE"
say "the node is Ready"
