"""Write tiny backbones, exported adapters of every method and what they compute; the first of three steps.

    python scripts/parity/write_exports.py DIRECTORY

``scripts/parity.sh`` runs it, then ``load_exports.py`` in the environment of AdapterHub and PEFT. DIRECTORY gets
``{family}/backbone``, ``{family}/{number}.{library}`` (adapters, by way of `hypergen export`), ``{family}.safetensors``
(a batch, and the logits of every case in float64) and ``exports.json``. The family `mini` is hypergen-mini, with
adapters of the generator that comes with it.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import Tensor, nn
from transformers import (
    BertConfig,
    BertForMaskedLM,
    LlamaConfig,
    LlamaForCausalLM,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
)

import hypergen as hg
from hypergen.bundle import BackboneInfo
from hypergen.recipes.export import export

SIZES: dict[str, Any] = {"hidden_size": 32, "num_hidden_layers": 3, "num_attention_heads": 4, "intermediate_size": 64}
POSITIONS: dict[str, Any] = {"vocab_size": 101, "max_position_embeddings": 20, "initializer_range": 0.15}
ATTENTION = ("query", "value", "q_proj", "v_proj")
REST = ("key", "intermediate.dense", "layer.1.output.dense", "layer.2.output.dense", "k_proj", "up_proj", "down_proj")
BOTTLENECK = hg.BottleneckSpec(size=8)
METHODS: dict[str, tuple[Any, tuple[int, ...], tuple[str, ...]]] = {
    "bottleneck": (BOTTLENECK, (), ("adapterhub",)),
    "bottleneck of 5": (hg.BottleneckSpec(size=5, activation="gelu"), (), ("adapterhub",)),
    "bottleneck without the last layer": (BOTTLENECK, (2,), ("adapterhub",)),
    "Seq_bn_inv": (hg.ChainSpec((hg.InvertibleSpec(size=8), BOTTLENECK)), (), ("adapterhub",)),
    "LoRA": (hg.LoraSpec(rank=4, alpha=6.0, targets=ATTENTION), (), ("adapterhub", "peft")),
    "LoRA at keys and feed-forward": (hg.LoraSpec(rank=2, targets=REST), (0,), ("adapterhub", "peft")),
    "LoRA everywhere": (hg.LoraSpec(rank=3, alpha=5.0, targets=()), (), ("peft",)),
}
"""Method, layers left out, and the libraries that have it."""


def backbones() -> dict[str, Any]:
    """The tiny models, nothing in them at 0 or 1."""
    torch.manual_seed(0)
    found: dict[str, Any] = {
        "bert": BertForMaskedLM(BertConfig(**SIZES, **POSITIONS)),
        "xlmr": XLMRobertaForMaskedLM(XLMRobertaConfig(**SIZES, **POSITIONS, type_vocab_size=1, pad_token_id=1)),
        "llama": LlamaForCausalLM(LlamaConfig(**SIZES, **POSITIONS, num_key_value_heads=2)),
    }
    with torch.no_grad():
        for model in found.values():
            for parameter in model.parameters():
                parameter.add_(0.1 * torch.randn_like(parameter))
            model.eval()
    return found


def adapters_of(name: str, spec: Any, layout: hg.Layout) -> dict[str, hg.Adapter]:
    """A static adapter, and generated ones where the generator takes the layout."""
    found = {name: hg.Adapter.from_vector(spec, layout, 0.2 * torch.randn(layout.num_parameters))}
    typology = torch.rand(1, 9)
    found[f"{name}, MAD-G"] = hg.MadG(spec, layout, num_features=9, embedding_size=4)(typology)[0]
    if name == "bottleneck":
        found[f"{name}, MAD-G-LS"] = hg.MadGLS(spec, layout, num_features=9, embedding_size=4)(typology)[0]
    return found


@torch.no_grad()
def logits_of(model: nn.Module, adapter: hg.Adapter, batch: dict[str, Tensor]) -> Tensor:
    """With the adapter, in float64."""
    adapted = hg.AdaptedModel(model, [adapter.layout])
    logits: Tensor = adapted(adapters=[adapter.map(Tensor.double)], **batch).logits
    return logits


def main() -> None:
    """Write everything."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    directory: Path = parser.parse_args().directory
    torch.set_num_threads(1)
    rows: list[dict[str, str]] = []
    for family, model in backbones().items():
        model.save_pretrained(directory / family / "backbone")
        info = BackboneInfo(str(directory / family / "backbone"), hg.fingerprint_of(model))
        mask = torch.ones(2, 9, dtype=torch.long)
        mask[1, 7:] = 0
        batch = {"input_ids": torch.randint(5, 101, (2, 9)), "attention_mask": mask}
        outputs = {**batch, "none": model.double()(**batch).logits.detach()}
        for method, (spec, leave_out, libraries) in METHODS.items():
            layout = spec.layout(hg.sites_of(model, kinds=spec.site_kinds, leave_out=leave_out))
            for case, adapter in adapters_of(method, spec, layout).items():
                outputs[case] = logits_of(model, adapter, batch)
                bundle = directory / family / f"{len(rows)}.bundle"
                hg.Bundle.of_adapter(adapter, language="yua", backbone=info).save(bundle)
                for library in libraries:
                    out = directory / family / f"{len(rows)}.{library}"
                    export(out=out, bundle=str(bundle), to=library)  # type: ignore[arg-type]
                    rows.append({"family": family, "case": case, "library": library, "directory": str(out)})
        save_file({name: tensor.contiguous() for name, tensor in outputs.items()}, directory / f"{family}.safetensors")
    rows += shipped(directory)
    (directory / "exports.json").write_text(json.dumps(rows, indent=1))


def shipped(directory: Path) -> list[dict[str, str]]:
    """hypergen-mini and two languages' adapters of its generator, one of them never trained on."""
    model = hg.load_backbone("hypergen-mini").double()
    model.save_pretrained(directory / "mini" / "backbone")
    batch = {"input_ids": torch.randint(5, model.config.vocab_size, (2, 9))}
    batch["attention_mask"] = torch.ones_like(batch["input_ids"])
    outputs, rows = {**batch, "none": model(**batch).logits.detach()}, []
    for language in ("swh", "yua"):
        outputs[language] = logits_of(model, hg.Bundle.load("generator-mini").source(language), batch).detach()
        out = directory / "mini" / language
        export([language], out=out)
        rows.append({"family": "mini", "case": language, "library": "adapterhub", "directory": str(out)})
    save_file({name: tensor.contiguous() for name, tensor in outputs.items()}, directory / "mini.safetensors")
    return rows


if __name__ == "__main__":
    main()
