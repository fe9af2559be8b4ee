"""What the processes of a run on several devices must agree on."""

from collections.abc import Mapping

from torch import distributed

__all__ = ["summed"]


def summed(totals: Mapping[str, tuple[float, int]]) -> dict[str, tuple[float, int]]:
    """Sums and counts by name over all processes: the same in each, in order of name, whichever names each had.

    ``(sum_p s_p[name], sum_p n_p[name])``; of a process that lacks the name both are 0. With one process nothing is
    added.

    Example:
        >>> summed({"swh": (3.0, 2), "eus": (1.5, 1)})
        {'eus': (1.5, 1), 'swh': (3.0, 2)}
    """
    everywhere: list[dict[str, tuple[float, int]]] = [dict(totals)]
    if distributed.is_available() and distributed.is_initialized():
        everywhere *= distributed.get_world_size()
        distributed.all_gather_object(everywhere, dict(totals))
    names = sorted(set[str]().union(*everywhere))
    of = {name: [each.get(name, (0.0, 0)) for each in everywhere] for name in names}
    return {name: (sum(total for total, _ in several), sum(n for _, n in several)) for name, several in of.items()}
