#!/bin/sh
# Counts the instructions of the release binary on each generated input, on one thread. They do not depend on what else
# the machine does, so two commits can be compared by them. Prints a table; says so and ends well where there is no
# valgrind.
#
# Usage: benches/instructions.sh [DIR]     DIR gets the inputs (default: bench-inputs in the target folder)
set -eu
cd "$(dirname "$0")/.."

if ! command -v valgrind >/dev/null; then
    echo "skipped: valgrind is not there"
    exit 0
fi
target=${CARGO_TARGET_DIR:-target}
inputs=${1:-$target/bench-inputs}
cargo bench --quiet --locked --bench throughput -- --write "$inputs"
cargo build --quiet --release --locked --bin istio-drain

printf '%-26s %12s %15s %12s\n' input bytes instructions 'per byte'
for input in small stream-18 stream-40 resource-list-18 resource-list-18-no-paths cluster-40; do
    file=$inputs/$input.yaml
    log=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null \
        "$target/release/istio-drain" --threads 1 <"$file" 2>&1 >/dev/null)
    instructions=$(printf '%s\n' "$log" | sed -n 's/.*Collected : *//p')
    bytes=$(($(wc -c <"$file")))
    per_byte=$(awk "BEGIN { printf \"%.1f\", $instructions / $bytes }")
    printf '%-26s %12d %15d %12s\n' "$input" "$bytes" "$instructions" "$per_byte"
done
