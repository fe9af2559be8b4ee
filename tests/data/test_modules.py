import warnings

import lightning
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from torch import nn

from hypergen.data.blocks import blocks
from hypergen.data.modules import CorpusModule
from hypergen.errors import CorpusError

from .conftest import corpus_of, numbered, tiny_tokenizer

pytestmark = [
    pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty"),  # resuming goes on there
    pytest.mark.filterwarnings("ignore:Total length of `list` across ranks is zero"),  # no validation, as asked for
]

CORPORA = (
    corpus_of(numbered(300), language="ace", script="Arab"),
    corpus_of(numbered(100, start=40), language="ace", script="Latn"),
    corpus_of(numbered(200, start=90), language="swh"),
)


class Recorder(lightning.LightningModule):
    """Remembers every training batch, and learns one number so that there is something to optimise."""

    def __init__(self, *, fail_at=None):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(()))
        self.fail_at = fail_at
        self.seen, self.validated = [], []

    def training_step(self, batch, batch_idx):
        if self.global_step == self.fail_at:
            raise KeyboardInterrupt
        self.seen.append((batch.languages, batch.input_ids.tolist(), batch.positions.tolist()))
        return (self.weight - batch.labels.float().mean()) ** 2

    def validation_step(self, batch, batch_idx):
        self.validated.append((batch.languages, batch.input_ids.tolist()))

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), lr=1e-3)


@pytest.fixture
def module(tmp_path):
    def build(corpora=CORPORA, **options):
        defaults = {"tokenizer": tiny_tokenizer(), "cache_dir": tmp_path / "cache", "block_size": 16, "batch_size": 4}
        return CorpusModule(corpora, **defaults | options)

    return build


def trainer_in(root, *, max_steps, **options):
    return lightning.Trainer(
        max_steps=max_steps,
        accelerator="cpu",
        default_root_dir=root,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        limit_val_batches=2,
        check_val_every_n_epoch=None,
        val_check_interval=4,
        callbacks=[ModelCheckpoint(dirpath=root, filename="{step}", every_n_train_steps=1, save_top_k=-1)],
        **options,
    )


def fit(recorder, data, root, *, max_steps, ckpt_path=None, **options):
    trainer_in(root, max_steps=max_steps, **options).fit(recorder, data, ckpt_path=ckpt_path)
    return recorder.seen


def test_languages_are_counted_over_their_scripts(module, tmp_path):
    data = module()
    data.setup()
    options = {"tokenizer": tiny_tokenizer(), "split": "train", "block_size": 16, "cache_dir": tmp_path / "cache"}
    arab, latn, swahili = (len(blocks(corpus, **options)) for corpus in CORPORA)
    assert data.languages == ("ace", "swh")
    assert data.sizes == {"ace": arab + latn, "swh": swahili}
    assert data.skipped == ()


@pytest.mark.parametrize("num_workers", [0, 2])
@pytest.mark.parametrize("accumulate", [1, 2])
def test_a_killed_and_resumed_run_sees_the_same_batches(module, tmp_path, num_workers, accumulate):
    options = {"accumulate_grad_batches": accumulate}
    whole = fit(Recorder(), module(num_workers=num_workers), tmp_path / "a", max_steps=7, **options)
    assert len(whole) == 7 * accumulate

    killed = Recorder(fail_at=5)
    with pytest.raises((KeyboardInterrupt, SystemExit)):
        fit(killed, module(num_workers=num_workers), tmp_path / "b", max_steps=7, **options)
    checkpoint = tmp_path / "b" / "step=5.ckpt"
    resumed = fit(
        Recorder(), module(num_workers=num_workers), tmp_path / "b", max_steps=7, ckpt_path=checkpoint, **options
    )
    assert killed.seen == whole[: 5 * accumulate]
    assert resumed == whole[5 * accumulate :]


def test_a_finished_run_can_be_made_longer(module, tmp_path):
    whole = fit(Recorder(), module(), tmp_path / "a", max_steps=7)
    fit(Recorder(), module(), tmp_path / "b", max_steps=4)
    longer = fit(Recorder(), module(), tmp_path / "b", max_steps=7, ckpt_path=tmp_path / "b" / "step=4.ckpt")
    assert longer == whole[4:]


def test_a_run_of_other_languages_cannot_be_resumed(module, tmp_path):
    fit(Recorder(), module(), tmp_path / "a", max_steps=2)
    checkpoint = tmp_path / "a" / "step=1.ckpt"
    other = module(CORPORA[:2], seed=1, objectives={"text": "flm"})
    with pytest.raises(CorpusError, match="value of blocks, objectives, seed, so its batches cannot be continued"):
        fit(Recorder(), other, tmp_path / "a", max_steps=4, ckpt_path=checkpoint)
    trainer_in(tmp_path / "a", max_steps=4).validate(
        Recorder(), module(CORPORA[:2]), ckpt_path=checkpoint, verbose=False
    )


def test_validation_is_fixed_and_one_language_a_batch(module, tmp_path):
    data = module(max_validation_blocks=6)
    data.setup()
    first, again = list(data.val_dataloader()), list(data.val_dataloader())
    assert [batch.languages for batch in first] == [("ace",), ("ace",), ("swh",), ("swh",)][: len(first)]
    assert all(torch.equal(a.input_ids, b.input_ids) for a, b in zip(first, again, strict=True))
    recorder = Recorder()
    fit(recorder, data, tmp_path / "a", max_steps=8)
    assert recorder.validated[:2] == recorder.validated[2:4]


def test_without_a_share_there_is_no_validation(module, tmp_path):
    data = module(validation_share=0.0)
    assert len(fit(Recorder(), data, tmp_path / "a", max_steps=2)) == 2
    assert data.val_dataloader() == []


def test_a_corpus_too_small_stops_or_is_left_out_and_listed(module):
    tiny = corpus_of(["wa1 wa2"], language="yua")
    with pytest.raises(CorpusError, match="yua_Latn has too little text"):
        module([*CORPORA, tiny]).setup()
    data = module([*CORPORA, tiny], on_error="skip")
    with pytest.warns(UserWarning, match="Left out: yua_Latn has too little text"):
        data.setup()
    assert data.languages == ("ace", "swh")
    assert "yua_Latn" in data.skipped[0]
    with pytest.warns(UserWarning, match="Left out"), pytest.raises(CorpusError, match="No text is left to train on"):
        module([tiny], on_error="skip").setup()


def test_training_leaves_the_filters_of_warnings_as_they_were(module, tmp_path):
    before = list(warnings.filters)
    fit(Recorder(), module(), tmp_path / "a", max_steps=1)
    assert warnings.filters == before


def test_groups_of_corpora_are_mixed(module):
    data = module({"web": CORPORA[:1], "graph": CORPORA[2:]}, group_weights={"web": 0.0, "graph": 1.0})
    data.setup()
    batches = iter(data.train_dataloader())
    assert {next(batches).languages for _ in range(10)} == {("swh",)}


def test_epochs_are_refused(module, tmp_path):
    trainer = lightning.Trainer(
        max_epochs=1, accelerator="cpu", logger=False, enable_checkpointing=False, enable_progress_bar=False
    )
    with pytest.raises(CorpusError, match="give the trainer max_steps"):
        trainer.fit(Recorder(), module())


def test_a_tokenizer_without_a_mask_serves_a_causal_objective_alone(module):
    tokenizer = tiny_tokenizer()
    tokenizer.mask_token = None
    with pytest.raises(CorpusError, match="has no mask token"):
        module(tokenizer=tokenizer)
    data = module(tokenizer=tokenizer, objectives={"text": "clm"})
    data.setup()
    batch = next(iter(data.train_dataloader()))
    assert torch.equal(batch.labels, batch.input_ids.flatten()[batch.positions + 1])


def test_each_group_has_its_objective_in_training_and_in_validation(module):
    triples = corpus_of([f"wa{n} causes wa{n + 1}" for n in range(400)], language="swh")
    groups = {"web": CORPORA, "graph": [triples]}
    data = module(groups, objectives={"graph": "tlm-side"}, group_weights={"web": 0.0, "graph": 1.0})
    data.setup()
    batch = next(iter(data.train_dataloader()))
    assert (batch.input_ids.flatten()[batch.positions] == 4).all()
    held_out = list(data.val_dataloader())
    languages = [batch.languages for batch in held_out]
    assert languages == sorted(languages)
    all_hidden = [(batch.input_ids.flatten()[batch.positions] == 4).all().item() for batch in held_out]
    assert all_hidden.count(True) >= 1
    assert all_hidden.count(False) >= 1


def test_setting_up_twice_tokenises_once(module):
    data = module()
    data.setup()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        before = data.sizes
        data.setup("validate")
    assert data.sizes is before
