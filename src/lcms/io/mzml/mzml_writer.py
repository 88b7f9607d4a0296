"""Writes simulated runs as mzML: for `lcms simulate`, and for tests that need a small run."""

import gzip
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
import pyopenms

from lcms.kinds import SIMULATED_INSTRUMENT
from lcms.simulation.simulated_scans import (
    SRM_HALF_WIDTH_MZ,
    SimulatedScan,
    SimulatedTransition,
)


def write_mzml(
    path: Path,
    scans: Sequence[SimulatedScan],
    *,
    polarity: int,
    start_time: datetime | None = None,
    profile: bool = False,
    chromatograms: Sequence[SimulatedTransition] = (),
) -> None:
    """Write a run: m/z as 64-bit, intensities as 32-bit numbers, compressed by zlib.

    The file names its instrument, its software and itself as simulated. Its bytes depend on
    the arguments and on the file's name only. It is written under a temporary name beside
    its path and then renamed, so that no incomplete file is ever seen.

    Parameters
    ----------
    path : Path
        `.mzML`, or `.mzML.gz` for a gzipped file; its folder exists.
    scans : Sequence[SimulatedScan]
        In the order in which they are written.
    polarity : int
        +1 or -1, of all chromatograms and of the scans that have none of their own.
    start_time : datetime, optional
        When the acquisition started, written to the second and without a zone.
    profile : bool
        Whether the scans are declared as profile instead of centroid spectra.
    chromatograms : Sequence[SimulatedTransition]
        Written behind the scans.
    """
    run = _described_run(path.name.split(".mzML")[0], start_time)
    run.setSpectra(
        [_spectrum(scan, n, polarity, profile=profile) for n, scan in enumerate(scans, 1)]
    )
    run.setChromatograms(
        [_chromatogram(transition, n, polarity) for n, transition in enumerate(chromatograms, 1)]
    )
    writer = pyopenms.MzMLFile()
    options = writer.getOptions()
    options.setCompression(True)
    writer.setOptions(options)
    content = writer.storeBuffer(run).encode("latin-1")
    if path.suffix == ".gz":
        content = gzip.compress(content, mtime=0)
    _write_whole(path, content)


def _described_run(name: str, start_time: datetime | None) -> pyopenms.MSExperiment:
    """Return a run without scans whose metadata name it as simulated."""
    run = pyopenms.MSExperiment()
    sample = run.getSample()
    sample.setName(f"{SIMULATED_INSTRUMENT}: {name}")
    run.setSample(sample)
    run.setInstrument(_instrument())
    run.setMetaValue("data origin", SIMULATED_INSTRUMENT)
    if start_time is not None:
        moment = pyopenms.DateTime()
        moment.set(start_time.strftime("%Y-%m-%dT%H:%M:%S"))
        run.setDateTime(moment)
    return run


def _instrument() -> pyopenms.Instrument:
    instrument = pyopenms.Instrument()
    instrument.setName(SIMULATED_INSTRUMENT)
    instrument.setMetaValue(
        "instrument name", SIMULATED_INSTRUMENT
    )  # pyOpenMS writes no free name
    software = instrument.getSoftware()
    software.setName("lcms simulate")
    instrument.setSoftware(software)
    return instrument


def _spectrum(
    scan: SimulatedScan, number: int, polarity: int, *, profile: bool
) -> pyopenms.MSSpectrum:
    spectrum = pyopenms.MSSpectrum()
    spectrum.set_peaks((scan.mz, scan.intensity.astype(np.float32)))
    spectrum.setRT(scan.time_s)
    spectrum.setMSLevel(scan.ms_level)
    spectrum.setNativeID(f"controllerType=0 controllerNumber=1 scan={number}")
    kinds = pyopenms.SpectrumSettings.SpectrumType
    spectrum.setType(kinds.PROFILE if profile else kinds.CENTROID)
    settings = spectrum.getInstrumentSettings()
    signs = pyopenms.IonSource.Polarity
    settings.setPolarity(signs.POSITIVE if (scan.polarity or polarity) > 0 else signs.NEGATIVE)
    if scan.mz_range is not None:
        settings.setScanWindows([_scan_window(*scan.mz_range)])
    spectrum.setInstrumentSettings(settings)
    if scan.precursor_mz is not None:
        precursor = _precursor(
            scan.precursor_mz, scan.isolation_half_width_mz, scan.collision_energy_ev
        )
        spectrum.setPrecursors([precursor])
    return spectrum


def _scan_window(low_mz: float, high_mz: float) -> pyopenms.ScanWindow:
    window = pyopenms.ScanWindow()
    window.begin, window.end = low_mz, high_mz
    return window


def _precursor(
    mz: float, half_width_mz: float, collision_energy_ev: float | None
) -> pyopenms.Precursor:
    precursor = pyopenms.Precursor()
    precursor.setMZ(mz)
    precursor.setIsolationWindowLowerOffset(half_width_mz)
    precursor.setIsolationWindowUpperOffset(half_width_mz)
    precursor.setActivationMethods({pyopenms.Precursor.ActivationMethod.CID})
    if collision_energy_ev is not None:
        precursor.setMetaValue("collision energy", collision_energy_ev)  # written as MS:1000045
    return precursor


def _chromatogram(
    transition: SimulatedTransition, number: int, polarity: int
) -> pyopenms.MSChromatogram:
    chromatogram = pyopenms.MSChromatogram()
    chromatogram.set_peaks((transition.time_s, transition.intensity.astype(np.float32)))
    chromatogram.setNativeID(
        f"SRM SIC Q1={transition.precursor_mz:.4f} Q3={transition.product_mz:.4f} index={number}"
    )
    kinds = pyopenms.ChromatogramSettings.ChromatogramType
    chromatogram.setChromatogramType(kinds.SELECTED_REACTION_MONITORING_CHROMATOGRAM)
    # Chromatograms have no polarity in pyOpenMS; this is written as the term of that name.
    chromatogram.setMetaValue("positive scan" if polarity > 0 else "negative scan", "")
    product = pyopenms.Product()
    product.setMZ(transition.product_mz)
    precursor = _precursor(
        transition.precursor_mz, SRM_HALF_WIDTH_MZ, transition.collision_energy_ev
    )
    chromatogram.setPrecursor(precursor)
    chromatogram.setProduct(product)
    return chromatogram


def _write_whole(path: Path, content: bytes) -> None:
    """Write under a temporary name, then rename."""
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)
