#!/usr/bin/env bash
# Tasks in languages they were not learned in, from text and labels to tables: POS first, then topics, parsing, entities
# and sentiment. Some eight hours of one core, so half of that here: two tasks at a time. Set HYPERGEN_DATA. Whatever is
# done is not done again, so it may be stopped and started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python=.venv/bin/python
export OMP_NUM_THREADS=1
[[ -d runs/text/all ]] || $python scripts/prepare_text.py --data "$HYPERGEN_DATA" --out runs/text
transfer() { $python scripts/results/transfer.py "$@" --out runs/transfer; }
task() {
    transfer run --task "$1" --seeds 0 1 2 >>"runs/transfer-$1.log" 2>&1
    transfer summary --task "$1" --seeds 0 1 2 --results "docs/results/transfer_$1.json"
    $python scripts/results/table.py "docs/results/transfer_$1.json" --out "docs/results/transfer_$1.md"
}
for generator in generator-mini-held-out madg-mini-held-out; do
    [[ -d runs/$generator/bundle ]] || .venv/bin/hypergen train --config "configs/train/$generator.yaml"
done
transfer bank
task pos &
task topics
wait
task parsing &
task ner
wait
task sentiment
# The same where signal is strong: artificial languages, each seed in its own world.
artificial() { $python scripts/results/transfer_artificial.py "$@" --out runs/transfer-artificial; }
tasks=(pos parsing ner ner_known)
for seed in 0 1 2; do artificial run --seed $seed --tasks "${tasks[@]}"; done
artificial summary --tasks "${tasks[@]}"
