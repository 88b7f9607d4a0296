from pathlib import Path

import pytest

from lcms.errors import ConfigError
from lcms.io.reference.spectral_library import read_library

MGF = """BEGIN IONS
TITLE=scan 1
NAME=Lac-Leu
PEPMASS=202.1085
CHARGE=1-
130.0874 999
88.0404 100
END IONS
"""
MSP = """NAME: Lac-Leu
{key}: 202.1085
PRECURSORTYPE: [M-H]-
Num Peaks: 2
88.0404 100
130.0874 999

"""


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("own.mgf", MGF),
        ("own.msp", MSP.format(key="PRECURSORMZ")),
        ("own.MSP", MSP.format(key="PrecursorMZ")),
    ],
)
def test_a_library_is_read_with_names_precursors_and_sorted_peaks(
    tmp_path: Path, name: str, text: str
) -> None:
    (found,) = read_library(written(tmp_path / name, text))

    assert (found.name, found.precursor_mz) == ("Lac-Leu", 202.1085)
    assert found.mz.tolist() == [88.0404, 130.0874]
    assert found.intensity.tolist() == [100.0, 999.0]


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("own.txt", MGF, "is an .mgf or .msp file"),
        ("own.mgf", "nothing", "holds no spectrum"),
        ("own.msp", "nothing", "holds no spectrum"),
        ("own.mgf", MGF.replace("202.1085", "heavy"), "cannot be read"),
    ],
)
def test_what_is_no_library_is_refused_with_its_name(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    with pytest.raises(ConfigError, match=told):
        read_library(written(tmp_path / name, text))


def test_a_missing_library_is_refused(tmp_path: Path) -> None:
    for name in ("own.mgf", "own.msp"):
        with pytest.raises(ConfigError, match=name):
            read_library(tmp_path / name)
