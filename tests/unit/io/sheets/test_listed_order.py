from builders import ion, standard
from lcms.io.sheets.listed_order import exchanged_times
from lcms.model import Ion


def panel(ile_s: float, leu_s: float, copy_s: float) -> list[Ion]:
    return [
        ion("Lac-Val", 188.0928, 200.0),
        ion("Lac-Ile", retention_time_s=ile_s, isomer_group="Lac-Leu/Ile"),
        ion("Lac-Leu", retention_time_s=leu_s, isomer_group="Lac-Leu/Ile"),
        ion("Lac-Phe", 236.0928, 400.0),
        standard("Lac-Leu-13C6", 208.1286, copy_s),
    ]


def test_the_order_of_reversed_phase_and_its_reverse_raise_no_doubt() -> None:
    assert list(exchanged_times(panel(280.0, 300.0, 301.0))) == []
    hilic = [ion("Lac-Val", 188.0928, 300.0), ion("Lac-Phe", 236.0928, 200.0)]
    assert list(exchanged_times(hilic)) == []


def test_two_isomers_that_are_exchanged_contradict_the_order_and_the_labelled_copy() -> None:
    by_copy, by_order = exchanged_times(panel(ile_s=300.0, leu_s=280.0, copy_s=301.0))

    assert by_copy == (
        "Lac-Leu-13C6 is listed at 301 s, nearer to Lac-Ile (300 s) than to Lac-Leu (280 s): are "
        "the two exchanged?"
    )
    assert by_order.startswith("by their listed times the order is Lac-Val, Lac-Leu, Lac-Ile, ")


def test_compounds_without_times_raise_no_doubt() -> None:
    assert list(exchanged_times([ion("Lac-Leu", retention_time_s=None)])) == []
