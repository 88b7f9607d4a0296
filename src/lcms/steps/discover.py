"""`lcms discover`: hypotheses of further lactoyl conjugates in DDA and DIA runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from lcms.config import Evidence
from lcms.errors import DataError
from lcms.io.mzml.reader import read_run
from lcms.io.reference.panel import PanelCompound, read_panel
from lcms.model import NOTHING, WHOLE, Floats, Need, Sample, Scan, SrmChromatogram, Wanted
from lcms.numerics.chromatogram.gather import isolation_mz
from lcms.numerics.identity.discovery import (
    PossibleConjugate,
    PrecursorScan,
    grouped,
    lactoyl_formulas,
    paired_precursors,
    signature,
)
from lcms.picking import centroided
from lcms.schemas import Row

_GAP_S: Final = 15.0
_LEAST_DIA_SCANS: Final = 5
_CLEAR: Final = 0.01  # of the base peak
_MOST_FORMULAS: Final = 10
_SPREAD: Final = 2  # times the tolerance, between scans of one precursor


@dataclass
class _ConjugateSearch:
    """Takes the scans of a run and keeps where the signature is seen."""

    evidence: Evidence
    triggered: dict[int, list[PrecursorScan]] = field(default_factory=lambda: {1: [], -1: []})
    paired: dict[int, list[PrecursorScan]] = field(default_factory=lambda: {1: [], -1: []})
    survey: dict[int, Floats] = field(default_factory=dict)

    def need(self, head: Scan) -> Need:
        """Tell that every scan is needed whole."""
        return WHOLE if head.ms_level > 0 else NOTHING

    def take_scan(self, scan: Scan) -> None:
        """Look for the signature of the selected ion, or in DIA of the ions in the window."""
        if scan.is_profile:
            scan = centroided(scan)
        window = isolation_mz(scan)
        if scan.ms_level == 1:
            self.survey[scan.polarity] = scan.mz
        elif window is not None and scan.polarity != 0:
            self._look(scan, window)

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        """Ignore a chromatogram: none is asked for."""

    def _look(self, scan: Scan, window: tuple[float, float]) -> None:
        mz, intensity = scan.mz, scan.intensity
        tolerance_ppm = self.evidence.product_tolerance_ppm
        if window[1] - window[0] <= self.evidence.widest_isolation_mz:
            kept, precursors = self.triggered, np.array([scan.precursor_mz or 0.0])
        else:
            clear = mz[intensity >= _CLEAR * intensity.max(initial=0.0)]
            survey_mz = self.survey.get(scan.polarity, np.empty(0))
            precursors = paired_precursors(survey_mz, clear, window, tolerance_ppm)
            kept = self.paired
        for precursor_mz in precursors:
            words = signature(float(precursor_mz), mz, intensity, scan.polarity, tolerance_ppm)
            if words:
                kept[scan.polarity].append(
                    PrecursorScan(
                        float(precursor_mz), scan.retention_time_s, words, float(intensity.sum())
                    )
                )


def discovered_rows(
    samples: Sequence[Sample], evidence: Evidence, progress: Callable[[str], None]
) -> list[Row]:
    """Return the rows of `candidates`: every precursor with the signature in every run.

    Parameters
    ----------
    samples : sequence of Sample
        Runs that cannot be read, or hold no MS2 scans, give none.
    evidence : Evidence
    progress : callable
        Is told the sample_id of each run when it is done.
    """
    panel = read_panel()
    rows: list[Row] = []
    for sample in samples:
        try:
            _, search = read_run(
                Path(sample.mzml), lambda: _ConjugateSearch(evidence), Wanted(frozenset({1, 2}))
            )
        except DataError:  # `samples` has the reason
            continue
        finally:
            progress(sample.sample_id)
        rows += _rows(sample.sample_id, search, evidence, panel)
    return rows


def _rows(
    sample_id: str, search: _ConjugateSearch, evidence: Evidence, panel: Sequence[PanelCompound]
) -> list[Row]:
    spread_ppm = _SPREAD * evidence.product_tolerance_ppm
    found = [
        (polarity, source, one)
        for polarity in (1, -1)
        for source, sightings, least in (
            ("dda", search.triggered[polarity], 1),
            ("dia", search.paired[polarity], _LEAST_DIA_SCANS),
        )
        for one in grouped(sightings, spread_ppm, _GAP_S, least)
    ]
    return [
        {"sample_id": sample_id, "number": number, "source": source}
        | _row(one, polarity, evidence, panel)
        for number, (polarity, source, one) in enumerate(found, 1)
    ]


def _row(
    found: PossibleConjugate, polarity: int, evidence: Evidence, panel: Sequence[PanelCompound]
) -> Row:
    formulas = lactoyl_formulas(found.precursor_mz, polarity, evidence.product_tolerance_ppm)
    known = [one.target_id for one in panel if one.formula in formulas]
    return {
        "polarity": "+" if polarity > 0 else "-",
        "precursor_mz": found.precursor_mz,
        "retention_time_s": found.time_s,
        "first_s": found.first_s,
        "last_s": found.last_s,
        "n_scans": found.n_scans,
        "evidence": list(found.evidence),
        "formulas": formulas[:_MOST_FORMULAS],
        "n_formulas": len(formulas),
        "known": known,
    }
