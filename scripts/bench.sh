#!/usr/bin/env bash
# One training step with AdapterHub's `adapters` and with hypergen, side by side: docs/results/bench_step.{json,md}.
# Run it with nothing else on the machine; about 20 minutes on two cores, 7 GB of memory. Arguments go to compare.py.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

[ -x .venv/bin/python ] || { echo "hypergen is not installed in .venv; run 'make demo' first."; exit 1; }

other=.venv-adapterhub
if [ ! -f $other/.installed ] || [ scripts/parity/requirements.txt -nt $other/.installed ]; then
    echo "== creating $other (AdapterHub needs an older transformers than hypergen)"
    .venv/bin/python -m venv $other
    echo '*' > $other/.gitignore
    grep '^torch==' scripts/parity/requirements.txt | $other/bin/python -m pip install -q -r /dev/stdin
    $other/bin/python -m pip install -q -r scripts/parity/requirements.txt
    touch $other/.installed
fi

if [ -z "${HYPERGEN_DATA:-}" ] && [ -d data ]; then export HYPERGEN_DATA="$PWD/data"; fi
echo "== mBERT's configuration: ${HYPERGEN_DATA:+from $HYPERGEN_DATA if it is there, }else the same sizes written out"

echo "== measuring, both libraries in turn"
.venv/bin/python scripts/bench/compare.py "$@"

echo "== docs/results/bench_step.md"
.venv/bin/python scripts/bench/table.py docs/results/bench_step.json --output docs/results/bench_step.md
cat docs/results/bench_step.md
