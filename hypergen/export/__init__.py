"""Adapters as other libraries keep them: AdapterHub's `adapters` and PEFT, written and read."""

from hypergen.export.adapterhub import from_adapterhub, to_adapterhub
from hypergen.export.card import Card
from hypergen.export.peft import from_peft, to_peft

__all__ = ["Card", "from_adapterhub", "from_peft", "to_adapterhub", "to_peft"]
