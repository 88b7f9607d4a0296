"""Reads runs: the only place that knows mzML, and the place where minutes become seconds."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lcms.io.mzml.arrays import UnusualError
from lcms.io.mzml.fast_reader import read_fast, read_fast_at
from lcms.io.mzml.text import read_polarity, read_start_time
from lcms.io.mzml.visitor import Gate, Visitor
from lcms.model import RunFacts, ScanOffsets, Wanted

__all__ = ["Visitor", "read_places", "read_polarity", "read_run", "read_start_time"]

V = TypeVar("V", bound=Visitor)


def read_run(
    path: Path, new_visitor: Callable[[], V], wanted: Wanted | None = None
) -> tuple[RunFacts, V]:
    """Read a run once, handing what is wanted of it to a visitor in the order of the file.

    Parameters
    ----------
    path : Path
        `.mzML` or `.mzML.gz`.
    new_visitor : callable
        Returns a Visitor: times in seconds, m/z ascending, never more than one scan at a time.
        It is called again where a file turns out to need the slow reader, and only the last
        visitor counts. What a visitor raises comes through unchanged.
    wanted : Wanted, optional
        What is handed on; without it whole MS1 scans.

    Returns
    -------
    tuple of RunFacts and a visitor
        What the file says of the run, and the visitor that has taken it.

    Raises
    ------
    MzmlError
        If the file is missing, is no mzML, is cut short, holds neither MS1 scans nor
        chromatograms nor what is wanted, holds fewer spectra than it declares, gives scan times
        without a unit, in descending order or not at all, or gives intensities that are no
        numbers.
    """
    chosen = wanted or Wanted()
    visitor = new_visitor()
    try:
        return read_fast(path, Gate(path, visitor, chosen)), visitor
    except UnusualError:
        return _read_slowly(path, new_visitor(), chosen)


def read_places(
    path: Path, new_visitor: Callable[[], V], places: ScanOffsets | None, wanted: Wanted
) -> V:
    """Read again the MS2 scans whose places `read_run` has noted, each behind its survey scan.

    A file that is another now, or whose places are not known, is read from its start. Then the
    visitor gets more scans than those.

    Parameters
    ----------
    path, new_visitor, wanted
        As for `read_run`.
    places : ScanOffsets, optional

    Raises
    ------
    MzmlError
        As `read_run`.
    """
    if places is not None:
        visitor = new_visitor()
        try:
            read_fast_at(path, places, Gate(path, visitor, wanted))
        except UnusualError:
            pass
        else:
            return visitor
    return read_run(path, new_visitor, wanted)[1]


def _read_slowly(path: Path, visitor: V, wanted: Wanted) -> tuple[RunFacts, V]:
    from lcms.io.mzml.openms_reader import read_by_openms  # noqa: PLC0415  (100 MB, where needed only)

    return read_by_openms(path, Gate(path, visitor, wanted)), visitor
