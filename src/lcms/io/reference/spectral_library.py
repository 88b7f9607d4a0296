"""Reads a user's library of product-ion spectra: MGF or MSP."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lcms.errors import ConfigError
from lcms.model import Floats

if TYPE_CHECKING:
    import pyopenms


@dataclass(frozen=True)
class LibrarySpectrum:
    """One spectrum: m/z (Th, ascending) and intensities, equally many; its precursor in Th."""

    name: str
    precursor_mz: float
    mz: Floats
    intensity: Floats


def read_library(path: Path) -> tuple[LibrarySpectrum, ...]:
    """Return the spectra of a library that have a precursor and peaks.

    Raises
    ------
    ConfigError
        If the file is neither `.mgf` nor `.msp`, cannot be read, or holds no such spectrum.
    """
    readers = {".mgf": _read_mgf, ".msp": _read_msp}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ConfigError(f"{path}: a spectral library is an .mgf or .msp file")
    try:
        spectra = tuple(
            spectrum for spectrum in reader(path) if spectrum.mz.size and spectrum.precursor_mz > 0
        )
    except (OSError, RuntimeError, ValueError, KeyError) as error:
        raise ConfigError(f"{path}: cannot be read as a spectral library: {error}") from error
    if not spectra:
        raise ConfigError(f"{path}: holds no spectrum with a precursor and peaks")
    return spectra


def _read_mgf(path: Path) -> list[LibrarySpectrum]:
    from pyteomics import mgf  # noqa: PLC0415  (half a second; only where a library is used)

    with mgf.read(str(path), use_index=False, convert_arrays=1) as entries:
        return [_of_mgf(entry) for entry in entries]


def _of_mgf(entry: dict[str, Any]) -> LibrarySpectrum:
    params = entry["params"]
    name = params.get("name") or params.get("compound_name") or params.get("title") or ""
    precursor = (params.get("pepmass") or (0.0,))[0]
    return _spectrum(str(name), precursor, entry["m/z array"], entry["intensity array"])


def _read_msp(path: Path) -> list[LibrarySpectrum]:
    import pyopenms  # noqa: PLC0415  (slow to start; only where a library is used)

    run = pyopenms.MSExperiment()
    pyopenms.MSPGenericFile().load(str(path), run)
    return [_of_msp(spectrum) for spectrum in run.getSpectra()]


def _of_msp(spectrum: "pyopenms.MSSpectrum") -> LibrarySpectrum:
    precursors = spectrum.getPrecursors()
    precursor_mz: Any = precursors[0].getMZ() if precursors else 0.0
    if not precursor_mz and spectrum.metaValueExists("PrecursorMZ"):  # not the case of OpenMS
        precursor_mz = spectrum.getMetaValue("PrecursorMZ")
    mz, intensity = spectrum.get_peaks()
    return _spectrum(spectrum.getName(), precursor_mz, mz, intensity)


def _spectrum(name: str, precursor_mz: Any, mz: Any, intensity: Any) -> LibrarySpectrum:  # noqa: ANN401  (types of other libraries)
    order = np.argsort(np.asarray(mz, dtype=float), kind="stable")
    return LibrarySpectrum(
        name=name,
        precursor_mz=float(precursor_mz or 0.0),
        mz=np.asarray(mz, dtype=float)[order],
        intensity=np.asarray(intensity, dtype=float)[order],
    )
