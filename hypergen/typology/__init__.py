"""What is known of how languages work: a table of languages by features, from URIEL or a file."""

from hypergen.typology.distances import Metric
from hypergen.typology.table import TypologyTable
from hypergen.typology.uriel import MADG_FEATURES, URIEL_FEATURE_SETS

__all__ = ["MADG_FEATURES", "URIEL_FEATURE_SETS", "Metric", "TypologyTable"]
