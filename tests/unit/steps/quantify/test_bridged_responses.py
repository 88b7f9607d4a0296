from pathlib import Path

import pytest

from builders import sample
from quantified import ALA, Areas, quantified

RUNS = [
    sample(f"{kind}{n}_{batch}", "pooled_qc" if kind == "p" else "unknown", batch=batch)
    for batch in ("a", "b")
    for kind, n in (("p", 1), ("u", 1), ("p", 2))
]
# batch b responds twice as much, and its unknown holds three times as much
AREAS: Areas = {
    "p1_a": 100.0,
    "u1_a": 50.0,
    "p2_a": 100.0,
    "p1_b": 200.0,
    "u1_b": 300.0,
    "p2_b": 200.0,
}


def test_pooled_qcs_bring_the_responses_of_batches_to_one_scale(tmp_path: Path) -> None:
    rows = quantified(tmp_path, {"LacAla": AREAS}, RUNS, levels=(), bridging="pooled_qc")

    bridged = {name: rows.concentrations[name, "LacAla"]["response_bridged"] for name in AREAS}
    assert bridged["u1_b"] / bridged["u1_a"] == pytest.approx(3.0)
    assert bridged["p1_a"] == pytest.approx(100 * 2**0.5) == pytest.approx(bridged["p2_b"])
    assert rows.concentrations["u1_a", "LacAla"]["response_corrected"] == pytest.approx(50.0)
    assert rows.concentrations["u1_a", "LacAla"]["bridge_sd_percent"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("lost", "bridging"),
    [({}, "none"), ({"p1_b": "not_detected", "p2_b": "not_detected"}, "pooled_qc")],
)
def test_nothing_is_bridged_unasked_or_without_pooled_qcs_in_every_batch(
    tmp_path: Path, lost: Areas, bridging: str
) -> None:
    areas: Areas = {**AREAS, **lost}

    rows = quantified(tmp_path, {ALA.ion_id: areas}, RUNS, levels=(), bridging=bridging)

    assert {row["response_bridged"] for row in rows.concentrations.values()} == {None}
