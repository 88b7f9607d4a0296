"""The files of a study: `gather` removes them without loading what makes them."""

from pathlib import Path
from typing import Final

from lcms.schemas import (
    AMOUNTS,
    CONTRASTS,
    DESIGN,
    ISOTOPOLOGUES,
    KINETICS,
    NCA,
    RATIOS,
    SERIES,
    SYNTHESIS,
)

PAGE: Final = "study.html"  # of the figures of these tables
_TABLES: Final = (
    *(AMOUNTS, RATIOS, KINETICS, ISOTOPOLOGUES, SYNTHESIS),
    *(DESIGN, SERIES, NCA, CONTRASTS),
)


def remove_study(results: Path) -> None:
    """Remove the tables of a study and its page: of other concentrations, or another design."""
    (results / PAGE).unlink(missing_ok=True)
    for table in _TABLES:
        (results / f"{table.name}.parquet").unlink(missing_ok=True)
