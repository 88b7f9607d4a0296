import re
from collections.abc import Iterable

import pytest

from lcms.io.reference.packaged import read_packaged
from lcms.io.reference.panel import read_isobars, read_panel
from lcms.kinds import IonRole, TargetKind
from lcms.model import Ion
from lcms.numerics.mass.formulas import adduct_charge, ion_mz, monoisotopic_mass, parse_formula
from lcms.numerics.mass.isobars import Isobar, KnownIsobars, known_isobars

PANEL = {compound.target_id: compound for compound in read_panel()}
ROWS = {row["target_id"]: row for row in read_packaged("panel.tsv")}
ISOBARS = read_isobars()
# Small compounds of the panel that no combination has the m/z of, in negative mode.
BARE = {
    *("Ac-Arg", "Ac-Cys", "Ac-His", "Arg", "Cys", "Gly", "His", "Lys", "Met", "Phe", "Pro", "Ser"),
    *("Tyr", "pyruvate"),
}

CLASS_SIZES = {
    "lactoyl": 30,
    "acetyl": 20,
    "hydroxybutyryl": 7,
    "phenyllactoyl": 5,
    "formyl": 1,
    "amino_acid": 20,
    "acid": 4,
    "labelled_internal_standard": 20,
}

# [M-H]- computed independently of this package, five decimals.
LABELLED = {
    "Lac-Leu-13C6-15N": 209.12565,
    "Lac-Ile-13C6-15N": 209.12565,
    "Lac-Leu-13C6": 208.12861,
    "Lac-Leu-d10": 212.17125,
    "Lac-Leu-d3": 205.12731,
    "13C3-Lac-Leu": 205.11855,
    "Lac-Val-d8": 196.14305,
    "Lac-Val-13C5-15N": 194.10664,
    "Lac-Phe-d5": 241.12422,
    "Lac-Phe-d8": 244.14305,
    "Lac-Phe-13C6": 242.11296,
    "Lac-Phe-13C9-15N": 246.12006,
    "13C3-Lac-Phe": 239.10290,
    "Lac-Tyr-13C9-15N": 262.11498,
    "Lac-Tyr-d4": 256.11285,
    "Phe-d5": 169.10309,
    "Leu-d10": 140.15012,
    "Leu-13C6-15N": 137.10452,
    "lactate-13C3": 92.03448,
    "Ac-Leu-d3": 175.11675,
}


def panel_ion(target_id: str, adduct: str) -> Ion:
    compound = PANEL[target_id]
    return Ion(
        ion_id=target_id,
        target_id=target_id,
        name=compound.name,
        kind=TargetKind.ANALYTE,
        role=IonRole.QUANTIFIER,
        precursor_mz=ion_mz(compound.formula, adduct),
        charge=adduct_charge(adduct),
        formula=compound.formula,
        adduct=adduct,
        retention_time_window_s=30.0,
    )


def isobar_names(target_id: str, adduct: str) -> list[str]:
    return [isobar.name for isobar in known_isobars(panel_ion(target_id, adduct), ISOBARS, 5.0)]


def repeated(values: Iterable[object]) -> list[object]:
    seen = list(values)
    return [value for value in seen if seen.count(value) > 1]


def test_no_target_id_appears_twice() -> None:
    assert repeated(compound.target_id for compound in read_panel()) == []


def test_every_structure_appears_once() -> None:
    assert repeated(row["inchikey"] for row in ROWS.values() if row["inchikey"]) == []


def test_the_panel_holds_every_compound_of_every_class() -> None:
    classes = [compound.compound_class for compound in PANEL.values()]

    assert {word: classes.count(word) for word in classes} == CLASS_SIZES


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_every_row_of_the_panel_is_well_formed(row: dict[str, str]) -> None:
    assert re.fullmatch(r"[A-Za-z0-9._()+-]+", row["target_id"])
    assert row["name"]
    assert row["source"]
    assert row["selectivity_class"] in {"A", "B", "C", ""}
    assert monoisotopic_mass(row["formula"]) > 0
    assert re.fullmatch(r"[A-Z]{14}-[A-Z]{10}-N|", row["inchikey"])
    assert re.fullmatch(r"HMDB\d{7}|", row["hmdb"])
    assert re.fullmatch(r"CHEBI:\d+|", row["chebi"])
    assert re.fullmatch(r"\d+-\d\d-\d|", row["cas"])


def test_only_internal_standards_carry_labels() -> None:
    labelled = {target_id for target_id, c in PANEL.items() if "(" in c.formula}

    assert labelled == set(LABELLED)


@pytest.mark.parametrize(("target_id", "mz"), LABELLED.items())
def test_labelled_internal_standards_have_their_own_mz(target_id: str, mz: float) -> None:
    assert ion_mz(PANEL[target_id].formula, "[M-H]-") == pytest.approx(mz, abs=1e-5)


@pytest.mark.parametrize("amino_acid", [c for c in PANEL if f"Lac-{c}" in PANEL])
def test_a_lactoyl_amino_acid_is_its_amino_acid_plus_lactate_less_water(amino_acid: str) -> None:
    lactoyl, free = PANEL[f"Lac-{amino_acid}"], PANEL[amino_acid]

    added_da = monoisotopic_mass(lactoyl.formula) - monoisotopic_mass(free.formula)

    assert added_da == pytest.approx(monoisotopic_mass("C3H4O2"))


def test_the_default_panel_is_the_seven_reported_most_their_substrates_and_standards() -> None:
    default = {target_id for target_id, compound in PANEL.items() if compound.default_panel}

    lactoyl = {f"Lac-{residue}" for residue in ("Phe", "Leu", "Ile", "Val", "Tyr", "Met", "Trp")}
    assert default - set(LABELLED) == {*lactoyl, "lactate", "Leu", "Phe", "Ac-Leu"}
    assert default & set(LABELLED)


@pytest.mark.parametrize("isobar", ISOBARS, ids=lambda isobar: isobar.name)
def test_every_isobar_is_well_formed(isobar: Isobar) -> None:
    assert parse_formula(isobar.formula)
    assert isobar.polarity in {"+", "-", "both"}
    assert isobar.abundance in {"abundant", "possible"}
    assert isobar.note
    assert isobar.source
    assert isobar.adduct is None or isobar.adduct.endswith(isobar.polarity)


def test_no_isobar_appears_twice_in_one_polarity() -> None:
    assert repeated((i.name, i.polarity, i.adduct) for i in ISOBARS) == []


def test_every_isobar_lies_near_a_compound_of_the_panel() -> None:
    ions = [panel_ion(target_id, adduct) for target_id in PANEL for adduct in ("[M-H]-", "[M+H]+")]
    known = KnownIsobars(ISOBARS)

    near = {id(isobar) for ion in ions for isobar in known.of(ion, 50.0)}

    assert [isobar.name for isobar in ISOBARS if id(isobar) not in near] == []


def test_nearly_every_compound_of_the_panel_has_isobars() -> None:
    bare = {
        target_id
        for target_id, compound in PANEL.items()
        if "(" not in compound.formula and not isobar_names(target_id, "[M-H]-")
    }

    assert bare == BARE


@pytest.mark.parametrize(
    ("target_id", "adduct", "isobar"),
    [
        ("Lac-Leu", "[M+H]+", "acetylcarnitine"),
        ("Lac-Leu", "[M+Na]+", "acetylcarnitine"),
        ("Lac-Gly", "[M-H]-", "glutamate"),
        ("Lac-Gly", "[M+H]+", "glutamate"),
        ("Lac-Ala", "[M-H]-", "2-aminoadipate"),
        ("Lac-Ala", "[M-H]-", "proline"),
        ("Lac-Trp", "[M-H]-", "pGlu-Phe"),
        ("Lac-Trp", "[M+H]+", "pGlu-Phe"),
        ("Lac-Trp", "[M+H]+", "gamma-Glu-Phe"),
        ("Lac-Val", "[M-H]-", "acetylcarnitine"),
        ("Lac-His", "[M+H]+", "deoxycytidine"),
        ("Lac-Leu", "[M-H]-", "Lac-Ile"),
        ("BHB-Leu", "[M+H]+", "propionylcarnitine"),
        ("Lac-Met", "[M-H]-", "3-HPMA"),
        ("BHB-Met", "[M-H]-", "HPMMA"),
        ("Lac-Kyn", "[M+H]+", "Asp-Phe"),
        ("BHB", "[M-H]-", "2-hydroxybutyrate"),
        ("Val", "[M+H]+", "betaine"),
        ("Ac-Ala", "[M-H]-", "hydroxyproline"),
        ("Ac-Lys", "[M-H]-", "N6-acetyllysine"),
        ("Asn", "[M-H]-", "Gly-Gly"),
        ("Lac-Gln", "[M-H]-", "beta-Asp-Abu"),
        ("Lac-Phe", "[M+H]+", "N-(1-carboxyethyl)-Phe"),
        ("For-Met", "[M-H]-", "N-acetyl-S-methylcysteine"),
    ],
)
def test_known_interferences_are_listed(target_id: str, adduct: str, isobar: str) -> None:
    assert isobar in isobar_names(target_id, adduct)


def test_betaine_forms_no_negative_ion() -> None:
    assert "betaine" not in isobar_names("Val", "[M-H]-")


def test_acetylcarnitine_lies_under_lac_leu_in_positive_mode_only() -> None:
    assert "acetylcarnitine" not in isobar_names("Lac-Leu", "[M-H]-")


@pytest.mark.parametrize("target_id", PANEL)
def test_no_compound_of_the_panel_is_its_own_isobar(target_id: str) -> None:
    compound = PANEL[target_id]
    names = {target_id, compound.name, compound.name.removeprefix("L-")}

    for adduct in ("[M-H]-", "[M+H]+"):
        assert names.isdisjoint(isobar_names(target_id, adduct))


def test_glutamate_is_no_isobar_of_the_target_glutamate() -> None:
    assert "glutamate" not in isobar_names("Glu", "[M-H]-")


def test_targets_of_class_c_have_an_abundant_isobar_and_class_a_has_none() -> None:
    def is_covered(target_id: str) -> bool:
        isobars = known_isobars(panel_ion(target_id, "[M-H]-"), ISOBARS, 5.0)
        return any(isobar.abundance == "abundant" for isobar in isobars)

    by_class = {
        word: {is_covered(name) for name, row in ROWS.items() if row["selectivity_class"] == word}
        for word in ("A", "C")
    }

    assert by_class == {"A": {False}, "C": {True}}
