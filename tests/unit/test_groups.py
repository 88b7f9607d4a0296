from builders import ion, sample
from lcms.groups import by_batch, by_chromatogram, by_compound


def test_runs_stay_in_the_order_of_the_sheet_though_batches_take_turns() -> None:
    runs = [sample("a", batch="2"), sample("b", batch="1"), sample("c", batch="2")]

    groups = by_batch(runs)

    assert list(groups) == ["2", "1"]
    assert groups == {"2": [runs[0], runs[2]], "1": [runs[1]]}


def test_isomers_of_one_group_share_a_signal_but_are_two_compounds() -> None:
    ions = [
        ion("Lac-Leu", 202.1085, 60.0, isomer_group="Leu/Ile"),
        ion("Lac-Phe", 236.0928, 90.0),
        ion("Lac-Ile", 202.1085, 70.0, isomer_group="Leu/Ile"),
    ]

    assert [*by_chromatogram(ions).values()] == [[ions[0], ions[2]], [ions[1]]]
    assert [*by_compound(ions)] == ["Lac-Leu", "Lac-Phe", "Lac-Ile"]
