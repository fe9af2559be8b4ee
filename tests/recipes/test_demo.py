import json

import pytest

from hypergen.errors import HypergenError
from hypergen.recipes.demo import DemoArgs, demo, run_demo

SMALL = DemoArgs(
    generator_languages=6, unseen_languages=4, oracle_languages=2, backbone_steps=2, generator_steps=2, oracle_steps=10,
    few_steps=2, task_steps=2, backbone_sentences=60, generator_sentences=60, oracle_sentences=60,
    held_back_sentences=40, task_sentences=20, feature_sentences=40, few=[20], hidden_size=64, shuffled=True,
)  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    out = tmp_path_factory.mktemp("demo") / "run"
    return run_demo(out, seed=0, size=SMALL, say=lambda _: None), out


def test_it_says_all_that_a_report_needs(told):
    assert {
        "title", "seed", "seconds", "peak_gb", "languages", "stages", "rows", "gap_closed", "differences", "beats",
        "sentences", "embeddings", "features", "pos", "example",
    } <= told[0].keys()  # fmt: skip
    assert json.loads(json.dumps(told[0])) == told[0]


def test_every_unseen_language_has_a_row_and_only_some_an_oracle(told):
    rows = told[0]["rows"]
    methods = {"none", "mean", "nearest", "swapped", "generated", "shuffled", "fifty"}
    assert len(rows) == 4
    assert all(methods <= row["losses"].keys() for row in rows)
    assert sum("oracle" in row["losses"] for row in rows) == 2


def test_what_it_wrote_the_other_commands_can_use(told):
    from hypergen.backbones import load_backbone
    from hypergen.bundle import Bundle

    out = told[1]
    generator, adapter = Bundle.load(out / "generator"), Bundle.load(out / "adapter")
    assert adapter.languages == (told[0]["languages"]["unseen"][0],)
    assert generator.spec == adapter.spec
    assert load_backbone(out / "backbone").config.hidden_size == 64


def test_a_directory_with_something_in_it_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("do not overwrite")
    with pytest.raises(HypergenError, match="is not empty; choose another directory for the demo"):
        demo(out=tmp_path)
