#!/usr/bin/env bash
# Starts a program such as `embed` on a free port, asks it for a page, and ends it; ctest has the clock.
set -euo pipefail
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT

mkfifo "$work/out"
"$1" 0 localhost 5222 >"$work/out" &
pid=$!
exec 3<"$work/out"
read -r line <&3
echo "$line"
[[ $line =~ ^ws://127\.0\.0\.1:([0-9]+)/$ ]]

exec 4<>"/dev/tcp/127.0.0.1/${BASH_REMATCH[1]}"
printf 'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n' >&4
read -r status <&4
echo "$status"

kill -TERM "$pid"
wait "$pid"
pid=
