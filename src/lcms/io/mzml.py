"""Reads runs: the only place that knows mzML, and the place where minutes become seconds.

pyOpenMS streams the scans. What it passes over in silence is checked here and, where only the
text of the file tells it, in `lcms.io.mzml_text`.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
import pyopenms

from lcms.errors import MzmlError
from lcms.io.mzml_text import TextFacts, read_polarity, read_start_time, read_text_facts
from lcms.model import RunFacts, Scan

__all__ = ["read_polarity", "read_run", "read_start_time"]

_POLARITIES: Final = {
    pyopenms.IonSource.Polarity.POSITIVE: 1,
    pyopenms.IonSource.Polarity.NEGATIVE: -1,
}
_OPENMS_PLACE: Final = re.compile(r"(- due to that error of type )?(.*?) in: /.*", re.DOTALL)


def read_run(path: Path, visit: Callable[[Scan], None]) -> RunFacts:
    """Read a run once, handing each MS1 scan to `visit` in the order of the file.

    Parameters
    ----------
    path : Path
        `.mzML` or `.mzML.gz`.
    visit : callable
        Takes one Scan; times in seconds, m/z ascending. Never holds more than one. What it
        raises comes through unchanged.

    Returns
    -------
    RunFacts
        What the file says of the run.

    Raises
    ------
    MzmlError
        If the file is missing, is no mzML, is cut short, holds neither MS1 scans nor
        chromatograms, holds fewer spectra than it declares, gives scan times without a unit, in
        descending order or not at all, or gives intensities that are no numbers.
    """
    text = read_text_facts(path)
    reader = _Reader(path, visit)
    _stream(path, reader)
    _check_counts(path, text, reader)
    return RunFacts(
        start_time=text.start_time,
        instrument=text.instrument,
        n_ms1=reader.n_ms1,
        n_ms2=reader.n_spectra - reader.n_ms1,
        n_chromatograms=reader.n_chromatograms,
        polarities=frozenset(reader.polarities),
    )


class _Reader:
    """Takes what pyOpenMS streams: counts, and hands the MS1 scans on."""

    def __init__(self, path: Path, visit: Callable[[Scan], None]) -> None:
        self._path = path
        self._visit = visit
        self._time_s = 0.0
        self.n_spectra = 0
        self.n_ms1 = 0
        self.n_chromatograms = 0
        self.polarities: set[int] = set()
        self.failure: BaseException | None = None

    def setExperimentalSettings(self, _: object) -> None:  # noqa: N802  (pyOpenMS calls it)
        """Ignore the settings."""

    def setExpectedSize(self, *_: object) -> None:  # noqa: N802  (pyOpenMS calls it)
        """Ignore the announced sizes: what was seen is counted."""

    def consumeChromatogram(self, _: object) -> None:  # noqa: N802  (pyOpenMS calls it)
        """Count a chromatogram."""
        self.n_chromatograms += 1

    def consumeSpectrum(self, spectrum: pyopenms.MSSpectrum) -> None:  # noqa: N802  (as above)
        """Count a spectrum and hand an MS1 scan on; keep what is raised, for pyOpenMS does not."""
        self.n_spectra += 1
        if spectrum.getMSLevel() != 1:
            return
        self.n_ms1 += 1
        try:
            self._take(_scan(spectrum))
        except BaseException as error:
            self.failure = error
            raise

    def _take(self, scan: Scan) -> None:
        _check_scan(self._path, scan, self._time_s)
        self._time_s = scan.retention_time_s
        self.polarities.add(scan.polarity)
        self._visit(scan)


def _stream(path: Path, reader: _Reader) -> None:
    """Hand all spectra and chromatograms of a file to the reader."""
    try:
        pyopenms.MzMLFile().transform(str(path), reader, True, True)  # noqa: FBT003  (positional only)
    except RuntimeError as error:
        if reader.failure is not None:
            raise reader.failure from None
        reason = _OPENMS_PLACE.sub(r"\2", str(error))
        raise MzmlError(
            f"{path}: cannot be read as mzML; it is damaged or was cut short ({reason})"
        ) from error


def _scan(spectrum: pyopenms.MSSpectrum) -> Scan:
    mz, intensity = spectrum.get_peaks()
    settings = spectrum.getInstrumentSettings()
    windows = [(window.begin, window.end) for window in settings.getScanWindows()]
    return Scan(
        retention_time_s=spectrum.getRT(),
        polarity=_POLARITIES.get(settings.getPolarity(), 0),
        mz=np.asarray(mz, dtype=float),
        intensity=np.asarray(intensity, dtype=float),
        is_profile=spectrum.getType() == pyopenms.SpectrumSettings.SpectrumType.PROFILE,
        mz_range=(min(w[0] for w in windows), max(w[1] for w in windows)) if windows else None,
    )


def _check_scan(path: Path, scan: Scan, time_before_s: float) -> None:
    """Raise a MzmlError if a scan has no usable time or intensities."""
    time_s = scan.retention_time_s
    if not 0 <= time_s < np.inf:  # pyOpenMS says -1 where the file says nothing
        raise MzmlError(f"{path}: has MS1 scans without a scan start time")
    if time_s < time_before_s:
        raise MzmlError(
            f"{path}: scan start times go back from {time_before_s:g} s to {time_s:g} s; "
            "was it merged from several runs?"
        )
    if not np.isfinite(scan.intensity).all():
        raise MzmlError(f"{path}: the scan at {time_s:g} s has intensities that are no numbers")


def _check_counts(path: Path, text: TextFacts, reader: _Reader) -> None:
    """Raise a MzmlError if spectra are missing or there is nothing to read."""
    if reader.n_spectra != text.n_declared:
        raise MzmlError(
            f"{path}: declares {text.n_declared} spectra and holds {reader.n_spectra}; "
            "the file is damaged or was cut short"
        )
    if reader.n_ms1 == 0 and reader.n_chromatograms == 0:
        raise MzmlError(f"{path}: holds neither MS1 scans nor chromatograms")
