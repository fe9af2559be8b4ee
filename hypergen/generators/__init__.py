"""Generators: typology vectors to adapters, one file an idea."""

from hypergen.generators.madg import Generator, MadG, MadGLS

GENERATORS: dict[str, type[MadG] | type[MadGLS]] = {"mad-g": MadG, "mad-g-ls": MadGLS}
"""Every generator under the name that bundles and configurations use."""

__all__ = ["GENERATORS", "Generator", "MadG", "MadGLS"]
