"""One optimisation step of a static Seq_bn-16 adapter with AdapterHub's `adapters`, as its documentation has one do it.

Run in `.venv-adapterhub`; prints one line of JSON. Variants: `dropout` is what a training loop gets after
``model.train()``; `no_dropout` leaves the whole model in evaluation mode, as hypergen does with its backbone.
"""

import importlib.metadata
import json

import adapters
import torch
from step_common import adapter_tensors, arguments, fill_backbone, masked_batch, mbert_config, measure
from transformers import AutoModelForMaskedLM, BertConfig


def main() -> None:
    """Time the steps and print what they took."""
    args = arguments(__doc__, ("dropout", "no_dropout"))
    torch.set_num_threads(args.threads)
    torch.manual_seed(0)
    config = BertConfig(**mbert_config())
    model = AutoModelForMaskedLM.from_config(config)
    fill_backbone(model)

    adapters.init(model)
    model.add_adapter("x", config="seq_bn")
    model.train_adapter("x")
    model.cls.requires_grad_(False)  # `train_adapter` leaves part of the head trainable; both sides train only adapters
    parameters = dict(model.named_parameters())
    renamed = {"down.weight": "adapter_down.0.weight", "down.bias": "adapter_down.0.bias",
               "up.weight": "adapter_up.weight", "up.bias": "adapter_up.bias"}  # fmt: skip
    for index, tensors in enumerate(adapter_tensors(config.num_hidden_layers, config.hidden_size)):
        for name, value in tensors.items():
            parameters[f"bert.encoder.layer.{index}.output.adapters.x.{renamed[name]}"].data.copy_(value)

    inputs, labels = masked_batch(config.vocab_size)
    model.eval()
    with torch.no_grad():
        first_loss = model(**inputs, labels=labels).loss.item()

    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=1e-4)
    model.train(args.variant == "dropout")

    def step() -> None:
        optimizer.zero_grad()
        model(**inputs, labels=labels).loss.backward()
        optimizer.step()

    result = measure(
        step=step, first_loss=first_loss, library="adapterhub", variant=args.variant, steps=args.steps,
        trained=sum(parameter.numel() for parameter in trained),
    )  # fmt: skip
    versions = {name: importlib.metadata.version(name) for name in ("adapters", "transformers", "torch")}
    print(json.dumps(result | {"versions": versions}))


if __name__ == "__main__":
    main()
