"""Some four hundred defects of one small run, each with what must come of it.

The run is written in two ways: as the fast reader reads it, and with comments, which only pyOpenMS
reads. `SAME`: the values are those of the good run. `REFUSED`: the run fails with a reason.
"""

import base64
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from keeping import Keeping
from lcms.errors import MzmlError
from lcms.io.mzml.reader import read_run
from lcms.kinds import Integrity
from lcms.model import Floats, Wanted
from mzml_varieties import ODD, PLAIN, Spectrum, Variety, variety_text

SAME: Final = "same"
REFUSED: Final = "refused"
EITHER: Final = "same or refused"  # not well-formed, but without doubt about the values
N_SCANS: Final = 6
VARIETIES: Final = {"fast": PLAIN, "openms": ODD[0]}
_RANDOM = np.random.default_rng(15)
MZ: Final = np.sort(_RANDOM.uniform(80.0, 800.0, 40))
RUN: Final = tuple(
    Spectrum(0.5 * (k + 1), MZ, np.round(_RANDOM.lognormal(9, 1, MZ.size))) for k in range(N_SCANS)
)
HIGHEST_MZ: Final = 300.0  # wanted: below a half of the points
FLAGGED: Final = "flagged"
SILENT: Final = "other values, and nothing said"
_EVERYTHING: Final = Wanted(levels=frozenset({1, 2}), chromatograms=True)
_SOME: Final = (0, 3, N_SCANS - 1)  # scans that are made wrong


@dataclass(frozen=True)
class Defect:
    """The text of a defective run, and what must come of it."""

    name: str
    text: str
    outcome: str


def outcome_of(path: Path) -> tuple[str, str]:
    """Return what comes of a run, and the reason if it is refused."""
    try:
        facts, kept = read_run(path, lambda: Keeping(HIGHEST_MZ), _EVERYTHING)
    except MzmlError as error:
        return REFUSED, str(error).removeprefix(f"{path}: ")
    if has_right_values(kept, HIGHEST_MZ):
        return SAME, ""
    return (FLAGGED if facts.integrity is Integrity.CHECKSUM_DIFFERS else SILENT), ""


def has_right_values(kept: Keeping, highest_mz: float) -> bool:
    """Return whether the scans are those of the good run, up to an m/z."""
    if len(kept.scans) != len(RUN):
        return False
    for scan, spectrum in zip(kept.scans, RUN, strict=True):
        n = int(spectrum.mz.searchsorted(highest_mz, side="right"))
        is_right = (
            abs(scan.retention_time_s - spectrum.time_s) < 1e-9
            and np.array_equal(scan.mz, spectrum.mz[:n])
            and np.array_equal(scan.intensity, spectrum.intensity[:n])
            and (scan.ms_level, scan.polarity) == (1, -1)
        )
        if not is_right:
            return False
    return True


def all_defects(variety: Variety) -> list[Defect]:
    """Return all defects of the run written in one way."""
    kinds: tuple[Callable[[Variety], Iterator[Defect]], ...] = (
        _times, _points, _orders, _lengths, _characters, _plain_characters, _compressed, _terms,
        _accessions,        _counts, _cuts, _markup, _units, _harmless,
    )  # fmt: skip
    return [defect for kind in kinds for defect in kind(variety)]


def _with(scan: int, **changes: object) -> tuple[Spectrum, ...]:
    spectra = list(RUN)
    spectra[scan] = replace(spectra[scan], **changes)  # type: ignore[arg-type]
    return tuple(spectra)


def _times(variety: Variety) -> Iterator[Defect]:
    good = variety_text(RUN, variety)
    values = (
        "NaN",
        "nan",
        "INF",
        "-INF",
        "Infinity",
        "-1",
        "-0.5",
        "1e400",
        "1e9",
        "",
        "x",
        "1,5",
    )
    for value in values:
        for scan in _SOME:
            old = f'name="x" value="{RUN[scan].time_s}" unitCvRef'
            assert good.count(old) == 1
            text = good.replace(old, f'name="x" value="{value}" unitCvRef')
            yield Defect(f"time {value!r} of scan {scan}", text, REFUSED)
    text = variety_text([replace(scan, time_s=7.0) for scan in RUN], variety)
    yield Defect("one time for all scans", text, REFUSED)
    yield Defect("no time", good.replace("MS:1000016", "MS:1000999"), REFUSED)


def _points(variety: Variety) -> Iterator[Defect]:
    wrong: dict[str, tuple[str, Callable[[Floats], Floats]]] = {
        "intensity NaN": ("intensity", lambda counts: _put(counts, 3, np.nan)),
        "intensity infinite": ("intensity", lambda counts: _put(counts, 3, np.inf)),
        "intensity -infinite": ("intensity", lambda counts: _put(counts, 3, -np.inf)),
        "intensity negative": ("intensity", lambda counts: _put(counts, 3, -1.0)),
        "all intensities negative": ("intensity", np.negative),
        "m/z all zero": ("mz", np.zeros_like),
        "m/z first negative": ("mz", lambda mz: _put(mz, 0, -1.0)),
        "m/z NaN": ("mz", lambda mz: _put(mz, 5, np.nan)),
        "m/z all NaN": ("mz", lambda mz: np.full_like(mz, np.nan)),
        "m/z last infinite": ("mz", lambda mz: _put(mz, -1, np.inf)),
        "m/z last absurd": ("mz", lambda mz: _put(mz, -1, 1e9)),
    }
    ways = (
        variety,
        replace(variety, compressed=False),
        replace(variety, mz_bits=32),
        replace(variety, counts_bits=64),
    )
    for name, (field, change) in wrong.items():
        for scan in _SOME:
            spectra = _with(scan, **{field: change(getattr(RUN[scan], field))})
            for number, way in enumerate(ways):
                yield Defect(
                    f"{name}, scan {scan}, way {number}", variety_text(spectra, way), REFUSED
                )


def _put(values: Floats, index: int, value: float) -> Floats:
    changed = values.copy()
    changed[index] = value
    return changed


def _orders(variety: Variety) -> Iterator[Defect]:
    orders = {"reversed": np.arange(MZ.size)[::-1], "shuffled": _RANDOM.permutation(MZ.size)}
    for name, order in orders.items():
        for scan in _SOME:
            spectra = _with(scan, mz=MZ[order], intensity=RUN[scan].intensity[order])
            yield Defect(f"points {name}, scan {scan}", variety_text(spectra, variety), SAME)


def _lengths(variety: Variety) -> Iterator[Defect]:
    good = variety_text(RUN, variety)
    for declared in ("0", "1", "39", "41", "20", "80", "4000001", "9" * 12, "9" * 5000, "-1", "x"):
        for scan in _SOME:
            parts = good.split(f'defaultArrayLength="{MZ.size}"')
            text = f'defaultArrayLength="{MZ.size}"'.join(parts[: scan + 1])
            text += f'defaultArrayLength="{declared}"'
            text += f'defaultArrayLength="{MZ.size}"'.join(parts[scan + 1 :])
            yield Defect(f"declares {declared[:15]} points, scan {scan}", text, REFUSED)
    for name, n_mz, n_counts in (
        ("m/z one short", -1, None), ("intensity one short", None, -1), ("both one short", -1, -1),
        ("both half", 20, 20), ("m/z half", 20, None), ("intensity half", None, 20),
        ("both empty", 0, 0), ("m/z empty", 0, None), ("intensity empty", None, 0),
    ):  # fmt: skip
        for scan in _SOME:
            text = _with_arrays(good, scan, MZ[:n_mz], RUN[scan].intensity[:n_counts])
            yield Defect(f"{name}, scan {scan}", text, REFUSED)


def _with_arrays(text: str, scan: int, mz: Floats, counts: Floats) -> str:
    """Return the text with other arrays in a scan, whatever it declares."""
    arrays = (mz.astype("<f8").tobytes(), counts.astype("<f4").tobytes())
    for number, data in enumerate(arrays):
        span = _array_spans(text)[2 * scan + number]
        text = text[: span[0]] + _encoded(zlib.compress(data)) + text[span[1] :]
    return text


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _array_spans(text: str) -> list[tuple[int, int]]:
    return [match.span(1) for match in re.finditer("<binary>([^<]*)</binary>", text)]


def _characters(variety: Variety) -> Iterator[Defect]:
    good = variety_text(RUN, variety)
    spans = _array_spans(good)
    for number in (0, 1, 6, 7, len(spans) - 1):
        start, end = spans[number]
        for share in (0.05, 0.3, 0.5, 0.8, 0.97):
            at = start + int(share * (end - start))
            other = "A" if good[at] != "A" else "B"
            for name, character in (
                ("other", other),
                ("lost", ""),
                ("star", "*"),
                ("twice", 2 * good[at]),
            ):
                text = good[:at] + character + good[at + 1 :]
                yield Defect(f"character {name} at {share} of array {number}", text, REFUSED)


def _plain_characters(variety: Variety) -> Iterator[Defect]:
    """Yield changed characters that no base64 has: nothing else shows them in a plain array."""
    good = variety_text(RUN, replace(variety, compressed=False))
    for number in (0, 1, 11):
        start, end = _array_spans(good)[number]
        at = (start + end) // 2
        for name, character in (("star", "*"), ("accent", "é"), ("tick", "`"), ("lost", "")):
            text = good[:at] + character + good[at + 1 :]
            yield Defect(f"character {name} in plain array {number}", text, REFUSED)


def _compressed(variety: Variety) -> Iterator[Defect]:
    good = variety_text(RUN, variety)
    for number in (0, 1, 6, 11):
        start, end = _array_spans(good)[number]
        data = base64.b64decode(good[start:end])
        bomb = zlib.compress(bytes(50_000_000), 9)
        for name, changed in (
            ("cut", data[:-8]), ("without checksum", data[:-4]), ("empty", b""),
            ("wrong checksum", data[:-1] + bytes([data[-1] ^ 1])), ("bomb", bomb),
            ("gzip head", b"\x1f\x8b" + data), ("raw", zlib.decompress(data)),
        ):  # fmt: skip
            text = good[:start] + _encoded(changed) + good[end:]
            yield Defect(f"zlib {name}, array {number}", text, REFUSED)


def _accessions(variety: Variety) -> Iterator[Defect]:
    """Yield changed accessions of terms whose names say what they were."""
    good = variety_text(RUN, variety)
    for name, accession in (
        ("scan window lower limit", "1000501"),
        ("scan window upper limit", "1000500"),
        ("negative scan", "1000129"),
        ("centroid spectrum", "1000127"),
    ):
        # Not the parameter groups before the run, which are not used.
        before, run, spectra = good.partition("<run ")
        right = f'accession="MS:{accession}" name="'
        named = spectra.replace(f"{right}x", f"{right}{name}")
        assert named != spectra
        yield Defect(f"{name} by its name", before + run + named, SAME)
        for wrong in (accession[:-1] + ":", "1000999", accession[:-1]):
            changed = named.replace(f"MS:{accession}", f"MS:{wrong}", 1)
            yield Defect(f"{name} with accession {wrong}", before + run + changed, REFUSED)
        yield Defect(f"{name}, attribute", before + run + named.replace(
            right + name, right.replace("accession", "accessIon") + name, 1), REFUSED)  # fmt: skip


_LEVEL: Final = 'name="x" value="1"'


def _terms(variety: Variety) -> Iterator[Defect]:
    good = variety_text(RUN, variety)
    for name, old, new in (
        ("64 for 32 bit", "MS:1000521", "MS:1000523"),
        ("32 for 64 bit", "MS:1000523", "MS:1000521"),
        ("plain for zlib", "MS:1000574", "MS:1000576"),
        ("no number type", "MS:1000521", "MS:1000999"),
        ("no m/z", 'MS:1000514" name="m/z array"', 'MS:1000516" name="charge array"'),
        ("no intensity", 'MS:1000515" name="intensity array"', 'MS:1000516" name="charge array"'),
        ("two m/z", 'MS:1000515" name="intensity array"', 'MS:1000514" name="m/z array"'),
        ("level huge", _LEVEL, _LEVEL.replace("1", "9" * 5000)),
        ("level none", "MS:1000511", "MS:1000999"),
        ("level NaN", _LEVEL, _LEVEL.replace("1", "NaN")),
    ):  # fmt: skip
        assert old in good
        yield Defect(f"term {name}", good.replace(old, new), REFUSED)


def _counts(variety: Variety) -> Iterator[Defect]:
    good = variety_text(RUN, variety)
    for declared in ("0", "1", "5", "7", "12", "9" * 12, "9" * 5000, "", "-6"):
        text = good.replace(
            f'<spectrumList count="{N_SCANS}"', f'<spectrumList count="{declared}"'
        )
        yield Defect(f"declares {declared[:15]} spectra", text, REFUSED)
    chromatograms = '</spectrumList><chromatogramList count="{}" defaultDataProcessingRef="dp">'
    for declared in ("1", "2", "9" * 12):
        lists = chromatograms.format(declared) + "</chromatogramList>"
        yield Defect(
            f"declares {declared} chromatograms", good.replace("</spectrumList>", lists), REFUSED
        )
    start = good.index("<spectrum ", good.index("<spectrum ") + 1)
    end = good.index("<spectrum ", start + 1)
    yield Defect("a spectrum lost", good[:start] + good[end:], REFUSED)
    yield Defect("a spectrum twice", good[:end] + good[start:], REFUSED)


def _cuts(variety: Variety) -> Iterator[Defect]:
    good = variety_text(RUN, variety).rstrip()
    for share in np.linspace(0.0, 0.999, 30):
        yield Defect(f"cut at {share:.3f}", good[: int(share * len(good))], REFUSED)


def _markup(variety: Variety) -> Iterator[Defect]:
    good = variety_text(RUN, variety)
    for tag in ("</spectrum>", "</binaryDataArray>", "</binary>", "</spectrumList>", "</scan>"):
        at = good.index(tag)
        outcome = EITHER if tag == "</scan>" else REFUSED
        yield Defect(f"{tag} lost", good[:at] + good[at + len(tag) :], outcome)
        yield Defect(f"{tag} twice", good[:at] + tag + good[at:], outcome)
    # pyOpenMS ends the process on this one.
    yield Defect("one tag misspelt", good.replace("<binaryData", "<binasyData", 1), REFUSED)
    entities = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {chr(98 + k)} "{10 * f"&{chr(97 + k)};"}">' for k in range(9)
    )
    head, _, rest = good.partition("?>\n")
    bomb = f"{head}?>\n<!DOCTYPE mzML [{entities}]>\n{rest}"
    yield Defect("entity bomb", bomb.replace("<binary>", "<binary>&j;", 1), REFUSED)
    yield Defect("document type", f"{head}?>\n<!DOCTYPE mzML>\n{rest}", REFUSED)
    yield Defect("unknown entity", good.replace("<binary>", "<binary>&none;", 1), REFUSED)
    yield Defect("NUL", good.replace("<binary>", "<binary>\0", 1), REFUSED)
    yield Defect("open tag", good.replace("<scanList", "<scanList <", 1), EITHER)
    for text in (
        "",
        " ",
        "\n" * 1000,
        "<",
        "<html></html>",
        "<mzML/>",
        "<mzML></mzML>",
        "\0" * 999,
    ):
        yield Defect(f"only {text[:6]!r}", text, REFUSED)


def _units(variety: Variety) -> Iterator[Defect]:
    good = variety_text(RUN, variety)
    for unit in ("UO:0000033", "UO:0000187", "MS:1000131", "nonsense"):
        yield Defect(f"unit {unit}", good.replace("UO:0000010", unit), REFUSED)
    bare = re.sub(r' unitCvRef="UO" unitAccession="UO:0000010" unitName="second"', "", good)
    yield Defect("no unit", bare, REFUSED)
    yield Defect("one without unit", good.replace('unitAccession="UO:0000010"', "", 1), REFUSED)


def _harmless(variety: Variety) -> Iterator[Defect]:
    good = variety_text(RUN, variety)
    yield Defect("nothing", good, SAME)
    yield Defect(
        "encodedLength absurd", re.sub('encodedLength="[0-9]+"', 'encodedLength="7"', good), SAME
    )
    yield Defect("index wrong", good.replace("<indexListOffset>", "<indexListOffset>9"), SAME)
    yield Defect(
        "blanks between spectra", good.replace("<spectrum ", " \n\t" * 50 + "<spectrum "), SAME
    )
    yield Defect("Windows lines", good.replace("\n", "\r\n"), SAME)
    yield Defect("blanks behind the end", good + "\n" * 1000, SAME)
    yield Defect("one id for all", re.sub('id="scan=[0-9]+"', 'id="scan=1"', good), SAME)
    minutes = variety_text(RUN, replace(variety, unit="minute"))
    yield Defect("minutes", minutes, SAME)
    yield Defect("charges too", variety_text(RUN, replace(variety, third_array=True)), SAME)
