"""What odd runs give: reported area divided by the true one, one simulated run for each kind.

    python benchmarks/odd_runs.py
    python benchmarks/odd_runs.py --write

Five Gaussian peaks among background ions are acquired in each odd way. A kind passes where each
area is within 10 % of the truth, or its row says by a status or flag that it may not be.
"""

import argparse
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np

ROOT: Final = Path(__file__).parents[1]
sys.path.append(str(ROOT / "tests"))  # the odd files are those of the tests

from accuracy import table
from builders import AREA_PER_SIGMA, Row, gaussian, ion
from integrated import peak_rows
from lcms.io.tables.parquet import read_table
from lcms.model import Ion
from lcms.numerics.mass.formulas import ion_mz, product_ion_mz
from mzml_varieties import PLAIN, Spectrum, write_variety
from page import write_section

ALLOWED_SHARE: Final = 0.1  # off the truth
OPEN_FLAGS: Final = frozenset({"scan_kinds_mixed", "transition_ambiguous", "outside_scan_range"})
SIGMA_S: Final = 3.0
TIMES_S: Final = np.arange(60.0, 240.0, 0.5)
FAINTEST_COUNTS: Final = 300.0
COMPOUNDS: Final = {  # formula, apex in s, height in counts
    "Lac-Tyr": ("C12H15NO5", 100.0, 1.5e5),
    "Lac-Val": ("C8H15NO4", 120.0, 2e5),
    "Lac-Met": ("C8H15NO4S", 135.0, 1e5),
    "Lac-Leu": ("C9H17NO4", 150.0, 3e5),
    "Lac-Phe": ("C12H15NO4", 180.0, 4e5),
}
AREAS: Final = {name: h * SIGMA_S * AREA_PER_SIGMA for name, (_, _, h) in COMPOUNDS.items()}
IONS: Final = tuple(
    ion(name, ion_mz(formula, "[M-H]-"), apex_s)
    for name, (formula, apex_s, _) in COMPOUNDS.items()
)
PRODUCT: Final = "C3H6NO2-"  # alanine
SRM_PRODUCT_MZ: Final = 88.0  # as a method lists it
PRODUCTS: Final = tuple(
    replace(target, product=PRODUCT, product_mz=product_ion_mz(PRODUCT)) for target in IONS
)
LOCK_MASS_EVERY: Final = 20  # scans: 10 s
N_BINS: Final = 12
BIN_SHARES: Final = gaussian(np.arange(float(N_BINS)), 5.5, 2.0, 1.0)
SIM_GAIN: Final = 1.6  # of a SIM scan over a full scan
BOX_WIDTH_MZ: Final = 20.0
BOXES: Final = tuple((low, low + BOX_WIDTH_MZ) for low in np.arange(100.0, 400.0, BOX_WIDTH_MZ))


class Source:
    """Draws the scans of a run: a share of each compound, on background, with scatter."""

    def __init__(self, seed: int = 1) -> None:
        self._random = np.random.default_rng(seed)
        self._background_mz = np.sort(self._random.uniform(70.0, 800.0, 60))

    def scan(
        self, time_s: float, share: float | Mapping[str, float] = 1.0, **how: object
    ) -> Spectrum:
        """Return a scan in which each compound has a share of its intensity."""
        random = self._random
        shares = share if isinstance(share, Mapping) else dict.fromkeys(COMPOUNDS, share)
        apexes = np.array([apex_s for _, apex_s, _ in COMPOUNDS.values()])
        heights = np.array([h * shares[name] for name, (_, _, h) in COMPOUNDS.items()])
        counts = heights * np.exp(-0.5 * ((time_s - apexes) / SIGMA_S) ** 2)
        mz = np.array([target.mz for target in IONS]) * (1 + random.normal(0, 1e-6, apexes.size))
        counts = np.concatenate([counts, random.lognormal(8, 1, self._background_mz.size)])
        counts *= random.normal(1, 0.03, counts.size)
        mz = np.concatenate([mz, self._background_mz])
        windows: tuple[tuple[float, float], ...] = how.get("windows_mz", ((60.0, 900.0),))  # type: ignore[assignment]
        inside = np.zeros(mz.size, dtype=bool)
        for low, high in windows:
            inside |= (low <= mz) & (mz <= high) if low < high else True
        kept = np.flatnonzero(inside & (counts > FAINTEST_COUNTS))
        order = kept[np.argsort(mz[kept])]
        return Spectrum(time_s, mz[order], counts[order], **how)  # type: ignore[arg-type]


def in_turn(*kinds: Callable[[float], Spectrum]) -> list[Spectrum]:
    """Return a run in which the kinds take turns."""
    return [kinds[n % len(kinds)](float(time_s)) for n, time_s in enumerate(TIMES_S)]


def plain(**how: object) -> list[Spectrum]:
    """Return a run of one kind."""
    source = Source()
    return in_turn(lambda t: source.scan(t, **how))  # type: ignore[arg-type]


def faims(
    first: Mapping[str, float] | float, second: Mapping[str, float] | float
) -> list[Spectrum]:
    """Return a run at two compensation voltages, with the shares that each passes."""
    source = Source()
    return in_turn(
        lambda t: source.scan(t, first, of_scan=(("1001581", -40.0),)),
        lambda t: source.scan(t, second, of_scan=(("1001581", -60.0),)),
    )


def high_energy(*, has_energy: bool, has_function: bool) -> list[Spectrum]:
    """Return a run in which every second MS1 scan fragments all ions."""
    source = Source()

    def scan(time_s: float, function: int, share: float) -> Spectrum:
        spectrum = source.scan(time_s, share)
        energy = 30.0 if has_energy and function > 1 else None
        native_id = (
            f"function={function} process=0 scan={time_s * 2:.0f}" if has_function else None
        )
        return replace(spectrum, energy=energy, native_id=native_id)

    return in_turn(lambda t: scan(t, 1, 1.0), lambda t: scan(t, 2, 0.15))


def sim() -> list[Spectrum]:
    """Return a run in which every second scan is a SIM scan over all compounds."""
    source = Source()
    return in_turn(
        source.scan,
        lambda t: source.scan(t, SIM_GAIN, kind="1000582", windows_mz=((170.0, 280.0),)),
    )


def boxcar() -> list[Spectrum]:
    """Return a run of two scans in turn, each of every second window."""
    source = Source()
    return in_turn(
        lambda t: source.scan(t, windows_mz=BOXES[::2]),
        lambda t: source.scan(t, windows_mz=BOXES[1::2]),
    )


def lock_spray() -> list[Spectrum]:
    """Return a run in which one scan of twenty is of the reference."""
    source = Source()

    def scan(number: int, time_s: float) -> Spectrum:
        is_reference = number % LOCK_MASS_EVERY == LOCK_MASS_EVERY - 1
        native_id = f"function={3 if is_reference else 1} process=0 scan={number}"
        return source.scan(time_s, 0.0 if is_reference else 1.0, native_id=native_id)

    return [scan(number, float(time_s)) for number, time_s in enumerate(TIMES_S)]


def bins(*, combined: bool, has_own_time: bool = False) -> list[Spectrum]:
    """Return a run of ion mobility frames: a spectrum for each bin, or one for each frame."""
    source = Source()
    shares = BIN_SHARES / BIN_SHARES.sum()
    spectra = []
    for time_s in TIMES_S:
        frame = [
            source.scan(
                float(time_s) + has_own_time * 0.01 * n,
                float(share),
                of_scan=() if combined else (("1002476", 10.0 + n),),
            )
            for n, share in enumerate(shares)
        ]
        spectra += [_combined(frame)] if combined else frame
    return spectra


def _combined(frame: list[Spectrum]) -> Spectrum:
    """Return the points of all bins as one spectrum, in order of m/z."""
    mz = np.concatenate([spectrum.mz for spectrum in frame])
    counts = np.concatenate([spectrum.intensity for spectrum in frame])
    mobilities = np.repeat(np.arange(10.0, 10.0 + len(frame)), [s.mz.size for s in frame])
    order = np.argsort(mz)
    return Spectrum(frame[0].time_s, mz[order], counts[order], mobilities=mobilities[order])


def srm_spectra(kind: str | None) -> list[Spectrum]:
    """Return a run of SRM transitions in turn, each stored as a spectrum of one product."""
    random = np.random.default_rng(1)

    def scan(time_s: float, target: Ion) -> Spectrum:
        _, apex_s, height = COMPOUNDS[target.target_id]
        counts = gaussian(np.array([time_s]), apex_s, SIGMA_S, height)
        return Spectrum(
            time_s,
            np.array([SRM_PRODUCT_MZ]),
            counts * random.normal(1, 0.03) + random.exponential(FAINTEST_COUNTS),
            ms_level=2,
            precursor_mz=round(target.precursor_mz, 1),
            kind=kind,
        )

    return [
        scan(float(time_s) + 0.1 * n, target)
        for time_s in TIMES_S
        for n, target in enumerate(PRODUCTS)
    ]


ONE_ONLY: Final = {name: float(n % 2) for n, name in enumerate(COMPOUNDS)}
OTHER_ONLY: Final = {name: 1.0 - share for name, share in ONE_ONLY.items()}
KINDS: Final[Mapping[str, Callable[[], list[Spectrum]]]] = {
    "plain": plain,
    "FAIMS, two voltages in turn": lambda: faims(1.0, 0.2),
    "FAIMS, each ion passes one voltage": lambda: faims(ONE_ONLY, OTHER_ONLY),
    "high energy as level 1": lambda: high_energy(has_energy=True, has_function=False),
    "high energy as level 1, function only": lambda: high_energy(
        has_energy=False, has_function=True
    ),
    "high energy as level 1, nothing said": lambda: high_energy(
        has_energy=False, has_function=False
    ),
    "SIM between full scans": sim,
    "BoxCar": boxcar,
    "lock-spray every 10 s": lock_spray,
    "mobility, a spectrum for each bin": lambda: bins(combined=False),
    "mobility, bins in one spectrum": lambda: bins(combined=True),
    "mobility, bins with times of their own": lambda: bins(combined=False, has_own_time=True),
    "SRM stored as spectra": lambda: srm_spectra("1000583"),
    "SRM stored as MSn spectra": lambda: srm_spectra(None),
    "scan window 0-0": lambda: plain(windows_mz=((0.0, 0.0),)),
    "scan window NaN": lambda: plain(windows_mz=((float("nan"), float("nan")),)),
    "polarity inside of `<scan>`": lambda: plain(polarity_in_scan=True),
}


def odd_rows(kind: str, folder: Path) -> dict[str, Row]:
    """Return the row of each compound: of `peaks`, with `channel` and `share` of the truth."""
    path = write_variety(folder / "run.mzML", KINDS[kind](), PLAIN)
    ions = PRODUCTS if kind.startswith("SRM") else IONS
    rows = {ion_id: peak for (_, ion_id), peak in peak_rows(folder, {"s": path}, ions).items()}
    (part,) = (folder / "parts" / "chromatograms").glob("*.parquet")
    for chromatogram in read_table(part).to_pylist():
        peak = rows[chromatogram["ion_id"]]
        peak["channel"] = chromatogram["channel"]
        area = peak["area"]
        peak["share"] = None if area is None else area / AREAS[peak["target_id"]]
    return rows


def is_right(row: Row) -> bool:
    """Return whether an area is right, or its row says that it may not be."""
    if row["status"] in ("failed", "not_acquired") or not OPEN_FLAGS.isdisjoint(row["flags"]):
        return True
    return row["share"] is not None and abs(row["share"] - 1) <= ALLOWED_SHARE


def line(kind: str, rows: Mapping[str, Row]) -> list[object]:
    """Return the line of a kind in the table."""
    shares = [row["share"] for row in rows.values() if row["share"] is not None]
    flags = {flag for row in rows.values() for flag in row["flags"]} & OPEN_FLAGS
    return [
        kind,
        f"{min(shares):.2f} to {max(shares):.2f}" if shares else "",
        ", ".join(sorted({row["status"] for row in rows.values()} | flags)),
        "; ".join(sorted({row["channel"] for row in rows.values() if row["channel"]})),
        "passes" if all(is_right(row) for row in rows.values()) else "**fails**",
    ]


def main() -> None:
    """Print the table, and write it into the page of all benchmarks if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--write", action="store_true", help="write into docs/benchmarks.md")
    arguments = parser.parse_args()
    lines = []
    for kind in KINDS:
        with TemporaryDirectory() as folder:
            lines.append(line(kind, odd_rows(kind, Path(folder))))
    header = ["kind of run", "reported area / true area", "status and flags", "channel", ""]
    text = (
        "# Odd runs\n\nSimulated runs, one of each kind, each a batch of its own with five "
        "compounds. Written by\n\n    python benchmarks/odd_runs.py --write\n\n"
        + table(header, lines)
        + "\nA kind passes where each area is within 10 % of the truth, or its row says by its "
        "status or a flag\nthat it may not be.\n"
    )
    sys.stdout.write(text)
    if arguments.write:
        write_section(text)


if __name__ == "__main__":
    main()
