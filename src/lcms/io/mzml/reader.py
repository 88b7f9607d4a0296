"""Reads runs from mzML; times in minutes become seconds here."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from lcms.errors import MzmlError
from lcms.io.mzml.arrays import UnusualError
from lcms.io.mzml.fast_reader import ChecksumError, read_fast, read_fast_at
from lcms.io.mzml.text import check_is_file, read_start_time
from lcms.io.mzml.visitor import Gate, Visitor
from lcms.model import RunFacts, ScanOffsets, Wanted

__all__ = ["Visitor", "read_run", "read_scans_at", "read_start_time"]

V = TypeVar("V", bound=Visitor)


def read_run(
    path: Path, new_visitor: Callable[[], V], wanted: Wanted | None = None
) -> tuple[RunFacts, V]:
    """Read a run once and hand the wanted scans and chromatograms to a visitor, in file order.

    Parameters
    ----------
    path : Path
        `.mzML` or `.mzML.gz`.
    new_visitor : callable
        Returns a Visitor: times in seconds, m/z ascending, never more than one scan at a time.
        It is called again if a file turns out to need pyOpenMS, or if its checksum does not fit;
        then only the last visitor counts. An exception of a visitor is passed on unchanged.
    wanted : Wanted, optional
        What is handed on; by default whole MS1 scans.

    Returns
    -------
    tuple of RunFacts and a visitor
        The facts of the run, and the visitor that has taken its scans.

    Raises
    ------
    MzmlError
        If the file is missing, is no mzML, is cut short, holds neither MS1 scans nor
        chromatograms nor what is wanted, holds fewer spectra than it declares, gives scan times
        without a unit, in descending order or not at all, or gives times, m/z or intensities
        that none can have.
    """
    chosen = wanted or Wanted()
    check_is_file(path)
    for trusts_checksum in (True, False):
        visitor = new_visitor()
        try:
            gate = Gate(path, visitor, chosen)
            return read_fast(path, gate, trusts_checksum=trusts_checksum), visitor
        except ChecksumError:
            continue
        except UnusualError:
            break
    try:
        return _read_slowly(path, new_visitor(), chosen)
    except MemoryError as error:
        raise MzmlError(f"{path}: needs more memory to be read than there is") from error


def read_scans_at(
    path: Path, new_visitor: Callable[[], V], scan_offsets: ScanOffsets | None, wanted: Wanted
) -> V:
    """Read again the MS2 scans whose offsets `read_run` has noted, each behind its survey scan.

    A file that has changed since, or without noted offsets, is read from its start. Then the
    visitor gets all wanted scans, not only those.

    Parameters
    ----------
    path, new_visitor, wanted
        As for `read_run`.
    scan_offsets : ScanOffsets, optional

    Raises
    ------
    MzmlError
        As `read_run`.
    """
    if scan_offsets is not None:
        visitor = new_visitor()
        try:
            read_fast_at(path, scan_offsets, Gate(path, visitor, wanted))
        except UnusualError:
            pass
        else:
            return visitor
    return read_run(path, new_visitor, wanted)[1]


def _read_slowly(path: Path, visitor: V, wanted: Wanted) -> tuple[RunFacts, V]:
    from lcms.io.mzml.openms_reader import read_by_openms  # noqa: PLC0415  (100 MB, where needed only)

    return read_by_openms(path, Gate(path, visitor, wanted)), visitor
