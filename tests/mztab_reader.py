"""Reads mzTab-M and checks it: by what every file must hold, by its schema, by its term maps."""

import json
import re
import xml.etree.ElementTree as ET
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pyopenms
from jsonschema import Draft202012Validator

Json = dict[str, Any]

TABLES: Final = {
    "SML": ("SMH", "SmallMoleculeSummary"),
    "SMF": ("SFH", "SmallMoleculeFeature"),
    "SME": ("SEH", "SmallMoleculeEvidence"),
}
# What a file must give, by the specification; `#` is a number that every such object has.
_METADATA: Final = (
    *("mzTab-version", "mzTab-ID", "quantification_method", "software[#]", "ms_run[#]-location"),
    *("assay[#]", "assay[#]-ms_run_ref", "study_variable[#]", "study_variable[#]-assay_refs"),
    *("study_variable[#]-description", "cv[#]-label", "cv[#]-full_name", "cv[#]-version"),
    *("cv[#]-uri", "database[#]", "database[#]-prefix", "database[#]-version", "database[#]-uri"),
    *("small_molecule-quantification_unit", "small_molecule_feature-quantification_unit"),
    *("small_molecule-identification_reliability", "id_confidence_measure[#]"),
)
_COLUMNS: Final = {
    "SML": "SML_ID SMF_ID_REFS database_identifier chemical_formula smiles inchi chemical_name "
    "uri theoretical_neutral_mass adduct_ions reliability best_id_confidence_measure "
    "best_id_confidence_value",
    "SMF": "SMF_ID SME_ID_REFS SME_ID_REF_ambiguity_code adduct_ion isotopomer "
    "exp_mass_to_charge charge retention_time_in_seconds retention_time_in_seconds_start "
    "retention_time_in_seconds_end",
    "SME": "SME_ID evidence_input_id database_identifier chemical_formula smiles inchi "
    "chemical_name uri derivatized_form adduct_ion exp_mass_to_charge charge "
    "theoretical_mass_to_charge spectra_ref identification_method ms_level rank",
}
_NEVER_NULL: Final = {
    "SML": "SML_ID",
    "SMF": "SMF_ID exp_mass_to_charge charge",
    "SME": "SME_ID evidence_input_id database_identifier exp_mass_to_charge charge "
    "theoretical_mass_to_charge spectra_ref identification_method ms_level rank",
}
_REFERENCES: Final = (("SML", "SMF_ID_REFS", "SMF"), ("SMF", "SME_ID_REFS", "SME"))
_NUMBERED: Final = {
    "SML": {
        "abundance_assay": "assay",
        "abundance_study_variable": "study_variable",
        "abundance_variation_study_variable": "study_variable",
    },
    "SMF": {"abundance_assay": "assay"},
    "SME": {"id_confidence_measure": "id_confidence_measure"},
}
_PARAMETER: Final = re.compile(r'\[([^,]*),([^,]*),(".*?"|[^,]*),(.*)\]')


@dataclass
class MzTab:
    """A file: its metadata by name, its tables as rows by column; what broke their form."""

    metadata: dict[str, str] = field(default_factory=dict)
    tables: dict[str, list[dict[str, str]]] = field(default_factory=lambda: defaultdict(list))
    malformed: list[str] = field(default_factory=list)

    def numbers(self, name: str) -> list[int]:
        """Return the numbers of the objects of a name, such as those of `assay`."""
        keys = (re.match(rf"{name}\[(\d+)\]", key) for key in self.metadata)
        return sorted({int(key[1]) for key in keys if key})


def read_mztab(path: Path) -> MzTab:
    file, headers = MzTab(), dict[str, list[str]]()
    for line in path.read_text(encoding="utf-8").splitlines():
        first, *cells = (
            line.rstrip("\t").split("\t")
            if line.startswith(("MTD", "COM"))
            else (line.split("\t"))
        )
        if first == "MTD":
            if len(cells) != 2 or cells[0] in file.metadata:
                file.malformed.append(f"metadata {cells[:1]}")
            file.metadata[cells[0]] = cells[-1]
        elif first in ("SMH", "SFH", "SEH"):
            headers[first] = cells
        elif first in TABLES:
            names = headers.get(TABLES[first][0], [])
            if len(names) != len(cells) or "" in cells:
                file.malformed.append(f"row {cells[:1]} of {first}")
            file.tables[first].append(dict(zip(names, cells, strict=False)))
        elif first not in ("", "COM"):
            file.malformed.append(f"line {first}")
    return file


def broken_rules(file: MzTab) -> list[str]:
    """Return what the specification demands of every file and this one lacks."""
    return [
        *file.malformed,
        *_missing_metadata(file),
        *_missing_columns(file),
        *_nulls(file),
        *_lost_references(file),
    ]


def _missing_metadata(file: MzTab) -> Iterator[str]:
    for name in _METADATA:
        before, mark, after = name.partition("[#]")
        numbers = file.numbers(before) if mark else []
        if numbers != list(range(1, len(numbers) + 1)) or (mark and not numbers):
            yield f"numbers of {before}"
        names = [f"{before}[{number}]{after}" for number in numbers] if mark else [name]
        yield from (key for key in names if key not in file.metadata)


def _missing_columns(file: MzTab) -> Iterator[str]:
    for table, names in _COLUMNS.items():
        for row in file.tables[table][:1]:
            yield from (f"{table} {name}" for name in names.split() if name not in row)
            for name, of in _NUMBERED[table].items():
                listed = [key for key in row if re.fullmatch(rf"{name}\[\d+\]", key)]
                wanted = [f"{name}[{number}]" for number in file.numbers(of)]
                if listed != wanted:
                    yield f"{table} {name} of every {of}"


def _nulls(file: MzTab) -> Iterator[str]:
    for table, names in _NEVER_NULL.items():
        for row in file.tables[table]:
            yield from (f"{table} {name}: null" for name in names.split() if row[name] == "null")


def _lost_references(file: MzTab) -> Iterator[str]:
    for table, column, entity in _REFERENCES:
        known = {row[f"{entity}_ID"] for row in file.tables[entity]}
        for row in file.tables[table]:
            numbers = set(re.findall(r"\d+", row.get(column, "")))
            yield from (f"{table} {column} {number}" for number in numbers - known)
    for key, value in file.metadata.items():
        if key.endswith(("_ref", "_refs")):
            for name, number in re.findall(r"(\w+)\[(\d+)\]", value):
                if int(number) not in file.numbers(name):
                    yield f"{key}: no {name}[{number}]"


# --- the same file as the document of the JSON schema


def _definitions(schema: Json) -> dict[str, Json]:
    """Return the definitions, with two faults mended that the examples of the format show.

    The name of a study variable may only be null, and an adduct of a feature may only lose one
    atom; the other tables and the specification allow a text, and `[M+H]1+`.
    """
    definitions: dict[str, Json] = json.loads(json.dumps(schema["$defs"]))
    definitions["StudyVariable"]["properties"]["name"] |= {"type": ["string", "null"]}
    evidence = definitions["SmallMoleculeEvidence"]["properties"]["adduct_ion"]
    definitions["SmallMoleculeFeature"]["properties"]["adduct_ion"] = evidence
    return definitions


def schema_problems(file: MzTab, schema: Json) -> list[str]:
    """Return what the JSON schema, and the policies that it gives for each field, refuse."""
    definitions = _definitions(schema)
    document = _document(file, definitions)
    whole = schema | {"$defs": definitions}
    problems = [
        f"{'/'.join(map(str, error.path))}: {error.message}"
        for error in Draft202012Validator(whole).iter_errors(document)
    ]
    metadata = document["metadata"]
    problems += [*_policies(metadata, definitions["Metadata"], definitions, "metadata")]
    return problems


def _document(file: MzTab, definitions: dict[str, Json]) -> Json:
    names = {"SML": "smallMoleculeSummary", "SMF": "smallMoleculeFeature"}
    names["SME"] = "smallMoleculeEvidence"
    return {"metadata": _metadata_object(file, definitions)} | {
        names[table]: [_row_object(row, definitions[TABLES[table][1]]) for row in rows]
        for table, rows in file.tables.items()
    }


def _metadata_object(file: MzTab, definitions: dict[str, Json]) -> Json:
    properties = definitions["Metadata"]["properties"]
    found: Json = {}
    for key, text in file.metadata.items():
        name = re.sub(r"\[\d+\].*", "", key)
        if key in properties and "[" not in key:
            found[key] = _value(text, properties[key])
            continue
        match = re.fullmatch(r"(\w+)\[(\d+)\](?:-(\w+)(?:\[(\d+)\])?)?", key)
        assert match, key
        kind = _kind(properties[name])
        members = found.setdefault(name, {})
        if kind == "Parameter":
            members[int(match[2])] = _parameter(text)
            continue
        member = members.setdefault(int(match[2]), {"id": int(match[2])})
        fields = definitions[kind]["properties"]
        field_name = match[3] or next(
            name for name, of in fields.items() if of["object_level_value"]
        )
        value = _value(text, fields[field_name])
        is_list = _is_list(fields[field_name]) and not isinstance(value, list)
        if is_list:
            member.setdefault(field_name, []).append(value)
        else:
            member[field_name] = value
    return {
        name: list(value.values()) if isinstance(value, dict) and 1 in value else value
        for name, value in found.items()
    }


def _row_object(row: Mapping[str, str], definition: Json) -> Json:
    properties = definition["properties"]
    found: Json = {}
    for name, text in row.items():
        match = re.fullmatch(r"(\w+?)\[\d+\]", name)
        if name.startswith("opt_"):
            identifier, _, _ = name.removeprefix("opt_").partition("_")
            found.setdefault("opt", []).append({"identifier": identifier, "value": text})
        elif match:
            found.setdefault(match[1], []).append(None if text == "null" else float(text))
        else:
            found[name.lower()] = _value(text, properties[name.lower()])
    return found


def _kind(of: Json) -> str:
    """Return the definition to which a property, or the members of its list, refer."""
    return "".join(re.findall(r"\$defs/(\w+)", json.dumps(of))[:1])


def _is_list(of: Json) -> bool:
    return any(kind.get("type") == "array" for kind in of.get("anyOf", ()))


def _value(text: str, of: Json) -> object:
    if text == "null":
        return None
    separator = of.get("list_concatenation_str")
    if _is_list(of) and separator:
        return [_scalar(part.strip(), of) for part in text.split(separator)]
    return _scalar(text, of)


def _scalar(text: str, of: Json) -> object:
    types = json.dumps(of.get("anyOf", of))
    if text == "null":
        return None
    if _kind(of) == "SpectraReference":
        run, _, reference = text.partition(":")
        return {"ms_run": int(re.findall(r"\d+", run)[0]), "reference": reference}
    if _kind(of) and text.startswith("["):
        return _parameter(text)
    if of.get("referenced_field_name") or '"integer"' in types:
        numbers = re.findall(r"-?\d+", text)
        return int(numbers[0]) if numbers else text
    try:
        return float(text) if '"number"' in types else text
    except ValueError:
        return text


def _parameter(text: str) -> object:
    match = _PARAMETER.fullmatch(text.strip())
    if match is None:
        return text
    label, accession, name, value = (part.strip().strip('"') for part in match.groups())
    return {"cv_label": label, "cv_accession": accession, "name": name, "value": value}


def _policies(found: Json, definition: Json, definitions: Json, where: str) -> Iterator[str]:
    for name, of in definition["properties"].items():
        policy, value = of.get("validation_policy") or {}, found.get(name)
        is_asked = policy.get("required") and policy["enforcement_level"] == "required"
        if is_asked and value is None and not of["ignore"]:
            yield f"{where}/{name}: required"
        if isinstance(value, list) and len(value) < (policy.get("minimum") or 0):
            yield f"{where}/{name}: too few"
        pattern = policy.get("pattern")
        if pattern and isinstance(value, str) and not re.search(pattern, value):
            yield f"{where}/{name}: {value}"
        kind = _kind(of)
        if kind and kind not in ("Parameter", "ExtendedParameter"):
            for member in value if isinstance(value, list) else ():
                yield from _policies(member, definitions[kind], definitions, f"{where}/{name}")


# --- terms


def ontology() -> tuple[dict[str, str], dict[str, set[str]]]:
    """Return names and parents of the terms of PSI-MS and UO that pyOpenMS ships."""
    folder = Path(pyopenms.__file__).parent / "share" / "OpenMS" / "CV"
    names, parents = dict[str, str](), dict[str, set[str]]()
    for path in (folder / "unit.obo", folder / "psi-ms.obo"):
        for block in path.read_text(encoding="utf-8").split("[Term]\n")[1:]:
            text = block.partition("\n[")[0]
            accession = re.findall(r"^id: (\S+)", text, re.MULTILINE)[0]
            name = re.findall(r"^name: (.*)", text, re.MULTILINE)[0]
            names[accession] = "" if "is_obsolete: true" in text else name
            parents.setdefault(accession, set()).update(
                re.findall(r"^is_a: (\S+)", text, re.MULTILINE)
            )
    return names, parents


def mapping_problems(file: MzTab, mapping: Path, schema: Json) -> list[str]:
    """Return the terms that a rule with MUST does not allow where they stand.

    A term without an accession is the user's and fits everywhere. Rules whose terms are of a
    vocabulary that is not at hand allow any term of it.
    """
    document = _document(file, _definitions(schema))
    _, parents = ontology()
    problems = []
    for rule in ET.parse(mapping).getroot().iter("CvMappingRule"):  # noqa: S314  (a file of ours)
        if rule.get("requirementLevel") == "MUST":
            roots = [(term.get("termAccession", ""), term) for term in rule.iter("CvTerm")]
            for accession in _accessions(document, rule.get("cvElementPath", "")):
                fits = (_fits(accession, root, term, parents) for root, term in roots)
                problems += [] if any(fits) else [f"{rule.get('id')}: {accession}"]
    return problems


def _fits(accession: str, root: str, term: "ET.Element", parents: Mapping[str, set[str]]) -> bool:
    if root not in parents:
        return accession.partition(":")[0] == root.partition(":")[0]
    if accession == root:  # the value of the term itself, as of `ms level`
        return True
    ancestors, waiting = set[str](), [accession]
    while waiting:
        above = parents.get(waiting.pop(), set()) - ancestors
        ancestors |= above
        waiting += above
    return term.get("allowChildren") == "true" and root in ancestors


def _accessions(document: Json, path: str) -> list[str]:
    """Return the accessions at a path such as `/metadata/msRun/@scanPolarity`."""
    objects: list[Any] = [document]
    for name in path.replace("@", "").strip("/").split("/"):
        objects = [value for item in objects for value in _children(item, name)]
    return [item["cv_accession"] for item in objects if item and item.get("cv_accession")]


def _children(item: Json, name: str) -> list[Any]:
    snake = re.sub(r"(?<=[a-z])([A-Z])", lambda letter: "_" + letter[1].lower(), name)
    found = next(
        (item[key] for key in item if key in (name, snake) or key.replace("-", "_") == snake), None
    )
    if isinstance(found, list):
        return [value for value in found if value is not None]
    return [] if found is None else [found]
