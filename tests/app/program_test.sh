#!/usr/bin/env bash
# Runs the real program: program_test.sh PATH-OF-wsxmpp. What it waits for is a line or an exit; ctest has the clock.
set -euo pipefail

wsxmpp=$1
work=$(mktemp -d)
running=()
clean_up() {
    for pid in "${running[@]}"; do kill -KILL "$pid" 2>/dev/null || true; done
    rm -rf "$work"
}
trap clean_up EXIT

fail() {
    echo "FAILED: $1"
    [ -e "$work/err" ] && sed 's/^/  stderr: /' "$work/err"
    exit 1
}

# expect STATUS ARGUMENT...: runs to the end; texts are in $out and $err
expect() {
    local wanted=$1 status=0
    shift
    "$wsxmpp" "$@" >"$work/out" 2>"$work/err" || status=$?
    out=$(cat "$work/out") err=$(cat "$work/err")
    [ "$status" = "$wanted" ] || fail "wsxmpp $*: exit $status instead of $wanted"
}

# start ARGUMENT...: in the background; its pid is $pid, its first line $line
start() {
    rm -f "$work/pipe"
    mkfifo "$work/pipe"
    "$wsxmpp" "$@" >"$work/pipe" 2>"$work/err" </dev/null &
    pid=$!
    running+=("$pid")
    exec 3<"$work/pipe"
    read -r line <&3 || fail "wsxmpp $*: ended without a line"
}

# ends WITH-STATUS: the program last started
ends() {
    local status=0
    wait "$pid" || status=$?
    [ "$status" = "$1" ] || fail "exit $status instead of $1"
}

echo "--help exits 0 and shows defaults"
expect 0 --help
[[ $out == *"--listen [SCHEME://]ADDR:PORT"*"[default: localhost:6222]"* && -z $err ]] || fail "help"

echo "man page and README have every option"
sources=$(dirname "$0")/../..
for option in $(grep -oE '^  +(-[a-zA-Z], )?--[a-z0-9-]+' <<<"$out" | grep -oE -- '--[a-z0-9-]+'); do
    grep -qE -- "(Fl|,) -${option#--}( |\$)" "$sources/apps/wsxmpp/wsxmpp.1" || fail "$option is not in wsxmpp.1"
    [[ $option = --help || $option = --version ]] ||
        grep -qE -- "^\|.*$option[ \`].*\|" "$sources/README.md" || fail "$option is not in README.md"
done

echo "--version exits 0"
expect 0 --version
[[ $out == "wsxmpp "[0-9]* ]] || fail "version: $out"

echo "a wrong option exits 2 and says what would be right"
expect 2 --framing foo
[[ $err == *"--framing: 'foo' is not one of auto, rfc7395, legacy, raw"*"--help"* && -z $out ]] || fail "wrong value"
expect 2 --framng raw
[[ $err == *"did you mean --framing?"* ]] || fail "wrong option"
for count in 0 x 100000; do
    expect 2 --threads $count
    [[ $err == *"--threads: '$count' is not a number of threads from 1 to 1024"* ]] || fail "threads"
done

echo "what an option names and is not there exits 2"
expect 2 --listen 127.0.0.1:0 --domain a.test --ca-file "$work/none"
[[ $err == "wsxmpp: --ca-file: $work/none: No such file or directory"*"--help"* && -z $out ]] || fail "missing file: $err"

echo "check says what is wrong and exits 1, or 2 where it could not begin"
expect 1 check a.test --upstream "unix:$work/none"
[[ $out == *"does not work"*"No such file or directory"* && -z $err ]] || fail "check"
expect 1 check a.test --json --upstream "unix:$work/none"
[[ $out == '{"domain":"a.test","ok":false,"steps":['*'}' ]] || fail "check --json: $out"
expect 1 check a.test --domain b.test
[[ $out == *"--domain"* ]] || fail "check of a domain that is not served"
expect 2 check
expect 2 check a.test --pin x
expect 2 check a.test --ca-file "$work/none"
expect 0 check --help
[[ $out == *"wsxmpp check DOMAIN"* ]] || fail "check --help"

echo "what is insecure is told at the start"
start --listen 127.0.0.1:0 --any-domain --domain a.test=starttls-if-offered://localhost --insecure a.test
kill -TERM "$pid"
ends 0
for word in "OF a.test IS NOT VERIFIED" "if offered" "open proxy"; do
    grep -q " warning .*$word" "$work/err" || fail "no warning of '$word'"
done

echo "a Unix-domain socket is listened on as long as the program runs, and left to who listens there"
start --listen "unix:$work/sock;mode=600" --listen 127.0.0.1:0
[[ $line == "listening on unix:$work/sock" && -S $work/sock ]] || fail "unix: $line"
[[ $(stat -c %a "$work/sock") == 600 ]] || fail "mode of the socket"
cp "$work/err" "$work/first"
expect 1 --listen "unix:$work/sock"
[[ $err == *"cannot listen on unix:$work/sock"*"Address already in use"* && -S $work/sock ]] || fail "socket in use: $err"
kill -TERM "$pid"
ends 0
[[ ! -e $work/sock ]] || fail "the socket is still there"

echo "what a place needs and is not there is told at the start"
expect 2 --listen systemd
[[ $err == *"--listen: 'systemd': no socket was handed over"* ]] || fail "systemd: $err"
expect 2 --listen fd:77
[[ $err == *"--listen: 'fd:77': no such descriptor is open"* ]] || fail "descriptor: $err"
expect 2 --listen 'wss://*:0'
[[ $err == *"wss needs a certificate"*"--tls-cert"* ]] || fail "wss: $err"

echo "more sessions than there may be open files for are warned of, and fewer are not"
printf '#!/bin/sh\nulimit -n 300\nexec "%s" "$@"\n' "$wsxmpp" >"$work/limited"
chmod +x "$work/limited"
for sessions in 151 150; do
    wsxmpp=$work/limited start --listen 127.0.0.1:0 --max-sessions "$sessions"
    kill -TERM "$pid"
    ends 0
    told=$(grep -c ' warning --max-sessions is more than .* open_files="\?300' "$work/err" || true)
    [ "$told" = "$((sessions - 150))" ] || fail "warned $told times of $sessions sessions"
done

echo "a listener beyond loopback that every page may use is told at the start, and one with --origin is not"
for origin in "" https://example.org; do
    start --listen '*:0' ${origin:+--origin "$origin"}
    kill -TERM "$pid"
    ends 0
    told=$(grep -c ' warning every web page may connect.*--origin' "$work/err" || true)
    [ "$told" = "$([ -z "$origin" ] && echo 1 || echo 0)" ] || fail "warned $told times with origin '$origin'"
done
start --listen 127.0.0.1:0 --trusted-proxy 127.0.0.1
kill -TERM "$pid"
ends 0
grep -q ' warning every web page may connect.*--origin' "$work/err" || fail "no warning behind a proxy"

echo "the path is part of the address that is printed"
start --listen 127.0.0.1:0 --path /xmpp-websocket
kill -TERM "$pid"
ends 0
[[ $line =~ ^listening\ on\ ws://127\.0\.0\.1:[1-9][0-9]*/xmpp-websocket$ ]] || fail "first line: $line"

echo "a second signal does not wait for --drain-delay"
start --listen 127.0.0.1:0 --drain-delay 3600
kill -TERM "$pid"
until grep -q 'not ready any more' "$work/err"; do sleep 0.05; done
kill -INT "$pid"
ends 0

echo "port 0 is chosen and printed"
start --listen 127.0.0.1:0 --upstream 127.0.0.1:1
[[ $line =~ ^listening\ on\ ws://127\.0\.0\.1:([1-9][0-9]*)/$ ]] || fail "first line: $line"
port=${BASH_REMATCH[1]}

echo "a port in use exits 1 and says so"
cp "$work/err" "$work/first"
expect 1 --listen "127.0.0.1:$port"
[[ $err == "wsxmpp: cannot listen "*" 127.0.0.1:$port: Address already in use"*"--listen"* ]] || fail "port in use"

echo "SIGHUP is survived, SIGTERM without sessions exits 0"
kill -HUP "$pid"
kill -TERM "$pid"
ends 0

echo "certificates are loaded, and on SIGHUP again; what is broken is told, at the start with 2"
if command -v openssl >/dev/null; then
    certificate() {
        openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj /CN=a.test \
            -addext "subjectAltName=DNS:$1" -keyout "$work/$1.key" -out "$work/$1.pem" 2>/dev/null
    }
    # logged TEXT: waits for it
    logged() { timeout 20 sh -c "until grep -q '$1' '$work/err'; do sleep 0.05; done" || fail "not logged: $1"; }
    certificate a.test && certificate b.test
    expect 2 --listen wss://127.0.0.1:0 --tls-cert "$work/a.test.pem" --tls-key "$work/b.test.key"
    [[ $err == *"--tls-key: $work/b.test.key: it is not the key of the certificate in $work/a.test.pem"* ]] || fail "mismatch: $err"
    start --listen wss://127.0.0.1:0 --tls-cert "$work/a.test.pem" --tls-key "$work/a.test.key" --tls-reload-interval 0
    logged 'TLS certificate .*names=a.test'
    cp "$work/b.test.pem" "$work/a.test.pem"
    kill -HUP "$pid"
    logged 'warning TLS certificate not reloaded.*a.test.key: it is not the key'
    cp "$work/b.test.key" "$work/a.test.key"
    kill -HUP "$pid"
    logged 'TLS certificate .*names=b.test'
    kill -TERM "$pid"
    ends 0

    echo "the configuration in README's 'On the open internet' is one that works"
    letsencrypt=/etc/letsencrypt/live/chat.example.org
    sed -n '/^```toml$/,/^```$/{/^```/d;p}' "$sources/README.md" |
        sed "s|$letsencrypt/fullchain.pem|$work/b.test.pem|; s|$letsencrypt/privkey.pem|$work/b.test.key|
             s|\*:443|127.0.0.1:0|; s|127.0.0.1:6222|127.0.0.1:0|; s|\"9222\"|\"0\"|" >"$work/readme.toml"
    [[ $(grep -c = "$work/readme.toml") == 10 ]] || fail "README's configuration has not ten lines"
    start --config "$work/readme.toml"
    [[ $line =~ ^listening\ on\ wss://127\.0\.0\.1:[0-9]+/xmpp-websocket$ ]] || fail "README: $line"
    kill -TERM "$pid"
    ends 0
fi

echo "--admin says where it is, and that it has no password where others can reach it"
start --listen 127.0.0.1:0 --admin '*:0'
read -r line <&3
[[ $line =~ ^admin\ on\ http://.*:([1-9][0-9]*)/$ ]] || fail "admin line: $line"
admin=${BASH_REMATCH[1]}
grep -q ' warning "*--admin HAS NO PASSWORD' "$work/err" || fail "no warning of --admin"
expect 1 --listen 127.0.0.1:0 --admin "127.0.0.1:$admin"
[[ $err == "wsxmpp: --admin: cannot listen on 127.0.0.1:$admin: Address already in use"*"another port with --admin"* && -z $out ]] ||
    fail "admin port in use: $err"
expect 1 --listen 127.0.0.1:0 --admin "unix:$work/none/admin"
[[ $err == "wsxmpp: --admin: cannot listen on unix:$work/none/admin: No such file or directory"* ]] || fail "admin socket: $err"
expect 2 --admin localhost
[[ $err == "wsxmpp: --admin: 'localhost' has no port: give ADDR:PORT"*"--help"* ]] || fail "admin without a port"
kill -TERM "$pid"
ends 0

echo "a port in use is one whatever the number of threads"
for threads in 1 4; do
    start --listen 127.0.0.1:0 --threads $threads
    taken=${line%/} && taken=${taken##*:}
    expect 1 --listen "127.0.0.1:$taken" --threads 1
    [[ $err == *": Address already in use"* ]] || fail "port in use by $threads threads"
    expect 1 --listen "127.0.0.1:$taken" --threads 4
    [[ $err == *": Address already in use"* ]] || fail "port in use by $threads threads"
    kill -TERM "$pid"
    ends 0
done

echo "SIGINT too, listening on localhost and logging JSON"
start --listen localhost:0 --log-format json
[[ $line =~ ^listening\ on\ ws://127\.0\.0\.1:([1-9][0-9]*)/$ ]] || fail "first line: $line"
port=${BASH_REMATCH[1]}
kill -INT "$pid"
ends 0
second=$(cat <&3)
[[ -z $second || $second == "listening on ws://[::1]:$port/" ]] || fail "second line: $second"   # none without IPv6
head -n 1 "$work/err" | grep -q '^{"time":".*","level":"info","message":"listening"' || fail "JSON log"

echo "passed"
