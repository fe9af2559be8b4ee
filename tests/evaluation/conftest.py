"""What a demo tells, in small: four languages that were never seen, two of them with an oracle."""

from collections.abc import Callable
from typing import Any

import pytest

LANGUAGES = {  # name, family, genus, word order, coverage, distance, loss without an adapter
    "haw": ("Hawaiian", "Austronesian", "Oceanic", "VSO", 0.9, 0.10, 2.0),
    "mam": ("Mam", "Mayan", "Mayan", "VSO", 0.7, 0.10, 2.2),
    "tli": ("Tlingit", "Athabaskan-Eyak-Tlingit", "Tlingit", "SOV", 0.55, 0.20, 2.4),
    "zne": ("Zande", "Atlantic-Congo", "Ubangi", "SVO", 0.5, 0.30, 2.6),
}
GAINS = {"none": 0.0, "mean": 0.3, "nearest": 0.35, "swapped": 0.25, "generated": 0.6, "fifty": 0.8, "oracle": 1.0}
CONTROLS = ("none", "mean", "nearest", "swapped")


def tell() -> dict[str, Any]:
    rows = [
        {
            "language": code,
            **dict(zip(("name", "family", "genus", "word_order", "coverage", "distance"), facts, strict=False)),
            "nearest": "swh",
            "losses": {
                method: none - gain for method, gain in GAINS.items() if method != "oracle" or code in ("haw", "mam")
            },
        }
        for code, (*facts, none) in LANGUAGES.items()
    ]
    seen = [("swh", "Swahili", "Atlantic-Congo", "SVO"), ("yua", "Yucatec Maya", "Mayan", "VOS")]
    unseen = [(row["language"], row["name"], row["family"], row["word_order"]) for row in rows]
    return {
        "title": "Adapters from typology",
        "seed": 0,
        "date": "2026-01-31",
        "command": "hypergen demo --out runs/demo",
        "seconds": 341.6,
        "peak_gb": 2.84,
        "hardware": {"cpu": "a small one", "threads": 2},
        "versions": {"python": "3.11.7"},
        "languages": {
            "backbone": ["swh"],
            "generator": ["swh", "yua"],
            "unseen": list(LANGUAGES),
            "oracle": ["haw", "mam"],
        },
        "stages": [{"name": "backbone", "steps": 900, "tokens": 5800000, "seconds": 84.1, "loss": 1.02}],
        "rows": rows,
        "gap_closed": {
            "zero_shot": {"mean": 0.6, "low": 0.55, "high": 0.65},
            "fifty_sentences": {"mean": 0.8, "low": 0.75, "high": None},
            "mean": {"mean": 0.3, "low": 0.2, "high": 0.4},
            "nearest": {"mean": 0.35, "low": 0.3, "high": 0.4},
        },
        "differences": {method: {"mean": -0.3, "low": -0.4, "high": -0.2, "p": 0.0004} for method in CONTROLS},
        "beats": dict.fromkeys(CONTROLS, 0.75),
        "sentences": [
            {"sentences": 0, "generated": 1.5, "scratch": None},
            {"sentences": 10, "generated": 1.4, "scratch": 1.8},
            {"sentences": 50, "generated": 1.3, "scratch": 1.45},
        ],
        "embeddings": [
            {"language": code, "name": name, "family": family, "word_order": order, "x": x, "y": y,
             "seen": code in ("swh", "yua")}
            for (code, name, family, order), (x, y) in zip(
                [*unseen, *seen], [(0.0, 0.0), (1.0, 0.1), (3.0, 4.0), (5.0, 5.0), (5.1, 5.0), (1.1, 0.1)], strict=True
            )
        ],
        "features": [
            {"feature": "S_SVO", "share": 0.03, "rule": "order in main clauses"},
            {"feature": "INV_ALVEOLAR_TAP", "share": 0.01, "rule": "the letter r"},
            {"feature": "P_TONE", "share": -0.001, "rule": "whether there is tone"},
        ],
        "pos": {
            "sources": ["swh"],
            "rows": [
                {"language": code, "generated": 0.8, "nearest": 0.75, "none": 0.7, "majority": 0.3}
                for code in LANGUAGES
            ],
            "accuracy": {"generated": 0.8, "nearest": 0.75, "none": 0.7, "majority": 0.3},
            "differences": {
                "nearest": {"mean": 0.05, "low": -0.01, "high": 0.1, "p": 0.2},
                "none": {"mean": 0.1, "low": 0.05, "high": 0.15, "p": 0.01},
            },
        },
        "example": {
            "language": "haw",
            "name": "Hawaiian",
            "sentences": [
                {"text": "pe tunu nu.", "gloss": "future build you ."},
                {"text": "ka nimo", "gloss": "river"},
            ],
        },
    }  # fmt: skip


@pytest.fixture(scope="session")
def teller() -> Callable[[], dict[str, Any]]:
    """Tells anew each time it is called."""
    return tell


@pytest.fixture
def told() -> dict[str, Any]:
    """What a test may change as it likes."""
    return tell()
