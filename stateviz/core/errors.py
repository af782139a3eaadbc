"""The errors a user can meet. Each message says what came, what was expected, and what to do."""

from stateviz.core.escapes import printable


class StatevizError(Exception):
    """Base of every error raised on purpose; the command line prints it as one line and exits 1.

    Names out of a user's file may hold line breaks, which are told as spaces, and what a terminal would obey, which is
    told as escapes.
    """

    def __init__(self, *args: object) -> None:
        super().__init__(*(printable(" ".join(a.splitlines())) if isinstance(a, str) else a for a in args))


class InputError(StatevizError, ValueError):
    """A value, array, text or option that cannot be used as given."""


class UnknownNameError(StatevizError, KeyError):
    """A name that is in no table row. The message lists the choices and the nearest one."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # KeyError would print the repr


class FileError(StatevizError, OSError):
    """A file that is missing, unreadable, of another format, or cannot be written."""


class MismatchError(InputError):
    """Two things that were made for different units, sites or models."""


class MissingExtraError(StatevizError, ImportError):
    """An optional package is not installed; the message names the command that installs it."""
