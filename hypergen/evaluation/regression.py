"""What a language gains, regressed on how much of it the backbone and the adapter have read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from hypergen.evaluation.statistics import StatisticsError

__all__ = ["Coefficient", "Regression", "regress_gain"]


@dataclass(frozen=True)
class Coefficient:
    """What one thing adds to the gain, and the middle 95 % of it over draws of genera."""

    name: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Regression:
    """``gain = b_0 + sum_k b_k log10(1 + tokens_k)``, by least squares."""

    coefficients: tuple[Coefficient, ...]
    """``intercept`` first."""
    r2: float
    """Share of the variance of the gain that is explained."""
    languages: int

    def __call__(self, tokens: Mapping[str, int]) -> float:
        """The gain that is expected after so many tokens of each kind."""
        intercept, *others = self.coefficients
        return intercept.value + sum(each.value * float(np.log10(1 + tokens[each.name])) for each in others)


def regress_gain(
    gain: Mapping[str, float],
    tokens: Mapping[str, Mapping[str, int]],
    *,
    genus: Mapping[str, str],
    resamples: int = 2000,
    seed: int = 0,
) -> Regression:
    """Regress each language's gain on its tokens, such as those of the backbone and those of the adapter.

    A coefficient is the gain from ten times as many tokens. Intervals are over genera drawn with replacement, since
    relatives are no independent observations.

    Args:
        gain: By language.
        tokens: Kind of tokens -> language -> how many.
        genus: By language.
        resamples: Draws of genera.
        seed: Of the draws.

    Raises:
        StatisticsError: If tokens or genus of a language are missing, or there are too few languages, or all have as
            many tokens of a kind.

    Example:
        >>> counts = {"swh": 9, "yor": 99, "yua": 999, "quy": 9999}
        >>> gains = {"swh": 3.0, "yor": 2.5, "yua": 2.0, "quy": 1.5}
        >>> found = regress_gain(gains, {"backbone": counts}, genus={code: code for code in gains})
        >>> [(each.name, round(each.value, 2)) for each in found.coefficients], round(found.r2, 2)
        ([('intercept', 3.5), ('backbone', -0.5)], 1.0)
    """
    languages = sorted(gain)
    for name, several in (*tokens.items(), ("genus", genus)):
        if missing := [language for language in languages if language not in several]:
            raise StatisticsError(f"{name} of {missing[0]} is not given; give it, or leave the language out.")
    y = np.array([gain[language] for language in languages])
    x = np.stack([np.ones(len(languages)), *(_log(tokens[name], languages) for name in tokens)], axis=1)
    if len(languages) <= x.shape[1] or np.linalg.matrix_rank(x) < x.shape[1]:
        raise StatisticsError(
            f"{len(languages)} languages cannot tell {x.shape[1]} coefficients apart; give more, with different "
            "numbers of tokens of each kind."
        )
    best = _fit(x, y)
    rng = np.random.default_rng(seed)
    groups: dict[str, list[int]] = {}
    for place, language in enumerate(languages):
        groups.setdefault(genus[language], []).append(place)
    members = list(groups.values())
    draws = []
    for _ in range(resamples):
        rows = np.concatenate([members[i] for i in rng.integers(len(members), size=len(members))])
        if np.linalg.matrix_rank(x[rows]) == x.shape[1]:
            draws.append(_fit(x[rows], y[rows]))
    low, high = np.percentile(np.stack(draws), [2.5, 97.5], axis=0) if draws else (best * np.nan, best * np.nan)
    spread = float(((y - y.mean()) ** 2).sum())
    return Regression(
        coefficients=tuple(
            Coefficient(name, float(best[k]), float(low[k]), float(high[k]))
            for k, name in enumerate(("intercept", *tokens))
        ),
        r2=1 - float(((y - x @ best) ** 2).sum()) / spread if spread else float("nan"),
        languages=len(languages),
    )


def _log(tokens: Mapping[str, int], languages: Sequence[str]) -> Float[np.ndarray, " lang"]:
    return np.log10(1 + np.array([tokens[language] for language in languages], dtype=np.float64))


def _fit(x: Float[np.ndarray, "lang k"], y: Float[np.ndarray, " lang"]) -> Float[np.ndarray, " k"]:
    best: Float[np.ndarray, " k"] = np.linalg.lstsq(x, y, rcond=None)[0]
    return best
