"""Tiny random backbones and what acts on them: what most tests need and none should have to build."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from hypergen.adapters import Adapter, BottleneckSpec, Layout
from hypergen.backbones import sites_of
from hypergen.generators import MadG

SHAPE: dict[str, Any] = {
    "vocab_size": 50,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": 40,
    "initializer_range": 0.2,
}
NO_DROPOUT: dict[str, Any] = {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
NUM_FEATURES = 7


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """Tiny tensors gain nothing from a second core, and on a busy machine every one of them would wait for it."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def seeded() -> Iterator[None]:
    """Every test draws the same random numbers, whatever ran before it."""
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@pytest.fixture
def bert() -> nn.Module:
    from transformers import BertConfig, BertForMaskedLM

    return varied(BertForMaskedLM(BertConfig(**SHAPE, **NO_DROPOUT)))


@pytest.fixture
def xlmr() -> nn.Module:
    from transformers import XLMRobertaConfig, XLMRobertaForMaskedLM

    return varied(XLMRobertaForMaskedLM(XLMRobertaConfig(**SHAPE, **NO_DROPOUT)))


@pytest.fixture
def llama() -> nn.Module:
    from transformers import LlamaConfig, LlamaForCausalLM

    return varied(LlamaForCausalLM(LlamaConfig(**SHAPE, num_key_value_heads=1)))


def varied(backbone: nn.Module) -> nn.Module:
    """The backbone with no parameter at 0 or 1, where a mistake could hide."""
    with torch.no_grad():
        for parameter in backbone.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return backbone.eval()


@pytest.fixture
def backbone(bert: nn.Module) -> nn.Module:
    """The backbone of a test that does not care which; a file that does overrides it with parameters."""
    return bert


@pytest.fixture
def spec() -> BottleneckSpec:
    return BottleneckSpec(size=4)


@pytest.fixture
def layout(backbone: nn.Module, spec: BottleneckSpec) -> Layout:
    return spec.layout(sites_of(backbone))


@pytest.fixture
def drawn(spec: BottleneckSpec, layout: Layout) -> Callable[..., Adapter]:
    """Draw a random adapter: of one language, or of several with ``drawn(3)``."""
    return lambda *axis: Adapter.from_vector(spec, layout, 0.3 * torch.randn(*axis, layout.num_parameters))


@pytest.fixture
def adapter(drawn: Callable[..., Adapter]) -> Adapter:
    return drawn()


@pytest.fixture
def generator(spec: BottleneckSpec, layout: Layout) -> MadG:
    return MadG(spec, layout, num_features=NUM_FEATURES, embedding_size=3)


@pytest.fixture
def batch() -> dict[str, Tensor]:
    """Four rows of six tokens, the first row padded."""
    mask = torch.ones(4, 6, dtype=torch.long)
    mask[0, 4:] = 0
    return {"input_ids": torch.randint(5, 50, (4, 6)), "attention_mask": mask}


class Typology:
    """Random vectors for three languages."""

    def __init__(self) -> None:
        self.rows = {language: torch.rand(NUM_FEATURES) for language in ("swh", "yua", "quy")}

    def vectors(self, languages: Sequence[str]) -> Tensor:
        return torch.stack([self.rows[language] for language in languages])


@pytest.fixture
def typology() -> Any:
    return Typology()
