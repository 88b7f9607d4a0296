"""The settings: every key with its default, its unit and its meaning, declared once.

`config/config.yaml` and `config/README.md` are made from these declarations. A path in a
configuration counts from the folder of its file.
"""

import os
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
)
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails, PydanticCustomError

from lcms.errors import ConfigError
from lcms.input_files import check_input
from lcms.kinds import SampleType, TriageLevel
from lcms.limits import LARGEST_CONFIG_BYTES
from lcms.numerics.elution_series import ElutionOrder
from lcms.numerics.study.checks.designs import Design
from lcms.triage_rules import RULES

# Words of a calibration curve, in the settings and for one target in its sheet.
CurveModel = Literal["linear", "linear_through_zero", "quadratic"]
Weighting = Literal["auto", "1", "1/x", "1/x^2"]
# The m/z window is as many times wider where the mass offset of the run is not known: room for an
# offset as large as the tolerance. Chosen by judgement.
_UNCALIBRATED_WIDENING: Final = 2
_SHEETS: Final = ("samples", "targets", "levels", "review")
# Where a study may keep its configuration.
WIDEST_MZ_TOLERANCE_PPM: Final = 50  # a wider window is one of nominal m/z
_FILES: Final = ("config.yaml", "config/config.yaml")
_HEADER: Final = """\
# Every setting of the pipeline. A line that begins with # has the default; to change it, take the
# # away. Paths count from the folder of this file.

"""


class SettingsSection(BaseModel):
    """A frozen block of settings that refuses unknown keys."""

    # built when the first settings are read: help and most of Snakemake's calls read none
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, defer_build=True)

    @field_validator("*", mode="before")
    @classmethod
    def _refuse_yes_and_no(cls, value: object) -> object:
        """Refuse true and false, which YAML also reads from yes and no, as numbers."""
        if isinstance(value, bool):
            raise PydanticCustomError("yes_or_no", "should not be true or false (yes or no)")
        return value


class Extraction(SettingsSection):
    """How chromatograms are cut out of a run."""

    mz_tolerance_ppm: float = Field(
        3.0,
        gt=0,
        le=WIDEST_MZ_TOLERANCE_PPM,
        description="Half-width of the m/z window, ppm, after the mass offset of the run is "
        "subtracted. If fewer than three ions give the offset, the window is twice as wide. 3 "
        "suits an Orbitrap; else three times the scatter of m/z between scans (`mz_scatter_ppm` "
        "in `samples.parquet`), as `lcms init` measures it: 5 to 25 for a QTOF. A wider window "
        "includes neighbours and noise.",
    )
    mz_search_ppm: float = Field(
        10.0,
        gt=0,
        le=100,
        description="Half-width, ppm, in which the mass offset of a run is searched; at least "
        "twice `mz_tolerance_ppm` is used.",
    )
    retention_time_window_s: float = Field(
        20.0,
        gt=0,
        description="Half-width of the retention time window, s, for targets whose row in the "
        "sheet gives none. All runs of a batch together decide which peak in it is the target.",
    )
    retention_time_margin_s: float = Field(
        30.0,
        ge=0,
        description="Chromatograms extend this far beyond the window on either side, s: for "
        "drift, for the baseline and for the plots.",
    )

    transition_tolerance_mz: float = Field(
        0.35,
        gt=0,
        le=1,
        description="Greatest difference, Th, of precursor and of product between an ion and an "
        "SRM chromatogram; many methods give m/z with one decimal or none.",
    )

    unit_of_bare_times: Literal["second", "minute"] | None = Field(
        None,
        description="Unit of the scan start times in files that give none. Blank: such a file is "
        "refused, because seconds and minutes cannot be distinguished.",
    )

    @property
    def bare_unit_s(self) -> float:
        """Unit, s, of times whose file gives none; 0 if such files are refused."""
        return {"second": 1.0, "minute": 60.0, None: 0.0}[self.unit_of_bare_times]

    def window_ppm(self, offset_ppm: float | None) -> float:
        """Return the half-width of the m/z window of a run, ppm; None: its offset is unknown."""
        return self.mz_tolerance_ppm * (_UNCALIBRATED_WIDENING if offset_ppm is None else 1)

    @property
    def gathered_ppm(self) -> float:
        """Half-width, ppm, inside which centroids are kept until the mass offset is known."""
        return max(self.mz_search_ppm, self.window_ppm(None))


class Integration(SettingsSection):
    """How peaks are found and integrated."""

    expected_fwhm_s: float = Field(
        8.0,
        gt=0,
        description="Width of a usual peak at half height, s: the width of the smoothing before "
        "candidates are picked. Too wide merges isomers, too narrow splits weak peaks.",
    )
    min_signal_to_noise: float = Field(
        5.0, gt=0, description="A candidate below this signal-to-noise ratio is not used."
    )
    min_points: int = Field(
        5,
        ge=3,
        description="A peak with fewer scans above zero is flagged (`few_points`) if it is 30 "
        "times as high as the noise or every scan between its borders is above zero; otherwise "
        "it is not accepted.",
    )
    detection_score: float = Field(
        3.0,
        gt=0,
        description="A peak is detected if its area is at least this many of its standard "
        "deviations.",
    )
    mz_residual_ppm: float = Field(
        2.0,
        gt=0,
        description="A peak whose m/z, after the mass offset of the run is subtracted, differs "
        "by more than this (ppm) is not the target.",
    )
    saturation_counts: float | None = Field(
        None,
        gt=0,
        description="Intensity, counts, from which the detector saturates; blank: only a peak "
        "with a level top (three highest points that are equal) is `saturated`.",
    )
    resolved_at: float = Field(
        1.0,
        gt=0,
        description="Isomers with at least this resolution are `resolved`, below it `split`.",
    )
    sum_only_below: float = Field(
        0.35,
        ge=0,
        description="Below this resolution only the sum of the isomers is given.",
    )
    elution_order: ElutionOrder = Field(
        "auto",
        description="Order in which Lac-Val, Lac-Ile, Lac-Leu and Lac-Phe elute: "
        "`reversed_phase` (this one), `hilic` (its reverse) or `none`. `auto`: as the listed "
        "times of two or more of them show it. If they show none, nothing is judged by the "
        "order, and isomers without times are assigned by that of reversed phase (flag "
        "`assigned_by_order`).",
    )


class Quantification(SettingsSection):
    """How areas become concentrations."""

    calibration_approach: Literal["ordinary", "standard_addition", "surrogate_matrix"] = Field(
        "ordinary",
        description="`ordinary`: the matrix of the calibrators has no analyte, so an analyte peak "
        "in a zero sample is impurity of the internal standard. `surrogate_matrix`: the same, but "
        "zero samples are study matrix and are not used for this. `standard_addition`: the "
        "calibrators are spiked study matrix; zero samples are in the fit, and the endogenous "
        "level is added. To add standard to each sample, give each a batch of its own: the sample "
        "as `zero`, its spiked aliquots as `calibrator`.",
    )
    carry_over: Literal["flag", "subtract"] = Field(
        "flag",
        description="What to do with carry-over, measured in blanks after the highest calibrator: "
        "`flag` it where it is more than 5 %, its amount is in the interval then; or also "
        "`subtract` it from the next injection.",
    )
    bridging: Literal["none", "pooled_qc"] = Field(
        "none",
        description="Whether responses of several batches are brought to one scale "
        "(`response_bridged`): `pooled_qc` if the pooled QCs of all batches are one material.",
    )
    model: CurveModel = Field("linear", description="Form of the calibration curve.")
    weighting: Weighting = Field(
        "auto",
        description="Weights of the calibration curve. `auto`: 1 / (variance of the area noise "
        "+ (scatter between runs x response)^2). In `1/x` and `1/x^2`, x is the nominal "
        "concentration.",
    )
    accuracy_limit_percent: float = Field(
        15.0,
        gt=0,
        description="A calibrator that deviates from nominal by more than this, percent, is "
        "excluded; no level in the range may have a larger bias or scatter.",
    )
    accuracy_limit_lloq_percent: float = Field(
        20.0, gt=0, description="The same at the lowest level, percent."
    )
    min_calibrators: int = Field(3, ge=3, description="With fewer calibrators no curve is fitted.")

    @property
    def adds_endogenous(self) -> bool:
        """Return whether the endogenous level of the calibrators is added to concentrations."""
        return self.calibration_approach == "standard_addition"

    @property
    def has_clean_zero(self) -> bool:
        """Return whether the only analyte in a zero sample is impurity of the standard."""
        return self.calibration_approach == "ordinary"

    @field_validator("weighting", mode="before")
    @classmethod
    def _as_text(cls, value: object) -> object:
        """Take a bare 1, which YAML reads as a number, for the weighting `1`."""
        return str(value) if isinstance(value, int) else value


class Evidence(SettingsSection):
    """MS2 evidence for the compounds."""

    library: str | None = Field(
        None,
        description="Library of product-ion spectra, `.mgf` or `.msp`, measured from standards; "
        "blank: none.",
    )
    precursor_tolerance_mz: float = Field(
        0.01,
        gt=0,
        le=1,
        description="Greatest difference, Th, of a selected ion from a precursor of the sheet.",
    )
    widest_isolation_mz: float = Field(
        5.0,
        gt=0,
        description="A scan with a wider isolation window, Th, was not triggered on one precursor "
        "(DIA).",
    )
    product_tolerance_ppm: float = Field(
        10.0,
        gt=0,
        le=200,
        description="Half-width, ppm, in which a product ion is searched; 20 suits a QTOF.",
    )
    library_tolerance_ppm: float = Field(
        25.0, gt=0, le=500, description="The same for the spectra of a library: they vary more."
    )


class Verdict(SettingsSection):
    """The acceptance rules."""

    profile: Literal["ich_m10", "metabolomics_qc", "validation"] = Field(
        "ich_m10",
        description="Rule profile of `verdict`: `ich_m10` for assays with calibrators, "
        "`metabolomics_qc` for relative responses with pooled QCs, `validation` for the "
        "validation of a method: also judges all batches together (batch `*`).",
    )


class Triage(SettingsSection):
    """Which results a person must look at: `triage.parquet` and the report."""

    quality_error_below: float = Field(
        0.5, ge=0, le=1, description="A peak of lower `quality` breaks `quality_very_low`."
    )
    quality_warning_below: float = Field(
        0.8, ge=0, le=1, description="A peak of lower `quality` breaks `quality_low`."
    )
    blank_percent: float = Field(
        20.0,
        gt=0,
        description="A peak in a blank, solvent or zero sample with a larger area, percent of the "
        "area in the lowest calibrators, breaks `peak_in_blank`.",
    )
    levels: dict[str, TriageLevel | dict[SampleType, TriageLevel]] = Field(
        {},
        description="Other levels of rules: `valid`, `warning` or `error`, for all sample types "
        "(`sum_only: error`) or for some (`saturated: {pooled_qc: warning}`). `docs/flags.md` "
        "lists the rules.",
    )

    @field_validator("levels")
    @classmethod
    def _refuse_unknown_rules(cls, levels: dict[str, Any]) -> dict[str, Any]:
        for name in levels:
            if name not in RULES:
                near = get_close_matches(name, RULES, n=1, cutoff=0)
                raise PydanticCustomError(
                    "rule",
                    "{name} is not a rule; the nearest one is {near}",
                    {"name": name, "near": near[0]},
                )
        return levels

    @property
    def rules(self) -> dict[str, dict[SampleType, TriageLevel]]:
        """The level of each rule by sample type, with the changes of `levels`."""
        rules = {name: dict(levels) for name, levels in RULES.items()}
        for name, change in self.levels.items():
            by_type = change if isinstance(change, dict) else dict.fromkeys(SampleType, change)
            rules[name] |= by_type
        return rules


class Study(SettingsSection):
    """What the study compares."""

    design: Design | None = Field(
        None,
        description="Design of the study; its columns stand in the sample sheet "
        "(`docs/method.md`, section 12). `time_course` (exercise, feeding): each time is compared "
        "with the baseline; `crossover`: 2 x 2, two sequences and periods; `on_off`: with and "
        "without treatment, each subject both; `two_groups`; `dose_groups`: each dose against the "
        "lowest; `group_time_course`: change from baseline, one group against the other. Blank: "
        "nothing is compared.",
    )
    reference: str | None = Field(
        None,
        description="What the other is compared with: a `treatment` (`crossover`, `on_off`) or a "
        "`group` (`two_groups`, `group_time_course`). The other designs have no reference.",
    )
    incomplete: Literal["refuse", "accept"] = Field(
        "refuse",
        description="What to do with a missing visit or period, a subject without baseline, or "
        "sequences of unequal size: `refuse` the study, or `accept` it; the summary names them "
        "then.",
    )
    weights: Literal["equal", "measured"] = Field(
        "equal",
        description="Weights of the concentrations in `contrasts`: `equal`, or `measured`: the "
        "variance of each, by its interval, is added to that of the residuals, so that uncertain "
        "ones weigh less.",
    )
    dosed: str | None = Field(
        None,
        description="Target that the doses are of (`Ac-Leu`): only it has a clearance and a "
        "volume in `nca`. Blank: none has.",
    )
    dosing_interval_s: float | None = Field(
        None,
        gt=0,
        description="Dosing interval, s, of a study at steady state: `nca` then has the area, the "
        "average and the fluctuation over it, and clearances by that area. Blank: single doses.",
    )
    ratios: dict[str, tuple[str, str]] = Field(
        {},
        description="Mass-action ratios: each product with its two reactants, as in "
        "`Lac-Leu: [lactate, Leu]`. A reactant is a target, or a number column of the sample "
        "sheet whose name ends with its unit (`lactate_mmol_l`, `leucine_umol_l`).",
    )
    equilibrium_l_mol: float | None = Field(
        None,
        gt=0,
        description="Equilibrium constant of the formation, L/mol, for the Gibbs energies of "
        "`ratios`; blank: none are given.",
    )
    temperature_c: float = Field(
        37.0, ge=0, le=100, description="Temperature of `equilibrium_l_mol`, degrees Celsius."
    )
    tracer_purity: float = Field(
        0.99, gt=0, le=1, description="Share of heavy atoms among the labelled ones of the tracer."
    )
    tracer_precursor: str | None = Field(
        None,
        description="Target that the tracer is given as (`lactate`): the enrichment of the others "
        "is divided by its own. Blank: it is not.",
    )
    resolution: float | None = Field(
        None,
        gt=0,
        description="Resolution of the analyser at m/z 200, by which natural isotopes of other "
        "elements are apart from the label; blank: none is, as in a quadrupole.",
    )


class Settings(SettingsSection):
    """The whole configuration."""

    samples: str = Field("samples.tsv", description="Sample sheet: one row per injection.")
    targets: str = Field("targets.tsv", description="Target sheet: one row per ion.")
    levels: str | None = Field(
        None,
        description="Level sheet: nominal concentrations of calibrators and quality controls; "
        "blank where there are none.",
    )
    review: str | None = Field(
        None,
        description="Review sheet: decisions of reviewers, downloaded from the report; they are "
        "applied over the automatic results. Blank where there are none.",
    )
    results: str = Field("results", description="Folder of the results.")
    concentration_unit: str = Field(
        "nmol/L", description="Unit of the level sheet and of every concentration."
    )
    runs_per_chunk: int | None = Field(
        None,
        ge=1,
        le=500,
        description="Number of runs of one job; blank: from the file sizes, about 4 GB and at "
        "most 64 runs. A change repeats the work; the results stay the same.",
    )
    max_failed_fraction: float = Field(
        0.2,
        ge=0,
        le=1,
        description="With a larger share of unreadable runs the pipeline ends with an error.",
    )
    extraction: Extraction = Field(default_factory=Extraction)
    integration: Integration = Field(default_factory=Integration)
    quantification: Quantification = Field(default_factory=Quantification)
    evidence: Evidence = Field(default_factory=Evidence)
    verdict: Verdict = Field(default_factory=Verdict)
    triage: Triage = Field(default_factory=Triage)
    study: Study = Field(default_factory=Study)

    def recorded(self) -> dict[str, Any]:
        """Return the settings for the metadata of tables: files by name, not where they lie.

        So the same study has the same bytes in whatever folder and in whatever jobs it is run.
        """
        values = self.model_dump(exclude={"results", "runs_per_chunk"})
        for section, name in ((values, name) for name in _SHEETS):
            section[name] = section[name] and Path(section[name]).name
        library = self.evidence.library
        values["evidence"]["library"] = library and Path(library).name
        return values

    def with_paths(self, place: Callable[[str, str], str]) -> "Settings":
        """Return the settings with each path replaced by `place(key, path)`."""
        paths = {name: getattr(self, name) for name in (*_SHEETS, "results")}
        placed = {name: path and place(name, path) for name, path in paths.items()}
        library = self.evidence.library
        evidence = {"library": library and place("library", library)}
        return self.model_copy(
            update={**placed, "evidence": self.evidence.model_copy(update=evidence)}
        )


def configuration_of(study: Path) -> Path:
    """Return the configuration of a study, given its folder or the file itself.

    Raises
    ------
    ConfigError
        If the folder has none.
    """
    if not study.is_dir():
        return study
    paths = [study / name for name in _FILES]
    for path in paths:
        if path.is_file():
            return path
    raise ConfigError(f"{study}: holds no {' and no '.join(_FILES)}; see: lcms init -h")


def load_settings(study: Path) -> Settings:
    """Return the settings of a study, defaults filled in, as paths that can be opened.

    Parameters
    ----------
    study : Path
        A YAML file, or the folder of a study that has one.

    Raises
    ------
    ConfigError
        With every problem of the file: its key, what is wrong, and the nearest known name.
    """
    path = configuration_of(study)
    settings = parse_settings(read_values(path), str(path))
    return settings.with_paths(lambda name, text: _path_from(path.parent, name, text))


def merged_settings(
    values: Mapping[str, Any], files: Sequence[Path], given: Mapping[str, Any]
) -> Settings:
    """Return the settings of a Snakemake run, whose configuration may come from several files.

    Parameters
    ----------
    values : mapping
        The configuration as Snakemake merged it.
    files : sequence of Path
        The configuration files that it read. A path of `values` counts from the last of them that
        holds it (in a section of any name: a workflow that imports this one may keep it in one),
        a default from the last file.
    given : mapping
        What the command line gives; its paths count from the working directory.

    Raises
    ------
    ConfigError
        As of `load_settings`.
    """
    folders: dict[tuple[str, str], Path] = {}
    for path in files:
        folders |= dict.fromkeys(_texts(read_values(path)), _from_here(path.parent))
    folders |= dict.fromkeys(_texts(given), Path())
    defaults = _texts(Settings().model_dump()) - _texts(values)
    if files:
        folders |= dict.fromkeys(defaults, _from_here(files[-1].parent))
    source = ", ".join(map(str, files)) or "configuration"
    return parse_settings(values, source).with_paths(
        lambda name, text: _path_from(folders.get((name, text), Path()), name, text)
    )


def _texts(values: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return the keys and values that are texts, of all sections; keys without the section."""
    texts = {(key, value) for key, value in values.items() if isinstance(value, str)}
    sections = (value for value in values.values() if isinstance(value, Mapping))
    return texts.union(*map(_texts, sections))


def _path_from(folder: Path, name: str, text: str) -> str:
    """Return a path of a file in `folder`; one that counts from elsewhere is a ConfigError."""
    path = os.path.normpath(folder / text)
    # unlike `Path.exists`, these take a name that is too long for one of no file
    if name != "results" and not os.path.exists(path) and os.path.exists(text):  # noqa: PTH110
        near = os.path.relpath(text, folder)
        raise ConfigError(
            f"setting `{name}`: there is no file {path}. Paths count from the folder of the "
            f"configuration, not from the working directory; write `{near}`"
        )
    return path


def _from_here(folder: Path) -> Path:
    """Return a folder relative to the working directory if it lies in it.

    Snakemake repeats a step whose command changes: a study that was moved is not repeated.
    """
    here = Path.cwd()
    return folder.relative_to(here) if folder.is_relative_to(here) else folder


def read_values(path: Path) -> dict[str, Any]:
    """Return the values of a YAML file; raises ConfigError as `load_settings` does."""
    from lcms.strict_yaml import read_yaml  # noqa: PLC0415  (rules pass their settings as JSON)

    try:
        check_input(path, LARGEST_CONFIG_BYTES)
        values = read_yaml(path.read_text(encoding="utf-8"), str(path))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read as YAML: {error}") from error
    if values is not None and not isinstance(values, dict):
        raise ConfigError(f"{path}: must hold keys and values, as in `samples: samples.tsv`")
    return values or {}


def parse_settings(values: Mapping[str, Any], source: str) -> Settings:
    """Return the settings from plain values, defaults filled in.

    Raises
    ------
    ConfigError
        With every problem, each on a line of its own that begins with `source`.
    """
    try:
        return Settings.model_validate(_without_blank_sections(values))
    except ValidationError as error:
        problems = map(_problem, error.errors())
        raise ConfigError("\n".join(f"{source}: {problem}" for problem in problems)) from error


def _without_blank_sections(values: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out a section whose settings are all commented out, so that it has its defaults."""
    sections = {name for name, item in Settings.model_fields.items() if section_of(item)}
    return {
        str(key): value
        for key, value in values.items()
        if value is not None or key not in sections
    }


def section_of(item: FieldInfo) -> type[SettingsSection] | None:
    """Return the section that a field holds; None for a single setting."""
    kind = item.annotation
    return kind if isinstance(kind, type) and issubclass(kind, SettingsSection) else None


def _problem(item: ErrorDetails) -> str:
    key = ".".join(map(str, item["loc"]))
    if item["type"] != "extra_forbidden":
        return f"setting `{key}`: {item['msg']}, not `{item['input']}`"
    near = get_close_matches(key, _known_names(), n=1, cutoff=0)
    return f"unknown setting `{key}`; the nearest known one is `{near[0]}`"


def _known_names() -> list[str]:
    """Return the dotted names of all settings, and of the sections that hold them."""
    names = [name for name, _ in described_settings()]
    return names + sorted({name.rpartition(".")[0] for name in names if "." in name})


def described_settings(
    section: type[SettingsSection] = Settings, prefix: str = ""
) -> Iterator[tuple[str, str]]:
    """Yield the dotted name and the description of every setting."""
    for name, item in section.model_fields.items():
        if within := section_of(item):
            yield from described_settings(within, f"{prefix}{name}.")
        else:
            yield f"{prefix}{name}", item.description or ""


def settings_yaml(given: Mapping[str, Any]) -> str:
    """Return a YAML text of all settings, each with its meaning, as `lcms init` writes it.

    `given` are the values to write; the others stand there as comments, with their defaults.
    """
    return _HEADER + _section_yaml(Settings, given, "")


def _section_yaml(section: type[SettingsSection], given: Mapping[str, Any], indent: str) -> str:
    text = ""
    for name, item in section.model_fields.items():
        if within := section_of(item):
            chosen = given.get(name) or {}
            text += f"\n# {within.__doc__}\n{name}:\n"
            text += _section_yaml(within, chosen, indent + "  ")
        else:
            mark, value = ("", given[name]) if name in given else ("#", item.default)
            text += _comment(item.description or "", indent)
            text += f"{indent}{mark}{name}:{_scalar(value)}\n"
    return text


def _comment(description: str, indent: str) -> str:
    lines = textwrap.wrap(description, 95 - len(indent))
    return "".join(f"{indent}# {line}\n" for line in lines)


def _scalar(value: object) -> str:
    """Return a value as it follows the colon, nothing for None."""
    if value is None:
        return ""
    import yaml  # noqa: PLC0415  (rules pass their settings as JSON)

    text = yaml.safe_dump(value, default_flow_style=True, allow_unicode=True, width=float("inf"))
    return " " + text.removesuffix("...\n").strip()
