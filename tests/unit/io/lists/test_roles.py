import pytest

from lcms.io.lists.listed_ion import ListedIon
from lcms.io.lists.roles import is_standard, named_compounds, paired_standards


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("13C6-Lac-Leu", True),
        ("Lac-Phe-d5", True),
        ("Lac-Leu (IS)", True),
        ("IS_Lac-Val", True),
        ("[2H5]-Phe", True),
        ("U-13C-lactate", True),
        ("Lac-Leu", False),
        ("cis-aconitate", False),
        ("isoleucine", False),
    ],
)
def test_a_standard_is_known_by_its_label(name: str, is_one: bool) -> None:  # noqa: FBT001  (a table)
    assert is_standard(ListedIon(name)) is is_one


def test_what_the_list_says_of_a_standard_counts_more_than_its_name() -> None:
    assert not is_standard(ListedIon("vitamin D3", is_standard=False))
    assert is_standard(ListedIon("norleucine", is_standard=True))


def test_standards_belong_to_the_analyte_of_their_name() -> None:
    standards = ["13C6-Lac-Leu", "Lac-Phe-d5 (IS)", "norleucine"]

    assert paired_standards(["Lac-Leu", "Lac-Phe", "Lac-Ile"], standards) == {
        "Lac-Leu": "13C6-Lac-Leu",
        "Lac-Phe": "Lac-Phe-d5 (IS)",
    }


@pytest.mark.parametrize(
    ("ions", "names"),
    [
        ([ListedIon("X_1", 202.1, 130.1), ListedIon("X_2", 202.1, 88.0)], ["X", "X"]),
        ([ListedIon("X quan", 202.1, 130.1), ListedIon("X qual", 202.1, 88.0)], ["X", "X"]),
        ([ListedIon("C18-1", 202.1, 130.1), ListedIon("C18-2", 204.1, 88.0)], ["C18-1", "C18-2"]),
        (
            [ListedIon("X 1", 202.1, 130.1, time=3.8), ListedIon("X 2", 202.1, 88.0, time=3.9)],
            ["X 1", "X 2"],
        ),
        ([ListedIon("mz_188.1", 188.1, 88.0)], ["mz_188.1"]),
        (
            [ListedIon("X", 202.1, 130.1), ListedIon("X", 208.1, 136.1, is_labelled=True)],
            ["X", "X heavy"],
        ),
    ],
)
def test_transitions_of_one_precursor_and_time_are_one_compound(
    ions: list[ListedIon], names: list[str]
) -> None:
    assert named_compounds(ions) == names
