import pytest

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
    Table,
)

REPORTED = [AMOUNTS, RATIOS, SERIES, NCA, KINETICS, ISOTOPOLOGUES, SYNTHESIS, CONTRASTS]


@pytest.mark.parametrize("table", REPORTED, ids=lambda table: table.name)
def test_every_row_says_what_it_is_made_of_and_how(table: Table) -> None:
    assert {"n_used", "n_censored", "method", "flags"} <= set(table.names())


def test_the_tables_have_the_keys_and_columns_of_the_study_plan() -> None:
    keys = {table.name: table.key for table in REPORTED}

    assert keys["amounts"][:2] == ("sample_id", "target_id")
    assert keys["series"] == ("subject", "period", "matrix", "target_id")
    assert keys["nca"] == ("subject", "period", "matrix", "target_id", "correction")
    assert keys["kinetics"] == ("assay_id", "target_id")
    assert keys["isotopologues"] == ("sample_id", "target_id", "n_label")
    assert keys["contrasts"] == ("target_id", "matrix", "contrast")
    amount = {"amount", "low", "high", "unit", "normaliser", "censored", "limit"}
    assert amount <= set(AMOUNTS.names())
    assert {"auc_low", "auc", "auc_high", "iauc_net", "iauc_positive"} <= set(SERIES.names())
    assert {"censored", "limit", "low", "high"} <= set(DESIGN.names())
