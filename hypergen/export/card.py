"""The model card of an exported adapter: what it is, where it comes from, and how to load it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hypergen.bundle import Bundle
from hypergen.errors import UnknownLanguageError
from hypergen.languages import Language
from hypergen.shipped import BACKBONE

__all__ = ["SHIPPED_LICENCE", "Card"]

Library = Literal["adapterhub", "peft"]
_LOADING: dict[Library, str] = {
    "adapterhub": """\
from adapters import AutoAdapterModel

model = AutoAdapterModel.from_pretrained("{base_model}")
model.load_adapter("PATH OR NAME OF THIS REPOSITORY", set_active=True)""",
    "peft": """\
from peft import PeftModel
from transformers import {auto}

model = {auto}.from_pretrained("{base_model}")
model = PeftModel.from_pretrained(model, "PATH OR NAME OF THIS REPOSITORY")""",
}
_SHIPPED = """\
# hypergen-mini is on no hub, but a directory within hypergen. To see which, where hypergen is installed:
# python -c "from hypergen.shipped import located; print(located('hypergen-mini'))\""""
SHIPPED_LICENCE = "cc-by-sa-4.0"
"""Of hypergen-mini and generator-mini, as NOTICE states it."""
_TAGS: dict[Library, str] = {"adapterhub": "adapter-transformers", "peft": "peft"}
_ELSEWHERE = ("coverage", "generated_from", "generated_by", "text", "text_languages", "tuned_on")
_UNSTATED = "not stated; ask whoever trained it"


@dataclass(frozen=True)
class Card:
    """What a person needs to know of an adapter before using it.

    Attributes:
        language: Its ISO 639-3 code.
        base_model: The backbone's name.
        fingerprint: Of the backbone's weights (:func:`hypergen.fingerprint_of`).
        method: The adapter method, and its size.
        origin: How the weights came about: trained on text, or generated from typology, and by what.
        coverage: Share of its typology's features that were observed; ``None`` where it was trained on text.
        licence: As its author states it.
        data: The text that it, or its generator, was trained on.
        metrics: Numbers, by name.
    """

    language: str
    base_model: str
    fingerprint: str
    method: str
    origin: str
    coverage: float | None = None
    licence: str | None = None
    data: str = ""
    metrics: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, bundle: Bundle, *, language: str, licence: str | None = None) -> Card:
        """The card of a bundle's adapter for a language."""
        told = bundle.metrics
        coverage, row = told.get("coverage"), told.get("generated_from", language)
        if bundle.generator is not None:
            table = bundle.typology_table
            coverage, row = table.coverage(language), table.row_of(language)
            seen = "one of them" if language in bundle.languages else "this one not among them"
            by = f"by {bundle.generator.name}, trained on text of {len(bundle.languages)} languages ({seen})"
        else:
            by = "by a generator of hypergen"
        origin = "trained on text of the language"
        if "imported_from" in told:
            origin = f"imported from {told['imported_from']}; the card there says how they came about"
        if bundle.typology is not None:
            origin = f"generated from the typology of {row} ({bundle.typology.feature_sets}) {by}"
        if not str(told.get("finetuned", "no:")).startswith("no:"):
            origin += f"; its {told['finetuned']} fine-tuned on {told.get('lines', 'some')} lines of text"
        return cls(
            language=language,
            base_model=bundle.backbone.name,
            fingerprint=bundle.backbone.fingerprint,
            method=f"{bundle.spec}, {bundle.layout.num_parameters:,} parameters",
            origin=origin,
            coverage=coverage,
            licence=licence,
            data=_data(told, bundle),
            metrics={name: value for name, value in told.items() if name not in _ELSEWHERE},
        )

    def text(self, library: Library, *, auto: str = "AutoModelForMaskedLM") -> str:
        """The card in Markdown, with the header that the Hugging Face hub reads.

        Args:
            library: Which one the adapter was exported to.
            auto: Transformers' class for the backbone.
        """
        name, family = self.language, None
        try:
            known = Language.parse(self.language)
            name, family = f"{known.name} ({self.language})", known.family
        except UnknownLanguageError:
            pass  # an invented language has no name
        observed = "" if self.coverage is None else f", {self.coverage:.0%} of its features observed"
        metrics = [f"- {metric}: {value}" for metric, value in self.metrics.items()] or ["- none were recorded"]
        lines = [
            "---",
            f"language: {json.dumps(self.language)}",
            f"base_model: {json.dumps(self.base_model)}",
            f"license: {json.dumps(self.licence or 'unknown', ensure_ascii=False)}",
            f"library_name: {_TAGS[library]}",
            f"tags: [{_TAGS[library]}, hypergen, language-adapter]",
            "---",
            "",
            f"# A language adapter for {name}",
            "",
            *([f"- Family: {family}"] if family else []),
            f"- Backbone: {self.base_model} (weights {self.fingerprint})",
            f"- Method: {self.method}",
            f"- Weights: {self.origin}{observed}",
            f"- Training data: {self.data or _UNSTATED}",
            f"- Licence: {self.licence or _UNSTATED}",
            "",
            "## Numbers",
            "",
            *metrics,
            "",
            "## How to load it",
            "",
            "```python",
            *([_SHIPPED] if self.base_model == BACKBONE else []),
            _LOADING[library].format(base_model=self.base_model, auto=auto),
            "```",
            "",
            "Written by hypergen; no language-model head is part of it.",
        ]
        return "\n".join(lines) + "\n"


def _data(told: Mapping[str, Any], bundle: Bundle) -> str:
    """Text, objectives and languages, as far as they are known."""
    several = told.get("text_languages", bundle.languages if bundle.generator else ())
    text = ", ".join(f"{name} {about}" for name, about in told.get("text", {}).items())
    return "; ".join(filter(None, [text, several and f"text of {', '.join(several)}"]))
