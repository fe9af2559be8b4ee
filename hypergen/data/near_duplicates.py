"""Near-duplicates among the documents of a language: by MinHash of their letters, from the library rensa."""

from typing import Any

from hypergen.errors import CorpusError

__all__ = ["NearDuplicates"]

_LETTERS = 5
_BANDS, _ROWS = 20, 6
_SEED = 42


class NearDuplicates:
    """Documents seen so far, and whether one is almost the same as one of them.

    A document is the set of its runs of five letters or digits, upper and lower case alike: no words, so that scripts
    without spaces are treated like others. Two are near-duplicates if MinHash estimates the Jaccard index of their
    sets, ``|A & B| / |A | B|``, at the threshold or above. Of two that share 0.8, 20 bands of 6 hashes compare
    ``1 - (1 - 0.8^6)^20 = 99.8 %``. Memory is about a kilobyte a document.

    Args:
        threshold: from above 0 to 1; 1 is equal sets.

    Raises:
        CorpusError: a threshold out of range, or rensa is not installed.

    References:
        Broder (1997), On the resemblance and containment of documents; rensa, https://github.com/beowolx/rensa.
    """

    def __init__(self, *, threshold: float = 0.8) -> None:
        if not 0 < threshold <= 1:
            raise CorpusError(f"The threshold of near-duplicates is {threshold}; expected above 0 and at most 1.")
        try:
            import rensa
        except ImportError as error:
            raise CorpusError(
                "Near-duplicates need the package rensa: pip install -e '.[corpora]' in hypergen's directory, or keep "
                "them all with --rules.near_duplicates null."
            ) from error
        self._sketch: Any = rensa.RMinHash
        self._index = rensa.RMinHashLSH(threshold=threshold, num_perm=_BANDS * _ROWS, num_bands=_BANDS)
        self._threshold = threshold
        self._kept: list[Any] = []

    def add(self, document: str) -> bool:
        """Whether the document is unlike all before it, in which case it is one of them from now on."""
        sketch = self._sketch(num_perm=_BANDS * _ROWS, seed=_SEED)
        sketch.update(_runs(document))
        if any(sketch.jaccard(self._kept[i]) >= self._threshold for i in self._index.query(sketch)):
            return False
        self._index.insert(len(self._kept), sketch)
        self._kept.append(sketch)
        return True


def _runs(document: str) -> list[str]:
    letters = "".join(filter(str.isalnum, document.casefold()))
    return [letters[i : i + _LETTERS] for i in range(len(letters) - _LETTERS + 1)] or [letters]
