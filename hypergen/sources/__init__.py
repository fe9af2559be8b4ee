"""Sources: what turns a language into an adapter, one file an idea."""

from hypergen.sources.averaged import AveragedAdapters, mean_weights, nearest_weights, tipa_weights
from hypergen.sources.core import (
    AdapterBank,
    AdapterSource,
    GeneratedAdapters,
    Languages,
    StoredAdapter,
    Typology,
)
from hypergen.sources.fused import FusedAdapters
from hypergen.sources.sparse import SparseAdapter
from hypergen.sources.tuned import TunedEmbeddings

__all__ = [
    "AdapterBank",
    "AdapterSource",
    "AveragedAdapters",
    "FusedAdapters",
    "GeneratedAdapters",
    "Languages",
    "SparseAdapter",
    "StoredAdapter",
    "TunedEmbeddings",
    "Typology",
    "mean_weights",
    "nearest_weights",
    "tipa_weights",
]
