"""Problems of a sheet of enzyme assays: controls, times, enzyme, substrate levels."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from lcms.flags import listed
from lcms.numerics.study.checks.designs import (
    DesignProblem,
    Sheet,
    column,
    is_given,
    n_rows,
    number,
    values_by,
)

CONTROL_TYPES: Final = ("full", "no_enzyme", "heat_killed", "t0")
NEEDED: Final = ("assay_id", "well", "enzyme_nmol_l", "substrate_a", "time_s", "control_type")
SPLITTING: Final = "splitting"
REACTIONS: Final = ("formation", SPLITTING)  # a blank is a formation
# Constants hold for one pH and temperature, and one direction.
OF_THE_ASSAY: Final = ("ph", "temperature_c", "reaction")
_NUMBERS: Final = ("enzyme_nmol_l", "time_s", "ph", "temperature_c")
_LEAST_TIMES: Final = 3  # a slope through two times has no residual
_LEAST_SUBSTRATES: Final = 4  # two constants, and two degrees of freedom


def assay_problems(sheet: Sheet) -> tuple[DesignProblem, ...]:
    """Return everything that is wrong with a sheet of enzyme assays."""
    if n_rows(sheet) == 0:
        return (DesignProblem("no_rows", "the assay sheet has no rows"),)
    missing = [name for name in NEEDED if not is_given(sheet, name)]
    if missing:
        return (
            DesignProblem(
                "column_missing", f"the assay sheet needs the columns {listed(missing)}"
            ),
        )
    return (
        *_cell_problems(sheet),
        *_enzyme_problems(sheet),
        *_control_problems(sheet),
        *_condition_problems(sheet),
        *_course_problems(sheet),
    )


def _cell_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    for name in _NUMBERS:
        texts = column(sheet, name)
        bad = [str(k + 1) for k, t in enumerate(texts) if t and number(t) is None]
        if bad:
            yield DesignProblem("not_a_number", f"{name}: rows {listed(bad)} hold no number")
    for name, allowed in (("control_type", CONTROL_TYPES), ("reaction", ("", *REACTIONS))):
        words = {text for text in column(sheet, name) if text not in allowed}
        if words:
            yield DesignProblem(
                f"unknown_{name}",
                f"{name} {listed(sorted(words))} is not one of {', '.join(filter(None, allowed))}",
            )


def _enzyme_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    names = ("well", "control_type", "enzyme_nmol_l")
    rows = list(zip(*(column(sheet, name) for name in names), strict=True))
    has_enzyme = [(number(text) or 0.0) > 0 for *_, text in rows]
    without = [r[0] for r, has in zip(rows, has_enzyme, strict=True) if r[1] == "full" and not has]
    if without:
        yield DesignProblem(
            "no_enzyme_in_full", f"wells {listed(without)} are full but have no enzyme"
        )
    extra = [r[0] for r, has in zip(rows, has_enzyme, strict=True) if r[1] == "no_enzyme" and has]
    if extra:
        yield DesignProblem(
            "enzyme_in_control", f"wells {listed(extra)} are no_enzyme but have enzyme"
        )


def _control_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    for assay, kinds in values_by(sheet, "assay_id", "control_type").items():
        if "full" not in kinds:
            yield DesignProblem("no_full_reaction", f"assay {assay}: no well with enzyme")
        if not {"no_enzyme", "heat_killed"} & set(kinds):
            yield DesignProblem(
                "no_control",
                f"assay {assay}: neither a no_enzyme nor a heat_killed control, so that the "
                "reaction without enzyme cannot be subtracted",
            )
    for assay, times in values_by(sheet, "assay_id", "time_s").items():
        kinds = values_by(sheet, "assay_id", "control_type")[assay]
        if "t0" not in kinds and not any(number(time) == 0 for time in times):
            yield DesignProblem("no_start", f"assay {assay}: no row at time 0 and no t0 control")


def _condition_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    for name in OF_THE_ASSAY:
        for assay, texts in values_by(sheet, "assay_id", name).items():
            if len({text for text in texts if text}) > 1:
                yield DesignProblem(f"{name}_changes", f"assay {assay}: more than one {name}")


def _course_problems(sheet: Sheet) -> Iterator[DesignProblem]:
    names = ("assay_id", "well", "time_s", "control_type", "replicate")
    rows = list(zip(*(column(sheet, name) for name in names), strict=True))
    repeated = [f"{row[1]} at {row[2]} s" for row, count in Counter(rows).items() if count > 1]
    if repeated:
        yield DesignProblem("repeated_well", f"two rows for well {listed(repeated)}")
    full = [row for row in rows if row[3] == "full"]
    times = Counter((row[0], row[1]) for row in full)
    short = [well for (_, well), count in times.items() if count < _LEAST_TIMES]
    if short:
        yield DesignProblem(
            "too_few_times", f"wells {listed(short)} have fewer than {_LEAST_TIMES} times"
        )
    for assay, texts in values_by(sheet, "assay_id", "substrate_a").items():
        if len({text for text in texts if text}) < _LEAST_SUBSTRATES:
            yield DesignProblem(
                "too_few_substrate_levels",
                f"assay {assay}: fewer than {_LEAST_SUBSTRATES} levels of substrate_a, "
                "which cannot determine K_m",
            )
