"""Distances between typology vectors, by name."""

from collections.abc import Callable, Mapping
from typing import Final, Literal

import numpy as np
from jaxtyping import Float32

__all__ = ["DISTANCES", "Metric"]

Metric = Literal["hamming", "cosine", "euclidean"]


def hamming(
    values: Float32[np.ndarray, "lang feat"], vector: Float32[np.ndarray, " feat"]
) -> Float32[np.ndarray, " lang"]:
    """How many features differ."""
    distances: np.ndarray = np.not_equal(values, vector).sum(axis=1, dtype=np.float32)
    return distances


def cosine(
    values: Float32[np.ndarray, "lang feat"], vector: Float32[np.ndarray, " feat"]
) -> Float32[np.ndarray, " lang"]:
    """``1 - x y / (|x| |y|)``; a zero vector is at distance 1 from everything."""
    norms = np.linalg.norm(values, axis=1) * np.linalg.norm(vector)
    cosines: np.ndarray = np.divide(values @ vector, norms, out=np.zeros_like(norms), where=norms > 0)
    return 1 - cosines


def euclidean(
    values: Float32[np.ndarray, "lang feat"], vector: Float32[np.ndarray, " feat"]
) -> Float32[np.ndarray, " lang"]:
    """``|x - y|``."""
    distances: np.ndarray = np.linalg.norm(values - vector, axis=1)
    return distances


DISTANCES: Final[Mapping[Metric, Callable[..., np.ndarray]]] = {
    "hamming": hamming,
    "cosine": cosine,
    "euclidean": euclidean,
}
