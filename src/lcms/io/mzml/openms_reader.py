"""Reads any mzML that pyOpenMS reads, by streaming: numpress, unusual XML, damaged files.

It is imported only where it is needed: pyOpenMS takes 100 MB of memory.
"""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyopenms

from lcms.errors import MzmlError
from lcms.io.mzml.scan_terms import function_of, known_windows, outer_range
from lcms.io.mzml.text import TextFacts, check_well_formed, read_text_facts
from lcms.io.mzml.visitor import Gate
from lcms.kinds import Integrity, ScanKind
from lcms.model import RunFacts, Scan, SrmChromatogram

_POLARITIES: Final = {
    pyopenms.IonSource.Polarity.POSITIVE: 1,
    pyopenms.IonSource.Polarity.NEGATIVE: -1,
}
_OF_LIGHT: Final = frozenset(
    {
        pyopenms.InstrumentSettings.ScanMode.EMR,
        pyopenms.InstrumentSettings.ScanMode.EMISSION,
        pyopenms.InstrumentSettings.ScanMode.ABSORPTION,
    }
)
_SRM: Final = (
    pyopenms.ChromatogramSettings.ChromatogramType.SELECTED_REACTION_MONITORING_CHROMATOGRAM
)
_KINDS: Final = {
    pyopenms.InstrumentSettings.ScanMode.SIM: ScanKind.SIM,
    pyopenms.InstrumentSettings.ScanMode.SRM: ScanKind.SRM,
}
_FAIMS: Final = pyopenms.DriftTimeUnit.FAIMS_COMPENSATION_VOLTAGE
_MOBILITY_UNITS: Final = (pyopenms.DriftTimeUnit.MILLISECOND, pyopenms.DriftTimeUnit.VSSC)
# Terms of `<scan>` for which pyOpenMS has no field are kept under their accession.
_SELEXION_VOLTAGE: Final = "MS:1003371"
_POLARITIES_OF_SCAN: Final = {"MS:1000130": 1, "MS:1000129": -1}
_CONFIGURATION: Final = "preset scan configuration"
_PROFILE: Final = pyopenms.SpectrumSettings.SpectrumType.PROFILE
_OPENMS_SOURCE_LINE: Final = re.compile(r"(- due to that error of type )?(.*?) in: /.*", re.DOTALL)


def read_by_openms(path: Path, gate: Gate) -> RunFacts:
    """Hand the scans and chromatograms of a run to a gate; return the facts of the run.

    Raises
    ------
    MzmlError
        As `read_run`.
    """
    text = read_text_facts(path)
    if text.integrity is not Integrity.CHECKSUM:
        check_well_formed(path)  # first: the last spectrum of a file that was cut short lacks much
    if text.n_without_level:
        raise MzmlError(f"{path}: {text.n_without_level} spectra have no usable MS level")
    reader = _OpenmsReader(path, gate, text)
    _stream(path, reader)
    if text.n_chromatograms not in {None, gate.n_chromatograms}:
        raise MzmlError(
            f"{path}: declares {text.n_chromatograms} chromatograms and holds "
            f"{gate.n_chromatograms}; chromatograms were taken out, or the count is wrong"
        )
    facts = gate.facts(text.head.n_declared, text.head.start_time, text.head.instrument)
    return replace(facts, integrity=text.integrity)


class _OpenmsReader:
    """Takes the spectra and chromatograms that pyOpenMS streams, by the method names it calls.

    pyOpenMS reads times without a unit as seconds.
    """

    def __init__(self, path: Path, gate: Gate, text: TextFacts) -> None:
        self._path = path
        self._gate = gate
        is_complete = len(text.spectrum_points) == text.head.n_declared
        self._declared = iter(text.spectrum_points if is_complete else ())
        self._polarities = text.chromatogram_polarities
        self._chromatogram_points = text.chromatogram_points
        self._scan_unit_s = gate.unit_s(text.scan_units_s)
        self._array_units_s = text.array_units_s
        self.failure: BaseException | None = None

    def setExperimentalSettings(self, _: object) -> None:  # noqa: N802  (pyOpenMS calls it)
        """Ignore the settings."""

    def setExpectedSize(self, *_: object) -> None:  # noqa: N802  (pyOpenMS calls it)
        """Ignore the announced sizes: spectra are counted as they come."""

    def consumeChromatogram(self, chromatogram: pyopenms.MSChromatogram) -> None:  # noqa: N802  (as above)
        """Hand a chromatogram on; keep an exception, because pyOpenMS replaces it."""
        try:
            self._take_chromatogram(chromatogram)
        except BaseException as error:
            self.failure = error
            raise

    def consumeSpectrum(self, spectrum: pyopenms.MSSpectrum) -> None:  # noqa: N802  (as above)
        """Hand a spectrum on; keep an exception."""
        try:
            self._take_spectrum(spectrum)
        except BaseException as error:
            self.failure = error
            raise

    def _take_chromatogram(self, chromatogram: pyopenms.MSChromatogram) -> None:
        is_srm = chromatogram.getChromatogramType() == _SRM
        if self._gate.wants_chromatogram(is_srm=is_srm):
            name = chromatogram.getNativeID()
            self._check_points(name, self._chromatogram_points.get(name), chromatogram.size())
            polarity = self._polarities.get(name, 0)
            srm = _srm_chromatogram(chromatogram, polarity)
            unit_s = self._gate.unit_s(self._array_units_s)
            self._gate.take_chromatogram(
                srm._replace(retention_time_s=srm.retention_time_s * unit_s)
            )

    def _take_spectrum(self, spectrum: pyopenms.MSSpectrum) -> None:
        n_declared = next(self._declared, None)
        level = spectrum.getMSLevel()
        if spectrum.getInstrumentSettings().getScanMode() in _OF_LIGHT:
            level = 0
        if not self._gate.wants_level(level):
            return
        self._check_points(spectrum.getNativeID(), n_declared, spectrum.size())
        head = _head(spectrum, self._scan_unit_s)
        need = self._gate.need(head)
        mz, intensity = spectrum.get_peaks()
        self._gate.check_mz(head, np.sort(mz))  # which puts what is no number last
        n = int(np.searchsorted(mz, need.highest_mz, side="right"))
        if not need.is_met(mz[:n]):
            n = 0
        self._gate.take_scan(
            head._replace(
                mz=np.asarray(mz[:n], dtype=float),
                intensity=np.asarray(intensity[:n], dtype=float),
            )
        )

    def _check_points(self, name: str, n_declared: int | None, n: int) -> None:
        """Raise a MzmlError if there are more or fewer points than are declared."""
        if n_declared in {None, n}:
            return
        reason = (
            f"it declares {n_declared} points and holds {n}"
            if n
            else f"it declares {n_declared} points and none could be read"
        )
        raise MzmlError(
            f"{self._path}: the arrays of `{name}` cannot be understood: {reason}; convert the "
            "raw file again"
        )


def _stream(path: Path, reader: _OpenmsReader) -> None:
    """Hand all spectra and chromatograms of a file to the reader.

    In one thread: a process that was forked from one with OpenMP threads waits for them forever.
    """
    pyopenms.OpenMSBuildInfo.setOpenMPNumThreads(1)
    try:
        pyopenms.MzMLFile().transform(str(path), reader, True, True)  # noqa: FBT003  (positional only)
    except (RuntimeError, ValueError) as error:
        if reader.failure is not None:
            raise reader.failure from None
        reason = _OPENMS_SOURCE_LINE.sub(r"\2", str(error))
        raise MzmlError(
            f"{path}: cannot be read as mzML; it is damaged or was cut short ({reason})"
        ) from error


def _head(spectrum: pyopenms.MSSpectrum, unit_s: float) -> Scan:
    """Return a scan without its points."""
    settings = spectrum.getInstrumentSettings()
    windows_mz = known_windows((window.begin, window.end) for window in settings.getScanWindows())
    return Scan(
        retention_time_s=spectrum.getRT() * unit_s,
        polarity=_POLARITIES.get(settings.getPolarity()) or _polarity_of_scan(spectrum),
        mz=np.empty(0),
        intensity=np.empty(0),
        is_profile=spectrum.getType() == _PROFILE,
        mz_range=outer_range(windows_mz),
        ms_level=spectrum.getMSLevel(),
        native_id=spectrum.getNativeID(),
        kind=_KINDS.get(settings.getScanMode(), ScanKind.FULL),
        windows_mz=windows_mz if len(windows_mz) > 1 else (),
        voltage_v=_voltage_v(spectrum),
        function=_function(spectrum),
        mobility=spectrum.getDriftTime()
        if spectrum.getDriftTimeUnit() in _MOBILITY_UNITS
        else None,
        has_mobility_array=spectrum.containsIMData(),
        **_isolated(spectrum),
    )


def _polarity_of_scan(spectrum: pyopenms.MSSpectrum) -> int:
    """Return the polarity that stands inside `<scan>` instead of beside it; 0 without one."""
    for accession, polarity in _POLARITIES_OF_SCAN.items():
        if _of_scan(spectrum, accession) is not None:
            return polarity
    return 0


def _of_scan(spectrum: pyopenms.MSSpectrum, accession: str) -> Any:  # noqa: ANN401  (any value)
    """Return the value of a term inside `<scan>`, None without it."""
    acquisitions: Any = spectrum.getAcquisitionInfo()  # its type stub is not iterable
    return next(
        (scan.getMetaValue(accession) for scan in acquisitions if scan.metaValueExists(accession)),
        None,
    )


def _voltage_v(spectrum: pyopenms.MSSpectrum) -> float | None:
    """Return the compensation voltage of FAIMS or SELEXION."""
    if spectrum.getDriftTimeUnit() == _FAIMS:
        return float(spectrum.getDriftTime())
    voltage_v = _of_scan(spectrum, _SELEXION_VOLTAGE)
    return None if voltage_v is None else float(voltage_v)


def _function(spectrum: pyopenms.MSSpectrum) -> int | None:
    """Return the number of the function, else of the scan configuration, of a spectrum."""
    function = function_of(spectrum.getNativeID())
    if function is None and spectrum.metaValueExists(_CONFIGURATION):
        return int(spectrum.getMetaValue(_CONFIGURATION))  # type: ignore[arg-type]
    return function


def _isolated(spectrum: pyopenms.MSSpectrum) -> dict[str, Any]:
    """Return the fields of `Scan` that describe the first precursor."""
    precursors = spectrum.getPrecursors()
    if not precursors:
        return {}
    first = precursors[0]
    mz = first.getMZ()
    target = _meta(first, "isolation window target m/z") or mz
    lower, upper = first.getIsolationWindowLowerOffset(), first.getIsolationWindowUpperOffset()
    return {
        "precursor_mz": mz or None,
        "isolation_mz": (target - lower, target + upper) if lower or upper else None,
        "collision_energy": _collision_energy(first),
    }


def _collision_energy(precursor: pyopenms.Precursor) -> float | None:
    return _meta(precursor, "collision energy")


def _meta(precursor: pyopenms.Precursor, name: str) -> float | None:
    return float(precursor.getMetaValue(name)) if precursor.metaValueExists(name) else None  # type: ignore[arg-type]


def _srm_chromatogram(chromatogram: pyopenms.MSChromatogram, polarity: int) -> SrmChromatogram:
    time_s, intensity = chromatogram.get_peaks()
    precursor = chromatogram.getPrecursor()
    return SrmChromatogram(
        native_id=chromatogram.getNativeID(),
        precursor_mz=precursor.getMZ(),
        product_mz=chromatogram.getProduct().getMZ(),
        polarity=polarity,
        collision_energy=_collision_energy(precursor),
        retention_time_s=np.asarray(time_s, dtype=float),
        intensity=np.asarray(intensity, dtype=float),
    )
