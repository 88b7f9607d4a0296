"""results.mzTab: molecules (SML), the features they are measured by (SMF), the evidence (SME)."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final

import numpy as np

from lcms.groups import grouped
from lcms.io.mztab import TableSection, parameter
from lcms.io.vocabulary import Term, term
from lcms.kinds import FOUND, CompoundKind, IonRole, SampleType, TargetKind
from lcms.model import Floats
from lcms.numerics.mass.formulas import monoisotopic_mass
from lcms.schemas import Row
from lcms.steps.deposit.deposit_tables import Columns, DepositTables
from lcms.steps.deposit.mztab_metadata import DATABASE
from lcms.steps.deposit.study_variables import StudyVariable

_MS_LEVELS: Final = {"ms1": "1", "ms2": "2", "srm": "2"}
_OF_SHEET: Final = "accurate mass and retention time of the target sheet"
_OF_STANDARD: Final = "internal standard, added to the sample"


@dataclass(frozen=True)
class _Feature:
    """An ion, and its peaks in all runs; `evidence` is None where it has none."""

    number: int
    ion: Row
    peaks: Columns
    evidence: "_BestPeak | None"

    @property
    def adduct(self) -> str | None:
        """The adduct; None of a product ion, which is none."""
        return None if self.ion["product"] else _adduct(self.ion)

    @property
    def mz(self) -> float:
        """The median of the observed m/z, or the theoretical one where none was observed."""
        observed = _median(self.peaks["mz_observed"])
        return observed if np.isfinite(observed) else self.peaks["mz_theoretical"][0]


@dataclass(frozen=True)
class _BestPeak:
    """The best peak of an ion: the index of its run, and how it was identified."""

    number: int
    ion: Row
    run: int
    peaks: Columns
    method: str
    similarity: float | None
    scan: str | None
    ms_level: str

    def peak(self, column: str) -> Any:  # noqa: ANN401  (a value of any column)
        """Return a value of the best peak."""
        return self.peaks[column][self.run]

    @property
    def mz(self) -> float:
        """The observed m/z; that of the transition where none is observed."""
        return float(self.peak("mz_observed") or self.peak("mz_theoretical"))

    @property
    def spectrum(self) -> str:
        """The best MS2 scan; without one the time of the peak, which has no scan of its own."""
        time = f"retention time {self.peak('retention_time_s'):.2f} s"
        return f"ms_run[{self.run + 1}]:{self.scan or time}"


@dataclass(frozen=True)
class _Molecule:
    """A compound, or the sum of an isomer group: `members` are the quantifiers of its isomers."""

    number: int
    members: Sequence[Row]
    features: Sequence[int]
    rows: Columns
    values: Floats
    variables: Sequence[StudyVariable]
    reliability: int | None

    @property
    def similarity(self) -> float:
        """The best similarity of its MS2 scans; NaN without any."""
        given = [value for value in self.rows["ms2_similarity"] if value is not None]
        return max(given, default=np.nan)


_SME: Final = TableSection[_BestPeak](
    "SEH",
    "SME",
    {
        "SME_ID": lambda evidence: evidence.number,
        "evidence_input_id": lambda evidence: evidence.ion["ion_id"],
        "database_identifier": lambda evidence: _identifier(evidence.ion),
        "chemical_formula": lambda evidence: evidence.ion["formula"],
        "smiles": lambda _: None,
        "inchi": lambda _: None,
        "chemical_name": lambda evidence: evidence.ion["name"],
        "uri": lambda _: None,
        "derivatized_form": lambda _: None,
        "adduct_ion": lambda evidence: _adduct(evidence.ion),
        "exp_mass_to_charge": lambda evidence: evidence.mz,
        "charge": lambda evidence: _charge(evidence.ion),
        "theoretical_mass_to_charge": lambda evidence: evidence.peak("mz_theoretical"),
        "spectra_ref": lambda evidence: evidence.spectrum,
        "identification_method": lambda evidence: parameter(Term(evidence.method)),
        "ms_level": lambda evidence: parameter(term("ms_level"), evidence.ms_level),
        "id_confidence_measure[1]": lambda evidence: evidence.similarity,
        "id_confidence_measure[2]": lambda evidence: evidence.peak("quality"),
        "rank": lambda _: 1,
    },
)
_SMF: Final = TableSection[_Feature](
    "SFH",
    "SMF",
    {
        "SMF_ID": lambda feature: feature.number,
        "SME_ID_REFS": lambda feature: feature.evidence and feature.evidence.number,
        "SME_ID_REF_ambiguity_code": lambda _: None,
        "adduct_ion": lambda feature: feature.adduct,
        "isotopomer": lambda _: None,
        "exp_mass_to_charge": lambda feature: feature.mz,
        "charge": lambda feature: _charge(feature.ion),
        "retention_time_in_seconds": lambda feature: _median(feature.peaks["retention_time_s"]),
        "retention_time_in_seconds_start": lambda feature: _median(feature.peaks["left_s"]),
        "retention_time_in_seconds_end": lambda feature: _median(feature.peaks["right_s"]),
    },
    {"abundance_assay[{}]": lambda feature: feature.peaks["area"]},
)
_SML: Final = TableSection[_Molecule](
    "SMH",
    "SML",
    {
        "SML_ID": lambda molecule: molecule.number,
        "SMF_ID_REFS": lambda molecule: molecule.features,
        "database_identifier": lambda molecule: [*map(_identifier, molecule.members)],
        "chemical_formula": lambda molecule: [ion["formula"] for ion in molecule.members],
        "smiles": lambda _: None,
        "inchi": lambda _: None,
        "chemical_name": lambda molecule: [ion["name"] for ion in molecule.members],
        "uri": lambda _: None,
        "theoretical_neutral_mass": lambda molecule: [*map(_neutral_mass, molecule.members)],
        "adduct_ions": lambda molecule: [*map(_adduct, molecule.members)],
        "reliability": lambda molecule: molecule.reliability,
        "best_id_confidence_measure": lambda molecule: _measure(molecule.similarity),
        "best_id_confidence_value": lambda molecule: molecule.similarity,
        "opt_global_kind": lambda molecule: molecule.rows["kind"][0],
    },
    {
        "abundance_assay[{}]": lambda molecule: molecule.values.tolist(),
        "abundance_study_variable[{}]": lambda molecule: [
            variable.average(molecule.values) for variable in molecule.variables
        ],
        "abundance_variation_study_variable[{}]": lambda molecule: [
            variable.variation(molecule.values) for variable in molecule.variables
        ],
        "opt_assay[{}]_status": lambda molecule: molecule.rows["status"],
    },
)


def section_lines(tables: DepositTables, variables: Sequence[StudyVariable]) -> Iterator[str]:
    """Yield the lines of the three tables."""
    features = [_feature(tables, k, ion) for k, ion in enumerate(tables.targets, 1)]
    evidence = [feature.evidence for feature in features if feature.evidence]
    yield from _SML.lines(_molecules(tables, variables))
    yield from _SMF.lines(features)
    yield from _SME.lines(evidence)


def _feature(tables: DepositTables, number: int, ion: Row) -> _Feature:
    peaks = tables.peaks.of(ion["ion_id"])
    return _Feature(number, ion, peaks, _evidence(tables, number, ion, peaks))


def _evidence(tables: DepositTables, number: int, ion: Row, peaks: Columns) -> _BestPeak | None:
    """Return what the peak of best quality shows; None without a peak."""
    pairs = zip(peaks["status"], peaks["quality"], strict=True)
    found = {k: quality or 0.0 for k, (status, quality) in enumerate(pairs) if status in FOUND}
    if not found:
        return None
    best = max(found, key=lambda run: found[run])
    is_standard = ion["kind"] == TargetKind.INTERNAL_STANDARD
    rows = {} if is_standard else tables.concentrations.of(ion["target_id"])
    reason = rows["identification_reason"][best] if rows else _OF_STANDARD
    return _BestPeak(
        number=number,
        ion=ion,
        run=best,
        peaks=peaks,
        method=(reason or _OF_SHEET).replace("_", " "),
        similarity=rows["ms2_similarity"][best] if rows else None,
        scan=tables.ms2_evidence.of(ion["target_id"])["best_scan"][best],
        ms_level=_MS_LEVELS[tables.sources[ion["ion_id"]] or "ms1"],
    )


def _molecules(tables: DepositTables, variables: Sequence[StudyVariable]) -> list[_Molecule]:
    """Return the analytes in the order of the target sheet, then the sums of isomer groups."""
    numbers = {ion["ion_id"]: k for k, ion in enumerate(tables.targets, 1)}
    ions = grouped(tables.targets, itemgetter("target_id"))
    isomers = grouped(tables.targets, itemgetter("isomer_group"))
    molecules = []
    for number, (name, values) in enumerate(tables.abundances.items(), 1):
        rows = tables.concentrations.of(name)
        is_sum = rows["kind"][0] == CompoundKind.ISOMER_SUM
        members = _analytes(isomers[name] if is_sum else ions[name])
        features = [ion for member in members for ion in ions[member["target_id"]]]
        molecules.append(
            _Molecule(
                number=number,
                members=members,
                features=[numbers[ion["ion_id"]] for ion in features],
                rows=rows,
                values=values,
                variables=variables,
                reliability=_reliability(tables.runs, rows["identification_level"]),
            )
        )
    return molecules


def _analytes(ions: Sequence[Row]) -> list[Row]:
    """Return the quantifiers of analytes among some ions."""
    return [
        ion
        for ion in ions
        if ion["ion_role"] == IonRole.QUANTIFIER and ion["kind"] == TargetKind.ANALYTE
    ]


def _reliability(runs: Sequence[Row], levels: Sequence[int | None]) -> int | None:
    """Return the most frequent level of the unknowns, of equally frequent ones the worst.

    All runs count where no unknown has a peak.
    """
    pairs = [(run, level) for run, level in zip(runs, levels, strict=True) if level is not None]
    unknowns = [level for run, level in pairs if run["sample_type"] == SampleType.UNKNOWN]
    counts = Counter(unknowns or [level for _, level in pairs])
    return max(counts, key=lambda level: (counts[level], level), default=None)


def _identifier(ion: Row) -> str:
    return f"{DATABASE}:{ion['target_id']}"


def _adduct(ion: Row) -> str | None:
    """Return the adduct as the format writes it, with the number of charges: [M-H]1-."""
    adduct: str | None = ion["adduct"]
    if adduct is None:
        return None
    body, _, charge = adduct.rpartition("]")
    return f"{body}]{charge if charge[0].isdigit() else '1' + charge}"


def _charge(ion: Row) -> int | None:
    """Return the number of charges, positive in both polarities; 1 of a product ion."""
    if ion["product"]:
        return 1
    return None if ion["charge"] is None else abs(ion["charge"])


def _neutral_mass(ion: Mapping[str, Any]) -> float | None:
    return None if ion["formula"] is None else monoisotopic_mass(ion["formula"])


def _measure(similarity: float) -> str | None:
    return parameter(term("fragmentation_score")) if np.isfinite(similarity) else None


def _median(values: Sequence[float | None]) -> float:
    given = [value for value in values if value is not None]
    return float(np.median(given)) if given else np.nan
