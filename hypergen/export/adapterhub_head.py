"""Heads of tasks as AdapterHub's `adapters` loads them, beside the task adapter.

A head of words is its ``tagging`` head, one of texts its ``classification`` head of two layers, both to the last digit.
Its parser has no layers between hidden states and scores, so a head of trees has no place there.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any

import torch

from hypergen.backbones import family_of
from hypergen.data.tasks.task import Task

__all__ = ["head_files", "why_no_head"]

_KINDS = {
    "token": ("tagging", 1, {"linear": "1"}),
    "sequence": ("classification", 2, {"pool": "1", "linear": "4"}),
}
"""AdapterHub's kind of head, its layers, and what it calls ours."""
_CLASSES = {
    "bert": "Bert", "electra": "Electra", "llama": "Llama", "mistral": "Mistral", "roberta": "Roberta",
    "xlm-roberta": "XLMRoberta",
}  # fmt: skip


def why_no_head(task: Task, *, config: Any) -> str:
    """Why AdapterHub's format cannot hold the head of a task on this backbone; empty if it can."""
    if task.kind not in _KINDS:
        return "its parser has no layers before the biaffine scores"
    if task.kind == "sequence" and family_of(config.model_type).norm is None:
        return "its head of texts reads the first token, and that of a decoder is the last"
    return ""


def head_files(
    task: Task, weights: Mapping[str, torch.Tensor], *, config: Any, name: str, model_name: str = ""
) -> dict[str, bytes]:
    """The files of a head, for the directory of its adapter; none where the format cannot hold it.

    Args:
        task: What the head labels.
        weights: Of a :class:`hypergen.heads.TokenHead` or :class:`~hypergen.heads.SequenceHead`.
        config: The backbone's configuration.
        name: The adapter's name; the head has the same.
        model_name: The backbone's name on the hub; by default the one in ``config``.
    """
    if why_no_head(task, config=config):
        return {}
    kind, layers, places = _KINDS[task.kind]
    head = {
        "head_type": kind,
        "num_labels": len(task.labels),
        "layers": layers,
        "activation_function": "tanh",
        "label2id": {label: number for number, label in enumerate(task.labels)},
        "dropout_prob": None,
    }
    if kind == "classification":
        head |= {"use_pooler": False, "bias": True}
    told = {
        "config": head,
        "hidden_size": config.hidden_size,
        "model_class": f"{_CLASSES[config.model_type]}AdapterModel",
        "model_name": model_name or getattr(config, "name_or_path", ""),
        "model_type": config.model_type,
        "name": name,
        "version": "adapters.1.3.0",
    }
    tensors = {}
    for ours, tensor in weights.items():
        module, _, parameter = ours.partition(".")
        tensors[f"heads.{name}.{places[module]}.{parameter}"] = tensor.detach().float().cpu().contiguous().clone()
    from safetensors.torch import save

    pickled = io.BytesIO()
    torch.save(tensors, pickled)
    return {
        "head_config.json": (json.dumps(told, indent=2, sort_keys=True) + "\n").encode(),
        "model_head.safetensors": save(tensors),
        "pytorch_model_head.bin": pickled.getvalue(),
    }
