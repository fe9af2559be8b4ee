import pytest
import torch

from hypergen.comparison.methods import parse_method
from hypergen.comparison.starts import CONTROLS, STARTS, Place, untrained
from hypergen.sources import AdapterBank


def bank_of(bench):
    """A bank of adapters that differ."""
    bank = untrained("bank", bench=bench, spec="seq_bn")
    with torch.no_grad():
        bank.vectors.copy_(torch.randn_like(bank.vectors))
    return bank


def source(name, bench, trained=None, **settings):
    return STARTS[name].source(Place(bench, "seq_bn", settings, trained))


def test_no_adapter_is_none(bench):
    assert source("none", bench) is None


def test_a_bank_has_every_training_language_and_starts_at_the_same(bench):
    bank = untrained("bank", bench=bench, spec="seq_bn")
    assert bank.languages == bench.trained == ("swh", "fin", "tur", "eng", "deu")
    assert torch.equal(bank.vectors[0], bank.vectors[4])
    assert torch.equal(bank.vectors[0], source("scratch", bench)("yor").vector())


def test_the_mean_is_the_mean_and_the_nearest_one_of_the_bank(bench):
    bank = bank_of(bench)
    assert torch.allclose(source("mean", bench, bank)("yor").vector(), bank.vectors.mean(0))
    for metric in ("hamming", "cosine", "euclidean"):
        code = bench.table.nearest("yor", k=1, among=bench.trained, metric=metric)[0][0]
        assert torch.equal(source(f"nearest-{metric}", bench, bank)("yor").vector(), bank(code).vector())


def test_a_cold_tipa_is_the_nearest_and_a_hot_one_the_mean(bench):
    bank = bank_of(bench)
    hot = source("tipa", bench, bank, temperature=1e4)("eus").vector()
    assert torch.allclose(hot, bank.vectors.mean(0), atol=1e-3)
    distances = bench.table.nearest("eus", k=5, among=bench.trained)
    if distances[0][1] < distances[1][1]:
        cold = source("tipa", bench, bank, temperature=1e-4)("eus").vector()
        assert torch.allclose(cold, source("nearest-hamming", bench, bank)("eus").vector())


@pytest.mark.parametrize("control", list(CONTROLS))
def test_a_control_gives_the_generator_other_vectors(bench, control):
    method = parse_method(f"mad-g:{control}" if control else "mad-g", generators=["mad-g"], specs=["seq_bn"])
    trained = untrained(method.entry.trained, bench=bench, spec="seq_bn")
    given = method.entry.source(Place(bench, "seq_bn", {}, trained)).typology
    codes, table = ["yor", "eus"], bench.table
    expected = {
        "": table.vectors(codes),
        "mean": table.vectors(bench.trained).mean(0).expand(2, -1),
        "nearest": table.vectors([table.nearest(code, k=1, among=bench.trained)[0][0] for code in codes]),
        "one": table.vectors(["eng", "eng"]),
        "shuffled": table.vectors(codes),  # only training languages are permuted
    }
    if control in expected:
        assert torch.allclose(given.vectors(codes), expected[control])
    if control == "swapped":
        assert all(other != code for code, other in given.instead.items())
        assert torch.equal(given.vectors(codes), table.vectors([given.instead[code] for code in codes]))
    if control in ("shuffled", "random"):
        assert not torch.equal(trained.typology.vectors(bench.trained), table.vectors(bench.trained))
    else:
        assert trained.typology is table


def test_learned_embeddings_replace_typology(bench):
    method = parse_method("mad-g:learned", generators=["mad-g"], specs=["seq_bn"])
    learned = method.entry.source(Place(bench, "seq_bn", {}, untrained("mad-g:learned", bench=bench, spec="seq_bn")))
    assert learned.languages == bench.trained
    assert torch.equal(learned("yor").vector(), learned("eus").vector())  # nothing is known of an unseen language
    with torch.no_grad():
        learned.generator.theta.normal_()
    assert not torch.equal(learned("swh").vector(), learned("fin").vector())


@pytest.mark.parametrize("name", ["lineage", "lineage-sum"])
def test_a_lineage_has_a_part_for_every_training_language_and_what_it_belongs_to(bench, name):
    lineage = source(name, bench, untrained(name, bench=bench, spec="seq_bn"))
    assert {part for level, part in lineage.parts if level == 2} == set(bench.trained)
    assert {(0, "Atlantic-Congo"), (1, lineage.lineage("swh")[1])} <= lineage.parts.keys()


def test_a_generator_starts_the_same_for_a_seed_whatever_was_drawn_before(bench):
    first = untrained("mad-g", bench=bench, spec="seq_bn").generator.theta
    torch.rand(7)
    assert torch.equal(first, untrained("mad-g", bench=bench, spec="seq_bn").generator.theta)


def test_what_is_shared_is_one_adapter(bench):
    shared = untrained("shared", bench=bench, spec="lora")
    assert not isinstance(shared, AdapterBank)
    assert torch.equal(shared("swh").vector(), shared("yor").vector())
