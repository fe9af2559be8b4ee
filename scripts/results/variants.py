"""The generators that are compared on development languages: what each changes, and what it is called.

A variant changes options of `GeneratorArgs`, starting from those of the main experiment (`BASE`). One that names
another in `of` is not trained: it is that one with other options that act on unseen languages only.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from hypergen.recipes.arguments import GeneratorArgs
from hypergen.typology import MADG_FEATURES

BASE: Final = GeneratorArgs(init="near_identity", feature_dropout=0.7, principal_axes=0.4)
FAM_GEO: Final = f"{MADG_FEATURES}+fam+geo"


@dataclass(frozen=True)
class Variant:
    """One generator: its name, what is said of it, and how it differs from the base."""

    name: str
    idea: str
    options: Mapping[str, Any] = field(default_factory=dict)
    of: str | None = None
    backbone_known: bool = False
    """Whether it is told which languages the backbone was trained on."""

    def arguments(self, backbone_languages: tuple[str, ...]) -> GeneratorArgs:
        """The options in full."""
        known = list(backbone_languages) if self.backbone_known else []
        return replace(BASE, known=known, **self.options)


PUBLISHED: Final = "published"
REFERENCE: Final = "mad-g"
VARIANTS: Final = (
    Variant(PUBLISHED, "faithful MAD-G: random start, nothing dropped",
            {"init": "paper", "feature_dropout": 0.0, "principal_axes": None}),
    Variant(REFERENCE, "MAD-G as in the main experiment: from the frozen backbone, principal axes, features dropped"),
    Variant("mad-g-ls", "one head for all layers", {"name": "mad-g-ls"}),
    Variant("one-for-all", "one adapter for all languages, no typology", {"typology_map": "constant"}),
    # a. what is dropped
    Variant("dropout-0.5", "fewer features dropped", {"feature_dropout": 0.5}),
    Variant("dropout-0.85", "more features dropped", {"feature_dropout": 0.85}),
    # b. family and place
    Variant("fam", "family features too", {"feature_sets": f"{MADG_FEATURES}+fam"}),
    Variant("geo", "distances on the globe too", {"feature_sets": f"{MADG_FEATURES}+geo"}),
    Variant("fam-geo", "both", {"feature_sets": FAM_GEO}),
    # c. heads, d. encoder
    Variant("factorised", "low-rank heads with slot embeddings", {"name": "factorised"}),
    Variant("factorised-4", "the same, of rank 4", {"name": "factorised", "head_rank": 4}),
    # e. what the backbone knows
    Variant("known", "told which languages the backbone knows", backbone_known=True),
    # f. vectors dropped
    Variant("vectors", "half of the time no vector, as if it were the mean language's", {"vector_dropout": 0.5}),
    Variant("vectors-fam-geo", "the same with family and place", {"feature_sets": FAM_GEO, "vector_dropout": 0.5}),
    Variant("vectors-0.25-fam-geo", "dropped less", {"feature_sets": FAM_GEO, "vector_dropout": 0.25}),
    Variant("vectors-0.75-fam-geo", "dropped more", {"feature_sets": FAM_GEO, "vector_dropout": 0.75}),
    Variant("known-vectors-fam-geo", "half of the time no vector, and told which languages the backbone knows",
            {"feature_sets": FAM_GEO, "vector_dropout": 0.5}, backbone_known=True),
    Variant("known-vectors-0.25-fam-geo", "dropped less, and told", {"feature_sets": FAM_GEO, "vector_dropout": 0.25},
            backbone_known=True),
    # g. shrinking, relatives
    Variant("shrink-0.5", "unseen languages go half of the way to the mean", {"shrinkage": 0.5}),
    Variant("shrink-0.25", "a quarter", {"shrinkage": 0.25}, of="shrink-0.5"),
    Variant("shrink-0.75", "three quarters", {"shrinkage": 0.75}, of="shrink-0.5"),
    Variant("shrink-1", "as far as they are from all", {"shrinkage": 1.0}, of="shrink-0.5"),
    *(Variant(f"known-vectors-fam-geo-shrink-{share:g}", f"known-vectors-fam-geo, shrinking by {share:g}",
              {"feature_sets": FAM_GEO, "vector_dropout": 0.5, "shrinkage": share}, of="known-vectors-fam-geo",
              backbone_known=True) for share in (0.25, 0.5, 0.75, 1.0)),
    # together
    Variant("known-fam-geo", "known, family and place", {"feature_sets": FAM_GEO}, backbone_known=True),
    Variant("known-shrink-0.5", "known, shrinking", {"shrinkage": 0.5}, backbone_known=True),
    Variant("known-factorised-fam-geo", "known, low-rank heads, family and place",
            {"feature_sets": FAM_GEO, "name": "factorised"}, backbone_known=True),
)  # fmt: skip
REMOVED: Final = (
    Variant("imputed-mask", "features as imputed, and told which were observed"),
    Variant("mean-mask", "features that nobody observed at their mean, and told"),
    Variant("reconstruction", "near to adapters trained one by one"),
    Variant("l2", "small adapters"),
    Variant("lasso", "few features"),
    Variant("residual", "an own embedding for each training language, dropped half of the time"),
    Variant("mixing", "vectors mixed in a batch, up to half"),
    Variant("perceptron", "a perceptron beside the linear map"),
    Variant("attention", "residuals averaged over relatives, beside the linear map"),
    Variant("kriging-only", "a Gaussian process over trained languages"),
    Variant("ridge-only", "ridge regression on trained languages"),
)
"""What did not help and is gone: it cannot be trained any more, but scores of it stay in the table."""


def named(names: list[str] | None) -> list[Variant]:
    """These variants, or all, in the order above, with those that they need.

    Raises:
        SystemExit: if there is no such variant.
    """
    known = {variant.name: variant for variant in VARIANTS}
    if unknown := [name for name in names or [] if name not in known]:
        raise SystemExit(f"there is no variant {unknown[0]}; there are {', '.join(known)}.")
    wanted = set(names or known)
    wanted |= {known[name].of for name in wanted if known[name].of} | {PUBLISHED, REFERENCE}  # type: ignore[arg-type]
    return [variant for variant in VARIANTS if variant.name in wanted]
