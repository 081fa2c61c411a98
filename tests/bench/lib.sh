# shellcheck shell=bash disable=SC2034,SC2154
# What the measurements share: where they are (`here`), in which tree (`root`), and where that is built which they
# measure (`build`).

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
build=$root/build/bench
source "$root/cmake/debian_packages.sh"

# take_build [--build DIR] ARGUMENT…: whether `build` is a folder that was named; `arguments` become the others.
take_build() {
  arguments=("$@")
  [[ ${1:-} == --build ]] || return 1
  (($# > 1)) || die '--build takes a folder'
  build=$(cd "$2" && pwd) || exit
  arguments=("${@:3}")
}

# build_bench PACKAGE…: what is measured, after these and all that it is built from were installed.
build_bench() {
  install_missing "${build_packages[@]}" libbenchmark-dev libexpat1-dev "$@"
  say 'Building in build/bench'
  mkdir -p "$build"
  local log=$build/build.log
  { cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DWSXMPP_BUILD_BENCHMARKS=ON \
      -DWSXMPP_BUILD_TESTS=OFF -DWSXMPP_BUILD_EXAMPLES=OFF && cmake --build "$build"; } >"$log" 2>&1 ||
    { tail -30 "$log" >&2; die "the build failed; all of it is in $log"; }
}

# node, and the packages of the end-to-end tests, of which the drivers use some.
install_node_packages() {
  command -v node >/dev/null || install_missing nodejs
  [[ ! -d $root/tests/e2e/node_modules/ws ]] || return 0
  command -v npm >/dev/null || install_missing npm
  npm ci --prefix "$root/tests/e2e" --no-audit --no-fund
}

# make_certificate DIR: cert.pem and key.pem, for localhost.
make_certificate() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$1/key.pem" -out "$1/cert.pem" 2>"$1/openssl.log" ||
    { cat "$1/openssl.log" >&2; die 'openssl made no certificate'; }
}

# Whatever ends the script ends what it started.
children=()
end_children() {
  {   # where bash says which of its children were killed
    ((${#children[@]} == 0)) || kill -KILL "${children[@]}" || true
    children=()
    wait || true
  } 2>/dev/null
}
trap end_children EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start FILE COMMAND…: in the background, standard output to FILE; `port` is that which it says it listens on, `pid` its id.
start() {
  local file=$1
  shift
  : >"$file"
  setpriv --pdeathsig KILL -- "$@" >"$file" 2>"$file.err" &   # even when we are killed ourselves
  pid=$!
  children+=("$pid")
  for ((i = 0; i < 300; ++i)); do
    port=$(sed -n 's|^listening on .*:\([0-9]*\)/\{0,1\}$|\1|p' "$file" | head -n 1)
    [[ -n $port ]] && return
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  cat "$file.err" >&2
  die "$1 does not listen"
}

# await PID: until it has ended by itself, or too long.
await() {
  for ((i = 0; i < 150; ++i)); do
    kill -0 "$1" 2>/dev/null || break
    sleep 0.1
  done
  {
    kill -KILL "$1" || true
    wait "$1" || true
  } 2>/dev/null
  local left=()
  for child in "${children[@]}"; do [[ $child == "$1" ]] || left+=("$child"); done
  children=("${left[@]}")
}

# stop PID: asks it to end, and waits.
stop() {
  kill -TERM "$1"
  await "$1"
}

# field NAME: of the JSON on standard input.
field() { grep -o "\"$1\":[0-9.]*" | head -n 1 | cut -d : -f 2; }
