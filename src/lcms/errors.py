"""Every error that the program raises deliberately.

::

    LcmsError               exit code 1
      UserInputError        exit code 2: the user can correct it
        ConfigError             the configuration
        SheetError              the sample, level or target sheet
        ChemistryError        an impossible formula or adduct
        InitError             a project that cannot be created
      DataError             exit code 3: the acquired data cannot support the request
        MzmlError               unreadable, truncated, or neither scans nor chromatograms
        TableError              a table that breaks its schema
        ManifestError           results without a manifest, or that do not belong together
        FailureLimitError       more failed runs than allowed

Any other exception is a bug: it shows its traceback, and the exit code is 1.
"""

from typing import ClassVar


class LcmsError(Exception):
    """Base of every deliberately raised error."""

    exit_code: ClassVar[int] = 1


class UserInputError(LcmsError):
    """Input written by the user cannot be used."""

    exit_code: ClassVar[int] = 2


class ConfigError(UserInputError):
    """The configuration has an unknown key or an impossible value."""


class SheetError(UserInputError):
    """A sample, level or target sheet cannot be used."""


class ChemistryError(UserInputError):
    """An impossible formula or adduct."""


class InitError(UserInputError):
    """A project cannot be created: there are no runs, or its files exist already."""


class DataError(LcmsError):
    """The acquired data cannot support the request."""

    exit_code: ClassVar[int] = 3


class MzmlError(DataError):
    """A run is unreadable, truncated, or holds neither scans nor chromatograms."""


class TableError(DataError):
    """A table breaks its schema."""


class ManifestError(DataError):
    """Results have no manifest, or do not belong together."""


class FailureLimitError(DataError):
    """More runs failed than the configuration allows."""
