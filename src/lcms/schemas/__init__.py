"""Every table the pipeline writes: column, type, unit, definition and key, declared once.

The Arrow schemas, the check before writing, the page `docs/tables.md` and the metadata of the
Parquet files are made from these declarations. There is one module per family of tables;
`declaration` defines what a table and a column are.
"""

from typing import Final

from lcms.schemas.calibration_tables import CALIBRATION, CALIBRATORS, IONS
from lcms.schemas.chromatogram_tables import CANDIDATES, CHROMATOGRAMS, COMPANIONS
from lcms.schemas.concentration_tables import (
    CONCENTRATION_MATRIX,
    CONCENTRATIONS,
    RESPONSE_MATRIX,
)
from lcms.schemas.declaration import CONCENTRATION, Column, Row, Table
from lcms.schemas.endogenous_tables import PARALLELISM, RECOVERY
from lcms.schemas.identity_tables import DISCOVERED, MS2_EVIDENCE
from lcms.schemas.learned_tables import BATCHES, COMPOUNDS, TIMES
from lcms.schemas.peak_tables import DECISIONS, DECOYS, FITS, PEAKS, REVIEW_AUDIT
from lcms.schemas.preparation_table import PREPARATION
from lcms.schemas.quality_tables import DETECTION, QUALITY, TRIAGE, VERDICT
from lcms.schemas.run_tables import RUNS, SAMPLES, TRIGGERED
from lcms.schemas.study_tables import (
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
from lcms.schemas.target_tables import TARGETS

__all__ = [
    "AMOUNTS",
    "BATCHES",
    "CALIBRATION",
    "CALIBRATORS",
    "CANDIDATES",
    "CHROMATOGRAMS",
    "COMPANIONS",
    "COMPOUNDS",
    "CONCENTRATION",
    "CONCENTRATIONS",
    "CONCENTRATION_MATRIX",
    "CONTRASTS",
    "DECISIONS",
    "DECOYS",
    "DESIGN",
    "DETECTION",
    "DISCOVERED",
    "FITS",
    "IONS",
    "ISOTOPOLOGUES",
    "KINETICS",
    "MS2_EVIDENCE",
    "NCA",
    "PARALLELISM",
    "PEAKS",
    "PREPARATION",
    "QUALITY",
    "RATIOS",
    "RECOVERY",
    "RESPONSE_MATRIX",
    "REVIEW_AUDIT",
    "RUNS",
    "SAMPLES",
    "SCHEMA_VERSION",
    "SERIES",
    "SYNTHESIS",
    "TABLES",
    "TARGETS",
    "TIMES",
    "TRIAGE",
    "TRIGGERED",
    "VERDICT",
    "Column",
    "Row",
    "Table",
]

SCHEMA_VERSION: Final = "2"
TABLES: Final = (
    SAMPLES,
    CHROMATOGRAMS,
    PEAKS,
    FITS,
    DECISIONS,
    DECOYS,
    CONCENTRATIONS,
    CALIBRATION,
    CALIBRATORS,
    IONS,
    MS2_EVIDENCE,
    DISCOVERED,
    QUALITY,
    VERDICT,
    RECOVERY,
    PARALLELISM,
    PREPARATION,
    DETECTION,
    TRIAGE,
    CONCENTRATION_MATRIX,
    RESPONSE_MATRIX,
    TARGETS,
    REVIEW_AUDIT,
    DESIGN,
    AMOUNTS,
    RATIOS,
    KINETICS,
    ISOTOPOLOGUES,
    SYNTHESIS,
    SERIES,
    NCA,
    CONTRASTS,
)
