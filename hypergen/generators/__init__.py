"""Generators: typology vectors to adapters, one file an idea."""

from hypergen.generators.building import build, current
from hypergen.generators.composed import ComposedEncoder
from hypergen.generators.factorised import Factorised
from hypergen.generators.madg import Generator, MadG, MadGLS

GENERATORS: dict[str, type[MadG] | type[MadGLS] | type[Factorised]] = {
    "mad-g": MadG,
    "mad-g-ls": MadGLS,
    "factorised": Factorised,
}
"""Every generator under the name that bundles and configurations use."""

__all__ = ["GENERATORS", "ComposedEncoder", "Factorised", "Generator", "MadG", "MadGLS", "build", "current"]
