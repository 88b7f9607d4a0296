"""One run to the chromatograms of its ions: gather, find the mass offset, cut."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from lcms.config import Extraction
from lcms.errors import MzmlError
from lcms.io.mzml.reader import read_run
from lcms.kinds import NotAcquired
from lcms.model import Chromatogram, Floats, Ion, RunFacts, SrmChromatogram, Wanted
from lcms.numerics.chromatogram.channels import Channel
from lcms.numerics.chromatogram.gather import WHOLE_EVERY, Gatherer
from lcms.numerics.chromatogram.gathered_offset import gathered_offset_ppm
from lcms.numerics.chromatogram.gathered_scans import GatheredScans
from lcms.numerics.chromatogram.ion_scans import (
    IonScans,
    chromatogram_in_scans,
    competing_ions,
    scans_of_ion,
)
from lcms.numerics.chromatogram.scans_in_turn import takes_turns
from lcms.numerics.chromatogram.search_times import kept_spans_s, search_bounds_s
from lcms.numerics.chromatogram.transitions import fits_exactly, lowest_signal, match_transition
from lcms.numerics.chromatogram.window import cut

_MOST_CHANNELS: Final = 256  # remembered by their text: thousands of ions share one
_MIN_SAMPLED: Final = 3  # scans read whole: fewer give no median for the detection threshold


@dataclass(frozen=True)
class ExtractedIon:
    """The chromatogram of an ion in a run with its source, or why there is none.

    `source` is `ms1`, `ms2` or `srm`; `multiplicity` the number of isolation windows or SRM
    chromatograms that could hold the ion; `isolation_mz` the edges of the window that is used.
    `channel` says in which kind of scans the ion is read; `is_mixed` whether scans of several
    unknown kinds may be mixed in it, None without a chromatogram.
    """

    chromatogram: Chromatogram | None
    why: NotAcquired | None = None
    source: str | None = None
    multiplicity: int | None = None
    isolation_mz: tuple[float, float] | None = None
    channel: str | None = None
    is_mixed: bool | None = None


@dataclass(frozen=True)
class ExtractedRun:
    """A run with its ions extracted, in the order in which they were given.

    `polarities` are those of MS1 scans and SRM chromatograms, `survey_times_s` the times of the
    MS1 scans. `offset_ppm` is the mass offset, None where `n_anchors` are too few.
    `mz_window_ppm` is the half-width of the m/z window of each ion, `mz_scatter_ppm` the scatter
    of the m/z of an ion between MS1 scans; None where there are none, or too few to tell.
    `detection_threshold` is in counts.
    """

    facts: RunFacts
    polarities: frozenset[int]
    survey_times_s: Floats
    offset_ppm: float | None
    n_anchors: int
    mz_window_ppm: float | None
    mz_scatter_ppm: float | None
    detection_threshold: float | None
    ions: list[ExtractedIon]


def extract_run(
    path: Path, ions: Sequence[Ion], extraction: Extraction, n_targets: int
) -> ExtractedRun:
    """Return a run with its ions extracted.

    Parameters
    ----------
    path : Path
    ions : sequence of Ion
        The targets first, then auxiliary ions.
    extraction : Extraction
    n_targets : int
        Number of targets: the mass offset is that of the first ions.

    Raises
    ------
    DataError
        If the run cannot be read.
    """
    kept_s = list(kept_spans_s(ions, extraction.retention_time_margin_s).values())
    facts, gatherer = _gather(path, ions, kept_s, extraction, n_targets)
    if gatherer.has_bins_of_own_time:
        raise MzmlError(
            f"{path}: the spectra are bins of ion mobility, each with a time of its own, so that "
            "the bins of a frame cannot be summed; convert the raw file again and let the "
            "converter combine the ion mobility spectra"
        )
    gathered = gatherer.gathered()
    ion_scans = [_ion_scans(gathered, index, ions, extraction) for index in range(len(ions))]
    offset_ppm, n_anchors = gathered_offset_ppm(gathered, ions[:n_targets], ion_scans[:n_targets])
    run = _GatheredRun(ions, kept_s, gatherer.chromatograms, gathered, offset_ppm, extraction)
    return ExtractedRun(
        facts=facts,
        polarities=facts.polarities | {srm.polarity for srm in gatherer.chromatograms},
        survey_times_s=gathered.time_s[gathered.is_survey],
        offset_ppm=offset_ppm,
        n_anchors=n_anchors,
        mz_window_ppm=extraction.window_ppm(offset_ppm) if gathered.time_s.size else None,
        mz_scatter_ppm=gathered.mz_scatter_ppm,
        detection_threshold=(
            gathered.detection_threshold or lowest_signal(gatherer.chromatograms)
        ),
        ions=[_extracted(run, index, scans) for index, scans in enumerate(ion_scans)],
    )


def _gather(
    path: Path,
    ions: Sequence[Ion],
    kept_s: Sequence[tuple[float, float]],
    extraction: Extraction,
    n_targets: int,
) -> tuple[RunFacts, Gatherer]:
    """Read a run; again if it is short, whole, or if its MS2 scans turn out to be SRM."""
    has_products = any(ion.product_mz is not None for ion in ions)
    wanted = Wanted(
        frozenset({1, 2} if has_products else {1}),
        has_products,
        extraction.bare_unit_s,
        tuple({ion.precursor_mz for ion in ions[:n_targets]}),
    )

    def read(whole_every: int, *, srm_spectra: bool = False) -> tuple[RunFacts, Gatherer]:
        return read_run(
            path,
            lambda: Gatherer(
                ions,
                extraction.gathered_ppm,
                kept_s,
                _centroid_windows,
                whole_every,
                srm_spectra=srm_spectra,
            ),
            wanted,
        )

    facts, gatherer = read(WHOLE_EVERY)
    if gatherer.looks_srm:
        return read(WHOLE_EVERY, srm_spectra=True)
    if facts.n_ms1 + facts.n_ms2 and gatherer.n_sampled < _MIN_SAMPLED:
        return read(1)
    return facts, gatherer


def _centroid_windows(mz: Floats, intensity: Floats, windows_mz: Floats) -> tuple[Floats, Floats]:
    from lcms.picking import centroid_windows  # noqa: PLC0415  (pyOpenMS, for profile data only)

    return centroid_windows(mz, intensity, windows_mz)


def _ion_scans(
    gathered: GatheredScans, index: int, ions: Sequence[Ion], extraction: Extraction
) -> IonScans:
    ion = ions[index]

    def n_competing(channel: Channel) -> int:
        return len(competing_ions(ion, channel, ions, extraction.mz_tolerance_ppm))

    return scans_of_ion(gathered, index, ion, search_bounds_s(ion), n_competing)


@dataclass(frozen=True)
class _GatheredRun:
    """A run before its chromatograms are cut: ions, times to keep, scans, SRM, mass offset."""

    ions: Sequence[Ion]
    kept_s: Sequence[tuple[float, float]]
    chromatograms: Sequence[SrmChromatogram]
    gathered: GatheredScans
    offset_ppm: float | None
    extraction: Extraction


def _extracted(run: _GatheredRun, index: int, ion_scans: IonScans) -> ExtractedIon:
    """Return the chromatogram of an ion, from its scans or from an SRM chromatogram.

    The members of an isomer group have the same chromatogram, over the windows of all of them.
    """
    ion, extraction = run.ions[index], run.extraction
    if (
        ion.product_mz is not None
        and run.chromatograms
        and (ion_scans.why or fits_exactly(ion, run.chromatograms))
    ):
        return _matched(run, index)
    source = "ms1" if ion.product_mz is None else "ms2"
    isolation_mz = ion_scans.channel.isolation_mz
    if ion_scans.why:
        return ExtractedIon(None, ion_scans.why, None, ion_scans.multiplicity, isolation_mz)
    whole = chromatogram_in_scans(
        run.gathered,
        index,
        ion,
        ion_scans,
        run.offset_ppm or 0.0,
        extraction.window_ppm(run.offset_ppm),
    )
    multiplicity = ion_scans.multiplicity if ion.product_mz else 1
    kept = cut(whole, *run.kept_s[index])
    return ExtractedIon(
        kept,
        None,
        source,
        multiplicity,
        isolation_mz,
        _channel_text(ion_scans.channel),
        is_mixed=ion_scans.is_doubtful or takes_turns(kept.intensity),
    )


@lru_cache(maxsize=_MOST_CHANNELS)
def _channel_text(channel: Channel) -> str:
    return channel.text()


def _matched(run: _GatheredRun, index: int) -> ExtractedIon:
    """Return the chromatogram of an ion in an SRM run."""
    ion, tolerance_mz = run.ions[index], run.extraction.transition_tolerance_mz
    match = match_transition(ion, run.chromatograms, tolerance_mz, search_bounds_s(ion))
    if match.chromatogram is None:
        return ExtractedIon(None, match.why, None, match.multiplicity)
    kept = cut(match.chromatogram, *run.kept_s[index])
    return ExtractedIon(
        kept,
        None,
        "srm",
        match.multiplicity,
        channel=match.channel,
        is_mixed=takes_turns(kept.intensity),
    )
