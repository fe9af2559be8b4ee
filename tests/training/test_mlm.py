import copy
from dataclasses import replace

import lightning
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers
from torch import nn
from transformers import BertConfig, BertForMaskedLM, PreTrainedTokenizerFast

from hypergen.adapters import BottleneckSpec, ChainSpec, InvertibleSpec, LoraSpec
from hypergen.backbones import sites_of
from hypergen.data.batches import Batch
from hypergen.data.corpora import Corpus
from hypergen.data.modules import CorpusModule
from hypergen.errors import HypergenError
from hypergen.generators import MadG
from hypergen.model import AdaptedModel
from hypergen.sources import GeneratedAdapters, StoredAdapter
from hypergen.training.mlm import GeneratorModule
from hypergen.typology import TypologyTable

pytestmark = [
    pytest.mark.filterwarnings("ignore:The number of training batches"),
    pytest.mark.filterwarnings("ignore:Found .* module.* in eval mode"),  # the backbone, on purpose
    pytest.mark.filterwarnings("ignore:You are trying to `self.log"),  # a step without a trainer
]
WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *(f"kata{n}" for n in range(45))]


@pytest.fixture
def backbone() -> BertForMaskedLM:
    torch.manual_seed(0)
    shape = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    return BertForMaskedLM(BertConfig(vocab_size=50, **shape)).eval()


@pytest.fixture
def generated(backbone) -> GeneratedAdapters:
    spec = BottleneckSpec(size=4)
    layout = spec.layout(sites_of(backbone))
    return GeneratedAdapters(MadG(spec, layout, init="near_identity"), TypologyTable.from_uriel())


@pytest.fixture
def build(backbone, generated):
    def module(**options) -> GeneratorModule:
        return GeneratorModule(AdaptedModel(backbone, [generated.generator.layout]), generated, **options)

    return module


@pytest.fixture
def data(tmp_path) -> CorpusModule:
    backend = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    backend.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    special = {"cls_token": "[CLS]", "sep_token": "[SEP]", "mask_token": "[MASK]", "unk_token": "[UNK]"}
    documents = {code: [f"x{n} " + f"kata{(n + k) % 45} " * 9 for n in range(90)] for k, code in enumerate(CODES)}
    corpora = [
        Corpus(language=code, script="Latn", fingerprint=code, read=lambda several=several: iter(several))
        for code, several in documents.items()
    ]
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, pad_token="[PAD]", **special)
    return CorpusModule(
        corpora, tokenizer=tokenizer, cache_dir=tmp_path / "cache", block_size=12, batch_size=4, validation_share=0.2
    )


CODES = ("eus", "swh")


@pytest.fixture
def batch() -> Batch:
    ids = torch.randint(5, 50, (4, 12), generator=torch.Generator().manual_seed(0))
    return Batch(CODES, ids, torch.arange(0, 48, 5), ids.flatten()[::5])


def fit(module, data, root, *, steps=4):
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
        gradient_clip_val=1.0,
    )
    trainer.fit(module, datamodule=data)
    return trainer


def test_a_plain_trainer_trains_the_generator_and_nothing_of_the_backbone(build, data, backbone, tmp_path):
    module = build(lr=0.01, warmup_steps=1)
    before = {name: tensor.clone() for name, tensor in backbone.state_dict().items()}
    theta = module.source.generator.theta.detach().clone()
    trainer = fit(module, data, tmp_path)
    assert all(torch.equal(tensor, before[name]) for name, tensor in backbone.state_dict().items())
    assert not torch.equal(module.source.generator.theta, theta)
    losses = {name: float(value) for name, value in trainer.callback_metrics.items() if name.startswith("val/loss/")}
    assert sorted(losses) == ["val/loss/eus", "val/loss/swh"]
    assert float(trainer.callback_metrics["val/loss"]) == pytest.approx(sum(losses.values()) / 2, rel=1e-5)


def test_a_checkpoint_holds_what_was_trained_and_nothing_else(build, data, tmp_path):
    module = build()
    trainer = fit(module, data, tmp_path, steps=1)
    trainer.save_checkpoint(tmp_path / "it.ckpt")
    checkpoint = torch.load(tmp_path / "it.ckpt", weights_only=True)
    assert set(checkpoint["state_dict"]) == {
        f"source.generator.{name}" for name in module.source.generator.state_dict()
    }


def test_the_loss_is_the_mean_cross_entropy_at_the_masked_positions(build, batch, backbone):
    module = build()
    logits = module.model(adapters=[module.source(CODES)], input_ids=batch.input_ids).logits
    expected = torch.nn.functional.cross_entropy(logits.flatten(0, 1)[batch.positions], batch.labels)
    torch.testing.assert_close(module.training_step(batch, 0), expected)


def test_what_a_source_wants_to_stay_near_is_added_to_the_loss(build, batch):
    module = build()
    plain = module.training_step(batch, 0)
    module.source.penalty = lambda languages, adapter: torch.tensor(3.0) * len(languages)
    torch.testing.assert_close(module.training_step(batch, 0), plain + 3 * len(CODES))


def test_what_is_penalised_are_the_adapters_of_the_batch(build, batch):
    module, given, penalised = build(), [], []
    source = module.source.forward
    module.source.forward = lambda languages: given.append(source(languages)) or given[-1]
    module.source.penalty = lambda languages, adapter: penalised.append(adapter) or torch.tensor(0.0)
    module.training_step(batch, 0)
    assert len(given) == 1
    assert penalised[0] is given[0]


def test_the_backbone_stays_in_evaluation_mode(build, backbone):
    build().train()
    assert not any(each.training for each in backbone.modules())


def gradients(module, batches):
    """Of the sum of two batches' losses, in one backward pass."""
    module.train()
    module.zero_grad()
    sum(module.training_step(batch, 0) for batch in batches).backward()
    return [parameter.grad.clone() for parameter in module.source.parameters()]


@pytest.mark.parametrize("method", [BottleneckSpec(4), LoraSpec(2), ChainSpec((InvertibleSpec(4), BottleneckSpec(4)))])
@pytest.mark.parametrize("architecture", ["bert", "llama"])
def test_layers_computed_again_give_the_same_gradients_in_batches_that_mix_languages(
    request, architecture, method, batch
):
    model = request.getfixturevalue(architecture)
    layout = method.layout(sites_of(model, kinds=method.site_kinds))
    generated = GeneratedAdapters(MadG(method, layout, init="near_identity"), TypologyTable.from_uriel())
    nn.init.normal_(generated.generator.theta, std=0.1)
    batches = [batch, replace(batch, languages=("yua", "eus"))]
    expected = gradients(GeneratorModule(AdaptedModel(model, [layout]), generated), batches)
    again = GeneratorModule(AdaptedModel(copy.deepcopy(model), [layout]), generated, activation_checkpointing=True)
    computed = []
    inner = next(m for name, m in again.named_modules() if name.endswith((".0.mlp", ".0.intermediate")))
    inner.register_forward_pre_hook(lambda *_: computed.append(inner.training))
    for gradient, same in zip(gradients(again, batches), expected, strict=True):
        assert torch.equal(gradient, same)
    assert computed == [False] * 4  # each batch once forward, once backward; and no dropout in either


def test_nothing_is_computed_again_in_validation(build, batch, backbone):
    module = build(activation_checkpointing=True).train()
    assert any(each.training for each in backbone.modules())
    module.eval()
    assert not any(each.training for each in backbone.modules())


def test_head_and_embeddings_are_trained_only_if_asked_for(build, backbone):
    body = {name for name, _ in backbone.bert.named_parameters(prefix="bert")}
    words = "bert.embeddings.word_embeddings.weight"
    assert build().backbone_patch() == {}
    head = set(build(train_lm_head=True).backbone_patch())
    assert head
    assert not head & body
    assert set(build(train_embeddings=True).backbone_patch()) == {words}
    assert set(build(train_lm_head=True, train_embeddings=True).backbone_patch()) == head | {words}
    assert build().backbone_patch() == {}


def test_one_stored_adapter_is_trained_like_a_generator(build, generated, backbone, batch):
    layout = generated.generator.layout
    stored = StoredAdapter(generated("swh"))
    module = GeneratorModule(AdaptedModel(backbone, [layout]), stored)
    module.training_step(batch, 0).backward()
    assert stored.parameters_vector.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in backbone.parameters())


def test_what_dropout_draws_depends_on_seed_and_step_and_on_nothing_drawn_before(build, batch):
    def loss(seed, batch_idx, *, drawn):
        torch.manual_seed(drawn)
        module = build(seed=seed).train()
        module.source.generator.encode.feature_dropout = 0.5
        torch.nn.init.normal_(module.source.generator.theta, generator=torch.Generator().manual_seed(0))
        return float(module.training_step(batch, batch_idx).detach())

    assert loss(0, 3, drawn=1) == loss(0, 3, drawn=2)
    assert loss(0, 3, drawn=1) != loss(0, 4, drawn=1)
    assert loss(0, 3, drawn=1) != loss(1, 3, drawn=1)


def test_the_checkpoint_of_another_source_is_refused(build):
    with pytest.raises(HypergenError, match=r"lacks source\.generator"):
        build().on_load_checkpoint({"state_dict": {}})


@pytest.mark.parametrize("option", ["lr", "weight_decay"])
def test_a_negative_rate_is_refused(build, option):
    with pytest.raises(HypergenError, match="both are 0 or more"):
        build(**{option: -1.0})
