"""One optimisation step of hypergen: a static Seq_bn-16 adapter, or MAD-G's generator of such adapters.

Run in hypergen's own environment; prints one line of JSON. The backbone is frozen and in evaluation mode, and logits
are computed at the masked positions only, as in `hypergen.training.mlm`. ``_bfloat16`` holds the backbone in bfloat16;
what is trained stays in float32. ``_mkl`` leaves the frozen linear layers to MKL, as plain torch does.
"""

import importlib.metadata
import json

import torch
from step_common import REDUCTION, adapter_tensors, arguments, fill_backbone, masked_batch, mbert_config, measure
from torch import Tensor, nn
from transformers import AutoModelForMaskedLM, BertConfig

from hypergen.adapters import Adapter, BottleneckSpec, Layout
from hypergen.backbones import attention_for, sites_of
from hypergen.generators.madg import MadG
from hypergen.linear import with_onednn
from hypergen.losses import consuming_cross_entropy
from hypergen.model import AdaptedModel
from hypergen.sources import StoredAdapter

NUM_FEATURES = 289


class OneLanguage(nn.Module):
    """A generator and the typology vector of one language, called as a source is."""

    def __init__(self, generator: MadG, typology: Tensor) -> None:
        super().__init__()
        self.generator, self.typology = generator, typology

    def forward(self) -> Adapter:
        """The language's adapter, generated anew."""
        return self.generator(self.typology)[0]


def static_source(spec: BottleneckSpec, layout: Layout, hidden_size: int) -> nn.Module:
    """One stored adapter with the weights that the other side has, too."""
    tensors = zip(layout.sites, adapter_tensors(len(layout.sites), hidden_size), strict=True)
    return StoredAdapter(Adapter(spec, layout, {site.path: weights for site, weights in tensors}))


def madg_source(spec: BottleneckSpec, layout: Layout) -> nn.Module:
    """MAD-G: 289 features -> 32 -> every tensor of the layout."""
    torch.manual_seed(3)
    typology = torch.randint(0, 2, (1, NUM_FEATURES)).float()
    return OneLanguage(MadG(spec, layout, num_features=NUM_FEATURES, embedding_size=32), typology)


def main() -> None:
    """Time the steps and print what they took."""
    variants = ("static_float32", "static_float32_mkl", "static_bfloat16", "madg_float32", "madg_bfloat16")
    args = arguments(__doc__, variants)
    torch.set_num_threads(args.threads)
    method, name, *mkl = args.variant.split("_")
    dtype = getattr(torch, name)
    torch.manual_seed(0)
    config = BertConfig(**mbert_config())
    # Attention and linear layers as `load_backbone` has them.
    backbone = AutoModelForMaskedLM.from_config(config, attn_implementation=attention_for(dtype))
    fill_backbone(backbone)
    backbone = backbone.to(dtype).eval()
    if not mkl:
        with_onednn(backbone)

    spec = BottleneckSpec(size=config.hidden_size // REDUCTION)
    layout = spec.layout(sites_of(backbone))
    source = static_source(spec, layout, config.hidden_size) if method == "static" else madg_source(spec, layout)
    model = AdaptedModel(backbone, [layout])

    inputs, labels = masked_batch(config.vocab_size)
    positions = (labels.flatten() != -100).nonzero().squeeze(1)
    targets = labels.flatten()[positions]

    def loss() -> Tensor:
        output = model(adapters=[source()], positions=positions, input_ids=inputs["input_ids"])
        return consuming_cross_entropy(output.logits, targets)

    with torch.no_grad():
        first_loss = loss().item()
    optimizer = torch.optim.AdamW(source.parameters(), lr=1e-4, fused=True)

    def step() -> None:
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()

    result = measure(
        step=step, first_loss=first_loss, library="hypergen", variant=args.variant, steps=args.steps,
        trained=sum(parameter.numel() for parameter in source.parameters()),
    )  # fmt: skip
    versions = {name: importlib.metadata.version(name) for name in ("hypergen", "transformers", "torch")}
    print(json.dumps(result | {"versions": versions}))


if __name__ == "__main__":
    main()
