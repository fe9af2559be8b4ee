"""The table of languages by features that every generator reads."""

import hashlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from jaxtyping import Bool, Float, Float32

from hypergen.errors import TypologyError, UnknownLanguageError
from hypergen.languages import Language, all_languages, related
from hypergen.typology.distances import DISTANCES, Metric
from hypergen.typology.files import read_csv
from hypergen.typology.uriel import MADG_FEATURES, read_uriel

if TYPE_CHECKING:
    from torch import Tensor
else:
    Tensor = Any  # torch loads when a tensor is asked for, not with this module

__all__ = ["TypologyTable"]

BESIDES: Final = ("F_", "GC_")
"""How names of features begin that say nothing of how a language works: family and place."""


@dataclass(frozen=True, eq=False)
class TypologyTable:
    """Languages by features, and which of the values anyone observed. Arrays are kept as read-only views.

    ``languages`` are the codes of the rows, ``features`` the names of the columns. ``values`` holds no missing value:
    where ``observed`` is False, ``imputation`` says what stands there.

    Example:
        >>> table = TypologyTable.from_uriel()
        >>> table.values.shape, table.row_of("swh_Latn"), round(table.coverage("yua"), 2)
        ((7970, 289), 'swh', 0.68)

    Raises:
        TypologyError: the parts do not fit together.
    """

    languages: tuple[str, ...]
    features: tuple[str, ...]
    values: Float32[np.ndarray, "lang feat"]
    observed: Bool[np.ndarray, "lang feat"]
    feature_sets: str
    imputation: str

    def __post_init__(self) -> None:
        shape = (len(self.languages), len(self.features))
        if self.values.shape != shape or self.observed.shape != shape:
            raise TypologyError(
                f"{shape[0]} languages and {shape[1]} features need values and observed of shape {shape}; "
                f"they have {self.values.shape} and {self.observed.shape}"
            )
        if len(self._index) != len(self.languages):
            twice = next(code for row, code in enumerate(self.languages) if self._index[code] != row)
            raise TypologyError(f"{twice} has two rows in the typology table; keep one")
        if not np.isfinite(self.values).all():
            raise TypologyError(
                "the typology table holds NaN or infinite values; impute them, and mark them unobserved"
            )
        for name, dtype in (("values", np.float32), ("observed", np.bool_)):
            view = np.asarray(getattr(self, name), dtype=dtype).view()
            view.flags.writeable = False
            object.__setattr__(self, name, view)

    @classmethod
    def from_uriel(cls, feature_sets: str = MADG_FEATURES) -> "TypologyTable":
        """URIEL's features in lang2vec's own order: sets joined by ``+``, or by ``|`` into their elementwise maximum.

        ``_knn``: observed where any source has a value. ``URIEL_FEATURE_SETS`` lists all.

        Example:
            >>> TypologyTable.from_uriel("syntax_average+geo").values.shape
            (7970, 402)

        Raises:
            TypologyError: there is no such feature set, or sets of different features are joined by ``|``.
        """
        found = read_uriel(feature_sets)
        return cls(found.languages, found.features, found.values, found.observed, feature_sets, found.imputation)

    @classmethod
    def from_csv(cls, path: Path | str) -> "TypologyTable":
        """A table of one's own: a header, then a language code and one number a feature; an empty cell is missing (0).

        Codes may be aliases. Invented languages take ISO 639-3's private codes, ``qaa`` to ``qtz``, or begin ``x-``.

        Raises:
            TypologyError: the file is not such a table; the message names the line.
        """
        languages, features, values = read_csv(Path(path))
        observed = ~np.isnan(values)
        filled = np.where(observed, values, np.float32(0))
        return cls(languages, features, filled, observed, Path(path).name, "0 where the file has no value")

    def row_of(self, language: str) -> str:
        """The code of the row that stands for a language: its own, or a related one with more observed features.

        Related are its macro-language and that one's members: URIEL's sources often recorded ``ara`` where a text says
        ``arb``. A tie goes to the language's own row.

        Example:
            >>> TypologyTable.from_uriel().row_of("ory"), TypologyTable.from_uriel().row_of("zh_Hans")
            ('ori', 'zho')

        Raises:
            UnknownLanguageError: the text names no language.
            TypologyError: none of these codes has a row; the message names relatives that have.
        """
        try:
            codes = [code for code in related(language) if code in self._index]
        except UnknownLanguageError:
            if language not in self._index:
                raise
            codes = []
        if codes:
            return max(codes, key=lambda code: self._num_observed[self._index[code]])
        if language in self._index:  # an invented language, or an alias as a row: known to its table alone
            return language
        raise TypologyError(self._instead_of(Language.parse(language)))

    def vectors(self, languages: Sequence[str]) -> Float[Tensor, "lang feat"]:
        """The feature values of each language, as float32."""
        import torch

        return torch.from_numpy(self.values[self._rows(languages)])

    def mask(self, languages: Sequence[str]) -> Bool[Tensor, "lang feat"]:
        """Which feature values of each language were observed."""
        import torch

        return torch.from_numpy(self.observed[self._rows(languages)])

    def coverage(self, language: str) -> float:
        """The share of features observed in the language's row, 0 to 1; families and places, always known, left out."""
        return float(self.typological.observed[self._index[self.row_of(language)]].mean())

    @cached_property
    def typological(self) -> "TypologyTable":
        """The table without families, places and masks: how languages work; as it is if nothing would be left."""
        columns = [column for column, name in enumerate(self.features) if not name.startswith(BESIDES)]
        if len(columns) in (0, len(self.features)):
            return self
        names = tuple(self.features[column] for column in columns)
        return replace(self, features=names, values=self.values[:, columns], observed=self.observed[:, columns])

    def duplicates(self, language: str) -> tuple[str, ...]:
        """The other rows with exactly the same values: a generator gives these languages the same adapter."""
        row = self._index[self.row_of(language)]
        same = np.flatnonzero((self.values == self.values[row]).all(axis=1))
        return tuple(self.languages[other] for other in same if other != row)

    def nearest(
        self, language: str, *, k: int = 5, among: Collection[str] | None = None, metric: Metric = "hamming"
    ) -> list[tuple[str, float]]:
        """The ``k`` nearest other languages of the table, or of ``among``, with distances; ties in the codes' order.

        A language for which the same row stands is no other language, whatever its code; there may be fewer than ``k``.
        ``hamming`` counts the features that differ, ``cosine`` is ``1 - x y / (|x| |y|)``, ``euclidean`` ``|x - y|``.

        Example:
            >>> TypologyTable.from_uriel().nearest("swh", k=1, among=["zul", "swe"])
            [('zul', 29.0)]

        Raises:
            TypologyError: a language has no row, ``k`` is below 1, or there is no such metric.
        """
        if metric not in DISTANCES:
            raise TypologyError(f"there is no metric {metric!r}; metrics are {', '.join(DISTANCES)}")
        if k < 1:
            raise TypologyError(f"k is {k}, the number of nearest languages; ask for 1 or more")
        own = self.row_of(language)
        if among is None:
            others = [code for code, row in self._row_of_row.items() if row != own]
            rows = [self._index[code] for code in others]
        else:
            others = [code for code in among if self.row_of(code) != own]
            rows = self._rows(others)
        distances = DISTANCES[metric](self.values[rows], self.values[self._index[own]])
        ranked = sorted(zip(distances.tolist(), others, strict=True))
        return [(code, distance) for distance, code in ranked[:k]]

    def select(self, languages: Iterable[str]) -> "TypologyTable":
        """The table with only the rows that stand for these languages, in their order, each once."""
        codes = tuple(dict.fromkeys(self.row_of(language) for language in languages))
        rows = [self._index[code] for code in codes]
        return replace(self, languages=codes, values=self.values[rows], observed=self.observed[rows])

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256, in hexadecimal, of languages, features, values and observed mask."""
        digest = hashlib.sha256()
        for names in (self.languages, self.features):
            digest.update("\n".join([str(len(names)), *names, ""]).encode())
        digest.update(self.values.astype("<f4").tobytes())
        digest.update(self.observed.astype("?").tobytes())
        return digest.hexdigest()

    @cached_property
    def _index(self) -> dict[str, int]:
        return {code: row for row, code in enumerate(self.languages)}

    @cached_property
    def _row_of_row(self) -> dict[str, str]:
        return {code: self.row_of(code) for code in self.languages}

    @cached_property
    def _num_observed(self) -> list[int]:
        counts: list[int] = self.observed.sum(axis=1).tolist()
        return counts

    def _rows(self, languages: Iterable[str]) -> list[int]:
        return [self._index[self.row_of(language)] for language in languages]

    def _instead_of(self, language: Language) -> str:
        """The sentence for a language without a row: its relatives that have one, genus first, best known first."""
        relatives = [
            other
            for other in all_languages()
            if other.iso3 in self._index and other.family is not None and other.family == language.family
        ]
        relatives.sort(key=lambda other: (other.genus != language.genus, -self._num_observed[self._index[other.iso3]]))
        near = ", ".join(f"{other.iso3} ({other.name})" for other in relatives[:5])
        return f"the typology table has no row for {language.iso3} ({language.name}); " + (
            f"of its family {language.family} it has {near}; give one of these, or a CSV table with a row for it"
            if near
            else f"nor has it any of its family {language.family}; give a CSV table with a row for it"
        )
