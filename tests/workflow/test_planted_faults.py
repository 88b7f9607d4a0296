"""Ten faults planted in one simulated batch: each is found in two clicks from the first screen."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from selenium.common.exceptions import NoSuchElementException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from browsing import chromium, open_page, problems, wait_for
from lcms.io.mzml.mzml_writer import write_mzml
from lcms.kinds import SampleType, TargetKind
from lcms.numerics.mass.formulas import ion_mz
from lcms.simulation.acquisition import simulated_run
from lcms.simulation.injections import Injection
from lcms.simulation.interferences import Interference
from lcms.simulation.plan import PRESETS
from lcms.simulation.simulated_batch import SimulatedBatch, simulated_batch
from lcms.steps.simulate import simulate
from pipeline import read_sheet, run_steps, write_sheet

pytestmark = pytest.mark.slow

ADDUCT = "[M-H]-"
PLAN = replace(PRESETS["plain"], seed=3, differential_drift=0.6, saturation_counts=4e6)
GIANT_NMOL_L = 20_000.0
FRAGMENT_SHARE = 0.2  # of the area of Lac-Phe, at the m/z of free phenylalanine
WRONG_TIME_S = 150.0  # listed for Lac-Pro, which elutes at 122 s; another compound elutes here
WRONG_AREA_NMOL_L = 100.0
CUT_AT_S = 305.0  # of the apex of Lac-Trp
# The order is stated: of swapped listed times nothing else says that they are swapped.
INTEGRATION = "integration:\n  saturation_counts: 3.9e6\n  elution_order: reversed_phase\n"


@dataclass(frozen=True)
class Fault:
    """A fault: part of the line of the first screen that leads to it, its run and compound."""

    line: str
    run: str | None = None
    compound: str | None = None


def injections(batch: SimulatedBatch, kind: SampleType) -> list[Injection]:
    return [run for run in batch.injections if run.sample_type is kind]


def planted(batch: SimulatedBatch) -> tuple[SimulatedBatch, dict[str, Fault]]:
    """Return the batch with the faults that are in vials, and all faults by name."""
    unknowns = injections(batch, SampleType.UNKNOWN)
    giant, after, bare, lost, cut = (run.sample_id for run in unknowns[:5])
    bad = injections(batch, SampleType.CALIBRATOR)[-3].sample_id
    standards = {c.target_id for c in batch.panel if c.kind is TargetKind.INTERNAL_STANDARD}
    contents = {run.sample_id: dict(run.nmol_l) for run in batch.injections}
    contents[giant] |= {name: GIANT_NMOL_L for name in contents[giant] if name not in standards}
    contents[bare] = {name: n for name, n in contents[bare].items() if name not in standards}
    contents[bad] |= {name: 3 * n for name, n in contents[bad].items() if name not in standards}
    runs = tuple(replace(run, nmol_l=contents[run.sample_id]) for run in batch.injections)
    faults = {
        "wrong peak": Fault("calibration fails", compound="Lac-Pro"),
        "cut peak": Fault("an end of the data cuts the peak", cut, "Lac-Trp"),
        "swapped isomers": Fault("elutes out of order", compound="Lac-Ile"),
        "bad calibrator": Fault("not within the accuracy limit", bad),
        "drifting QC": Fault("drifts by", compound="Lac-Tyr"),
        "missing standard": Fault(bare, bare),
        "carry-over": Fault("carry-over from the injection before", after),
        "saturated": Fault("saturates the detector", giant),
        "source fragment": Fault("formed in the ion source", compound="Phe"),
        "failed run": Fault(lost, lost),
    }
    return replace(batch, injections=runs), faults


def interferences(batch: SimulatedBatch) -> tuple[Interference, ...]:
    """Return what elutes at the wrong listed time, and the fragment of Lac-Phe in every run."""
    compounds = {compound.target_id: compound for compound in batch.panel}
    pro, phe = compounds["Lac-Pro"], compounds["Lac-Phe"]
    area = WRONG_AREA_NMOL_L * pro.response
    wrong = Interference(
        ion_mz(pro.formula, ADDUCT), WRONG_TIME_S, area, pro.shape, is_ubiquitous=True
    )
    fragment_mz = ion_mz("C9H11NO2", ADDUCT)
    fragments = [
        Interference(
            fragment_mz,
            phe.retention_time_s,
            FRAGMENT_SHARE * run.nmol_l[phe.target_id] * phe.response,
            phe.shape,
            sample_id=run.sample_id,
        )
        for run in batch.injections
        if phe.target_id in run.nmol_l
    ]
    return (*batch.interferences, wrong, *fragments)


def write_faulty(folder: Path) -> dict[str, Fault]:
    """Write the project, and over its runs those with the faults; return the faults."""
    simulate(folder, PLAN, ())
    batch, faults = planted(simulated_batch(PLAN))
    batch = replace(batch, interferences=interferences(batch))
    for index, run in enumerate(batch.injections):
        scans = simulated_run(batch, index).scans
        if run.sample_id == faults["cut peak"].run:
            shift_s = run.conditions.retention_shift_s
            scans = [scan for scan in scans if scan.time_s < CUT_AT_S + shift_s]
        write_mzml(folder / "mzml" / f"{run.sample_id}.mzML", scans, polarity=-1)
    lost = folder / "mzml" / f"{faults['failed run'].run}.mzML"
    lost.write_bytes(lost.read_bytes()[: lost.stat().st_size // 2])
    targets = {row["target_id"]: row for row in read_sheet(folder / "targets.tsv")}
    ile, leu = (targets[name]["retention_time_s"] for name in ("Lac-Ile", "Lac-Leu"))
    targets["Lac-Ile"]["retention_time_s"], targets["Lac-Leu"]["retention_time_s"] = leu, ile
    targets["Lac-Pro"]["retention_time_s"] = str(WRONG_TIME_S)
    free = {"target_id": "Phe", "name": "phenylalanine", "formula": "C9H11NO2", "isomer_group": ""}
    write_sheet(folder / "targets.tsv", [*targets.values(), targets["Lac-Phe"] | free])
    config = folder / "config.yaml"
    text = config.read_text(encoding="utf-8")
    config.write_text(text + INTEGRATION, encoding="utf-8")
    return faults


def clicks_to(browser: Chrome, fault: Fault) -> int:
    """Go from the first screen to a fault; return the clicks, once it is on the screen."""
    wait_for(browser, "document.querySelector('.attention') !== null")
    link, n_clicks = link_of(browser, fault), 1
    if not link.is_displayed():
        link.find_element(By.XPATH, "ancestor::details/summary").click()
        n_clicks += 1
    link.click()
    of_compound = f"page.ions[ion].target_id === '{fault.compound}'"
    of_run = f"page.runs[run].sample_id === '{fault.run}'"
    is_it = " && ".join(
        text for text, given in ((of_compound, fault.compound), (of_run, fault.run)) if given
    )
    wait_for(
        browser,
        f"panels.pairs.some(([ion, run]) => {is_it}) && document.querySelector('.panel') !== null",
    )
    return n_clicks


def link_of(browser: Chrome, fault: Fault) -> WebElement:
    """Return the link in a line that has the words of the fault and names its compound or run."""
    named = [name for name in (fault.compound, fault.run) if name]
    for line in browser.find_elements(By.CSS_SELECTOR, ".attention li"):
        text = line.get_attribute("textContent") or ""
        if fault.line not in text:
            continue
        for link in line.find_elements(By.CSS_SELECTOR, "a"):
            words = link.get_attribute("textContent") or ""
            is_of_rule = "rule=" in (link.get_attribute("href") or "")
            if any(name in words for name in named) or is_of_rule:
                return link
    raise NoSuchElementException(fault.line)


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Fault]]:
    folder = tmp_path_factory.mktemp("faulty")
    faults = write_faulty(folder)
    assert run_steps(folder / "config.yaml").code == 0
    return folder / "results" / "report.html", faults


@pytest.fixture(scope="module")
def browser() -> Iterator[Chrome]:
    with chromium() as opened:
        yield opened


@pytest.mark.parametrize(
    "name",
    [
        *("wrong peak", "cut peak", "swapped isomers", "bad calibrator", "drifting QC"),
        *("missing standard", "carry-over", "saturated", "source fragment", "failed run"),
    ],
)
def test_a_planted_fault_is_found_in_two_clicks(
    faulty: tuple[Path, dict[str, Fault]], browser: Chrome, name: str
) -> None:
    page, faults = faulty
    open_page(browser, page)

    assert clicks_to(browser, faults[name]) <= 2
    assert problems(browser) == []
