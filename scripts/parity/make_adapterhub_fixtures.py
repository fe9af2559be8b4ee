"""Write what AdapterHub's own code computes for tiny random models, so that hypergen can be compared with it offline.

Run in the environment of `scripts/parity/requirements.txt` (AdapterHub pins an older transformers than hypergen's):

    python3 -m venv .venv-adapterhub
    .venv-adapterhub/bin/pip install -r scripts/parity/requirements.txt
    .venv-adapterhub/bin/python scripts/parity/make_adapterhub_fixtures.py

For BERT, XLM-R and LLaMA it writes ``tests/parity/fixtures/adapterhub_{name}.safetensors``:

    model.*                  the backbone's weights, named as in transformers
    adapter.*                both adapters' weights, named as AdapterHub saves them
    batch.input_ids, batch.attention_mask
    {case}.last_hidden_state, {case}.logits  computed in float64, for the cases `none`, `lang`, `task` and `stack`

and ``adapterhub_{name}.json`` with the model's and the adapters' configurations and the versions used. The adapter
`lang` is Seq_bn with a quarter of the hidden size, `task` one with an eighth, `stack` is ``Stack("lang", "task")``.

References:
    Pfeiffer et al. (2020), AdapterHub, https://arxiv.org/abs/2007.07779;
    Poth et al. (2023), Adapters, https://arxiv.org/abs/2311.11077.
"""

import argparse
import importlib.metadata
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import adapters
import torch
from adapters import SeqBnConfig
from adapters.composition import Stack
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import (
    AutoModelForCausalLM,
    AutoModelForMaskedLM,
    BertConfig,
    LlamaConfig,
    PretrainedConfig,
    XLMRobertaConfig,
)

SIZES = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}
REDUCTION = {"lang": 4, "task": 8}
CASES: dict[str, str | Stack | None] = {"none": None, "lang": "lang", "task": "task", "stack": Stack("lang", "task")}
ROOT = Path(__file__).resolve().parents[2]


def configurations() -> dict[str, PretrainedConfig]:
    """The three tiny architectures; every id and size small enough for a fixture below 300 kB."""
    return {
        "bert": BertConfig(**SIZES, vocab_size=101, max_position_embeddings=16, pad_token_id=0),
        "xlmr": XLMRobertaConfig(
            **SIZES, vocab_size=103, max_position_embeddings=20, pad_token_id=1, type_vocab_size=1, layer_norm_eps=1e-5
        ),
        "llama": LlamaConfig(
            **SIZES, vocab_size=97, max_position_embeddings=16, num_key_value_heads=2, pad_token_id=0,
            tie_word_embeddings=False,
        ),
    }  # fmt: skip


def randomise(parameters: Mapping[str, Tensor], *, std: float, rng: torch.Generator) -> None:
    """Fill every tensor, biases included; norm weights stay near one so that no layer is switched off."""
    for name, tensor in parameters.items():
        noise = torch.randn(tensor.shape, generator=rng) * std
        is_norm = tensor.ndim == 1 and name.endswith("weight")
        tensor.data.copy_(1 + noise if is_norm else noise)


def batch_for(config: PretrainedConfig, rng: torch.Generator) -> dict[str, Tensor]:
    """Two sentences of nine tokens; the second ends with one padded position."""
    input_ids = torch.randint(5, config.vocab_size, (2, 9), generator=rng)
    attention_mask = torch.ones_like(input_ids)
    input_ids[1, -1], attention_mask[1, -1] = config.pad_token_id, 0
    return {"input_ids": input_ids, "attention_mask": attention_mask}


@torch.no_grad()
def outputs(model: nn.Module, batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The last hidden state and the logits of every case."""
    found: dict[str, Tensor] = {}
    for case, active in CASES.items():
        model.set_active_adapters(active)
        output = model(**batch, output_hidden_states=True)
        found[f"{case}.last_hidden_state"] = output.hidden_states[-1].clone()
        found[f"{case}.logits"] = output.logits.clone()
    for case in ("lang", "task", "stack"):
        difference = (found[f"{case}.logits"] - found["none.logits"]).abs().max().item()
        if difference < 0.1:
            raise RuntimeError(f"{case} changes the logits by {difference:.1e} at most; the adapter is not active.")
    return found


def fixture(config: PretrainedConfig, *, seed: int) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """One architecture's tensors and its description."""
    rng = torch.Generator().manual_seed(seed)
    auto = AutoModelForCausalLM if config.model_type == "llama" else AutoModelForMaskedLM
    model = auto.from_config(config).eval()
    randomise(dict(model.named_parameters()), std=0.15, rng=rng)
    tensors = {f"model.{name}": value.clone() for name, value in model.state_dict().items()}

    adapters.init(model)
    for name, reduction in REDUCTION.items():
        model.add_adapter(name, config=SeqBnConfig(reduction_factor=reduction))
    # `adapters` also lists the word embeddings a second time, as `prompt_tuning.base_model_embeddings`: not an adapter.
    added = {name: value for name, value in model.state_dict().items() if ".adapters." in name}
    randomise(added, std=0.2, rng=rng)
    tensors |= {f"adapter.{name}": value.clone() for name, value in added.items()}

    batch = batch_for(config, rng)
    tensors |= {f"batch.{name}": value for name, value in batch.items()}
    tensors |= outputs(model.double(), batch)

    described = {
        "model_class": type(model).__name__,
        "model": {key: value for key, value in config.to_diff_dict().items() if key not in {"adapters", "dtype"}},
        "adapters": {name: SeqBnConfig(reduction_factor=reduction).to_dict() for name, reduction in REDUCTION.items()},
        "cases": {"none": [], "lang": ["lang"], "task": ["task"], "stack": ["lang", "task"]},
        "seed": seed,
        "versions": {name: importlib.metadata.version(name) for name in ("adapters", "transformers", "torch")},
    }
    return tensors, described


def main() -> None:
    """Write all fixtures into the directory of the first argument, or into the repository's own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output_dir", type=Path, default=ROOT / "tests/parity/fixtures")
    output_dir: Path = parser.parse_args().output_dir
    output_dir.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    for seed, (name, config) in enumerate(configurations().items()):
        torch.manual_seed(seed)
        tensors, described = fixture(config, seed=seed)
        path = output_dir / f"adapterhub_{name}.safetensors"
        save_file({key: value.contiguous() for key, value in tensors.items()}, path)
        path.with_suffix(".json").write_text(json.dumps(described, indent=2, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
