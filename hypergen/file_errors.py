"""What the operating system says of a file, as a sentence for a person."""

import errno
from typing import Final

__all__ = ["about_file"]

_NO_PERMISSION = "no permission to use {}; change its permissions or choose another path."
_NO_DIRECTORY = "{} is a file, or lies below one, where a directory was expected; choose another path."
_NO_SPACE = "no space is left to write {}; free some, or write to another disk."
_SENTENCES: Final[dict[int, str]] = {
    errno.ENOENT: "there is no file or directory {}; check the path.",
    errno.EACCES: _NO_PERMISSION,
    errno.EPERM: _NO_PERMISSION,
    errno.EROFS: "{} is on a read-only file system; choose another path.",
    errno.EISDIR: "{} is a directory where a file was expected; name a file.",
    errno.ENOTDIR: _NO_DIRECTORY,
    errno.EEXIST: _NO_DIRECTORY,  # of a directory that was to be made
    errno.ENAMETOOLONG: "the path {} is too long for this file system; choose a shorter one.",
    errno.ENOSPC: _NO_SPACE,
    errno.EDQUOT: _NO_SPACE,
}


def about_file(error: OSError) -> str:
    """What went wrong with a file, and what to do about it."""
    if error.errno is None:  # raised by a library with a text of its own
        return str(error) or type(error).__name__
    what = f"'{error.filename}'" if error.filename is not None else "a file"
    if error.errno in _SENTENCES:
        return _SENTENCES[error.errno].format(what)
    return f"{what}: {error.strerror}."
