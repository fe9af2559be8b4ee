#!/usr/bin/env bash
# Exported adapters in AdapterHub's library and in PEFT, and theirs in hypergen: docs/results/parity.json.
# Each library in its own environment; nothing is downloaded but the environment. A few minutes on two cores.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

own=${HYPERGEN_PYTHON:-.venv/bin/python}
[ -x "$own" ] || { echo "hypergen is not installed in .venv; run 'make demo' first."; exit 1; }

other=.venv-adapterhub
if [ ! -f $other/.installed ] || [ scripts/parity/requirements.txt -nt $other/.installed ]; then
    echo "== creating $other (AdapterHub needs an older transformers than hypergen)"
    "$own" -m venv $other
    echo '*' > $other/.gitignore
    grep '^torch==' scripts/parity/requirements.txt | $other/bin/python -m pip install -q -r /dev/stdin
    $other/bin/python -m pip install -q -r scripts/parity/requirements.txt
    touch $other/.installed
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HF_HUB_OFFLINE=1

echo "== hypergen exports"
"$own" scripts/parity/write_exports.py "$work"
echo "== AdapterHub and PEFT load them, and write adapters of their own"
$other/bin/python scripts/parity/load_exports.py "$work"
echo "== hypergen imports those"
"$own" scripts/parity/read_imports.py "$work" "$@"
