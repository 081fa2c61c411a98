#!/usr/bin/env bash
# Draws the plots of the README from what run.sh has written:
#
#   tests/bench/plot.sh JSON OUTDIR        makes OUTDIR/cpu.svg, memory.svg, servers.svg (of what JSON holds)

set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
source "$here/../../cmake/debian_packages.sh"
(($# == 2)) || die 'usage: plot.sh JSON OUTDIR'
json=$1 out=$2
install_missing gnuplot-nox
mkdir -p "$out"
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
node "$here/driver/plot_data.js" "$json" "$data"

# bars NAME TITLE YLABEL SCALE: a group of bars for each row of NAME.dat, a colour for each of its columns.
bars() {
  [[ -e $data/$1.dat ]] || return 0
  gnuplot <<END
set terminal svg size 860,420 font 'sans-serif,13' background rgb 'white'
set output '$out/$1.svg'
set title '$2'
set ylabel '$3'
set style data histograms
set style histogram clustered gap 1
set style fill solid 0.9 noborder
set grid ytics lc rgb '#dddddd'
set border 3
set xtics nomirror
set ytics nomirror
set key outside right top
set datafile missing '-'
$4
plot for [i = 2:$(head -n 1 "$data/$1.dat" | wc -w)] '$data/$1.dat' using i:xticlabels(1) title columnheader(i) noenhanced
END
  echo "$out/$1.svg"
}

log='set logscale y; set yrange [0.1:*]'
bars cpu 'CPU time a message (or session), whole process tree' 'ratio to HAProxy in TCP mode, log scale' "$log"
bars memory 'Memory of a session (PSS)' 'KiB, log scale' "$log"
bars servers 'CPU time a message: wsxmpp and the server on TCP' 'ratio to the own WebSocket of the server' 'set yrange [0:*]'
