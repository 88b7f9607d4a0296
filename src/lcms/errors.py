"""Every error raised on purpose.

::

    LcmsError               exit code 1
      UserInputError        exit code 2: the person running the pipeline can fix it
        ConfigError             the configuration
        SheetError              the sample, level or target sheet
        ChemistryError          a formula or an adduct that cannot be
        InitError               a project that cannot be laid out
      DataError             exit code 3: the acquired data cannot support the request
        MzmlError               unreadable, truncated, or neither scans nor chromatograms
        TableError              a table that breaks its schema
        FailureLimitError       more failed runs than allowed

Anything else that is raised is a defect of ours: it shows its traceback and exits with 1.
"""

from typing import ClassVar


class LcmsError(Exception):
    """Base of every error raised on purpose."""

    exit_code: ClassVar[int] = 1


class UserInputError(LcmsError):
    """Something the person running the pipeline wrote cannot be used."""

    exit_code: ClassVar[int] = 2


class ConfigError(UserInputError):
    """The configuration has an unknown key or an impossible value."""


class SheetError(UserInputError):
    """A sample, level or target sheet cannot be used."""


class ChemistryError(UserInputError):
    """A formula or an adduct that cannot be."""


class InitError(UserInputError):
    """A project cannot be laid out: no runs are there, or its files are there already."""


class DataError(LcmsError):
    """The acquired data cannot support the request."""

    exit_code: ClassVar[int] = 3


class MzmlError(DataError):
    """A run is unreadable, truncated, or holds neither scans nor chromatograms."""


class TableError(DataError):
    """A table breaks its schema."""


class FailureLimitError(DataError):
    """More runs failed than the configuration allows."""
