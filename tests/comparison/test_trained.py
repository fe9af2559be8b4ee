from dataclasses import replace

import pytest
import torch

from hypergen.comparison.cells import Store
from hypergen.comparison.starts import untrained
from hypergen.comparison.trained import BANK_LR, chunks, source_inputs, trained_source


@pytest.mark.parametrize("kind", ["bank", "shared", "lineage", "mad-g", "mad-g:shuffled", "mad-g:learned"])
def test_a_source_is_trained_once_and_kept(bench, tmp_path, meter, kind):
    tokens = []
    given = {"bench": bench, "spec": "seq_bn", "lr": 1e-2, "store": Store(tmp_path), "meter": meter}
    first = trained_source(kind, **given, on_tokens=tokens.append)
    assert sum(tokens) == first.tokens > 0
    again = trained_source(kind, **given, on_tokens=tokens.append)
    assert sum(tokens) == first.tokens  # nothing more
    for name, tensor in first.source.state_dict().items():
        assert torch.equal(tensor, again.source.state_dict()[name])
    assert (again.parameters, again.seconds, again.peak_gb) == (first.parameters, 1.0, 0.5)
    assert not any(parameter.requires_grad for parameter in again.source.parameters())


def test_a_bank_is_trained_on_each_languages_own_text(bench, tmp_path, meter):
    longer = replace(bench, fit=replace(bench.fit, steps=20))
    trained = trained_source("bank", bench=longer, spec="seq_bn", lr=3e-2, store=Store(tmp_path), meter=meter)
    vectors = trained.source.vectors
    assert len({tuple(row.tolist()) for row in vectors}) == 5


@pytest.mark.parametrize(
    "change", [{"kind": "shared"}, {"kind": "mad-g:shuffled"}, {"spec": "lora"}, {"lr": 1e-3}]
)  # fmt: skip
def test_whatever_differs_is_another_source(bench, change):
    given = {"kind": "mad-g", "spec": "seq_bn", "lr": 1e-2}
    inputs = [source_inputs(**each, bench=bench) for each in (given, {**given, **change})]
    assert inputs[0] != inputs[1]


@pytest.mark.parametrize(("kind", "spec"), [("fusion", "seq_bn"), ("fusion", "seq_bn_inv"), ("zgul", "seq_bn")])
def test_a_mixture_is_trained_over_a_bank_that_stays_as_it_is(bench, tmp_path, meter, kind, spec):
    given = {"bench": bench, "spec": spec, "store": Store(tmp_path), "meter": meter}
    below = trained_source("bank", **given, lr=BANK_LR)
    bank = below.source
    mixed = trained_source(kind, **given, lr=1e-2)
    start = untrained(kind, bench=bench, spec=spec, bank=bank)
    changed = {n for n, t in mixed.source.state_dict().items() if not torch.equal(t, start.state_dict()[n])}
    assert changed
    assert not any(name.startswith(("bank.", "sources.")) for name in changed)
    own = sum(p.numel() for p in start.parameters() if p.requires_grad)
    assert mixed.parameters == own + below.parameters  # what is mixed was trained too
    assert mixed.tokens > below.tokens
    assert len(list(tmp_path.glob("sources/*"))) == 2  # the bank, trained once, and the mixture


def test_parts_are_equal_and_lose_nobody():
    codes = [f"l{n}" for n in range(10)]
    parts = chunks(codes, at_most=4)
    assert [code for part in parts for code in part] == codes
    assert {len(part) for part in parts} <= {3, 4}
    assert chunks([], at_most=4) == []
