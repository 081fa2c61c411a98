#!/usr/bin/env bash
# Starts `echo` on a free port, sends it a text, a binary message and a close, with a mask of zeros, and prints in hex
# what comes back; ctest has the clock.  try_echo.sh PROGRAM [deflate]
set -euo pipefail
work=$(mktemp -d)
pid=
trap '[ -z "$pid" ] || kill -KILL "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT

mkfifo "$work/out"
"$1" 0 "${@:2}" >"$work/out" &
pid=$!
exec 3<"$work/out"
read -r line <&3
echo "$line"
[[ $line =~ ^ws://127\.0\.0\.1:([0-9]+)/$ ]]

exec 4<>"/dev/tcp/127.0.0.1/${BASH_REMATCH[1]}"
printf '%s\r\n' 'GET / HTTP/1.1' 'Host: localhost' 'Upgrade: websocket' 'Connection: Upgrade' \
  'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==' 'Sec-WebSocket-Version: 13' \
  'Sec-WebSocket-Extensions: permessage-deflate' '' >&4
while read -r header <&4 && [ "$header" != $'\r' ]; do echo "$header"; done
text='\x81\x85\0\0\0\0Hello'
[ "${2:-}" != deflate ] || text='\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\0' # RFC 7692 §7.2.3.1
printf "$text"'\x82\x82\0\0\0\0\xfe\xff\x88\x82\0\0\0\0\x03\xe8' >&4
echo "answer: $(od -An -v -tx1 <&4 | tr -d ' \n')"
kill -TERM "$pid"
wait "$pid"
pid=
