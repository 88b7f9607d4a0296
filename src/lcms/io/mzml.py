"""Reads runs: the only place that knows mzML, and the place where minutes become seconds.

pyOpenMS streams the scans. What it passes over in silence is looked up in the text of the file
first: another kind of XML, a missing time unit, fewer spectra than declared.
"""

import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
import pyopenms

from lcms.errors import MzmlError
from lcms.model import RunFacts, Scan

_BLOCK: Final = 1 << 22
_OVERLAP: Final = 1 << 12
_SCAN_START_TIME: Final = b"MS:1000016"
_TIME_UNITS: Final = (b"UO:0000010", b"UO:0000031")
_SERIAL_NUMBER: Final = b"MS:1000529"
_SPECTRUM_LIST: Final = re.compile(rb'<spectrumList\b[^>]*\bcount="(\d+)"')
_START_TIME: Final = re.compile(rb'<run\b[^>]*\bstartTimeStamp="([^"]+)"')
_INSTRUMENT: Final = re.compile(
    rb"<instrumentConfiguration\b.*?<(?:componentList|/instr)", re.DOTALL
)
_PARAM_GROUP: Final = rb'<referenceableParamGroup id="%s".*?</referenceableParamGroup>'
_GROUP_REF: Final = re.compile(rb'<referenceableParamGroupRef\b[^>]*\bref="([^"]+)"')
_PARAM: Final = re.compile(rb"<(?:cv|user)Param\b[^>]*>")
_ATTRIBUTE: Final = rb'\b%s="([^"]*)"'
_POLARITIES: Final = {
    pyopenms.IonSource.Polarity.POSITIVE: 1,
    pyopenms.IonSource.Polarity.NEGATIVE: -1,
}


def read_run(path: Path, visit: Callable[[Scan], None]) -> RunFacts:
    """Read a run once, handing each MS1 scan to `visit` in the order of the file.

    Parameters
    ----------
    path : Path
        `.mzML` or `.mzML.gz`.
    visit : callable
        Takes one Scan; times in seconds, m/z ascending. Never holds more than one.

    Returns
    -------
    RunFacts
        What the file says of the run.

    Raises
    ------
    MzmlError
        If the file is missing, is no mzML, is cut short, holds neither MS1 scans nor
        chromatograms, gives scan times without a unit, or holds fewer spectra than it declares.
    """
    text = _read_text_facts(path)
    reader = _Reader(visit)
    try:
        pyopenms.MzMLFile().transform(str(path), reader, True, True)  # noqa: FBT003
    except RuntimeError as error:
        raise MzmlError(f"{path}: {_advice(str(error))}") from error
    if reader.n_spectra != text.n_declared:
        raise MzmlError(
            f"{path}: declares {text.n_declared} spectra and holds {reader.n_spectra}; "
            "the file is damaged or was cut short"
        )
    if reader.n_ms1 == 0 and reader.n_chromatograms == 0:
        raise MzmlError(f"{path}: holds neither MS1 scans nor chromatograms")
    return RunFacts(
        start_time=text.start_time,
        instrument=text.instrument,
        n_ms1=reader.n_ms1,
        n_ms2=reader.n_spectra - reader.n_ms1,
        n_chromatograms=reader.n_chromatograms,
        polarities=frozenset(reader.polarities),
    )


def read_start_time(path: Path) -> str | None:
    """Return the start of the acquisition as the file gives it, None where it does not.

    Only the head of the file is read; raises MzmlError as `read_run` does.
    """
    head = next(_blocks(path), b"")
    _check_kind(path, head)
    return _first(_START_TIME, head)


class _Reader:
    """Takes what pyOpenMS streams: counts, and hands the MS1 scans on."""

    def __init__(self, visit: Callable[[Scan], None]) -> None:
        self._visit = visit
        self.n_spectra = 0
        self.n_ms1 = 0
        self.n_chromatograms = 0
        self.polarities: set[int] = set()

    def setExperimentalSettings(self, _: object) -> None:  # noqa: N802  (pyOpenMS calls it)
        """Ignore the settings."""

    def setExpectedSize(self, *_: object) -> None:  # noqa: N802  (pyOpenMS calls it)
        """Ignore the announced sizes: what was seen is counted."""

    def consumeChromatogram(self, _: object) -> None:  # noqa: N802  (pyOpenMS calls it)
        """Count a chromatogram."""
        self.n_chromatograms += 1

    def consumeSpectrum(self, spectrum: pyopenms.MSSpectrum) -> None:  # noqa: N802  (as above)
        """Count a spectrum and hand an MS1 scan on."""
        self.n_spectra += 1
        if spectrum.getMSLevel() != 1:
            return
        self.n_ms1 += 1
        scan = _scan(spectrum)
        self.polarities.add(scan.polarity)
        self._visit(scan)


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


@dataclass(frozen=True)
class _TextFacts:
    """What is read from the text of the file, since pyOpenMS does not tell it."""

    n_declared: int
    start_time: str | None
    instrument: str | None


def _read_text_facts(path: Path) -> _TextFacts:
    n_declared: str | None = None
    start_time: str | None = None
    blocks = _blocks(path)
    head = next(blocks, b"")
    _check_kind(path, head)
    instrument = _instrument(head)
    for block in chain([head], blocks):
        start_time = start_time or _first(_START_TIME, block)
        n_declared = n_declared or _first(_SPECTRUM_LIST, block)
        _check_time_units(path, block)
    return _TextFacts(int(n_declared or 0), start_time, instrument)


def _blocks(path: Path) -> Iterator[bytes]:
    """Yield the text in blocks; each begins with the end of the one before."""
    tail = b""
    try:
        with gzip.open(path) if path.suffix.lower() == ".gz" else path.open("rb") as file:
            while new := file.read(_BLOCK):
                block = tail + new
                tail = block[-_OVERLAP:]
                yield block
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MzmlError(f"{path}: cannot be read: {reason}") from error


def _check_kind(path: Path, head: bytes) -> None:
    """Raise a MzmlError unless the head of the file is that of an mzML."""
    start = head[:_OVERLAP].lower()
    if not head:
        raise MzmlError(f"{path}: the file is empty")
    if b"<mzml" in start or b"<indexedmzml" in start:
        return
    kind = "a web page (HTML)" if b"<html" in start or b"<!doctype html" in start else "no mzML"
    raise MzmlError(f"{path}: is {kind}, though its name says mzML")


def _check_time_units(path: Path, block: bytes) -> None:
    """Raise a MzmlError if a scan start time has no unit: pyOpenMS would take it for seconds."""
    position = block.find(_SCAN_START_TIME)
    while position >= 0:
        start, end = block.rfind(b"<", 0, position), block.find(b">", position)
        tag = block[start:end]
        if 0 <= start < end and not any(unit in tag for unit in _TIME_UNITS):
            raise MzmlError(
                f"{path}: scan start times have no unit (second or minute); "
                "convert the raw file again with a current msconvert or ThermoRawFileParser"
            )
        position = block.find(_SCAN_START_TIME, position + 1)


def _instrument(head: bytes) -> str | None:
    """Return the name of the first instrument: a cvParam's, or what OpenMS writes instead."""
    found = _INSTRUMENT.search(head)
    if found is None:
        return None
    text = found[0]
    for group in _GROUP_REF.findall(text):
        match = re.search(_PARAM_GROUP % re.escape(group), head, re.DOTALL)
        text += match[0] if match else b""
    params = [tag for tag in _PARAM.findall(text) if _SERIAL_NUMBER not in tag]
    named = [_attribute(tag, b"value") for tag in params if b'"instrument name"' in tag]
    names = named + [_attribute(tag, b"name") for tag in params]
    return next((name for name in names if name), None)


def _attribute(tag: bytes, name: bytes) -> str | None:
    return _first(re.compile(_ATTRIBUTE % name), tag)


def _first(pattern: re.Pattern[bytes], text: bytes) -> str | None:
    found = pattern.search(text)
    return found[1].decode() if found else None


def _advice(message: str) -> str:
    """Return pyOpenMS's message without the places in its own source."""
    return (
        "cannot be read as mzML; it is damaged or was cut short ("
        + re.sub(r"(- due to that error of type )?(.*?) in: /.*", r"\2", message, flags=re.DOTALL)
        + ")"
    )
