"""Adapters as other libraries keep them: AdapterHub's `adapters` and PEFT, written and read."""

from hypergen.export.adapterhub import from_adapterhub, to_adapterhub
from hypergen.export.adapterhub_head import head_files, why_no_head
from hypergen.export.card import Card
from hypergen.export.peft import from_peft, to_peft

__all__ = ["Card", "from_adapterhub", "from_peft", "head_files", "to_adapterhub", "to_peft", "why_no_head"]
