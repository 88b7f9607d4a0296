"""What the runs of a batch teach (parts): times, compounds, noise and shape."""

from typing import Final

from lcms.schemas.chromatogram_tables import CHROMATOGRAM
from lcms.schemas.declaration import BATCH, COUNT, NUMBER, SAMPLE, SERIES, TEXT, Column, Table

TIMES: Final = Table(
    "times",
    "Time map of each run: a compound of the common time scale elutes at t + retention_shift_s "
    "+ retention_stretch x (t - centre_s), and what bend_by_s is at bend_at_s (a part).",
    ("sample_id",),
    (
        SAMPLE,
        Column("retention_shift_s", NUMBER, "s", "Shift against the common time scale."),
        Column("retention_stretch", NUMBER, "", "Stretch, seconds per second."),
        Column("centre_s", NUMBER, "s", "Where the stretch moves nothing."),
        Column("retention_sd_s", NUMBER, "s", "One standard deviation of an expected time."),
        Column("retention_jitter_s", NUMBER, "s", "That of one compound in one run around it."),
        Column("bend_at_s", SERIES, "s", "Common times of the corners of the bend."),
        Column("bend_by_s", SERIES, "s", "How much later compounds elute there."),
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
    "What a batch knows of each peak of a signal, targets and persistent neighbours (a part).",
    ("chromatogram_id", "position"),
    (
        CHROMATOGRAM,
        Column("position", COUNT, "", "Number within the signal, from 0.", nullable=False),
        Column("ion_id", TEXT, "", "The target; null for a neighbour."),
        Column("retention_time_s", NUMBER, "s", "Place on the common time scale."),
        Column("retention_sd_s", NUMBER, "s", "One standard deviation of that place."),
        *_SHAPE,
        Column("n_runs", COUNT, "", "Runs whose candidates tell the place; 0: only the list."),
        Column("retention_jitter_s", NUMBER, "s", "Scatter of its places in them (one sd)."),
        Column("together", TEXT, "", "Name of the ions that elute together; null: alone."),
        Column("floor", NUMBER, "count", "Noise of the signal beside the peaks (one sd)."),
        Column("inflation", NUMBER, "", "Scatter of areas by what white noise lets expect."),
    ),
)

BATCHES: Final = Table(
    "batches",
    "Noise and usual peak shape of a batch (a part).",
    ("batch",),
    (
        BATCH,
        Column("gain", NUMBER, "count", "Counting noise: variance by intensity."),
        Column("relative", NUMBER, "", "Noise that is a share of the intensity (one sd)."),
        Column("mz_scatter_ppm", NUMBER, "ppm", "Scatter of one centroid on a strong peak."),
        *_SHAPE,
    ),
)
