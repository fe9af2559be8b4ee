import json
from dataclasses import dataclass, replace

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM

from hypergen import cli
from hypergen.adapters import Adapter, BottleneckSpec, ChainSpec, FusedSpec, FusionSpec, InvertibleSpec, LoraSpec
from hypergen.backbones import fingerprint_of, sites_of
from hypergen.bundle import BackboneInfo, Bundle, GeneratorInfo, TypologyInfo
from hypergen.errors import BundleError, TypologyError
from hypergen.generators import GENERATORS
from hypergen.typology import TypologyTable


def bert(seed: int = 0) -> BertForMaskedLM:
    torch.manual_seed(seed)
    shape = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    return BertForMaskedLM(BertConfig(vocab_size=50, **shape)).eval()


@pytest.fixture
def table(tmp_path):
    (tmp_path / "mine.csv").write_text("language,a,b,c\nswh,1,0,0.5\nyua,0,1,\nx-far,0,0,1\n")
    return TypologyTable.from_csv(tmp_path / "mine.csv")


@pytest.fixture
def bundle(table):
    return bundle_of("mad-g", table=table)


def bundle_of(name: str, *, table: TypologyTable) -> Bundle:
    backbone, spec = bert(), BottleneckSpec(size=2)
    layout, arguments = spec.layout(sites_of(backbone)), {"num_features": len(table.features), "embedding_size": 4}
    generator = GENERATORS[name](spec, layout, **arguments)
    return Bundle(
        spec,
        layout,
        BackboneInfo("tiny", fingerprint_of(backbone)),
        generator.state_dict(),
        generator=GeneratorInfo(name, arguments),
        typology=TypologyInfo(table.feature_sets, table.fingerprint),
        table=table,
        languages=("swh",),
        metrics={"steps": 3},
    )


def adapter_bundle(bundle: Bundle) -> Bundle:
    return Bundle.of_adapter(
        bundle.source("yua"), language="yua", backbone=bundle.backbone, typology=bundle.typology, patch=bundle.patch
    )


@pytest.mark.parametrize("name", sorted(GENERATORS))
def test_a_generator_is_read_back_as_it_was_written(table, tmp_path, name):
    bundle = bundle_of(name, table=table)
    bundle.save(tmp_path / "it")
    read = Bundle.load(tmp_path / "it")
    assert torch.equal(read.source("yua").vector(), bundle.source("yua").vector())
    assert (read.spec, read.layout, read.backbone) == (bundle.spec, bundle.layout, bundle.backbone)
    assert (read.generator, read.typology, read.languages) == (bundle.generator, bundle.typology, bundle.languages)
    assert (read.metrics, read.patch) == (bundle.metrics, {})


def test_the_generator_that_comes_with_hypergen_is_loaded_by_its_name():
    bundle = Bundle.load("generator-mini")
    assert (bundle.generator.name, bundle.backbone.name) == ("mad-g", "hypergen-mini")
    assert bundle.source("yua").vector().shape == (bundle.layout.num_parameters,)


def test_a_name_for_a_backbone_is_no_bundle():
    with pytest.raises(BundleError, match=r"hypergen-mini is no bundle: .* or generator-mini, which comes with it"):
        Bundle.load("hypergen-mini")


def test_a_directory_may_be_given_as_text(bundle, tmp_path):
    bundle.save(str(tmp_path / "it"))
    assert Bundle.load(str(tmp_path / "it")).languages == ("swh",)


def test_a_method_without_a_name_is_not_saved(bundle, tmp_path):
    @dataclass(frozen=True)
    class Wide(BottleneckSpec):
        pass

    with pytest.raises(
        BundleError, match=r"Wide has no name that a file could know it by, only bottleneck, .*; add it to"
    ):
        replace(bundle, spec=Wide(2)).save(tmp_path / "it")
    assert not (tmp_path / "it").exists()


def test_a_bundle_holds_one_adapter(bundle):
    with pytest.raises(BundleError, match="has an axis of 2 languages, and a bundle holds one"):
        Bundle.of_adapter(bundle.source(["swh", "yua"]), language="yua", backbone=bundle.backbone)


def test_an_adapter_is_read_back_as_it_was_written(bundle, tmp_path):
    written = adapter_bundle(bundle)
    written.save(tmp_path / "yua")
    read = Bundle.load(tmp_path / "yua")
    assert torch.equal(read.source("yua").vector(), bundle.source("yua").vector())
    assert (read.languages, read.typology, read.table) == (("yua",), bundle.typology, None)


BOTTLENECK, SEQ_BN_INV = BottleneckSpec(size=2), ChainSpec((InvertibleSpec(size=2), BottleneckSpec(size=2)))
METHODS = pytest.mark.parametrize(
    "spec",
    [LoraSpec(rank=2), SEQ_BN_INV, FusionSpec(BOTTLENECK), FusedSpec((BOTTLENECK, BOTTLENECK), FusionSpec(BOTTLENECK))],
    ids=["lora", "chain", "fusion", "fused"],
)


@METHODS
def test_an_adapter_of_any_method_is_read_back_as_it_was_written(spec, tmp_path):
    backbone = bert()
    layout = spec.layout(sites_of(backbone, kinds=spec.site_kinds, leave_out=[1]))
    adapter = Adapter.from_vector(spec, layout, torch.randn(layout.num_parameters))
    info = BackboneInfo("tiny", fingerprint_of(backbone))
    Bundle.of_adapter(adapter, language="yua", backbone=info).save(tmp_path / "yua")
    read = Bundle.load(tmp_path / "yua")
    assert (read.spec, read.layout) == (spec, layout)
    assert torch.equal(read.source("yua").vector(), adapter.vector())


@METHODS
def test_a_generator_of_any_method_is_read_back_as_it_was_written(bundle, spec, tmp_path):
    layout = spec.layout(sites_of(bert(), kinds=spec.site_kinds))
    generator = GENERATORS["mad-g"](spec, layout, **bundle.generator.arguments)
    replace(bundle, spec=spec, layout=layout, weights=generator.state_dict()).save(tmp_path / "it")
    vectors = bundle.table.vectors(["yua"])
    assert torch.equal(Bundle.load(tmp_path / "it").source("yua").vector(), generator(vectors)[0].vector())


def test_a_table_of_ones_own_is_carried(bundle, table, tmp_path):
    bundle.save(tmp_path / "it")
    (tmp_path / "mine.csv").unlink()
    carried = Bundle.load(tmp_path / "it").typology_table
    assert (carried.fingerprint, carried.features) == (table.fingerprint, table.features)
    assert carried.coverage("yua") == pytest.approx(2 / 3)


def test_uriel_is_not_carried_but_checked(table, tmp_path):
    uriel = TypologyTable.from_uriel("syntax_knn")
    with pytest.raises(TypologyError, match="only tables of one's own are copied"):
        bundle_of("mad-g", table=uriel).save(tmp_path / "copy")
    bundle = replace(bundle_of("mad-g", table=uriel), table=None)
    bundle.save(tmp_path / "it")
    assert Bundle.load(tmp_path / "it").typology_table.fingerprint == uriel.fingerprint
    other = replace(bundle, typology=TypologyInfo("syntax_knn", "0" * 64))
    with pytest.raises(BundleError, match="install the same version of lang2vec"):
        other.source("yua")


def test_a_built_generator_is_its_own(bundle):
    generator = bundle.build_generator()
    with torch.no_grad():
        for parameter in generator.parameters():
            parameter.zero_()
    assert all(parameter.requires_grad for parameter in generator.parameters())
    assert bundle.source("yua").vector().abs().sum() > 0


def test_weights_in_bfloat16_are_used_in_float32(bundle, tmp_path):
    replace(bundle, weights={n: t.bfloat16() for n, t in bundle.weights.items()}).save(tmp_path / "it")
    assert Bundle.load(tmp_path / "it").source("yua").vector().dtype == torch.float32


def test_the_patch_is_applied_and_travels_with_adapters_too(bundle, tmp_path):
    patched = replace(bundle, patch={"cls.predictions.bias": torch.full((50,), 0.5)})
    adapter_bundle(patched).save(tmp_path / "yua")
    for each in (patched, Bundle.load(tmp_path / "yua")):
        assert torch.equal(each.model(bert()).backbone.state_dict()["cls.predictions.bias"], torch.full((50,), 0.5))


def test_a_patch_of_what_the_backbone_lacks_leaves_it_as_it_was(bundle):
    backbone = bert()
    patch = {"nothing": torch.zeros(1), "cls.predictions.bias": torch.ones(50)}
    with pytest.raises(BundleError, match="no parameter nothing to patch"):
        replace(bundle, patch=patch).model(backbone)
    assert not backbone.state_dict()["cls.predictions.bias"].any()


def test_another_backbone_is_refused(bundle):
    with pytest.raises(BundleError, match="this bundle belongs to the backbone tiny"):
        bundle.model(bert(seed=1))
    assert bundle.model(bert()).sites


def test_an_adapter_is_no_generator_nor_the_reverse(bundle):
    with pytest.raises(BundleError, match="holds one adapter, not a generator"):
        adapter_bundle(bundle).build_generator()
    with pytest.raises(BundleError, match="carries no typology"):
        adapter_bundle(bundle).typology_table  # noqa: B018
    with pytest.raises(BundleError, match="holds a generator, not one adapter"):
        bundle.adapter()


def changed(**keys):
    return lambda told: {**told, **keys}


@pytest.mark.parametrize(
    "change",
    [
        changed(spec={"size": 3}),
        changed(spec={"sise": 2}),
        changed(spec={"size": 0}),
        changed(backbone={}),
        changed(backbone="tiny"),
        changed(generator={"name": "mad-g", "arguments": {"num_features": 4, "embedding_size": 4}}),
        changed(generator=None),
        changed(typology={"feature_sets": "mine.csv", "fingerprint": "0"}),
        changed(sites=[]),
        changed(slots=[]),
        changed(languages=3),
        changed(metrics=3),
        lambda told: {key: value for key, value in told.items() if key != "sites"},
    ],
)
def test_an_altered_description_is_one_sentence_of_the_command(bundle, tmp_path, capsys, change):
    bundle.save(tmp_path / "it")
    path = tmp_path / "it" / "bundle.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    assert cli.main(["generate", "yua", "--bundle", str(tmp_path / "it"), "--out", str(tmp_path / "yua")]) == 2
    error = capsys.readouterr().err
    assert error.startswith(f"hypergen: {tmp_path / 'it'} is damaged")
    assert error.count("\n") == 1


def generator_with(**arguments):
    return lambda told: {
        **told,
        "generator": {**told["generator"], "arguments": {**told["generator"]["arguments"], **arguments}},
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (generator_with(output_scale=None), "output_scale of its generator is None; expected a number"),
        (generator_with(output_scale="x"), "output_scale of its generator is 'x'; expected a number"),
        (generator_with(init="none"), "init of its generator is 'none'; expected one of 'paper', 'near_identity'"),
        (generator_with(encoder=3), "its encoder is 3; expected an object"),
        (generator_with(encoder={"shrinkage": "x"}), "shrinkage of its encoder is 'x'; expected a number"),
        (changed(languages=[3]), "languages of its description is .3.; expected a list, each a text"),
        (changed(metrics=[]), r"metrics of its description is \[\]; expected an object"),
        (changed(metrics={"text": "all"}), "text of its metrics is 'all'; expected an object"),
        (changed(backbone={"name": 3, "fingerprint": "0"}), "name of its backbone is 3; expected a text"),
        (changed(spec={"size": 2.0}), "size of its method bottleneck is 2.0; expected a whole number"),
    ],
)
def test_a_description_is_checked_where_it_is_read(bundle, tmp_path, change, words):
    bundle.save(tmp_path / "it")
    path = tmp_path / "it" / "bundle.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(BundleError, match=f"is damaged or of another version .*{words}"):
        Bundle.load(tmp_path / "it")


@pytest.mark.parametrize("languages", [[], ["swh", "yua"]])
def test_a_bundle_of_an_adapter_is_of_one_language(bundle, tmp_path, languages):
    adapter_bundle(bundle).save(tmp_path / "it")
    path = tmp_path / "it" / "bundle.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "languages": languages}))
    with pytest.raises(BundleError, match=f"it names {len(languages)} languages; an adapter is of one"):
        Bundle.load(tmp_path / "it")


def test_the_values_of_a_method_within_a_method_are_checked_too(bundle, tmp_path):
    spec = FusionSpec(LoraSpec(rank=2))
    layout = spec.layout(sites_of(bert(), kinds=spec.site_kinds))
    adapter = Adapter.from_vector(spec, layout, torch.randn(layout.num_parameters))
    Bundle.of_adapter(adapter, language="yua", backbone=bundle.backbone).save(tmp_path / "it")
    path = tmp_path / "it" / "bundle.json"
    path.write_text(path.read_text().replace('"alpha": 8.0', '"alpha": null'))
    with pytest.raises(BundleError, match="alpha of its method lora is None; expected a number"):
        Bundle.load(tmp_path / "it")


def test_a_task_is_not_called_damaged(bundle, tmp_path):
    bundle.save(tmp_path / "it")
    path = tmp_path / "it" / "bundle.json"
    told = {key: value for key, value in json.loads(path.read_text()).items() if key != "typology"}
    path.write_text(json.dumps({**told, "task": {}}))
    with pytest.raises(BundleError, match="holds a task and no language adapters; give the bundle of 'hypergen train'"):
        Bundle.load(tmp_path / "it")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (changed(method="prefix"), "the adapter method 'prefix' is not known here, only bottleneck, .*zgul"),
        (
            changed(generator={"name": "mad-h", "arguments": {}}),
            "generator 'mad-h' is not known here, only mad-g, mad-g-ls, factorised",
        ),
    ],
)
def test_a_method_of_a_later_hypergen_is_named_with_those_known(bundle, tmp_path, change, words):
    bundle.save(tmp_path / "it")
    path = tmp_path / "it" / "bundle.json"
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    with pytest.raises(BundleError, match=f"it cannot be read: .*{words}; a later hypergen .* update hypergen"):
        Bundle.load(tmp_path / "it")


def test_a_missing_table_is_said(bundle, tmp_path):
    bundle.save(tmp_path / "it")
    (tmp_path / "it" / "typology.safetensors").unlink()
    with pytest.raises(BundleError, match="holds no readable typology table"):
        Bundle.load(tmp_path / "it")


def test_the_card_comes_with_the_bundle(bundle, tmp_path):
    bundle.save(tmp_path / "it")
    assert (tmp_path / "it" / "README.md").read_text().startswith("# A hypergen generator (mad-g)")
