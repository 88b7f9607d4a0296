import pytest

from accuracy import (
    ASKED_WITHIN,
    accuracy_table,
    command,
    judged_figures,
    parsed,
    peer_table,
    table,
)
from benchmark_pairs import ABSENT, NOTHING, pairs
from lcms.simulation.plan import PRESETS, Acquisition
from scores import Scores, Share

GOOD = Scores(
    within=Share(99, 100),
    within_isomers=Share(98, 100),
    false_quantified=Share(1, 100),
    missed=Share(0, 100),
    covered=Share(95, 100),
    covered_lowest=88.0,
    covered_highest=99.0,
)


def failing(found: Scores) -> list[str]:
    return [figure.name for figure in judged_figures("standard", found) if not figure.is_kept]


def test_what_keeps_every_limit_fails_nothing() -> None:
    assert failing(GOOD) == []


def test_each_figure_has_its_own_limit() -> None:
    bad = Scores(
        within=Share(98, 100),
        within_isomers=Share(97, 100),
        false_quantified=Share(2, 100),
        missed=Share(2, 100),
        covered=Share(99, 100),
        covered_lowest=87.9,
        covered_highest=98.0,
    )

    names = ["all", "isomers", "false", "missed", "coverage", "coverage of a batch"]
    assert failing(bad) == names


def test_every_preset_with_a_limit_can_be_simulated() -> None:
    of_product_ions = {f"standard_{name}" for name in set(Acquisition) - {Acquisition.FULL_SCAN}}

    without_limit = {"plain", "matrix"}  # of `matrix` the false detections are counted
    assert set(ASKED_WITHIN) == set(PRESETS) - without_limit | of_product_ions


def test_the_table_tells_what_fails_with_its_counts() -> None:
    shown = accuracy_table(pairs({}, {"isomer_group": "x", **NOTHING}, ABSENT))

    assert "**50.0 % (1/2), asked 98.5**" in shown
    assert "fails: all, isomers" in shown


def test_the_peer_stands_beside_ours() -> None:
    ours, peer = pairs({}, {}), pairs({}, NOTHING)

    assert "| standard | 100.0 % (2/2) | 50.0 % (1/2) |" in peer_table(ours, peer)
    assert "Not run" in peer_table(ours, peer.head(0))


def test_a_table_is_markdown() -> None:
    assert table(["a", "b"], [[1, "x"]]) == "| a | b |\n| --- | --- |\n| 1 | x |\n"


def test_without_options_all_presets_are_measured_at_three_seeds() -> None:
    chosen = parsed([])

    kinds = [*chosen.preset, *(f"standard_{name}" for name in chosen.acquisition)]
    assert kinds == list(ASKED_WITHIN)
    assert len(chosen.seeds) == 3
    assert command(chosen).startswith("python benchmarks/accuracy.py --seeds")


def test_an_unknown_preset_is_refused() -> None:
    with pytest.raises(SystemExit):
        parsed(["--preset", "nonsense"])


def test_the_command_on_the_page_leaves_out_where_files_stay() -> None:
    chosen = parsed(["--preset", "noisy", "--seeds", "11", "--peer", "--keep", "somewhere"])

    assert command(chosen) == (
        "python benchmarks/accuracy.py --preset noisy --seeds 11 --peer --write"
    )


def test_acquisitions_can_be_measured_alone() -> None:
    chosen = parsed(["--acquisition", "prm", "dia"])

    assert (chosen.preset, chosen.acquisition) == ([], ["prm", "dia"])
    assert "--preset" not in command(chosen)
