"""Small good runs of three compounds: full scan, SRM, MS2; compressed or not, with a checksum."""

import base64
import hashlib
import re
import zlib
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Final

import numpy as np

from builders import Eluting, gaussian, write_run
from lcms.io.mzml.mzml_writer import write_mzml
from lcms.model import Floats
from lcms.numerics.mass.formulas import ion_mz
from lcms.simulation.simulated_scans import SimulatedScan, SimulatedTransition
from pipeline import Row, analyte

KINDS: Final = ("full_scan", "srm", "ms2")
READERS: Final = ("fast", "openms")
ARRAY: Final = re.compile(rb"<binary>([^<]*)</binary>")
_COMPOUNDS: Final = {  # formula, apex in s, height in counts
    "Lac-Val": ("C8H15NO4", 45.0, 2e6),
    "Lac-Leu": ("C9H17NO4", 60.0, 1e6),
    "Lac-Phe": ("C12H15NO4", 75.0, 5e5),
}
_PRODUCT: Final = "C3H6NO2-"
_PRODUCT_MZ: Final = 88.0404
_TIME_S: Final = np.arange(20.0, 100.0)
_SIGMA_S: Final = 3.4
_BACKGROUND_COUNTS: Final = 200.0
_SCATTER: Final = 0.03  # of an intensity, one SD


@dataclass(frozen=True)
class Form:
    """How a run is written: its scans, the reader that takes it, its arrays, its checksum."""

    kind: str
    reader: str
    is_compressed: bool
    has_checksum: bool


FORMS: Final = tuple(Form(*form) for form in product(KINDS, READERS, (True, False), (True, False)))


def targets(kind: str) -> list[Row]:
    """Return the target sheet for runs of a kind."""
    cells = {} if kind == "full_scan" else {"product": _PRODUCT}
    return [
        analyte(name, formula, time_s, **cells)
        for name, (formula, time_s, _) in _COMPOUNDS.items()
    ]


def write_small_run(path: Path, form: Form, seed: int) -> None:
    """Write a good run; a comment makes the fast reader leave it to pyOpenMS."""
    random = np.random.default_rng(seed)
    if form.kind == "full_scan":
        _write_full_scan(path, seed)
    elif form.kind == "srm":
        write_mzml(path, [], polarity=-1, chromatograms=_transitions(random))
    else:
        write_mzml(path, _survey_and_product_scans(random), polarity=-1)
    text = path.read_bytes()
    if not form.is_compressed:
        text = _without_compression(text)
    if form.reader == "openms":
        text = text.replace(b"<run ", b"<!-- only pyOpenMS reads this --><run ", 1)
    path.write_bytes(_with_checksum(text) if form.has_checksum else text)


def _without_compression(text: bytes) -> bytes:
    zipped, plain = (
        b'MS:1000574" name="zlib compression',
        b'MS:1000576" name="no compression',
    )
    return ARRAY.sub(_inflated, text).replace(zipped, plain)


def _inflated(match: re.Match[bytes]) -> bytes:
    plain = zlib.decompress(base64.b64decode(match[1]))
    return b"<binary>" + base64.b64encode(plain) + b"</binary>"


def _with_checksum(text: bytes) -> bytes:
    """Return the text of an indexed run with its SHA-1, as the specification of mzML asks."""
    covered, tag, behind = text.partition(b"<fileChecksum>")
    sha1 = hashlib.sha1(covered + tag, usedforsecurity=False).hexdigest().encode()
    return covered + tag + sha1 + behind[behind.index(b"<") :]


def _write_full_scan(path: Path, seed: int) -> None:
    eluting = [
        Eluting(ion_mz(formula, "[M-H]-"), time_s, height)
        for formula, time_s, height in _COMPOUNDS.values()
    ]
    write_run(path, eluting, time_s=_TIME_S, seed=seed)


def _counts(time_s: float, height: float, random: np.random.Generator) -> Floats:
    counts = gaussian(_TIME_S, time_s, _SIGMA_S, height) + _BACKGROUND_COUNTS
    return np.asarray(counts * random.normal(1.0, _SCATTER, _TIME_S.size))


def _transitions(random: np.random.Generator) -> list[SimulatedTransition]:
    return [
        SimulatedTransition(
            ion_mz(formula, "[M-H]-"), _PRODUCT_MZ, _TIME_S, _counts(time_s, height, random)
        )
        for formula, time_s, height in _COMPOUNDS.values()
    ]


def _survey_and_product_scans(random: np.random.Generator) -> list[SimulatedScan]:
    """Return an MS1 scan a second, behind each one MS2 scan of every precursor."""
    scans = []
    transitions = _transitions(random)
    for index, time_s in enumerate(_TIME_S.tolist()):
        scans.append(SimulatedScan(time_s, np.array([450.0]), np.array([1000.0])))
        scans += [
            SimulatedScan(
                time_s + 0.1 * number,
                np.array([_PRODUCT_MZ, 200.0]),
                np.array([transition.intensity[index], 500.0]),
                ms_level=2,
                precursor_mz=transition.precursor_mz,
            )
            for number, transition in enumerate(transitions, 1)
        ]
    return scans
