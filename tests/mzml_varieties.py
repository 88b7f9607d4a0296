"""Writes one run in the many ways of mzML, as text: what converters do, and what none should."""

import base64
import gzip
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lcms.model import Floats


@dataclass(frozen=True)
class Spectrum:
    """What a spectrum holds; times in seconds, m/z in Th, ascending."""

    time_s: float
    mz: Floats
    intensity: Floats
    ms_level: int = 1
    polarity: int = -1
    precursor_mz: float | None = None
    is_profile: bool = False
    native_id: str | None = None
    kind: str | None = None  # accession instead of that of MS1 or MSn spectra
    windows_mz: tuple[tuple[float, float], ...] = ((60.0, 900.0),)
    of_spectrum: tuple[tuple[str, object], ...] = ()  # accession and value of further terms
    of_scan: tuple[tuple[str, object], ...] = ()  # the same, inside `<scan>`
    polarity_in_scan: bool = False
    energy: float | None = None
    mobilities: Floats | None = None  # of its points


@dataclass(frozen=True)
class Variety:
    """In which way a run is written."""

    name: str = "plain"
    mz_bits: int = 64
    counts_bits: int = 32
    compressed: bool = True
    unit: str | None = "second"
    index: str | None = "right"
    kind_in: str = "spectrum"
    value_first: bool = False
    counts_first: bool = False
    encoding: str = "utf-8"
    line_end: str = "\n"
    encoded_length: str = "right"
    third_array: bool = False
    gzipped: bool = False
    before_spectrum: str = ""
    quote: str = '"'
    array_group: bool = False


_UNITS = {"second": "UO:0000010", "minute": "UO:0000031"}
_PER_UNIT = {"second": 1.0, "minute": 60.0, None: 1.0}
_GROUP = "referenceableParamGroup"
_ARRAYS = {"mz": "1000514", "counts": "1000515", "charge": "1000516", "mobility": "1003007"}
_NAMES = {  # pyOpenMS knows arrays by their names, not by their accessions
    "1000514": "m/z array",
    "1000515": "intensity array",
    "1000516": "charge array",
    "1003007": "raw ion mobility array",
}


def write_variety(path: Path, spectra: Sequence[Spectrum], variety: Variety) -> Path:
    """Write a run in one way."""
    text = variety_text(spectra, variety).replace("\n", variety.line_end)
    content = text.encode(variety.encoding)
    path.write_bytes(gzip.compress(content, mtime=0) if variety.gzipped else content)
    return path


def variety_text(spectra: Sequence[Spectrum], variety: Variety) -> str:
    """Return the text of a run written in one way."""
    items = "".join(
        variety.before_spectrum + _spectrum(n, spectrum, variety)
        for n, spectrum in enumerate(spectra)
    )
    groups = "".join(
        f'<{_GROUP} id="kind_{level}_{polarity}">\n{_kind(level, polarity, variety)}</{_GROUP}>\n'
        for level in (1, 2)
        for polarity in (-1, 1)
    )
    arrays = f'<{_GROUP} id="mz">\n{_array_terms("mz", variety)}</{_GROUP}>\n'
    text = (
        '<mzML xmlns="http://psi.hupo.org/ms/mzml" id="simulated" version="1.1.0">\n'
        '<cvList count="2"><cv id="MS" fullName="MS" URI=""/><cv id="UO" fullName="UO" URI=""/>'
        "</cvList>\n<fileDescription><fileContent/></fileDescription>\n"
        f'<{_GROUP}List count="5">\n{groups}{arrays}</{_GROUP}List>\n'
        '<softwareList count="1"><software id="test" version="1"/></softwareList>\n'
        '<instrumentConfigurationList count="1"><instrumentConfiguration id="IC1"/>'
        "</instrumentConfigurationList>\n"
        '<dataProcessingList count="1"><dataProcessing id="dp"><processingMethod order="0" '
        'softwareRef="test"/></dataProcessing></dataProcessingList>\n'
        '<run id="simulated" defaultInstrumentConfigurationRef="IC1">\n'
        f'<spectrumList count="{len(spectra)}" defaultDataProcessingRef="dp">\n'
        f"{items}</spectrumList>\n</run>\n</mzML>\n"
    )
    text = _indexed(text, variety.index) if variety.index else text
    return f'<?xml version="1.0" encoding="{variety.encoding}"?>\n{text}'


def _indexed(text: str, index: str) -> str:
    place = {"right": text.find("<spectrum "), "wrong": 17, "beyond": 10**9}[index]
    return (
        f'<indexedmzML xmlns="http://psi.hupo.org/ms/mzml">\n{text}<indexList count="1">'
        f'<index name="spectrum"><offset idRef="scan=1">{place}</offset></index></indexList>'
        f"<indexListOffset>{place}</indexListOffset><fileChecksum>0</fileChecksum>\n"
        "</indexedmzML>\n"
    )


def _term(accession: str, variety: Variety, value: object = "", unit: str = "") -> str:
    name = f'name="{_NAMES.get(accession, "x")}"'
    told = f'value="{value}"'
    terms = [f'cvRef="MS" accession="MS:{accession}"', name, told]
    if variety.value_first:
        terms = [terms[0], told, name]
    if unit:
        terms.append(f'unitCvRef="UO" unitAccession="{_UNITS[unit]}" unitName="{unit}"')
    return f"<cvParam {' '.join(terms)}/>\n".replace('"', variety.quote)


def _kind(level: int, polarity: int, variety: Variety, kind: str | None = None) -> str:
    return (
        _term("1000511", variety, level)
        + _term(kind or ("1000579" if level == 1 else "1000580"), variety)
        + (_polarity(polarity, variety) if polarity else "")
    )


def _polarity(polarity: int, variety: Variety) -> str:
    return _term("1000130" if polarity > 0 else "1000129", variety)


def _terms(terms: Sequence[tuple[str, object]], variety: Variety) -> str:
    return "".join(_term(accession, variety, value) for accession, value in terms)


def _spectrum(number: int, one: Spectrum, variety: Variety) -> str:
    kind = _kind(one.ms_level, 0 if one.polarity_in_scan else one.polarity, variety, one.kind)
    if variety.kind_in == "group":
        kind = f'<{_GROUP}Ref ref="kind_{one.ms_level}_{one.polarity}"/>\n'
    mode = _term("1000128" if one.is_profile else "1000127", variety)
    mode += _terms(one.of_spectrum, variety)
    time = _term("1000016", variety, one.time_s / _PER_UNIT[variety.unit], variety.unit or "")
    time += _terms(one.of_scan, variety)
    time += _polarity(one.polarity, variety) if one.polarity_in_scan else ""
    windows = "".join(
        f"<scanWindow>\n{_term('1000501', variety, low)}{_term('1000500', variety, high)}"
        "</scanWindow>\n"
        for low, high in one.windows_mz
    )
    arrays = [_array("mz", one.mz, variety), _array("counts", one.intensity, variety)]
    if variety.counts_first:
        arrays.reverse()
    if variety.third_array:
        arrays.insert(1, _array("charge", np.ones(one.mz.size), variety))
    if one.mobilities is not None:
        arrays.append(_array("mobility", one.mobilities, variety))
    native_id = one.native_id or f"scan={number + 1}"
    tag = f'index="{number}" id="{native_id}" defaultArrayLength="{one.mz.size}"'
    return (
        f"<spectrum {tag}>\n{kind}{mode}".replace('"', variety.quote)
        + f'<scanList count="1">\n{_term("1000795", variety)}<scan>\n{time}'
        + f'<scanWindowList count="{len(one.windows_mz)}">\n{windows}</scanWindowList>\n'
        + f"</scan>\n</scanList>\n{_precursor(one, variety)}"
        + f'<binaryDataArrayList count="{len(arrays)}">\n{"".join(arrays)}'
        + "</binaryDataArrayList>\n</spectrum>\n"
    )


def _precursor(one: Spectrum, variety: Variety) -> str:
    if one.precursor_mz is None:
        return "" if one.energy is None else _precursor_list("", one.energy, variety)
    window = (
        _term("1000827", variety, one.precursor_mz)
        + _term("1000828", variety, 0.75)
        + _term("1000829", variety, 0.5)
    )
    window = f"<isolationWindow>\n{window}</isolationWindow>\n"
    return _precursor_list(window, 30.0 if one.energy is None else one.energy, variety)


def _precursor_list(window: str, energy: float, variety: Variety) -> str:
    return (
        f'<precursorList count="1">\n<precursor>\n{window}'
        f"<activation>\n{_term('1000045', variety, energy)}</activation>\n</precursor>\n"
        "</precursorList>\n"
    )


def _array_terms(kind: str, variety: Variety) -> str:
    bits = variety.mz_bits if kind == "mz" else variety.counts_bits
    return (
        _term("1000523" if bits == 64 else "1000521", variety)
        + _term("1000574" if variety.compressed else "1000576", variety)
        + _term(_ARRAYS[kind], variety)
    )


def _array(kind: str, values: Floats, variety: Variety) -> str:
    bits = variety.mz_bits if kind == "mz" else variety.counts_bits
    data = values.astype("<f8" if bits == 64 else "<f4").tobytes()
    text = base64.b64encode(zlib.compress(data) if variety.compressed else data).decode()
    length = {"right": len(text), "wrong": 1}[variety.encoded_length]
    terms = _array_terms(kind, variety)
    if variety.array_group and kind == "mz":
        terms = f'<{_GROUP}Ref ref="mz"/>\n'
    return (
        f'<binaryDataArray encodedLength="{length}">\n{terms}<binary>{text}</binary>\n'
        "</binaryDataArray>\n"
    )


PLAIN = Variety()
ORDINARY = (  # those that the fast reader reads
    PLAIN,
    replace(PLAIN, name="uncompressed", compressed=False),
    replace(PLAIN, name="32-bit m/z", mz_bits=32),
    replace(PLAIN, name="64-bit intensities", counts_bits=64),
    replace(PLAIN, name="uncompressed 32-bit m/z", mz_bits=32, compressed=False),
    replace(PLAIN, name="minutes", unit="minute"),
    replace(PLAIN, name="no index", index=None),
    replace(PLAIN, name="wrong index", index="wrong"),
    replace(PLAIN, name="index beyond the end", index="beyond"),
    replace(PLAIN, name="kind in a group", kind_in="group"),
    replace(PLAIN, name="value before name", value_first=True),
    replace(PLAIN, name="intensities first", counts_first=True),
    replace(PLAIN, name="latin-1", encoding="iso-8859-1"),
    replace(PLAIN, name="windows lines", line_end="\r\n"),
    replace(PLAIN, name="no lines", line_end=""),
    replace(PLAIN, name="wrong encodedLength", encoded_length="wrong"),
    replace(PLAIN, name="a third array", third_array=True),
    replace(PLAIN, name="gzipped", gzipped=True),
)
ODD = (  # those that are left to pyOpenMS
    replace(PLAIN, name="comments", before_spectrum="<!-- <spectrum> -->"),
    replace(PLAIN, name="single quotes", quote="'"),
    replace(PLAIN, name="array encoding in a group", array_group=True),
)
