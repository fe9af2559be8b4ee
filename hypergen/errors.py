"""The errors hypergen raises: each message is one sentence for a person, saying what was given and what to do next."""

__all__ = [
    "BackboneError",
    "BundleError",
    "CorpusError",
    "ExportError",
    "HypergenError",
    "NoSplitError",
    "TaskError",
    "TypologyError",
    "UnknownLanguageError",
]


class HypergenError(ValueError):
    """What was given, what was expected, and the next step, in one sentence.

    Example:
        >>> raise HypergenError("rank is 0; a low-rank adapter needs at least 1")
        Traceback (most recent call last):
        ...
        hypergen.errors.HypergenError: rank is 0; a low-rank adapter needs at least 1
    """


class UnknownLanguageError(HypergenError):
    """A text names no language in hypergen's table."""


class TypologyError(HypergenError):
    """A typology table lacks a language or feature set, or a file that should hold one cannot be read."""


class CorpusError(HypergenError):
    """A corpus is missing, empty or not in the format it was said to be in."""


class TaskError(HypergenError):
    """Labelled data are missing or malformed, or do not fit the task they are for."""


class NoSplitError(TaskError):
    """There is no such split of the labelled data, or none of a language that was asked for."""


class BundleError(HypergenError):
    """A bundle directory is incomplete, damaged, or does not fit the backbone or typology it meets."""


class BackboneError(HypergenError):
    """A backbone cannot be loaded, or has no site where an adapter was to act."""


class ExportError(HypergenError):
    """An adapter cannot be written in another library's format, or read from it, and compute the same."""
