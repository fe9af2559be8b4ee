import lightning
import pytest
import torch
from lightning.pytorch.callbacks import ModelCheckpoint
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from hypergen.adapters import fusion_of, fusion_penalty
from hypergen.data.tasks.batches import TaskBatch, fixed_batches
from hypergen.data.tasks.encoding import Encoder
from hypergen.data.tasks.sampling import training_batches
from hypergen.data.tasks.sentences import Sentence
from hypergen.data.tasks.task import PARSING, POS, SENTIMENT
from hypergen.errors import HypergenError
from hypergen.model import AdaptedModel
from hypergen.sources import AdapterBank, FusedAdapters, StoredAdapter
from hypergen.training.tasks import TaskModule

pytestmark = [
    pytest.mark.filterwarnings("ignore:Found .* module.* in eval mode"),  # backbone and languages, on purpose
    pytest.mark.filterwarnings("ignore:You are trying to `self.log"),  # a step without a trainer
    pytest.mark.filterwarnings("ignore:Checkpoint directory .* exists and is not empty"),  # resuming goes on there
]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"kata{n}" for n in range(45))]
LANGUAGES = ("swh", "yua")


@pytest.fixture(scope="module")
def tokenizer():
    backend = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    special = {"pad_token": "[PAD]", "cls_token": "[CLS]", "unk_token": "[UNK]"}
    return PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=40, **special)


def sentence(number):
    """Words whose label is told by their number."""
    numbers = [(number + k * k) % 5 for k in range(2 + number % 4)]
    return Sentence(tuple(f"kata{n}" for n in numbers), tuple(("NOUN", "VERB", "ADP")[n % 3] for n in numbers))


@pytest.fixture
def sentences():
    return {language: [sentence(n + 50 * k) for n in range(40)] for k, language in enumerate(LANGUAGES)}


@pytest.fixture
def build(backbone, layout, drawn, spec):
    """A task module over two stored languages; the same random start each time."""

    def module(*, task=POS, **options):
        torch.manual_seed(0)
        bank = AdapterBank({language: drawn() for language in LANGUAGES})
        adapter = StoredAdapter(spec.initial(layout, rng=torch.Generator().manual_seed(0)))
        given = {"adapter": adapter, "languages": bank, "warmup_steps": 1, "lr": 0.02}
        return TaskModule(AdaptedModel(backbone, [layout]), task=task, **given | options)

    return module


@pytest.fixture
def batch(tokenizer, sentences):
    encoded = Encoder(POS, tokenizer)([sentences["swh"][3], sentences["yua"][4]])
    return TaskBatch.of(encoded, languages=LANGUAGES, pad_id=0)


def fit(module, sentences, tokenizer, root, *, steps, resume=None):
    trainer = lightning.Trainer(
        max_steps=steps,
        accelerator="cpu",
        default_root_dir=root,
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        num_sanity_val_steps=0,
        check_val_every_n_epoch=None,
        val_check_interval=steps,
        callbacks=[ModelCheckpoint(dirpath=root, filename="{step}", every_n_train_steps=1, save_top_k=-1)],
    )
    encoder = Encoder(module.task, tokenizer)
    stream = training_batches(sentences, encoder=encoder, num_batches=steps, batch_size=8)
    trainer.fit(module, stream, fixed_batches(sentences, encoder=encoder), ckpt_path=resume, weights_only=True)
    return {name: float(value) for name, value in trainer.callback_metrics.items()}


def test_a_plain_trainer_trains_adapter_and_head_and_nothing_else(build, sentences, tokenizer, tmp_path, backbone):
    module = build()
    frozen = {name: tensor.clone() for name, tensor in backbone.state_dict().items()}
    vectors, start = module.languages.vectors.clone(), module.adapter.parameters_vector.detach().clone()
    scores = fit(module, sentences, tokenizer, tmp_path, steps=2)
    assert all(torch.equal(tensor, frozen[name]) for name, tensor in backbone.state_dict().items())
    assert torch.equal(module.languages.vectors, vectors)
    assert not torch.equal(module.adapter.parameters_vector, start)
    assert scores["val/score"] == pytest.approx((scores["val/accuracy/swh"] + scores["val/accuracy/yua"]) / 2)


def test_what_words_tell_is_learned(build, sentences, tokenizer, tmp_path):
    assert fit(build(), sentences, tokenizer, tmp_path, steps=40)["val/score"] > 0.8


def test_a_resumed_run_ends_where_an_uninterrupted_one_does(build, sentences, tokenizer, tmp_path):
    whole = build()
    fit(whole, sentences, tokenizer, tmp_path, steps=5)
    resumed = build()
    fit(resumed, sentences, tokenizer, tmp_path, steps=5, resume=tmp_path / "step=2.ckpt")
    assert torch.equal(resumed.adapter.parameters_vector, whole.adapter.parameters_vector)
    assert torch.equal(resumed.head.linear.weight, whole.head.linear.weight)


def test_a_checkpoint_holds_what_was_trained_and_nothing_else(build, sentences, tokenizer, tmp_path):
    fit(build(), sentences, tokenizer, tmp_path, steps=1)
    found = torch.load(tmp_path / "step=1.ckpt", weights_only=True)["state_dict"]
    assert set(found) == {"adapter.parameters_vector", "head.linear.weight", "head.linear.bias"}


def test_the_checkpoint_of_another_task_is_refused(build):
    state = build().state_dict()
    with pytest.raises(HypergenError, match=r"no fitting head\.linear\.bias"):
        build(task=SENTIMENT).on_load_checkpoint({"state_dict": state})


def test_each_row_has_the_adapter_of_its_language(build, batch):
    module = build().eval()
    mixed = module(batch)
    for row, language in enumerate(LANGUAGES):
        adapters = [module.languages(language), module.adapter()]
        given = {"input_ids": batch.input_ids[row : row + 1], "attention_mask": batch.attention_mask[row : row + 1]}
        torch.testing.assert_close(mixed[row : row + 1], module.model.hidden(adapters=adapters, **given))


def test_without_languages_the_task_adapter_is_alone(build, batch):
    module = build(languages=None).eval()
    given = {"input_ids": batch.input_ids, "attention_mask": batch.attention_mask}
    assert torch.equal(module(batch), module.model.hidden(adapters=[module.adapter()], **given))
    bare = build(languages=None, adapter=None).eval()
    assert torch.equal(bare(batch), bare.model.hidden(**given))


def test_the_language_adapter_may_be_left_out_of_the_last_layer(build, batch, layout):
    last = layout.sites[-1].path
    module = build(leave_out=[last]).eval()
    whole = module.languages(LANGUAGES)
    zero = {path: {n: t * (path != last) for n, t in w.items()} for path, w in whole.tensors.items()}
    adapters = [type(whole)(whole.spec, whole.layout, zero), module.adapter()]
    given = {"input_ids": batch.input_ids, "attention_mask": batch.attention_mask}
    torch.testing.assert_close(module(batch), module.model.hidden(adapters=adapters, **given))


@pytest.mark.parametrize("tuned", [False, True])
def test_gradients_reach_the_languages_only_if_they_are_tuned(build, batch, tuned):
    module = build(tune_languages=tuned)
    module.training_step(batch, 0).backward()
    assert (module.languages.vectors.grad is not None) == tuned
    assert module.adapter.parameters_vector.grad.abs().sum() > 0


@pytest.mark.parametrize(("languages_lr", "moves"), [(None, True), (0.0, False), (0.1, True)])
def test_tuned_languages_move_at_a_rate_of_their_own(build, sentences, tokenizer, tmp_path, languages_lr, moves):
    module = build(tune_languages=True, languages_lr=languages_lr)
    before = module.languages.vectors.clone(), module.adapter.parameters_vector.clone()
    fit(module, sentences, tokenizer, tmp_path, steps=3)
    assert (module.languages.vectors != before[0]).any() == moves
    assert (module.adapter.parameters_vector != before[1]).any()


def test_a_fusion_of_language_adapters_is_trained_alone_and_kept_near_where_it_starts(
    build, drawn, spec, layout, batch
):
    method = fusion_of(spec)
    start = method.initial(method.layout(layout.sites), rng=torch.Generator().manual_seed(0))
    sources = [AdapterBank({language: drawn() for language in LANGUAGES}), StoredAdapter(drawn())]
    fused = FusedAdapters(sources, StoredAdapter(start.map(lambda tensor: tensor + 0.1)))
    module = build(languages=fused, tune_languages=True)
    loss = module.training_step(batch, 0)
    loss.backward()
    assert fused.fusion.parameters_vector.grad.any()
    assert all(parameter.grad is None for parameter in fused.sources.parameters())
    fused.penalty_weight = 0.0
    torch.testing.assert_close(loss - module.training_step(batch, 0), fusion_penalty(fused.fusion()))


def test_what_is_penalised_are_the_language_adapters_of_the_batch(build, batch):
    module, given, penalised = build(tune_languages=True), [], []
    source = module.languages.forward
    module.languages.forward = lambda languages: given.append(source(languages)) or given[-1]
    module.languages.penalty = lambda languages, adapter: penalised.append(adapter) or torch.tensor(0.0)
    module.training_step(batch, 0)
    assert len(given) == 1
    assert penalised[0] is given[0]


def test_what_is_frozen_stays_in_evaluation_mode(build):
    module = build().train()
    assert not any(each.training for each in (*module.model.backbone.modules(), *module.languages.modules()))
    assert module.head.training
    assert build(tune_languages=True).train().languages.training


def test_predictions_are_sentences_of_the_same_words(build, batch):
    predicted = build().eval().task_model.predict(batch)
    assert [sentence.words for sentence in predicted] == [sentence.words for sentence in batch.sentences]


def test_trees_and_texts_are_trained_alike(build, tokenizer, tmp_path):
    trees = {"swh": [Sentence(("kata1", "kata2", "kata3"), ("root", "obj", "punct"), (0, 1, 1))] * 8}
    assert fit(build(task=PARSING), trees, tokenizer, tmp_path / "a", steps=30)["val/score"] == 1
    texts = {"swh": [Sentence((f"kata{n} kata7",), (SENTIMENT.labels[n % 3],)) for n in range(6)]}
    assert fit(build(task=SENTIMENT), texts, tokenizer, tmp_path / "b", steps=30)["val/score"] > 0.5


def test_dropout_depends_on_seed_and_step_and_on_nothing_drawn_before(build, batch):
    def loss(seed, batch_idx, *, drawn):
        module = build(seed=seed).train()
        torch.manual_seed(drawn)
        return float(module.training_step(batch, batch_idx).detach())

    assert loss(0, 3, drawn=1) == loss(0, 3, drawn=2)
    assert loss(0, 3, drawn=1) != loss(0, 4, drawn=1)
    assert loss(0, 3, drawn=1) != loss(1, 3, drawn=1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"lr": -1.0}, "lr is -1.0; expected 0 or more"),
        ({"languages_lr": -1.0}, "languages_lr is -1.0; expected 0 or more"),
        ({"tune_languages": True, "languages": None}, "no language adapters"),
    ],
)
def test_what_cannot_be_trained_is_refused(build, options, said):
    with pytest.raises(HypergenError, match=said):
        build(**options)
