"""What goes wrong: one class for all of it, and two for what Python has a class of its own for."""
from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Iterator
from typing import Any, TypeAlias

Path: TypeAlias = "str | os.PathLike[str]"


class Error(Exception):
    """What the library says went wrong: one sentence with what, in which file, and what to do."""


class ArgumentError(Error, ValueError):
    """An argument is wrong by itself: a name that there is not, a number out of its range, a shape that does not fit."""


class MissingFileError(Error, FileNotFoundError):
    """A file or folder that was named is not there."""

    def __str__(self) -> str:
        return str(self.args[0])

    def __reduce__(self) -> tuple[Any, ...]:
        return _missing_file, (str(self), self.filename)


def _missing_file(message: str, path: str | None) -> MissingFileError:
    error = MissingFileError(message)
    error.errno, error.filename = errno.ENOENT, path
    return error


@contextlib.contextmanager
def reading(*paths: Path | None) -> Iterator[None]:
    """An Error that comes while one of these is not there is a MissingFileError."""
    try:
        yield
    except ArgumentError:
        raise
    except Error as error:
        for path in paths:
            if path is not None and not os.path.exists(path):
                raise _missing_file(str(error), os.fspath(path)) from None
        raise


def checked_path(path: Path | None) -> str:
    """Nothing as the empty path, which the library takes so."""
    if path is None:
        return ""
    try:
        return os.fsdecode(path)
    except TypeError:
        raise ArgumentError(f"a path is a str or os.PathLike, not {type(path).__name__}") from None
