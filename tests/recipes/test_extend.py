import random

import pytest
import torch
from transformers import BertConfig, BertForMaskedLM, BertTokenizer

import hypergen as hg
from hypergen.backbones import load_backbone, load_tokenizer
from hypergen.bundle import Bundle
from hypergen.data.blocks import blocks
from hypergen.recipes.arguments import TextArgs
from hypergen.recipes.extend import lines_of, text_of

from .conftest import one_sentence

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
LETTERS = "ⴰⴱⴳⴷⵣⵓⵍ"


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    directory = tmp_path_factory.mktemp("wordpiece")
    names = [*SPECIAL, *"abcdefgh.", *(f"##{c}" for c in "abcdefgh")]
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(names), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=64, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0,
    )  # fmt: skip
    BertForMaskedLM(config).save_pretrained(directory)
    BertTokenizer(vocab={name: i for i, name in enumerate(names)}, do_lower_case=False).save_pretrained(directory)
    return directory


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    directory, rng = tmp_path_factory.mktemp("text"), random.Random(0)
    words = ["".join(rng.choices(LETTERS, k=4)) for _ in range(12)]
    documents = [" ".join([*rng.choices(words, k=12), "."]) for _ in range(60)]
    (directory / "zgh_Tfng.txt").write_text("\n\n".join(documents), encoding="utf-8")
    (directory / "swh_Latn.txt").write_text(
        "\n\n".join(" ".join(rng.choices(["abba", "cede", "fada"], k=6)) for _ in range(60)), encoding="utf-8"
    )
    return directory


@pytest.fixture
def options(backbone, text, tmp_path):
    told = {
        "text.directory": text, "text.block_size": 16, "text.batch_size": 4, "pieces": 24, "backbone": backbone,
        "steps": 12, "validate_every": 6, "checkpoint_every": 6, "optimizer.warmup_steps": 1, "optimizer.lr": 0.02,
        "cache_dir": tmp_path / "cache",
    }  # fmt: skip
    return [word for name, value in told.items() for word in (f"--{name}", value)]


def test_a_script_is_added_by_a_patch_beside_the_adapter(run, options, backbone, text, tmp_path):
    code, said, error = run("extend", "zgh", *options, "--out", tmp_path / "run")
    assert (code, error) == (0, "")
    assert "24 pieces for zgh_Tfng" in said
    bundle = Bundle.load(tmp_path / "run/bundle")
    assert bundle.metrics["unknown_share"] == 0
    assert bundle.metrics["unknown_share_before"] > 0.9
    plain, tokenizer = load_backbone(backbone), bundle.tokenizer(load_tokenizer(backbone))
    before = {name: tensor.clone() for name, tensor in plain.state_dict().items()}
    ids = tokenizer("ⴰⴱⴳ abba", return_tensors="pt")["input_ids"]
    assert tokenizer.unk_token_id not in ids
    model = bundle.model(plain)
    with torch.no_grad():
        assert model(adapters=[bundle.source("zgh")], input_ids=ids).logits.shape == (1, ids.shape[1], 22 + 24)
    after = {name.replace(".old", ""): tensor for name, tensor in plain.state_dict().items()}
    assert all(torch.equal(after[name], tensor) for name, tensor in before.items())
    size = (tmp_path / "run/bundle/weights.safetensors").stat().st_size
    assert size < 4 * (24 * 33 + bundle.layout.num_parameters) + 4000
    (tmp_path / "sentences").mkdir()
    (tmp_path / "sentences/zgh_Tfng.txt").write_text("ⴰⴱⴳ ⴷⵣ\nⵓⵍ .")
    code, said, error = run("evaluate", "--pppl", tmp_path / "sentences", "--bundle", tmp_path / "run/bundle")
    assert (code, error) == (0, "")
    assert "75.0%" in said
    assert "0.0%" in said
    code, _, error = run("evaluate", "--text.directory", text, "--bundle", tmp_path / "run/bundle")
    assert code == 2
    assert "compare them by the character with --pppl" in one_sentence(error)
    tuned = hg.finetune(["ⴰⴱⴳ ⴷⵣ", "ⵓⵍ ⴰⴱ", "ⴳⴷⵣ ⵓ"], language="zgh", bundle=bundle, steps=1)
    assert tuned.num_lines + tuned.num_held_back == 3
    assert tuned.bundle.vocabulary is bundle.vocabulary


def test_a_run_that_goes_on_ends_where_one_that_was_never_stopped_does(run, options, tmp_path, monkeypatch):
    from hypergen.training.mlm import GeneratorModule

    assert run("extend", "zgh", *options, "--out", tmp_path / "once")[0] == 0
    step = GeneratorModule.training_step

    def stops(self, batch, batch_idx):
        if self.global_step == 9:
            raise OSError("the power went")
        return step(self, batch, batch_idx)

    pieces = Bundle.load(tmp_path / "once/bundle").vocabulary.pieces
    with monkeypatch.context() as patch:
        patch.setattr(GeneratorModule, "training_step", stops)
        assert run("extend", "zgh", *options, "--out", tmp_path / "often")[0] == 2
    with monkeypatch.context() as patch:  # another version of the library might find others
        patch.setattr("hypergen.data.pieces.new_pieces", lambda *_, **__: pieces[::-1])
        assert run("extend", "zgh", *options, "--out", tmp_path / "often", "--resume", "true")[0] == 0
    once, often = (Bundle.load(tmp_path / name / "bundle") for name in ("once", "often"))
    assert once.vocabulary.pieces == often.vocabulary.pieces
    assert torch.equal(once.vocabulary.rows, often.vocabulary.rows)
    assert all(torch.equal(tensor, often.weights[name]) for name, tensor in once.weights.items())


def test_parts_of_the_backbone_that_stay_frozen_are_not_asked_for(run, options, tmp_path):
    code, _, error = run("extend", "zgh", *options, "--optimizer.train_lm_head", "true", "--out", tmp_path / "run")
    assert code == 2
    assert "only new pieces and the adapter are trained" in one_sentence(error)


def test_objectives_and_weights_are_of_the_group_that_the_text_is_of(run, options, tmp_path, monkeypatch):
    from hypergen.data.modules import CorpusModule

    learnt, setup = [], CorpusModule.setup
    monkeypatch.setattr(CorpusModule, "setup", lambda self, *a, **o: learnt.append(self._rules) or setup(self, *a, **o))
    known = ["--text.objectives", "{directory: flm}", "--text.weights", "{directory: 1.0}", "--steps", 1]
    assert run("extend", "zgh", *options, *known, "--out", tmp_path / "run")[::2] == (0, "")
    assert {group: rule.objective for group, rule in learnt[0].items()} == {"directory": "flm"}
    for objectives, said in (("{directory: clm}", "is none that learns clm"), ("{glotcc: mlm}", "text of directory")):
        code, _, error = run("extend", "zgh", *options, "--text.objectives", objectives, "--out", tmp_path / "other")
        assert code == 2
        assert said in one_sentence(error)


def test_what_it_starts_from_is_told_and_must_have_an_adapter_of_the_language(run, options, backbone, tmp_path):
    few = [*options, "--steps", 1]
    ours = [
        "train",
        *few[:6],
        "--backbone",
        backbone,
        "--steps",
        1,
        "--generator.reduction",
        4,
        "--cache_dir",
        tmp_path,
    ]
    assert run(*ours, "--text.languages", "[swh]", "--accelerator", "cpu", "--out", tmp_path / "madg")[0] == 0
    generator = Bundle.load(tmp_path / "madg/bundle")
    code, _, error = run("extend", "zgh", *few, "--start", tmp_path / "madg/bundle", "--out", tmp_path / "run")
    assert (code, error) == (0, "")
    written = Bundle.load(tmp_path / "run/bundle")
    assert written.typology == generator.typology
    assert written.metrics["generated_from"] == "zgh"
    assert run("generate", "swh", "--bundle", tmp_path / "madg/bundle", "--out", tmp_path / "swh")[0] == 0
    code, _, error = run("extend", "zgh", *few, "--start", tmp_path / "swh", "--out", tmp_path / "other")
    assert code == 2
    assert "holds the adapter of swh, not of zgh" in one_sentence(error)


def test_text_that_is_all_held_back_is_refused(run, options, tmp_path):
    (tmp_path / "zgh_Tfng.txt").write_text("ⴰⴱⴳ ⴷⵣ", encoding="utf-8")
    code, _, error = run("extend", "zgh", *options, "--text.directory", tmp_path, "--out", tmp_path / "run")
    assert code == 2
    assert "all of zgh_Tfng is held back" in one_sentence(error)


def test_a_script_that_is_known_and_too_few_pieces_are_refused(run, options, tmp_path):
    code, _, error = run("extend", "swh", *options, "--out", tmp_path / "run")
    assert code == 2
    assert "knows every letter of Latn" in one_sentence(error)
    code, _, error = run("extend", "zgh", *options, "--out", tmp_path / "run", "--pieces", 3)
    assert code == 2
    assert "3 pieces are too few" in one_sentence(error)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("count", [3, 60])
def test_lines_are_divided_as_blocks_are(backbone, tmp_path, count):
    rng = random.Random(0)
    documents = [" ".join("".join(rng.choices("abcdefgh", k=4)) for _ in range(5)) for _ in range(count)]
    (tmp_path / "swh_Latn.txt").write_text("\n\n".join(documents))
    text, tokenizer = TextArgs(directory=tmp_path), load_tokenizer(backbone)
    _, corpus = text_of(text, language="swh")
    for side in ("train", "validation"):
        lines = list(lines_of(corpus, text=text, side=side))
        assert lines
        found = blocks(corpus, tokenizer=tokenizer, split=side, block_size=4, cache_dir=tmp_path / "cache")
        pieces = sum(len(tokenizer(line, add_special_tokens=False)["input_ids"]) for line in lines)
        assert len(found) == pieces // 2  # each block has two pieces between [CLS] and [SEP]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--text.batch_size", 0], "text.batch_size is 0; it counts from 1"),
        (["--text.languages_per_batch", 2, "--text.batch_size", 3], "batch_size is 3 and languages_per_batch 2"),
        (["--text.exponent", -1], "exponent -1"),
        (["--seed", 2**32], "seed is 4294967296; expected"),
        (["--optimizer.lr", -1], "optimizer.lr is -1.0; expected 0 or more"),
    ],
)
def test_a_setting_that_is_refused_leaves_nothing_behind(run, options, tmp_path, words, said):
    code, _, error = run("extend", "zgh", *options, *words, "--out", tmp_path / "run")
    assert code == 2
    assert said in one_sentence(error)
    assert not (tmp_path / "run").exists()


def test_a_language_without_text_is_told_as_the_one_that_was_given(run, options, tmp_path):
    code, _, error = run("extend", "nqo", *options, "--out", tmp_path / "run")
    assert code == 2
    assert "has no corpus for nqo" in one_sentence(error)
    assert "LANGUAGE asks for it" in error
