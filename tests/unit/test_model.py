import pytest

from builders import ion
from lcms.model import Ion

LEUCINE = ion("Lac-Leu", isomer_group="leucines")


@pytest.mark.parametrize("retention_time_s", [60.0, 75.0, None])
def test_isomers_of_one_group_share_their_signal(retention_time_s: float | None) -> None:
    isoleucine = ion("Lac-Ile", retention_time_s=retention_time_s, isomer_group="leucines")

    assert isoleucine.chromatogram_id == LEUCINE.chromatogram_id


@pytest.mark.parametrize(
    "other",
    [
        ion("Lac-Ile"),
        ion("Lac-Ile", isomer_group="others"),
        ion("Lac-Ile", 203.11183, isomer_group="leucines"),
        ion("Lac-Ile", isomer_group="leucines", product="C6H12NO2-", product_mz=130.08735),
    ],
)
def test_an_ion_of_another_group_mass_or_product_has_a_signal_of_its_own(other: Ion) -> None:
    assert other.chromatogram_id != LEUCINE.chromatogram_id


def test_an_ion_without_a_group_shares_its_signal_with_none() -> None:
    assert ion("Lac-Leu").chromatogram_id != ion("Lac-Ile").chromatogram_id
