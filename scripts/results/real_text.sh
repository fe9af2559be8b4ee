#!/usr/bin/env bash
# The main experiment from text to table, in the order in which its numbers were made; about an hour on two cores.
# Set HYPERGEN_DATA. The backbone comes with the package; scripts/pretrain_backbone.py makes it anew.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python=.venv/bin/python
[[ -d runs/text/open ]] || $python scripts/prepare_text.py --data "$HYPERGEN_DATA" --out runs/text
run() { [[ -e $1 ]] || OMP_NUM_THREADS=1 "${@:2}" >"runs/real-$(basename "$(dirname "$1")").log" 2>&1; }
train() { run "runs/real/$1-$2/bundle" $python scripts/results/real_text.py train --method "$1" --seed "$2"; }
shuffled() { run "runs/real/$1-shuffled-$2/bundle" $python scripts/results/real_text.py train --method "$1" --shuffled --seed "$2"; }
ceiling() { $python scripts/results/real_text.py ceiling --languages report --rows 3 --lr 2e-3 "$@"; }
mkdir -p runs
for seed in 0 1 2; do # two at a time, one core each
    train mad-g $seed &
    train mad-g-ls $seed
    wait
    shuffled mad-g $seed
done
run runs/real/mad-x-scratch-report-0/bank.pt ceiling --steps 300
run runs/real/mad-x-report-0/bank.pt ceiling --steps 250 --start runs/real/mad-g-0/bundle
$python scripts/results/real_text.py score --languages report --results docs/results/real_text.json
$python scripts/results/table.py docs/results/real_text.json --out docs/results/real_text.md
# For comparison, the generator's languages picked at random instead of by farthest-point search.
random=(--random-generator --out runs/real-random)
for seed in 0 1 2; do run "runs/real-random/mad-g-$seed/bundle" $python scripts/results/real_text.py train --seed $seed "${random[@]}"; done
$python scripts/results/real_text.py score --languages report "${random[@]}" --results docs/results/real_text_random.json
$python scripts/results/table.py docs/results/real_text_random.json --out docs/results/real_text_random.md
