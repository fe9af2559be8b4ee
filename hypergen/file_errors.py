"""What the operating system says of a file, as a sentence for a person."""

import errno

__all__ = ["about_file"]


def about_file(error: OSError) -> str:
    """What went wrong with a file, and what to do about it."""
    if error.errno is None:  # raised by a library with a text of its own
        return str(error) or type(error).__name__
    what = f"'{error.filename}'" if error.filename is not None else "a file"
    match error.errno:
        case errno.ENOENT:
            return f"there is no file or directory {what}; check the path."
        case errno.EACCES | errno.EPERM:
            return f"no permission to use {what}; change its permissions or choose another path."
        case errno.EROFS:
            return f"{what} is on a read-only file system; choose another path."
        case errno.EISDIR:
            return f"{what} is a directory where a file was expected; name a file."
        case errno.ENOTDIR:
            return f"{what} is a file, or lies below one, where a directory was expected; choose another path."
        case errno.ENOSPC | errno.EDQUOT:
            return f"no space is left to write {what}; free some, or write to another disk."
        case _:
            return f"{what}: {error.strerror}."
