"""What reading a run and extracting its targets costs, over what decoding alone must cost.

    python benchmarks/reading.py                  # both files, seven rounds
    python benchmarks/reading.py --rounds 3 --old e5f5d00 --write

Needs the extra `benchmark` (`pip install -e .[benchmark]`). The files are simulated; they stay in
a temporary folder, or in that of `--keep FOLDER`. All readers take turns on the same file, in one
process and one thread; imports are not timed. Peak memory is that of a process of its own, as are
the turns of an earlier commit.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
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
from old_commit import checked_out
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
ASKED_FASTER: Final = {  # of the file and the reader: least times faster than pyOpenMS load
    ("centroid", OURS): 4.0,
    ("centroid, no checksum", OURS): 3.0,
    ("profile", OURS): 3.0,
}
ALLOWED_MB: Final = 160
_TURN: Final = """
import sys
from pathlib import Path
import reading
reader, path = reading.READERS[sys.argv[1]], Path(sys.argv[2])
reader(path)
print(*reading.timed(reader, path))
"""
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
    """Medians of a reader on a file: seconds by the clock and of the processor, and memory.

    `old_wall_s` and `old_cpu_s` are those of an earlier commit.
    """

    wall_s: float
    cpu_s: float
    peak_mb: int | None = None
    old_wall_s: float | None = None
    old_cpu_s: float | None = None


def timed(reader: Reader, path: Path) -> tuple[float, float]:
    """Return the seconds that a reader takes: by the clock, and of the processor."""
    wall_s, cpu_s = time.perf_counter(), time.process_time()
    reader(path)
    return time.perf_counter() - wall_s, time.process_time() - cpu_s


def timed_in(tree: Path, name: str, path: Path) -> tuple[float, float]:
    """Return the seconds of a reader of another tree, in a process of its own; else as `timed`."""
    done = subprocess.run(
        [sys.executable, "-c", _TURN, name, str(path)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": f"{tree / 'src'}{os.pathsep}{tree / 'benchmarks'}"},
    )
    wall_s, cpu_s = map(float, done.stdout.splitlines()[-1].split())
    return wall_s, cpu_s


def measured(path: Path, rounds: int, old: Path | None) -> dict[str, Measured]:
    """Let all readers take turns, those of an old tree too; a first turn does not count."""
    readers: dict[str, Reader] = {LIMIT: partial(decode, spans_of(path)), **READERS}
    for reader in readers.values():
        reader(path)
    turns: dict[str, list[tuple[float, float]]] = {name: [] for name in readers}
    old_turns: dict[str, list[tuple[float, float]]] = {name: [] for name in readers}
    for _ in range(rounds):
        for name, reader in readers.items():
            turns[name].append(timed(reader, path))
            if old and name.startswith("lcms"):
                old_turns[name].append(timed_in(old, name, path))
    return {
        name: Measured(
            *medians(turns[name]),
            None if name == LIMIT else peak_mb(name, path),
            *(medians(old_turns[name]) if old_turns[name] else ()),
        )
        for name in readers
    }


def medians(turns: Sequence[tuple[float, float]]) -> tuple[float, float]:
    """Return the medians of the seconds by the clock and of the processor."""
    wall_s, cpu_s = map(median, zip(*turns, strict=True))
    return wall_s, cpu_s


def peak_mb(name: str, path: Path) -> int:
    """Return the peak memory of a process that reads a run once and imports what it needs."""
    done = subprocess.run(
        [sys.executable, __file__, "--one", name, str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    return int(done.stdout.splitlines()[-1]) // 1024


def table(name: str, found: dict[str, Measured], revision: str | None) -> str:
    """Return the figures of a file."""
    titles = [
        "reader",
        "seconds",
        "times the limit",
        "by processor time",
        "faster than pyOpenMS load",
        "by processor time",
        "peak MB",
        *([f"seconds at {revision}", "processor s, then and now"] if revision else []),
    ]
    rows = [titles, ["---"] * len(titles)]
    rows += [cells(name, reader, found, revision) for reader in found]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def cells(name: str, reader: str, found: dict[str, Measured], revision: str | None) -> list[str]:
    """Return the row of a reader."""
    limit, load, turn = found[LIMIT], found[LOAD], found[reader]
    memory = "" if turn.peak_mb is None else f"{turn.peak_mb}"
    if reader.startswith("lcms") and turn.peak_mb and turn.peak_mb > ALLOWED_MB:
        memory = f"**{memory}**"
    row = [
        reader,
        f"{turn.wall_s:.3f}",
        asked(turn.wall_s / limit.wall_s, most=ASKED.get((name, reader))),
        f"{turn.cpu_s / limit.cpu_s:.2f}",
        asked(load.wall_s / turn.wall_s, least=ASKED_FASTER.get((name, reader))) + " x",
        f"{load.cpu_s / turn.cpu_s:.2f} x",
        memory,
    ]
    if revision and turn.old_wall_s is not None:
        row += [f"{turn.old_wall_s:.3f}", f"{turn.old_cpu_s:.3f}, {turn.cpu_s:.3f}"]
    elif revision:
        row += ["", ""]
    return row


def asked(ratio: float, *, least: float | None = None, most: float | None = None) -> str:
    """Return a ratio with what was asked of it, in bold if it misses."""
    limit = least or most
    if limit is None:
        return f"{ratio:.2f}"
    text = f"{ratio:.2f}, asked {limit:g}"
    is_missed = ratio < least if least else ratio > limit
    return f"**{text}**" if is_missed else text


_SECTION: Final = """\
# Reading

The runs are simulated: no sample was measured. Version {version}. Written by

    python benchmarks/reading.py --rounds {rounds}{old} --write

Medians of {rounds} rounds in which all readers take turns, one thread, the file in memory,
imports not timed. The limit is what no reader of all MS1 points can avoid: `pread` of their
arrays, whose places are known, base64 (pybase64) and inflate (libdeflate); nothing is parsed and
nothing kept. It decodes every point; `lcms` stops at the highest m/z that is wanted, here 275,
below which lie {share:.0f} % of the points (of two real HILIC runs 70 and 78 %), and passes over
scans at times that no target needs, where the file has a checksum (it is compared meanwhile, in
a second thread); without one it decodes all points of the scans it needs. The ratio to pyOpenMS,
which loads the MS1 scans, moves less between machines. `lcms` reads, extracts and gives the rows;
the others only read. Peak memory is that of a process of its own with its imports; asked of
`lcms`: at most {allowed} MB. Figures in **bold** miss. Beside them, an earlier commit in the same
rounds. Where other work shares the processor, its time (that of the second thread included) says
more than that of the clock.

{tables}"""


def section(
    shapes: dict[str, tuple[int, dict[str, Measured]]], rounds: int, revision: str | None
) -> str:
    """Return the section of the page."""
    lowest = LOWEST_MZ
    tables = [
        f"## {name}: {size / 1e6:.0f} MB\n\n{table(name, measured, revision)}"
        for name, (size, measured) in shapes.items()
    ]
    return _SECTION.format(
        version=__version__,
        rounds=rounds,
        old=f" --old {revision}" if revision else "",
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
    parser.add_argument("--old", metavar="REVISION", help="a commit that is measured beside")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args(argv)


def measured_shape(
    shape: Shape, folder: Path, rounds: int, revision: str | None
) -> tuple[int, dict[str, Measured]]:
    """Write a run and measure all readers on it."""
    path = folder / f"{shape.name}.mzML"
    write_run(path, shape, seed=1)
    with checked_out(revision) if revision else nullcontext() as old:
        found = measured(path, rounds, old)
    print(f"{shape.name}\n{table(shape.name, found, revision)}", flush=True)
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
        found = {
            shape.name: measured_shape(shape, folder, chosen.rounds, chosen.old)
            for shape in SHAPES
        }
    if chosen.write:
        write_section(section(found, chosen.rounds, chosen.old))


if __name__ == "__main__":
    main(sys.argv[1:])
