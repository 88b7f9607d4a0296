import pytest

from lcms.io.sheets.file_names import guess, guesses, sample_ids
from lcms.kinds import SampleType


@pytest.mark.parametrize(
    ("name", "sample_type"),
    [
        ("2024-01-05_Blank01.mzML", SampleType.BLANK),
        ("blk7.mzML.gz", SampleType.BLANK),
        ("DoubleBlank_1.mzML", SampleType.BLANK),
        ("zero_blank_3.mzML", SampleType.ZERO),
        ("Solvent_2.mzML", SampleType.SOLVENT),
        ("wash.mzML", SampleType.SOLVENT),
        ("QC_pool_3.mzML", SampleType.POOLED_QC),
        ("PooledQC.mzML", SampleType.POOLED_QC),
        ("LTR_01.mzML", SampleType.POOLED_QC),
        ("171103_PMA_QC_04.mzML", SampleType.POOLED_QC),
        ("QC_low_1.mzML", SampleType.QUALITY_CONTROL),
        ("MQC2.mzML", SampleType.QUALITY_CONTROL),
        ("Cal_3.mzML", SampleType.CALIBRATOR),
        ("HILICNeg15_StdH1.mzML", SampleType.CALIBRATOR),
        ("level 4.MZML", SampleType.CALIBRATOR),
        ("mouse_07_t30.mzML", SampleType.UNKNOWN),
        ("calcium_1.mzML", SampleType.UNKNOWN),
        ("istd_local.mzML", SampleType.UNKNOWN),
    ],
)
def test_the_sample_type_is_guessed_from_words_of_the_name(
    name: str, sample_type: SampleType
) -> None:
    assert guess(name).sample_type is sample_type


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("Cal_3.mzML", "3"),
        ("calibrator_L2_rep1.mzML", "2"),
        ("std_0.5nM.mzML", "0.5"),
        ("level 4.mzML", "4"),
        ("QC_low_1.mzML", "low"),
        ("STD.mzML", None),
        ("Cal_20240105.mzML", None),
        ("sim_015_qc_3.mzML", "qc_3"),
        ("QC60_1.mzML", "qc_60"),
        ("QC_0,5.mzML", "qc_0.5"),
        ("QC_20240105.mzML", None),
        ("Blank_3.mzML", None),
        ("pool_3.mzML", None),
    ],
)
def test_the_level_is_the_number_or_word_behind_what_says_so_and_never_a_date(
    name: str, level: str | None
) -> None:
    assert guess(name).level == level


def test_a_guess_says_what_it_is_made_from() -> None:
    assert guess("BLK7.mzML").reason == "blank (from `blk` in the name)"
    assert guess("mouse.mzML").reason == "unknown (nothing in the name)"


def test_a_sample_id_is_the_name_made_valid_and_unique() -> None:
    names = ["a b.mzML", "a_b.MZML", "a_b_2.mzML", "été.mzML.gz", "样品.mzML", "x.y.mzML"]

    assert sample_ids(names) == ["a_b", "a_b_2", "a_b_2_2", "ete", "run", "x.y"]


@pytest.mark.parametrize(
    ("numbers", "sample_type"),
    [
        ([3, 60, 750], SampleType.QUALITY_CONTROL),
        ([3, 60, 750, 3, 60, 750], SampleType.QUALITY_CONTROL),
        ([1, 2, 3, 1, 2, 3], SampleType.QUALITY_CONTROL),
        ([2, 1, 3, 4], SampleType.POOLED_QC),
        ([1], SampleType.POOLED_QC),
    ],
)
def test_quality_controls_numbered_one_by_one_are_a_pool_others_are_levels(
    numbers: list[int], sample_type: SampleType
) -> None:
    names = ["mouse_1.mzML", *(f"qc_{number}.mzML" for number in numbers)]

    unknown, *controls = guesses(names)

    assert unknown.sample_type is SampleType.UNKNOWN
    assert {control.sample_type for control in controls} == {sample_type}
    assert [control.level for control in controls] == [
        f"qc_{number}" if sample_type is SampleType.QUALITY_CONTROL else None for number in numbers
    ]
