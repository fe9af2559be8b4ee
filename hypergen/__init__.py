"""Language adapters for frozen multilingual models, generated from the typology of a language.

A *site* is a module of the frozen backbone, an *adapter* a map on that module's input and output, and a *source* turns
a language into an adapter. The model takes adapters as arguments of the call:

    import hypergen as hg

    bundle = hg.Bundle.load("runs/madg/bundle")
    model = bundle.model(hg.load_backbone("bert-base-multilingual-cased"))
    logits = model(adapters=[bundle.source("yua")], **batch).logits

Importing this package is cheap: a public name loads its module, and with it torch or transformers, on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hypergen import export
    from hypergen.adapters.bottleneck import BottleneckSpec
    from hypergen.adapters.chain import ChainSpec, chain, unchain
    from hypergen.adapters.core import Adapter, AdapterSpec, Layout, Site, Slot, stack
    from hypergen.adapters.fused import FusedSpec, fuse
    from hypergen.adapters.fusion import FusionSpec, fusion_of, fusion_penalty
    from hypergen.adapters.invertible import InvertibleSpec
    from hypergen.adapters.lora import LoraSpec
    from hypergen.backbones import fingerprint_of, load_backbone, load_tokenizer, sites_of
    from hypergen.bundle import Bundle
    from hypergen.data.corpora import Corpus, text_corpora
    from hypergen.data.glotcc import glotcc_corpora
    from hypergen.data.modules import CorpusModule
    from hypergen.data.tasks.encoding import Encoder
    from hypergen.data.tasks.sentences import Sentence
    from hypergen.data.tasks.task import Task
    from hypergen.errors import HypergenError
    from hypergen.generators.composed import ComposedEncoder
    from hypergen.generators.factorised import Factorised
    from hypergen.generators.madg import Generator, MadG, MadGLS
    from hypergen.languages import Language
    from hypergen.model import AdaptedModel
    from hypergen.recipes.finetuning import Finetuned, finetune
    from hypergen.sources import (
        AdapterBank,
        AdapterSource,
        AveragedAdapters,
        FusedAdapters,
        GeneratedAdapters,
        LearnedEmbeddings,
        LineageAdapters,
        OneForAll,
        SparseAdapter,
        StoredAdapter,
        TunedEmbeddings,
        ZgulAdapters,
        mean_weights,
        nearest_weights,
        tipa_weights,
    )
    from hypergen.task_bundle import TaskBundle
    from hypergen.task_model import TaskModel
    from hypergen.training.mlm import GeneratorModule
    from hypergen.training.tasks import TaskModule
    from hypergen.typology import TypologyTable

__version__ = "0.1.0"

__all__ = [
    "AdaptedModel",
    "Adapter",
    "AdapterBank",
    "AdapterSource",
    "AdapterSpec",
    "AveragedAdapters",
    "BottleneckSpec",
    "Bundle",
    "ChainSpec",
    "ComposedEncoder",
    "Corpus",
    "CorpusModule",
    "Encoder",
    "Factorised",
    "Finetuned",
    "FusedAdapters",
    "FusedSpec",
    "FusionSpec",
    "GeneratedAdapters",
    "Generator",
    "GeneratorModule",
    "HypergenError",
    "InvertibleSpec",
    "Language",
    "Layout",
    "LearnedEmbeddings",
    "LineageAdapters",
    "LoraSpec",
    "MadG",
    "MadGLS",
    "OneForAll",
    "Sentence",
    "Site",
    "Slot",
    "SparseAdapter",
    "StoredAdapter",
    "Task",
    "TaskBundle",
    "TaskModel",
    "TaskModule",
    "TunedEmbeddings",
    "TypologyTable",
    "ZgulAdapters",
    "__version__",
    "chain",
    "export",
    "finetune",
    "fingerprint_of",
    "fuse",
    "fusion_of",
    "fusion_penalty",
    "glotcc_corpora",
    "load_backbone",
    "load_tokenizer",
    "mean_weights",
    "nearest_weights",
    "sites_of",
    "stack",
    "text_corpora",
    "tipa_weights",
    "unchain",
]

_HOMES = {
    "AdaptedModel": "hypergen.model",
    "Adapter": "hypergen.adapters.core",
    "AdapterBank": "hypergen.sources",
    "AdapterSource": "hypergen.sources",
    "AdapterSpec": "hypergen.adapters.core",
    "AveragedAdapters": "hypergen.sources",
    "BottleneckSpec": "hypergen.adapters.bottleneck",
    "Bundle": "hypergen.bundle",
    "ChainSpec": "hypergen.adapters.chain",
    "ComposedEncoder": "hypergen.generators.composed",
    "Corpus": "hypergen.data.corpora",
    "CorpusModule": "hypergen.data.modules",
    "Encoder": "hypergen.data.tasks.encoding",
    "Factorised": "hypergen.generators.factorised",
    "Finetuned": "hypergen.recipes.finetuning",
    "FusedAdapters": "hypergen.sources",
    "FusedSpec": "hypergen.adapters.fused",
    "FusionSpec": "hypergen.adapters.fusion",
    "GeneratedAdapters": "hypergen.sources",
    "Generator": "hypergen.generators.madg",
    "GeneratorModule": "hypergen.training.mlm",
    "HypergenError": "hypergen.errors",
    "InvertibleSpec": "hypergen.adapters.invertible",
    "Language": "hypergen.languages",
    "Layout": "hypergen.adapters.core",
    "LearnedEmbeddings": "hypergen.sources",
    "LineageAdapters": "hypergen.sources",
    "LoraSpec": "hypergen.adapters.lora",
    "MadG": "hypergen.generators.madg",
    "MadGLS": "hypergen.generators.madg",
    "OneForAll": "hypergen.sources",
    "Sentence": "hypergen.data.tasks.sentences",
    "Site": "hypergen.adapters.core",
    "Slot": "hypergen.adapters.core",
    "SparseAdapter": "hypergen.sources",
    "StoredAdapter": "hypergen.sources",
    "Task": "hypergen.data.tasks.task",
    "TaskBundle": "hypergen.task_bundle",
    "TaskModel": "hypergen.task_model",
    "TaskModule": "hypergen.training.tasks",
    "TunedEmbeddings": "hypergen.sources",
    "TypologyTable": "hypergen.typology",
    "ZgulAdapters": "hypergen.sources",
    "chain": "hypergen.adapters.chain",
    "export": "hypergen.export",
    "finetune": "hypergen.recipes.finetuning",
    "fingerprint_of": "hypergen.backbones",
    "fuse": "hypergen.adapters.fused",
    "fusion_of": "hypergen.adapters.fusion",
    "fusion_penalty": "hypergen.adapters.fusion",
    "glotcc_corpora": "hypergen.data.glotcc",
    "load_backbone": "hypergen.backbones",
    "load_tokenizer": "hypergen.backbones",
    "mean_weights": "hypergen.sources",
    "nearest_weights": "hypergen.sources",
    "sites_of": "hypergen.backbones",
    "stack": "hypergen.adapters.core",
    "text_corpora": "hypergen.data.corpora",
    "tipa_weights": "hypergen.sources",
    "unchain": "hypergen.adapters.chain",
}

if not TYPE_CHECKING:  # a type checker reads the imports above instead, and so still reports a name that does not exist

    def __getattr__(name: str) -> object:
        """Load a public name from its home on first use (PEP 562)."""
        if name not in _HOMES:
            raise AttributeError(f"module 'hypergen' has no attribute {name!r}; it offers {', '.join(__all__)}.")
        home = import_module(_HOMES[name])
        value = home if home.__name__ == f"{__name__}.{name}" else getattr(home, name)
        globals()[name] = value
        return value

    def __dir__() -> list[str]:
        """The names of the module, loaded or not."""
        return sorted({*globals(), *__all__})
