"""The model of a batch (parts): time maps, compounds, noise and usual peak shape."""

from typing import Final

from lcms.schemas.chromatogram_tables import CHROMATOGRAM
from lcms.schemas.declaration import (
    BATCH,
    COUNT,
    NUMBER,
    SAMPLE,
    SERIES,
    TEXT,
    WORDS,
    Column,
    Table,
)

TIMES: Final = Table(
    "times",
    "Time map of each run: a compound of the common time scale elutes at t + retention_shift_s "
    "+ retention_stretch x (t - centre_s) + the bend at t (a part).",
    ("sample_id",),
    (
        SAMPLE,
        Column(
            "retention_shift_s",
            NUMBER,
            "s",
            "Retention time in the run minus common time, at centre_s.",
        ),
        Column("retention_stretch", NUMBER, "", "Change of that shift per second of common time."),
        Column("centre_s", NUMBER, "s", "Common time at which the stretch adds nothing."),
        Column("retention_sd_s", NUMBER, "s", "Standard deviation of the time map."),
        Column("retention_jitter_s", NUMBER, "s", "That of one compound around the time map."),
        Column("bend_at_s", SERIES, "s", "Common times of the knots of the bend."),
        Column("bend_by_s", SERIES, "s", "Bend at these knots; linear between them."),
    ),
)

_SHAPE = (
    Column("sigma_s", NUMBER, "s", "Width of the Gaussian of the peak shape.", nullable=False),
    Column("tau_s", NUMBER, "s", "Time constant of its exponential tail.", nullable=False),
    Column("tail_fraction", NUMBER, "", "Share of the area with the longer tail.", nullable=False),
    Column("tail_s", NUMBER, "s", "Time constant of the longer tail.", nullable=False),
)

COMPOUNDS: Final = Table(
    "compounds",
    "Each peak of a chromatogram as learned from its batch: targets, and neighbours that many "
    "runs have (a part).",
    ("chromatogram_id", "position"),
    (
        CHROMATOGRAM,
        Column("position", COUNT, "", "Index in the chromatogram, from 0.", nullable=False),
        Column("ion_id", TEXT, "", "The target; null for a neighbour."),
        Column("retention_time_s", NUMBER, "s", "Retention time on the common time scale."),
        Column("retention_sd_s", NUMBER, "s", "Standard deviation of it."),
        *_SHAPE,
        Column(
            "shape_sd",
            SERIES,
            "",
            "Standard deviations of ln sigma, ln tau/sigma, tail fraction and ln tail/sigma; 0 of "
            "a shape that the compound has shown itself.",
        ),
        Column(
            "n_runs", COUNT, "", "Runs with a candidate of the compound; 0: the time is listed."
        ),
        Column("retention_jitter_s", NUMBER, "s", "Standard deviation between these runs."),
        Column("together", TEXT, "", "Name shared by ions that co-elute; null: none does."),
        Column(
            "isomers", WORDS, "", "Ions of the same peak that nothing distinguishes from `ion_id`."
        ),
        Column(
            "isomer_basis",
            TEXT,
            "",
            "Why the peak is that of this isomer: `order`, by the order of elution; `sum`, it is "
            "the sum; null, by time, labelled copy or doses.",
        ),
        Column("floor", NUMBER, "count", "Noise beside the peaks (one standard deviation)."),
        Column(
            "inflation", NUMBER, "", "Scatter of areas divided by that expected of white noise."
        ),
    ),
)

BATCHES: Final = Table(
    "batches",
    "Noise and usual peak shape of a batch (a part).",
    ("batch",),
    (
        BATCH,
        Column("gain", NUMBER, "count", "Counting noise: variance divided by intensity."),
        Column("relative", NUMBER, "", "Noise as a share of the intensity (one sd)."),
        Column("mz_scatter_ppm", NUMBER, "ppm", "Standard deviation of one centroid."),
        *_SHAPE,
    ),
)
