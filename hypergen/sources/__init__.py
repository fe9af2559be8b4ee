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
from hypergen.sources.learned import LearnedEmbeddings
from hypergen.sources.lineage import LineageAdapters, lineage_of
from hypergen.sources.same import OneForAll
from hypergen.sources.sparse import SparseAdapter, SparseBank
from hypergen.sources.tuned import TunedEmbeddings
from hypergen.sources.zgul import ZgulAdapters

__all__ = [
    "AdapterBank",
    "AdapterSource",
    "AveragedAdapters",
    "FusedAdapters",
    "GeneratedAdapters",
    "Languages",
    "LearnedEmbeddings",
    "LineageAdapters",
    "OneForAll",
    "SparseAdapter",
    "SparseBank",
    "StoredAdapter",
    "TunedEmbeddings",
    "Typology",
    "ZgulAdapters",
    "lineage_of",
    "mean_weights",
    "nearest_weights",
    "tipa_weights",
]
