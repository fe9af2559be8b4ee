"""``hypergen export`` and ``hypergen import``: adapters as AdapterHub and PEFT keep them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hypergen.errors import ExportError
from hypergen.languages import Language
from hypergen.recipes.generate import code_of
from hypergen.recipes.quiet import quiet
from hypergen.shipped import GENERATOR

if TYPE_CHECKING:
    from hypergen.bundle import Bundle

__all__ = ["export", "import_adapter"]


def export(
    languages: list[str] | None = None,
    *,
    out: Path,
    bundle: str = GENERATOR,
    to: Literal["adapterhub", "peft"] = "adapterhub",
    backbone: str | None = None,
    licence: str | None = None,
    task: Path | None = None,
) -> None:
    """Write a language's adapter (several: of each), or a task's, as another library loads it, with a model card.

    Args:
        languages: Codes or names; of a bundle of one adapter, its own by default.
        out: The directory to write, which must be new; with several languages, the directory of their directories. It
            appears whole or not at all.
        bundle: A directory that hypergen wrote, or ``generator-mini``: the generator that comes with hypergen.
        to: AdapterHub's library (bottlenecks, invertible adapters, LoRA) or PEFT (LoRA).
        backbone: A name or directory to read the backbone's configuration from; by default the one the bundle names.
        licence: What the card states, such as cc-by-sa-4.0; by default unknown, and of the generator that comes with
            hypergen, and of what it generated, its own.
        task: A task bundle instead: its adapter, and its head where AdapterHub's format holds one.
    """
    if task is not None:
        _export_task(task, languages=languages or [], out=out, to=to, backbone=backbone, licence=licence)
        return
    from rich.console import Console

    from hypergen.backbones import is_decoder, load_config
    from hypergen.bundle import Bundle
    from hypergen.export import Card, to_adapterhub, to_peft
    from hypergen.export.card import SHIPPED_LICENCE
    from hypergen.storage import new_directory

    loaded = Bundle.load(bundle)
    codes = codes_of(loaded, languages or [])
    if loaded.patch:
        raise ExportError(
            f"{bundle} has trained parts of the backbone too ({min(loaded.patch)}), which an adapter cannot carry; "
            "train without them to export."
        )
    with quiet():
        config = load_config(backbone or loaded.backbone.name)
    if loaded.vocabulary is not None:
        raise ExportError(
            f"{bundle} has {len(loaded.vocabulary.pieces):,} pieces of its own, which an adapter cannot carry; use it "
            "with hypergen."
        )
    if licence is None and Bundle.load(GENERATOR).fingerprint in (
        loaded.fingerprint,
        loaded.metrics.get("generated_by"),
    ):
        licence = SHIPPED_LICENCE
    auto = "AutoModelForCausalLM" if is_decoder(config) else "AutoModelForMaskedLM"

    def write(code: str, directory: Path) -> None:
        text = Card.of(loaded, language=code, licence=licence).text(to, auto=auto)
        adapter = loaded.source(code)
        if to == "peft":
            to_peft(adapter, directory, config=config, model_name=loaded.backbone.name, card=text)
        else:
            to_adapterhub(adapter, directory, config=config, name=code, model_name=loaded.backbone.name, card=text)

    if len(codes) == 1:
        write(codes[0], out)
    else:
        with new_directory(out) as beside:
            for code in codes:
                write(code, beside / code)
    for code in codes:
        Console().print(f"{out / code if len(codes) > 1 else out} holds the adapter of {code} for {to}.")


def _export_task(
    path: Path, *, languages: list[str], out: Path, to: str, backbone: str | None, licence: str | None
) -> None:
    """A task's adapter and head for AdapterHub."""
    from rich.console import Console

    from hypergen.backbones import load_config
    from hypergen.export import head_files, to_adapterhub, why_no_head
    from hypergen.task_bundle import TaskBundle

    loaded = TaskBundle.load(path)
    name = loaded.task.name
    if languages or to != "adapterhub" or loaded.adapter is None:
        raise ExportError(
            f"{path} holds a task{'' if loaded.adapter else ' without an adapter'}, which is exported to AdapterHub, "
            f"with an adapter and without languages, not to {to} for {', '.join(languages) or 'none'}; correct that."
        )
    with quiet():
        config = load_config(backbone or loaded.backbone.name)
    to_adapterhub(
        loaded.adapter,
        out,
        config=config,
        name=name,
        model_name=loaded.backbone.name,
        card=loaded.adapterhub_card(licence=licence),
        others=head_files(loaded.task, loaded.head, config=config, name=name, model_name=loaded.backbone.name),
    )
    why = why_no_head(loaded.task, config=config)
    Console().print(
        f"{out} holds the adapter of {name} for adapterhub, "
        + (f"without its head: {why}." if why else "and its head.")
    )


def import_adapter(directory: Path, *, language: str, backbone: str, out: Path) -> None:
    """Read an adapter that AdapterHub's library or PEFT wrote, and write it as a bundle.

    Args:
        directory: With adapter_config.json and its weights.
        language: The language it was trained for.
        backbone: The backbone it was trained for: a directory, or a name on the hub.
        out: The directory to write.
    """
    from rich.console import Console

    from hypergen.backbones import fingerprint_of, load_backbone
    from hypergen.bundle import BackboneInfo, Bundle
    from hypergen.export import from_adapterhub, from_peft
    from hypergen.export.weights import read_json

    code = Language.parse(language).iso3
    is_peft = "peft_type" in read_json(directory / "adapter_config.json")
    with quiet():
        model = load_backbone(backbone)
        adapter = (from_peft if is_peft else from_adapterhub)(directory, backbone=model)
    info = BackboneInfo(backbone, fingerprint_of(model))
    Bundle.of_adapter(adapter, language=code, backbone=info, metrics={"imported_from": str(directory)}).save(out)
    Console().print(f"{out} is the bundle of {code}: {adapter.spec}, {adapter.layout.num_parameters:,} parameters.")


def codes_of(bundle: Bundle, languages: list[str]) -> list[str]:
    """The codes of the languages that are meant.

    Raises:
        ExportError: If none was named and the bundle can make adapters of many, or it holds another's.
    """
    if bundle.generator is not None:
        if not languages:
            raise ExportError("the bundle holds a generator; name the language ('hypergen export yua --out DIR').")
        return list(dict.fromkeys(code_of(language, table=bundle.typology_table) for language in languages))
    if others := [language for language in languages if language not in bundle.languages
                  and Language.parse(language).iso3 not in bundle.languages]:  # fmt: skip
        raise ExportError(
            f"the bundle holds the adapter of {bundle.languages[0]}, not of {others[0]}; name that, or give another "
            "bundle."
        )
    return list(bundle.languages)
