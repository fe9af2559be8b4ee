"""ConceptNet's edges as sentences: what stands between start and end, for each relation, in the published tables."""

from typing import Final, Literal

__all__ = ["PREDICATES_12", "PREDICATES_33", "predicates", "sentence"]

PREDICATES_12: Final = {
    "Antonym": "is the opposite of",
    "DerivedFrom": "is derived from",
    "EtymologicallyDerivedFrom": "is etymologically derived from",
    "EtymologicallyRelatedTo": "is etymologically related to",
    "FormOf": "is a form of",
    "HasContext": "has context of",
    "IsA": "is a type of",
    "RelatedTo": "is related to",
    "SimilarTo": "is similar to",
    "Synonym": "is a synonym of",
    "SymbolOf": "is a symbol of",
    "DistinctFrom": "is distinct from",
}
"""Gurgurov et al. (2024), https://arxiv.org/abs/2407.01406."""

PREDICATES_33: Final = {
    **PREDICATES_12,
    "PartOf": "is a part of",
    "HasA": "belongs to",
    "UsedFor": "is used for",
    "AtLocation": "is a typical location for",
    "Causes": "causes",
    "CausesDesire": "makes someone want",
    "MadeOf": "is made of",
    "ReceivesAction": "receives action of",
    "HasSubevent": "is a subevent of",
    "HasFirstSubevent": "is an event that begins with subevent",
    "HasLastSubevent": "is an event that concludes with subevent",
    "HasPrerequisite": "has prerequisite of",
    "HasProperty": "can be described as",
    "MotivatedByGoal": "is a step toward accomplishing the goal",
    "ObstructedBy": "is an obstacle in the way of",
    "Desires": "is a conscious entity that typically wants",
    "CreatedBy": "is a process or agent that creates",
    "CapableOf": "is capable of",
    "HasContext": "is a word used in the context of",
    "SymbolOf": "symbolically represents",
    "DefinedAs": "is a more explanatory version of",
    "MannerOf": "is a specific way to do",
    "LocatedNear": "is typically found near",
}
"""Gurgurov et al. (2025), https://arxiv.org/abs/2502.10140."""

_CORRECTED: Final = {
    "HasA": "has",
    "AtLocation": "is typically located at",
    "HasSubevent": "has the subevent",
    "ObstructedBy": "is obstructed by",
    "CreatedBy": "is created by",
    "DefinedAs": "is defined as",
}
"""The six published wordings that run against ConceptNet's own direction, turned round."""


def predicates(
    num: Literal[12, 33] = 33, *, wording: Literal["published", "corrected"] = "corrected"
) -> dict[str, str]:
    """What stands between start and end, by relation.

    Six of the published 33 run against ConceptNet's own direction: the edge (bird, HasA, wing) reads "bird belongs to
    wing". ``corrected`` words these anew and leaves the others as they are. Among the 12 there is none.

    Args:
        num: 12 relations (2024) or 33 (2025).
        wording: as published, or with every sentence true of its edge.

    Example:
        >>> predicates(33, wording="published")["HasA"], predicates(33)["HasA"]
        ('belongs to', 'has')
    """
    if num == 12:
        return dict(PREDICATES_12)
    return {**PREDICATES_33, **(_CORRECTED if wording == "corrected" else {})}


def sentence(start: str, predicate: str, end: str) -> str:
    """``"{start} {predicate} {end}."``, the sentence of an edge.

    Example:
        >>> sentence("pensel", PREDICATES_12["EtymologicallyDerivedFrom"], "pencil")
        'pensel is etymologically derived from pencil.'
    """
    return f"{start} {predicate} {end}."
