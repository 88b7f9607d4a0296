"""What reading a run and extracting its targets costs, over what decoding alone must cost.

    python benchmarks/reading.py                  # both files, seven rounds
    python benchmarks/reading.py --rounds 3 --write

Needs the extra `benchmark` (`pip install -e .[benchmark]`). The files are simulated; they stay in
a temporary folder, or in that of `--keep FOLDER`. All readers take turns on the same file, in one
process and one thread; imports are not timed. Peak memory is that of a process of its own.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

os.environ["OMP_NUM_THREADS"] = "1"

from lcms import __version__
from lcms.config import Extraction
from lcms.kinds import IonRole, TargetKind
from lcms.model import Ion
from lcms.steps.extract import extract_runs
from page import write_section
from reading_files import (
    BARE,
    CENTROID,
    HIGHEST_MZ,
    LOWEST_MZ,
    PROFILE,
    RUN_TIME_MIN,
    Shape,
    write_run,
)

Span = tuple[int, int, int]
Reader = Callable[[Path], None]

SHAPES: Final = (CENTROID, BARE, PROFILE)
LOWEST_TARGET_MZ: Final = 146.0459  # Lac-Gly [M-H]-
HIGHEST_TARGET_MZ: Final = 275.1037  # Lac-Trp [M-H]-
N_TARGETS: Final = 20
LIMIT: Final = "limit"
LOAD: Final = "pyOpenMS load, MS1"
OURS: Final = "lcms: 20 targets, looked for in the whole run"
OURS_ALL: Final = "lcms: the same, one of them at the highest m/z"
OURS_TIMED: Final = "lcms: 20 targets with times, as a sheet lists them"
ASKED: Final = {  # of the file and the reader: most times the limit
    ("centroid", OURS): 1.3,
    ("centroid", OURS_TIMED): 1.3,
    ("centroid", OURS_ALL): 2.0,
    ("profile", OURS): 2.0,
}
ALLOWED_MB: Final = 160
_PEAK: Final = re.compile(r"VmHWM:\s*(\d+) kB")  # unlike ru_maxrss not that of the parent


def targets(*, reach_highest: bool = False, timed: bool = False) -> list[Ion]:
    """Return twenty ions in the range of lactoyl amino acids; all are read in every scan."""
    step = (HIGHEST_TARGET_MZ - LOWEST_TARGET_MZ) / (N_TARGETS - 1)
    mz = [LOWEST_TARGET_MZ + n * step for n in range(N_TARGETS)]
    if reach_highest:
        mz[-1] = HIGHEST_MZ - 0.01
    every_s = 60 * RUN_TIME_MIN / N_TARGETS
    ions = [
        Ion(
            *(f"t{n}",) * 3,
            TargetKind.ANALYTE,
            IonRole.QUANTIFIER,
            precursor_mz,
            -1,
            retention_time_window_s=Extraction().retention_time_window_s,
        )
        for n, precursor_mz in enumerate(mz)
    ]
    if not timed:
        return ions
    return [replace(ion, retention_time_s=(n + 0.5) * every_s) for n, ion in enumerate(ions)]


def extract(ions: Sequence[Ion], path: Path) -> None:
    """Read a run and extract the ions, as `lcms extract` does."""
    rows, *_ = extract_runs({"run": path}, ions, Extraction(), lambda _: None)
    if rows[0]["status"] != "ok":
        raise SystemExit(rows[0]["error"])


def spans_of(path: Path) -> list[Span]:
    """Return where the arrays of the MS1 scans are: offset, characters, bytes when decoded."""
    text = path.read_bytes()
    spans = []
    for tag in re.finditer(rb'<spectrum [^>]*defaultArrayLength="(\d+)">', text):
        end = text.index(b"</spectrum>", tag.end())
        if b'name="ms level" value="1"' in text[tag.end() : tag.end() + 300]:
            arrays = re.finditer(rb"<binary>([^<]*)<", text[tag.end() : end])
            for array, size in zip(arrays, (8, 4), strict=True):
                start, stop = array.span(1)
                spans.append((tag.end() + start, stop - start, int(tag[1]) * size))
    return spans


def decode(spans: Sequence[Span], path: Path) -> None:
    """Do what no reader of all MS1 points can avoid: read, base64, inflate; nothing is kept."""
    import deflate  # noqa: PLC0415  (of the extra `benchmark`)
    import pybase64  # noqa: PLC0415

    file = os.open(path, os.O_RDONLY)
    for offset, length, size in spans:
        text = os.pread(file, length, offset)
        deflate.zlib_decompress(pybase64.b64decode(text, validate=True), size)
    os.close(file)


def load(path: Path) -> None:
    """Load the MS1 scans by pyOpenMS."""
    import pyopenms  # noqa: PLC0415

    file, run = pyopenms.MzMLFile(), pyopenms.MSExperiment()
    options = file.getOptions()
    options.setMSLevels([1])
    file.setOptions(options)
    file.load(str(path), run)


class _Consumer:
    """Takes what pyOpenMS streams, and the points of each scan as numpy arrays."""

    def setExperimentalSettings(self, _: object) -> None:  # noqa: N802
        """Ignore it."""

    def setExpectedSize(self, *_: object) -> None:  # noqa: N802
        """Ignore it."""

    def consumeChromatogram(self, _: object) -> None:  # noqa: N802
        """Ignore it."""

    def consumeSpectrum(self, spectrum: object) -> None:  # noqa: N802
        """Take the points."""
        spectrum.get_peaks()  # type: ignore[attr-defined]


def transform(path: Path) -> None:
    """Stream the MS1 scans by pyOpenMS."""
    import pyopenms  # noqa: PLC0415

    file = pyopenms.MzMLFile()
    options = file.getOptions()
    options.setMSLevels([1])
    file.setOptions(options)
    file.transform(str(path), _Consumer(), True, True)  # noqa: FBT003  (positional only)


def read_by_pymzml(path: Path) -> None:
    """Read the points of the MS1 scans by pymzml."""
    import pymzml  # noqa: PLC0415  (of the extra `benchmark`)

    for spectrum in pymzml.run.Reader(str(path)):
        if spectrum.ms_level == 1:
            _ = spectrum.mz, spectrum.i


READERS: Final[dict[str, Reader]] = {
    OURS: partial(extract, targets()),
    OURS_ALL: partial(extract, targets(reach_highest=True)),
    OURS_TIMED: partial(extract, targets(timed=True)),
    LOAD: load,
    "pyOpenMS transform, MS1": transform,
    "pymzml, MS1": read_by_pymzml,
}


@dataclass(frozen=True)
class Measured:
    """Medians of a reader on a file: seconds by the clock and of the processor, and memory."""

    wall_s: float
    cpu_s: float
    peak_mb: int | None


def timed(reader: Reader, path: Path) -> tuple[float, float]:
    """Return the seconds that a reader takes: by the clock, and of the processor."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    reader(path)
    return time.perf_counter() - wall_s, time.process_time() - cpu_s


def measured(path: Path, rounds: int) -> dict[str, Measured]:
    """Let all readers take turns; a first turn, which imports, does not count."""
    readers: dict[str, Reader] = {LIMIT: partial(decode, spans_of(path)), **READERS}
    for reader in readers.values():
        reader(path)
    turns: dict[str, list[tuple[float, float]]] = {name: [] for name in readers}
    for _ in range(rounds):
        for name, reader in readers.items():
            turns[name].append(timed(reader, path))
    return {
        name: Measured(
            median(wall_s for wall_s, _ in times),
            median(cpu_s for _, cpu_s in times),
            None if name == LIMIT else peak_mb(name, path),
        )
        for name, times in turns.items()
    }


def peak_mb(name: str, path: Path) -> int:
    """Return the peak memory of a process that reads a run once and imports what it needs."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", name, str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout.splitlines()[-1]) // 1024


def table(name: str, found: dict[str, Measured]) -> str:
    """Return the figures of a file."""
    limit = found[LIMIT]
    lines = [
        "| reader | seconds | times the limit | by processor time | pyOpenMS load | peak MB |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for reader, measured in found.items():
        ratio, asked = measured.wall_s / limit.wall_s, ASKED.get((name, reader))
        told = f"{ratio:.2f}" + (f", asked {asked:g}" if asked else "")
        if asked and ratio > asked:
            told = f"**{told}**"
        longer = f"{found[LOAD].wall_s / measured.wall_s:.1f} x" if LOAD in found else ""
        memory = "" if measured.peak_mb is None else f"{measured.peak_mb}"
        if reader.startswith("lcms") and measured.peak_mb and measured.peak_mb > ALLOWED_MB:
            memory = f"**{memory}**"
        cells = [
            reader,
            f"{measured.wall_s:.3f}",
            told,
            f"{measured.cpu_s / limit.cpu_s:.2f}",
            longer,
            memory,
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


_SECTION: Final = """\
# Reading

The runs are simulated: no sample was measured. Version {version}. Written by

    python benchmarks/reading.py --rounds {rounds} --write

Medians of {rounds} rounds in which all readers take turns, one thread, the file in memory,
imports not timed. The limit is what no reader of all MS1 points can avoid: `pread` of their
arrays, whose places are known, base64 (pybase64) and inflate (libdeflate); nothing is parsed and
nothing kept. It decodes every point; `lcms` stops at the highest m/z that is wanted, here 275,
below which lie {share:.0f} % of the points (of two real HILIC runs 70 and 78 %), and passes over
scans at times that no target needs, where the file has a checksum (it is compared meanwhile, in
a second thread); without one it decodes all points of the scans it needs. The last column but one
is how many times longer pyOpenMS takes. `lcms` reads, extracts and gives the rows; the others only
read. Peak memory is that of a process of its own with its imports; asked of `lcms`: at most
{allowed} MB. Figures in **bold** miss.

{tables}"""


def section(shapes: dict[str, tuple[int, dict[str, Measured]]], rounds: int) -> str:
    """Return the section of the page."""
    lowest = LOWEST_MZ
    tables = [
        f"## {name}: {size / 1e6:.0f} MB\n\n{table(name, measured)}"
        for name, (size, measured) in shapes.items()
    ]
    return _SECTION.format(
        version=__version__,
        rounds=rounds,
        share=100 * (HIGHEST_TARGET_MZ - lowest) / (HIGHEST_MZ - lowest),
        allowed=ALLOWED_MB,
        tables="\n".join(tables),
    )


def parsed(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="of the simulated runs")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def measured_shape(shape: Shape, folder: Path, rounds: int) -> tuple[int, dict[str, Measured]]:
    """Write a run and measure all readers on it."""
    path = folder / f"{shape.name}.mzML"
    write_run(path, shape, seed=1)
    found = measured(path, rounds)
    print(f"{shape.name}\n{table(shape.name, found)}", flush=True)
    return path.stat().st_size, found


def main(argv: Sequence[str]) -> None:
    """Measure and print."""
    chosen = parsed(argv)
    if chosen.one:
        READERS[chosen.one[0]](Path(chosen.one[1]))
        print(_PEAK.findall(Path("/proc/self/status").read_text(encoding="ascii"))[0])
        return
    with TemporaryDirectory() as temporary:
        folder = chosen.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = {shape.name: measured_shape(shape, folder, chosen.rounds) for shape in SHAPES}
    if chosen.write:
        write_section(section(found, chosen.rounds))


if __name__ == "__main__":
    main(sys.argv[1:])
