#!/usr/bin/env bash
# Installs what is missing on a Debian 12, builds, and passes every test:
#
#   tests/run.sh
#
# Everything that is built stays in build/; the screenshots of the browser tests are in build/release/e2e-artifacts.
#
# Environment:
#   FUZZ_SECONDS   how long each fuzz target runs (default 5)

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
source cmake/debian_packages.sh

test_packages=(catch2 libexpat1-dev libbenchmark-dev valgrind strace clang clang-format clang-tidy clang-tools
  libclang-rt-14-dev python3 ca-certificates
  prosody ejabberd jabberd2 sqlite3 dnsmasq-base openssl chromium fonts-dejavu-core libjs-strophe util-linux procps
  curl prometheus nginx-light libnginx-mod-stream haproxy libnss3-tools systemd)
# Node as Debian has it, unless there is one already.
command -v node >/dev/null || test_packages+=(nodejs)
command -v npm >/dev/null || test_packages+=(npm)

started=$SECONDS
step() { say "[$(((SECONDS - started) / 60)) min $(((SECONDS - started) % 60)) s] $*"; }

# build PRESET [-DVARIABLE=VALUE] [TARGET…]
build() {
  local preset=$1 variable=()
  shift
  [[ ${1:-} != -D* ]] || { variable=("$1"); shift; }
  cmake --preset "$preset" "${variable[@]}" >"build/$preset.configure.log" ||
    { cat "build/$preset.configure.log" >&2; die "cannot configure $preset"; }
  cmake --build --preset "$preset" ${1:+--target "$@"}
}

step 'Packages'
install_missing "${build_packages[@]}" "${test_packages[@]}"
mkdir -p build

step "Node's packages for the browser and client tests"
npm ci --prefix tests/e2e --no-audit --no-fund

step 'Layout of the code (clang-format)'
find lib apps examples tests -name node_modules -prune -o \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
  xargs -0 clang-format --dry-run -Werror

step 'Release build: each source by itself. What the sanitizers are for is built with them alone'
build release -DWSXMPP_BUILD_BENCHMARKS=ON {lib,apps/wsxmpp,examples}/all tests/{bench,bridge,core,web}/all \
  transports_no_{avx2,simd}_tests

step 'Tests of what is shipped, with real servers, real clients and a real browser'
ctest --preset release -j3 -E NOT_BUILT

step 'What is exact: instructions, system calls, allocations, memory. Beside it times, which gate nothing'
tests/bench/exact.sh --build build/release instructions calls allocations idle idle_tls
tests/bench/hold.sh --build build/release --seconds 1   # 10 000 sessions over TLS
build/release/tests/bench/scanner_bench --benchmark_filter=172 --benchmark_min_time=0.1

step 'AddressSanitizer and UndefinedBehaviorSanitizer: everything but the packaging and the browser'
build asan
ctest --preset asan -j3 -LE slow -E 'package_|public_headers_alone|e2e: (admin|pages|quickstart|strophe|try_page|wss|converse)'

step 'Lint (clang-tidy): several sources as one, which takes a third of the time'
run-clang-tidy -quiet -p build/asan "$root/((lib/src|apps|examples)/|build/asan/(lib|apps)/.*/Unity/)" \
  -checks=-bugprone-suspicious-include >build/clang-tidy.log 2>&1 ||
  { grep -E 'error:|warning:' build/clang-tidy.log >&2; die 'clang-tidy found something; build/clang-tidy.log has all of it'; }

step 'ThreadSanitizer: the tests with several threads, the program and the real clients'
build tsan app_thread_tests bridge_thread_tests transports_thread_tests wsxmpp_program
ctest --preset tsan -j3 -R '_thread_tests|e2e: (xmppjs|failures|threads|discovery|renewal)'

step "Fuzzing, ${FUZZ_SECONDS:-5} s a target"
tests/fuzz/run.sh build/asan "${FUZZ_SECONDS:-5}"

step 'All tests passed'
