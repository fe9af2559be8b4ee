"""AdapterHub's configurations: what each of our methods is called there, and which of theirs compute the same."""

from __future__ import annotations

import re
import reprlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hypergen.adapters import BottleneckSpec, ChainSpec, InvertibleSpec, LoraSpec
from hypergen.adapters.core import AdapterSpec, Site
from hypergen.errors import ExportError
from hypergen.export.weights import FACTOR, LAYERS, NUMBER, OBJECT, TEXT, TEXTS, WHOLE, required

__all__ = ["config_of", "is_at", "spec_of"]

_SEQ_BN: dict[str, Any] = {
    "mh_adapter": False, "output_adapter": True, "original_ln_before": True, "original_ln_after": True,
    "residual_before_ln": True, "adapter_residual_before_ln": False, "ln_before": False, "ln_after": False,
    "scaling": 1.0, "is_parallel": False, "use_gating": False, "phm_layer": False, "cross_adapter": False,
}  # fmt: skip
"""What makes a bottleneck of AdapterHub's ours; of what a file does not say, this is the default there too."""
_LORA: dict[str, Any] = {
    "composition_mode": "add",
    "use_gating": False,
    "use_dora": False,
    "vera_d": None,
    "vera_b": None,
}
"""The same for LoRA."""
_PLACES = {
    "attention.self.query": "q", "attention.self.key": "k", "attention.self.value": "v",
    "intermediate.dense": "intermediate", "output.dense": "output",
    "self_attn.q_proj": "q", "self_attn.k_proj": "k", "self_attn.v_proj": "v",
    "mlp.up_proj": "intermediate", "mlp.down_proj": "output",
}  # fmt: skip
"""Where AdapterHub has LoRA in a layer, and what it calls it."""
_FORMER_ACTIVATIONS = {"gelu": "gelu_new", "gelu_orig": "gelu"}
"""What activations were called in directories without a version."""
_LAYER = re.compile(r"(?:.+\.)?layers?\.(?P<layer>\d+)(?:\.(?P<place>.+))?")


def config_of(spec: AdapterSpec, sites: Sequence[Site], *, config: Any) -> dict[str, Any]:
    """AdapterHub's configuration of a method at these sites.

    Args:
        spec: The method.
        sites: Where it acts.
        config: The backbone's configuration: its width, and how many layers there are to leave out.

    Raises:
        ExportError: If AdapterHub has no such method, or not there.
    """
    layers = {int(match["layer"]) for site in sites if (match := _LAYER.fullmatch(site.path))}
    leave_out = [layer for layer in range(config.num_hidden_layers) if layer not in layers]
    match spec:
        case BottleneckSpec():
            return {**_seq_bn(spec, config.hidden_size), "leave_out": leave_out}
        case ChainSpec(parts=(InvertibleSpec() as inv, BottleneckSpec() as after)) if (
            inv.activation == after.activation
        ):
            half = next(site.out_size for site in sites if site.kind == "embedding") // 2
            nice = {"inv_adapter": "nice", "inv_adapter_reduction_factor": _reduction(inv.size, half)}
            return {**_seq_bn(after, config.hidden_size), **nice, "leave_out": leave_out}
        case LoraSpec():
            chosen = _chosen(sites)
            return {
                "architecture": "lora", **_LORA, "r": spec.rank, "alpha": spec.alpha, "dropout": 0.0,
                "selfattn_lora": bool(chosen & {"q", "k", "v"}), "attn_matrices": sorted(chosen & {"q", "k", "v"}),
                "intermediate_lora": "intermediate" in chosen, "output_lora": "output" in chosen,
                "init_weights": "lora", "leave_out": leave_out,
            }  # fmt: skip
    raise ExportError(
        f"AdapterHub has no configuration of {spec}; it has bottlenecks, LoRA, and a bottleneck after an invertible "
        "adapter of the same activation."
    )


def spec_of(
    told: Mapping[str, Any], *, path: Path, backbone: Any, has_invertible: bool
) -> tuple[AdapterSpec, list[int]]:
    """The method of an ``adapter_config.json``, and the layers it leaves out.

    Args:
        told: What the file says.
        path: The file, for messages.
        backbone: The backbone's configuration, for its widths.
        has_invertible: Whether there are tensors of an invertible adapter; the first published task adapters speak of
            one that they do not have.

    Raises:
        ExportError: If it computes something that hypergen's methods do not, or says something that makes no sense.
    """
    config, version, architecture = told["config"], told.get("version"), told["config"].get("architecture")
    optional = {"leave_out": LAYERS, "attn_matrices": TEXTS, "invertible_adapter": OBJECT}
    required(config, {}, path=path, optional=optional)
    leave_out = list(config.get("leave_out") or [])
    if architecture == "lora":
        return _lora_of(config, version, path=path), leave_out
    if architecture is not None or "reduction_factor" not in config:
        raise ExportError(
            f"an adapter of AdapterHub's architecture {architecture!r} has no counterpart here; bottlenecks (seq_bn, "
            "seq_bn_inv) and LoRA have."
        )
    _require(_SEQ_BN, config)
    if isinstance(config["reduction_factor"], dict):
        raise ExportError("this adapter has another width in every layer; hypergen's has one for all of them.")
    required(config, {"non_linearity": TEXT, "reduction_factor": FACTOR}, path=path)
    activation = config["non_linearity"].lower()
    if version is None:
        activation = _FORMER_ACTIVATIONS.get(activation, activation)
    bottleneck = BottleneckSpec(size=int(backbone.hidden_size // config["reduction_factor"]), activation=activation)
    factor = _invertible_factor(config, path=path, has_invertible=has_invertible)
    if factor is None:
        return bottleneck, leave_out
    half = getattr(backbone, "embedding_size", backbone.hidden_size) // 2
    return ChainSpec((InvertibleSpec(size=int(half // factor), activation=activation), bottleneck)), leave_out


def is_at(site: Site, spec: AdapterSpec, config: Mapping[str, Any]) -> bool:
    """Whether AdapterHub's configuration puts an adapter of ``spec`` at this site; only LoRA's may leave some out."""
    if not isinstance(spec, LoraSpec):
        return True
    place = _place(site)
    if place in ("intermediate", "output"):
        return bool(config.get(f"{place}_lora"))
    return bool(config.get("selfattn_lora", True)) and place in (config.get("attn_matrices") or ["q", "v"])


def _lora_of(config: Mapping[str, Any], version: str | None, *, path: Path) -> LoraSpec:
    """The LoRA of a configuration, without its targets."""
    _require(_LORA, config)
    required(config, {"r": WHOLE, "alpha": NUMBER}, path=path)
    number = re.match(r"adapters\.(\d{1,9})\.(\d{1,9})", version or "")
    is_scaled = number is None or (int(number[1]), int(number[2])) >= (1, 1)  # earlier versions did not scale
    return LoraSpec(rank=config["r"], alpha=float(config["alpha"] if is_scaled else config["r"]), targets=())


def _invertible_factor(config: Mapping[str, Any], *, path: Path, has_invertible: bool) -> float | None:
    """The reduction factor of a configuration's invertible adapter, if it has one."""
    kind, former = config.get("inv_adapter") or None, config.get("invertible_adapter") or {}
    if kind is not None and not has_invertible:
        raise ExportError(
            f"{path} says inv_adapter = {reprlib.repr(kind)}, and no tensors of an invertible adapter are beside it; "
            "give a complete adapter."
        )
    found = kind or former.get("block_type")
    if found is None or not has_invertible:
        return None
    if found != "nice":
        raise ExportError(f"an invertible adapter of kind {reprlib.repr(found)} has no counterpart here; 'nice' has.")
    if config.get("inv_adapter_reduction_factor") is not None or not former:
        required(config, {"inv_adapter_reduction_factor": FACTOR}, path=path)
        return float(config["inv_adapter_reduction_factor"])
    required(former, {"reduction_factor": FACTOR}, path=path)
    return float(former["reduction_factor"])


def _seq_bn(spec: BottleneckSpec, hidden_size: int) -> dict[str, Any]:
    reduction = _reduction(spec.size, hidden_size)
    return {**_SEQ_BN, "reduction_factor": reduction, "non_linearity": spec.activation, "inv_adapter": None}


def _reduction(size: int, width: int) -> int | float:
    """The factor with ``int(width // factor) == size``: a whole number where there is one."""
    return width // size if width % size == 0 else width / (size + 0.5)


def _chosen(sites: Sequence[Site]) -> set[str]:
    """What LoRA adapts in the layers where it does, by AdapterHub's names."""
    of_layer: dict[str, set[str]] = {}
    for site in sites:
        match, place = _LAYER.fullmatch(site.path), _place(site)
        if match is None or place is None:
            raise ExportError(f"AdapterHub has no LoRA at {site.path}; export to PEFT, which has it everywhere.")
        of_layer.setdefault(match["layer"], set()).add(place)
    chosen = next(iter(of_layer.values()))
    if any(other != chosen for other in of_layer.values()):
        raise ExportError("AdapterHub has LoRA at the same places of every layer; export to PEFT, which is freer.")
    return chosen


def _place(site: Site) -> str | None:
    match = _LAYER.fullmatch(site.path)
    return _PLACES.get(match["place"] or "") if match else None


def _require(expected: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """Refuse a configuration that says something else than expected."""
    for key, value in expected.items():
        given = config.get(key, value)
        if given != value:
            raise ExportError(
                f"this adapter has {key} = {reprlib.repr(given)}, and hypergen's computes what AdapterHub does with "
                f"{value!r}; there is no counterpart to import it as."
            )
