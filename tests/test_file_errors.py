import errno
import re

import pytest

from hypergen.file_errors import about_file


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(errno.ENOENT, "No such file", "f"), "no file or directory 'f'"),
        (PermissionError(errno.EACCES, "Permission denied", "f"), "no permission to use 'f'"),
        (NotADirectoryError(errno.ENOTDIR, "Not a directory", "f"), "'f' is a file"),
        (
            FileExistsError(errno.EEXIST, "File exists", "f"),
            "'f' is a file, or lies below one, .*; choose another path",
        ),
        (OSError(errno.ENAMETOOLONG, "File name too long", "f"), "the path 'f' is too long .*; choose a shorter one"),
        (IsADirectoryError(errno.EISDIR, "Is a directory", "f"), "'f' is a directory"),
        (OSError(errno.EROFS, "Read-only file system", "f"), "read-only"),
        (OSError(errno.ENOSPC, "No space left on device", "f"), "no space is left to write 'f'"),
        (OSError(errno.EIO, "Input/output error"), "a file: Input/output error"),
        (OSError("a library's own text"), "a library's own text"),
        (OSError(), "OSError"),
    ],
)
def test_what_went_wrong_with_a_file_is_named(error, words):
    assert re.search(words, about_file(error))
