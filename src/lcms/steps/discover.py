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
    lactoyl_formulas,
    paired_precursors,
    possible_conjugates,
    signature,
)
from lcms.numerics.identity.spectra import CLEAR_SHARE
from lcms.picking import centroided
from lcms.schemas import Row

# Absolute time: two scans of one peak of usual width (8 s) are less than this apart, two peaks of
# one m/z usually more. Chosen by judgement.
_GAP_S: Final = 15.0
# In DIA a product may belong to another precursor of the window, but seldom scan after scan: as
# many as a peak has (`min_points`). Chosen by judgement.
_MIN_DIA_SCANS: Final = 5
_MOST_FORMULAS: Final = 10  # in a row of the table; `n_formulas` counts all
_SPREAD_TOLERANCES: Final = 2  # between scans of one precursor: each may be off by the tolerance


@dataclass
class _ConjugateSearch:
    """Takes the scans of a run and keeps those with the signature, by polarity.

    `triggered` were triggered on the precursor, `paired` have a wide isolation window; `survey_mz`
    are the m/z of the last MS1 scan.
    """

    evidence: Evidence
    triggered: dict[int, list[PrecursorScan]] = field(default_factory=lambda: {1: [], -1: []})
    paired: dict[int, list[PrecursorScan]] = field(default_factory=lambda: {1: [], -1: []})
    survey_mz: dict[int, Floats] = field(default_factory=dict)

    def need(self, head: Scan) -> Need:
        """Return that every scan is needed whole."""
        return WHOLE if head.ms_level > 0 else NOTHING

    def take_scan(self, scan: Scan) -> None:
        """Look for the signature of the selected ion, or in DIA of the ions in the window."""
        if scan.is_profile:
            scan = centroided(scan)
        window = isolation_mz(scan)
        if scan.ms_level == 1:
            self.survey_mz[scan.polarity] = scan.mz
        elif window is not None and scan.polarity != 0:
            self._look(scan, window)

    def take_chromatogram(self, chromatogram: SrmChromatogram) -> None:
        """Ignore a chromatogram: none is asked for."""

    def _look(self, scan: Scan, window: tuple[float, float]) -> None:
        mz, intensity = scan.mz, scan.intensity
        tolerance_ppm = self.evidence.product_tolerance_ppm
        if window[1] - window[0] <= self.evidence.widest_isolation_mz:
            kept, precursors_mz = self.triggered, np.array([scan.precursor_mz or 0.0])
        else:
            clear = mz[intensity >= CLEAR_SHARE * intensity.max(initial=0.0)]
            survey_mz = self.survey_mz.get(scan.polarity, np.empty(0))
            precursors_mz = paired_precursors(survey_mz, clear, window, tolerance_ppm)
            kept = self.paired
        for precursor_mz in precursors_mz:
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
        Called with the sample_id of each run when it is done.
    """
    panel = read_panel()
    rows: list[Row] = []
    for sample in samples:
        try:
            _, search = read_run(
                Path(sample.mzml), lambda: _ConjugateSearch(evidence), Wanted(frozenset({1, 2}))
            )
        except DataError:  # the reason is in `samples`
            continue
        finally:
            progress(sample.sample_id)
        rows += _rows(sample.sample_id, search, evidence, panel)
    return rows


def _rows(
    sample_id: str, search: _ConjugateSearch, evidence: Evidence, panel: Sequence[PanelCompound]
) -> list[Row]:
    spread_ppm = _SPREAD_TOLERANCES * evidence.product_tolerance_ppm
    conjugates = [
        (polarity, source, conjugate)
        for polarity in (1, -1)
        for source, scans, min_scans in (
            ("dda", search.triggered[polarity], 1),
            ("dia", search.paired[polarity], _MIN_DIA_SCANS),
        )
        for conjugate in possible_conjugates(scans, spread_ppm, _GAP_S, min_scans)
    ]
    return [
        {"sample_id": sample_id, "number": number, "source": source}
        | _row(conjugate, polarity, evidence, panel)
        for number, (polarity, source, conjugate) in enumerate(conjugates, 1)
    ]


def _row(
    conjugate: PossibleConjugate,
    polarity: int,
    evidence: Evidence,
    panel: Sequence[PanelCompound],
) -> Row:
    formulas = lactoyl_formulas(conjugate.precursor_mz, polarity, evidence.product_tolerance_ppm)
    known = [compound.target_id for compound in panel if compound.formula in formulas]
    return {
        "polarity": "+" if polarity > 0 else "-",
        "precursor_mz": conjugate.precursor_mz,
        "retention_time_s": conjugate.time_s,
        "first_s": conjugate.first_s,
        "last_s": conjugate.last_s,
        "n_scans": conjugate.n_scans,
        "evidence": list(conjugate.signature),
        "formulas": formulas[:_MOST_FORMULAS],
        "n_formulas": len(formulas),
        "known": known,
    }
