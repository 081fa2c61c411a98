#!/usr/bin/env bash
# expect.sh TEXT COMMAND…: passes when the command succeeds and prints TEXT.
set -u
text=$1
shift
output=$("$@" 2>&1)
status=$?
printf '%s\n' "$output"
[ "$status" = 0 ] || { echo "FAILED: exit $status"; exit 1; }
[[ $output == *"$text"* ]] || { echo "FAILED: '$text' is not in the output"; exit 1; }
