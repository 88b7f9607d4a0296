import pyarrow as pa
import pytest

from lcms.io.sheets.run_sheets import SAMPLE_COLUMNS
from lcms.kinds import ConcentrationStatus, PeakStatus, RunStatus
from lcms.schemas import (
    CALIBRATION,
    CONCENTRATION_MATRIX,
    RESPONSE_MATRIX,
    RUNS,
    SAMPLES,
    TABLES,
    Table,
)

EVERY_TABLE = [RUNS, *TABLES]

# Names that other people's scripts depend on: none may go without a new schema version.
PROMISED = {
    "samples": "sample_id mzml sample_type level batch injection_order dilution_factor status "
    "error start_time instrument n_ms1 n_ms2 n_chromatograms polarity mz_error_ppm "
    "retention_shift_s",
    "chromatograms": "sample_id ion_id retention_time_s intensity",
    "peaks": "sample_id ion_id target_id ion_role status retention_time_s left_s right_s area "
    "area_sd height signal_to_noise fwhm_s tailing mz_observed mz_error_ppm n_points quality "
    "flags",
    "concentrations": "sample_id target_id kind dilution_factor status response "
    "response_corrected concentration concentration_low concentration_high lod lloq uloq "
    "censored accuracy_percent identification_level flags",
    "calibration": "batch target_id model weighting lloq uloq lod verdict",
    "calibrators": "sample_id target_id nominal back_calculated accuracy_percent used",
    "quality": "batch target_id",
    "verdict": "batch target_id rule value limit pass",
    "concentration_matrix": "sample_id sample_type",
    "response_matrix": "sample_id sample_type",
    "targets": "ion_id",
}


def unit_of(schema: pa.Schema, name: str) -> str:
    return (schema.field(name).metadata or {})[b"unit"].decode()


@pytest.mark.parametrize("table", EVERY_TABLE, ids=lambda table: table.name)
def test_every_column_is_named_once_and_has_a_definition_that_ends_like_a_sentence(
    table: Table,
) -> None:
    assert len(set(table.names())) == len(table.names())
    for column in table.columns:
        assert column.definition.endswith("."), column.name
    assert table.definition.endswith((".", ")."))


@pytest.mark.parametrize("table", EVERY_TABLE, ids=lambda table: table.name)
def test_the_key_of_a_table_is_of_its_columns_and_never_empty(table: Table) -> None:
    columns = {column.name: column for column in table.columns}

    assert table.key
    assert not any(columns[name].nullable for name in table.key)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.name)
def test_the_promised_columns_are_there(table: Table) -> None:
    assert set(PROMISED.get(table.name, "").split()) <= set(table.names())


def test_every_promised_table_is_there() -> None:
    assert set(PROMISED) <= {table.name for table in TABLES}


def test_a_column_whose_name_ends_with_a_unit_has_that_unit() -> None:
    units = {"_s": "s", "_ppm": "ppm", "_percent": "%"}
    for table in EVERY_TABLE:
        for column in table.columns:
            for suffix, unit in units.items():
                if column.name.endswith(suffix):
                    assert column.unit == unit, f"{table.name}.{column.name}"


def test_the_same_name_means_the_same_type_in_every_table() -> None:
    seen: dict[str, pa.DataType] = {}
    for table in EVERY_TABLE:
        for column in table.columns:
            if column.name != "retention_time_s":  # of a peak a number, of a chromatogram many
                assert seen.setdefault(column.name, column.dtype) == column.dtype, column.name


def test_the_samples_table_has_every_column_of_the_sample_sheet() -> None:
    assert set(SAMPLE_COLUMNS) <= set(SAMPLES.names())


def test_the_status_words_of_the_model_are_those_of_the_definitions() -> None:
    for name, words in (
        ("samples", RunStatus),
        ("peaks", PeakStatus),
        ("concentrations", ConcentrationStatus),
    ):
        table = next(table for table in TABLES if table.name == name)
        status = next(column for column in table.columns if column.name == "status")
        assert set(status.definition.split("`")[1::2]) == {str(word) for word in words}


def test_unit_definition_and_term_travel_with_the_arrow_field() -> None:
    field = SAMPLES.schema().field("scan_start_s")

    assert field.metadata == {
        b"unit": b"s",
        b"definition": b"Time of the first MS1 scan.",
        b"term": b"MS:1000016",
    }


def test_further_columns_stand_behind_the_declared_ones_in_their_order() -> None:
    schema = SAMPLES.schema(("group", "amount"))

    assert schema.names == [*SAMPLES.names(), "group", "amount"]
    assert schema.field("group").type == pa.string()


def test_the_concentration_unit_takes_the_place_of_the_word() -> None:
    schema = CALIBRATION.schema(concentration_unit="nmol/L")

    assert unit_of(schema, "lloq") == "nmol/L"
    assert unit_of(schema, "slope") == "response / (nmol/L)"
    assert unit_of(CALIBRATION.schema(), "lloq") == "concentration"


def test_the_analytes_of_the_matrices_are_numbers_of_one_unit_each() -> None:
    schema = CONCENTRATION_MATRIX.schema(("Lac-Leu",), "µmol/L")

    assert schema.field("Lac-Leu").type == pa.float64()
    assert unit_of(schema, "Lac-Leu") == "µmol/L"
    assert unit_of(RESPONSE_MATRIX.schema(("Lac-Leu",), "µmol/L"), "Lac-Leu") == "response"
