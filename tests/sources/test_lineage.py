import pytest
import torch

from hypergen.adapters import InvertibleSpec, unchain
from hypergen.backbones import sites_of
from hypergen.errors import HypergenError
from hypergen.model import AdaptedModel
from hypergen.sources import AdapterSource, LineageAdapters, lineage_of

LINEAGES = {
    "swh": ("Niger-Congo", "Bantu", "swh"),
    "zul": ("Niger-Congo", "Bantu", "zul"),
    "yor": ("Niger-Congo", "Defoid", "yor"),
    "lug": ("Niger-Congo", "Bantu", "lug"),
    "fon": ("Niger-Congo", "Kwa", "fon"),
    "eus": (None, None, "eus"),
}
TRAINED = ["swh", "zul", "yor"]


@pytest.fixture
def build(spec, layout):
    def source(languages=TRAINED, *, trained=True, **options) -> LineageAdapters:
        rng = torch.Generator().manual_seed(0)
        lineages = LineageAdapters(spec, layout, languages, lineage=LINEAGES.__getitem__, rng=rng, **options)
        if trained:
            with torch.no_grad():
                lineages.vectors.normal_(generator=rng)
        return lineages

    return source


def part(source, level, name):
    return source.vectors[source.parts[level, name]]


def test_a_language_has_its_familys_its_genuss_and_its_own_part_in_this_order(build):
    source = build()
    parts = unchain(source("zul"))
    names = [(0, "Niger-Congo"), (1, "Bantu"), (2, "zul")]
    for adapter, name in zip(parts, names, strict=True):
        torch.testing.assert_close(adapter.vector(), part(source, *name))
    assert isinstance(source, AdapterSource)


def test_a_sum_has_the_size_of_one_adapter(build, layout):
    source = build(join="sum")
    expected = part(source, 0, "Niger-Congo") + part(source, 1, "Defoid") + part(source, 2, "yor")
    torch.testing.assert_close(source("yor").vector(), expected)
    assert source("yor").layout == layout


@pytest.mark.parametrize(
    ("language", "shared"),
    [("lug", ("Niger-Congo", "Bantu", None)), ("fon", ("Niger-Congo", None, None)), ("eus", (None, None, None))],
)
def test_an_unseen_language_has_the_parts_that_it_shares(build, language, shared):
    source = build()
    for level, (adapter, name) in enumerate(zip(unchain(source(language)), shared, strict=True)):
        expected = torch.zeros_like(source.vectors[0]) if name is None else part(source, level, name)
        torch.testing.assert_close(adapter.vector(), expected)


@pytest.mark.parametrize("join", ["chain", "sum"])
def test_a_language_without_relatives_leaves_the_backbone_as_it_is(build, backbone, batch, join):
    source = build(join=join)
    model = AdaptedModel(backbone, [source.layout])
    with torch.no_grad():
        alone, adapted = model(**batch).logits, model(adapters=[source("eus")], **batch).logits
        related = model(adapters=[source("fon")], **batch).logits
    torch.testing.assert_close(adapted, alone)
    assert not torch.allclose(related, alone)


@pytest.mark.parametrize("join", ["chain", "sum"])
def test_a_batch_of_languages_is_each_of_them_in_turn(build, join):
    source = build(join=join)
    together = source(["lug", "eus", "yor"])
    assert together.num_languages == 3
    for adapter, language in zip(together, ("lug", "eus", "yor"), strict=True):
        torch.testing.assert_close(adapter.vector(), source(language).vector())


def test_relatives_train_what_they_share(build):
    source = build()
    source("swh").vector().sum().backward()
    moved = {name for name, row in source.parts.items() if source.vectors.grad[row].any()}
    assert moved == {(0, "Niger-Congo"), (1, "Bantu"), (2, "swh")}


def test_parts_of_a_chain_start_as_the_method_starts_them_and_those_of_a_sum_at_their_family(build, spec, layout):
    rng = torch.Generator().manual_seed(0)
    family, genus, _ = (spec.initial(layout, rng=rng).vector() for _ in range(3))
    chained = unchain(build(trained=False)("swh"))
    torch.testing.assert_close(chained[0].vector(), family)
    torch.testing.assert_close(chained[1].vector(), genus)
    torch.testing.assert_close(build(trained=False, join="sum")("zul").vector(), family)


def test_an_adapter_of_zeros_is_the_identity_at_the_embeddings_too(backbone, batch):
    spec = InvertibleSpec(size=4)
    layout = spec.layout(sites_of(backbone, kinds=spec.site_kinds))
    source = LineageAdapters(spec, layout, TRAINED, lineage=LINEAGES.__getitem__, rng=torch.Generator())
    model = AdaptedModel(backbone, [layout])
    with torch.no_grad():
        torch.testing.assert_close(model(adapters=[source("eus")], **batch).logits, model(**batch).logits)


def test_lineages_are_read_from_the_table_of_languages():
    assert lineage_of("swh")[2] == "swh"
    assert lineage_of("swh")[:2] == lineage_of("zul")[:2]
    assert lineage_of("x-invented") == (None, None, "x-invented")


def test_languages_must_have_lineages_of_one_length(spec, layout):
    with pytest.raises(HypergenError, match="0 languages with lineages"):
        LineageAdapters(spec, layout, [], rng=torch.Generator())
    with pytest.raises(HypergenError, match=r"levels were given.* \[1, 2\]|\[1, 2\] levels"):
        LineageAdapters(spec, layout, ["a", "bb"], lineage=tuple, rng=torch.Generator())
