from builders import ion
from lcms.io.sheets.sheet_warnings import sheet_warnings
from lcms.kinds import SampleType
from lcms.model import Level, Sample


def test_an_analyte_without_a_level_is_named_but_not_the_isotopologues_of_a_tracer() -> None:
    samples = [Sample("c", "c.mzML", SampleType.CALIBRATOR, "cal")]
    heavy = "(13)C3C9H15NO4"
    ions = [
        ion("Lac-Phe", formula="C12H15NO4"),
        ion("Lac-Phe M+3", formula=heavy, isotopologue_of="Lac-Phe"),
        ion("lactate", formula="C3H6O3"),
    ]

    warnings = sheet_warnings(samples, [Level("cal", "Lac-Phe", 10.0)], ions)

    assert warnings == ["the level sheet has no concentration of lactate"]
