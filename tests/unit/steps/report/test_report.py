import base64
import json
import re
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lcms.config import Settings
from lcms.errors import TableError
from lcms.steps.report import Texts, write_report
from reported import (
    AREA,
    GROUP,
    HOSTILE,
    LEU,
    PANEL,
    STANDARD,
    TIME_S,
    write_results,
    written_report,
)

LEU_INDEX = 1


def view_of(page: Path) -> dict[str, Any]:
    """Return what the page opens with."""
    text = page.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="page">(.*?)</script>', text)
    assert found
    view: dict[str, Any] = json.loads(found[1])
    return view


def runs_of(page: Path, index: int) -> list[dict[str, Any]]:
    """Return what is shown of an ion in all runs."""
    text = page.read_text(encoding="utf-8")
    found = re.search(rf'id="ion-{index}">(.*?)</script>', text)
    assert found
    runs: list[dict[str, Any]] = json.loads(zlib.decompress(base64.b64decode(found[1])))
    return runs


def test_the_page_loads_nothing_and_forbids_it(tmp_path: Path) -> None:
    text = written_report(tmp_path).read_text(encoding="utf-8")

    assert not re.search(r"""(?:src|href)\s*=\s*["']\s*(?:https?:)?//""", text)
    assert not re.search(r"<(?:link|iframe|img|script[^>]*src)", text)
    assert "default-src 'none'" in text
    assert text.count("<script") == text.count("</script>")


def test_a_hostile_text_of_a_table_ends_no_element(tmp_path: Path) -> None:
    named = (replace(LEU, name=HOSTILE, isomer_group=None), STANDARD)

    page = written_report(tmp_path, named)

    assert HOSTILE not in page.read_text(encoding="utf-8")
    assert view_of(page)["ions"][0]["name"] == HOSTILE


def test_the_same_tables_give_the_same_bytes(tmp_path: Path) -> None:
    first, second = (written_report(tmp_path / name).read_bytes() for name in ("a", "b"))

    assert first == second


def test_a_missing_row_is_an_error_that_names_run_and_ion(tmp_path: Path) -> None:
    results = write_results(tmp_path, (LEU,))

    with pytest.raises(TableError, match="run cal and ion IS"):
        write_report(results, (LEU, STANDARD), Settings(), Texts(), tmp_path / "report.html")
    assert not (tmp_path / "report.html").exists()


def test_every_run_and_ion_is_in_the_page_with_its_level(tmp_path: Path) -> None:
    page = written_report(tmp_path)

    view = view_of(page)
    assert [run["sample_id"] for run in view["runs"]] == ["cal", "low", "bad", "lost"]
    assert [ion["levels"] for ion in view["ions"]] == ["0000", "0122", "0000", "1112"]
    assert view["ions"][LEU_INDEX]["rules"]["saturated"] == [2]
    assert view["ions"][LEU_INDEX]["quality"] == [99, 70, 99, -1]
    assert [len(runs_of(page, index)) for index in range(4)] == [4] * 4


def test_the_trace_in_the_page_is_that_of_the_table(tmp_path: Path) -> None:
    pair = runs_of(written_report(tmp_path), 2)[0]

    time_s = np.cumsum(pair["steps"]) / 100
    counts = np.array(pair["counts"]) * pair["unit"]
    assert time_s == pytest.approx(TIME_S)
    assert counts.max() == pytest.approx(1.2e5, rel=0.1)
    assert counts[0] == pytest.approx(100.0, rel=0.01)


def test_a_pair_has_what_was_fitted_and_what_was_rejected(tmp_path: Path) -> None:
    pair = runs_of(written_report(tmp_path), LEU_INDEX)[0]

    assert [component[:3] for component in pair["components"]] == [
        ["LacIle", 301, 1000000],
        ["LacLeu", 321, 1000000],
    ]
    assert pair["baseline"] == [[270.0, 350.0], [100, 100]]
    assert pair["rejected"] == [[340.0, 336.0, 345.0, "weaker"]]
    assert (pair["left"], pair["right"], pair["expected"]) == (314.0, 330.0, 321.5)
    assert (pair["response"], pair["corrected"], pair["concentration"]) == (0.5, 0.6, 12.35)


def test_a_calibrator_has_the_response_that_the_curve_is_fitted_to(tmp_path: Path) -> None:
    (curve,) = view_of(written_report(tmp_path))["curves"]

    (point,) = curve["calibrators"]
    assert (point["nominal"], point["corrected"]) == (10.0, 0.6)


def test_a_run_that_failed_has_nothing_to_draw(tmp_path: Path) -> None:
    pair = runs_of(written_report(tmp_path), LEU_INDEX)[3]

    assert pair == {"status": "failed", "result": "failed"}


def test_results_are_counted_by_batch_type_and_level(tmp_path: Path) -> None:
    page = written_report(tmp_path)

    (batch,) = view_of(page)["batches"]

    assert batch["counts"] == {"unknown": [6, 3, 3], "calibrator": [3, 1, 0]}
    assert batch["acceptance"] == {
        "accepted": ["LacIle"],
        "rejected": ["LacLeu"],
        "not_judged": [],
    }
    assert view_of(page)["together"]["acceptance"]["rejected"] == ["LacLeu"]
    assert batch["failed_rules"][0]["rule"] == "carry_over_percent"


def test_what_needs_attention_is_named_errors_first_with_where_to_look(tmp_path: Path) -> None:
    page = written_report(tmp_path, diagnosis=("low and cal: were these vials swapped?",))

    items = view_of(page)["attention"]
    assert [item["level"] for item in items] == ["error"] * 5 + ["warning"] * 4
    titles = {item["title"]: item for item in items}
    swapped = titles["low and cal: were these vials swapped?"]
    assert [name for name, _ in swapped["links"]] == ["cal", "low"]
    lost = titles["1 run could not be read"]
    assert (lost["links"], lost["detail"]) == ([["lost", {"run": "lost"}]], HOSTILE)
    carried = titles["not met: at most 20 %; 1 analyte in batch 1"]
    assert carried["links"] == [["LacLeu (45 %)", {"compound": "LacLeu", "batch": "1"}]]
    together = titles["not met: at most 20 %; 1 analyte in all batches together"]
    assert together["links"] == [["LacLeu (45 %)", {"compound": "LacLeu"}]]
    assert titles["saturates the detector: 1 result"]["query"] == {"rule": "saturated"}
    stale = titles["borders by Ada was not applied: the peak has moved since"]
    assert (stale["query"], stale["detail"]) == ({"run": "bad"}, "LacLeu in bad")
    assert titles["LacLeu drifts by +35 % in batch 1"]["query"]["compound"] == "LacLeu"


def test_nothing_needs_attention_where_all_is_well(tmp_path: Path) -> None:
    items = view_of(written_report(tmp_path, (PANEL[0], PANEL[2])))["attention"]

    assert not [item for item in items if item["query"].get("rule")]


def test_an_isomer_sum_has_a_row_behind_the_ions_with_the_peak_of_the_whole_group(
    tmp_path: Path,
) -> None:
    page = written_report(tmp_path)

    whole = view_of(page)["ions"][len(PANEL)]
    assert (whole["ion_id"], whole["kind"], whole["members"]) == (GROUP, "isomer_sum", [0, 1])
    assert whole["levels"] == "1112"
    shown = runs_of(page, len(PANEL))[0]
    member = [runs_of(page, index)[0] for index in (0, LEU_INDEX)]
    assert (shown["area"], shown["concentration"]) == (2 * AREA, 25.0)
    assert (shown["left"], shown["right"]) == (member[0]["left"], member[1]["right"])
    assert shown["counts"] == member[0]["counts"]
