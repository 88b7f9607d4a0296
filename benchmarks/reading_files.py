"""Simulated runs of the size and shape that msconvert writes: for `reading.py`.

The text follows msconvert's, term by term; the numbers are random, so that they compress as badly
as real ones. No sample was measured.
"""
# ruff: noqa: E501  (the lines are those of msconvert)

import base64
import hashlib
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Points = tuple[Floats, Floats]  # m/z and intensities

LOWEST_MZ: Final = 70.0
HIGHEST_MZ: Final = 1000.0
RUN_TIME_MIN: Final = 20.0
PROFILE_STEP: Final = 4e-6  # between the points of a profile peak, relative to the m/z
PROFILE_POINTS: Final = 11  # of a profile peak
MS2_PER_MS1: Final = 4


@dataclass(frozen=True)
class Shape:
    """How large a run is; `n_peaks` and `n_ms2_peaks` are of each scan.

    `has_checksum`: the file ends with its SHA-1, as msconvert writes it.
    """

    name: str
    n_ms1: int
    n_peaks: int
    n_ms2_peaks: int
    is_profile: bool
    has_checksum: bool = True


CENTROID: Final = Shape("centroid", 2000, 2500, 200, is_profile=False)
BARE: Final = replace(CENTROID, name="centroid, no checksum", has_checksum=False)
PROFILE: Final = Shape("profile", 2000, 650, 0, is_profile=True)


def write_run(path: Path, shape: Shape, seed: int) -> None:
    """Write a run unless it is there."""
    if path.exists():
        return
    part = path.with_suffix(".part")
    offsets: list[tuple[str, int]] = []
    with part.open("wb") as file:
        scans_per_cycle = 1 + (MS2_PER_MS1 if shape.n_ms2_peaks else 0)
        n_scans = shape.n_ms1 * scans_per_cycle
        file.write(_HEAD.format(n_scans=n_scans).encode())
        for number, text in enumerate(_spectra(shape, n_scans, scans_per_cycle, seed)):
            offsets.append((_ID.format(number=number + 1), file.tell() + 8))
            file.write(text)
        file.write(b"      </spectrumList>\n    </run>\n  </mzML>\n")
        _write_index(file.tell() + 2, offsets, file.write)
    _write_end(part, has_checksum=shape.has_checksum)
    part.rename(path)


def _write_index(
    place: int, offsets: Sequence[tuple[str, int]], write: Callable[[bytes], object]
) -> None:
    lines = "".join(f'      <offset idRef="{name}">{at}</offset>\n' for name, at in offsets)
    write(
        '  <indexList count="1">\n    <index name="spectrum">\n'
        f"{lines}    </index>\n  </indexList>\n"
        f"  <indexListOffset>{place}</indexListOffset>\n"
        "  <fileChecksum>".encode()
    )


def _write_end(path: Path, *, has_checksum: bool) -> None:
    sha1 = "0" * 40
    if has_checksum:
        with path.open("rb") as file:
            sha1 = hashlib.file_digest(file, "sha1").hexdigest()
    with path.open("ab") as file:
        file.write(f"{sha1}</fileChecksum>\n</indexedmzML>\n".encode())


def _spectra(shape: Shape, n_scans: int, scans_per_cycle: int, seed: int) -> Iterator[bytes]:
    random = np.random.default_rng(seed)
    usual = np.sort(_random_mz(random, shape.n_peaks))
    for number in range(n_scans):
        is_ms1 = number % scans_per_cycle == 0
        if is_ms1:
            mz = np.sort(usual * (1 + random.normal(0, 1e-6, usual.size)))
            intensity = random.lognormal(10, 1.5, mz.size)
            if shape.is_profile:
                mz, intensity = _as_profile(mz, intensity)
        else:
            mz = np.sort(_random_mz(random, shape.n_ms2_peaks))
            intensity = random.lognormal(8, 1.5, mz.size)
        time_min = RUN_TIME_MIN * number / n_scans
        yield _spectrum(number, time_min, (mz, intensity), shape, 1 if is_ms1 else 2)


def _random_mz(random: np.random.Generator, n: int) -> Floats:
    return random.uniform(LOWEST_MZ, HIGHEST_MZ, n)


def _as_profile(mz: Floats, height: Floats) -> tuple[Floats, Floats]:
    """Return the points of Gaussian peaks on a grid common to all scans, zeros between them."""
    places = np.arange(PROFILE_POINTS) - PROFILE_POINTS // 2
    grid = np.round(np.log(mz) / PROFILE_STEP)[:, None] + places
    shape = np.exp(-0.5 * ((grid * PROFILE_STEP - np.log(mz)[:, None]) / (2 * PROFILE_STEP)) ** 2)
    shape[:, [0, -1]] = 0.0
    points, first = np.unique(grid.ravel(), return_index=True)
    return np.exp(points * PROFILE_STEP), (shape * height[:, None]).ravel()[first]


def _array(values: NDArray[np.generic], terms: str) -> str:
    text = base64.b64encode(zlib.compress(values.tobytes())).decode()
    return _ARRAY.format(length=len(text), terms=terms, text=text)


def _spectrum(number: int, time_min: float, points: Points, shape: Shape, level: int) -> bytes:
    mz, intensity = points
    is_ms1 = level == 1
    arrays = _array(mz.astype("<f8"), _MZ_TERMS) + _array(intensity.astype("<f4"), _COUNTS_TERMS)
    return _SPECTRUM.format(
        number=number,
        name=_ID.format(number=number + 1),
        n_points=mz.size,
        level=level,
        kind='579" name="MS1' if is_ms1 else '580" name="MSn',
        mode='128" name="profile' if shape.is_profile else '127" name="centroid',
        base_mz=mz[intensity.argmax()],
        base_counts=intensity.max(),
        total=intensity.sum(),
        lowest_mz=mz[0],
        highest_mz=mz[-1],
        time_min=time_min,
        precursor="" if is_ms1 else _PRECURSOR.format(number=number, mz=mz[mz.size // 2]),
        arrays=arrays,
    ).encode()


_ID: Final = "controllerType=0 controllerNumber=1 scan={number}"
_HEAD: Final = """\
<?xml version="1.0" encoding="utf-8"?>
<indexedmzML xmlns="http://psi.hupo.org/ms/mzml">
  <mzML xmlns="http://psi.hupo.org/ms/mzml" id="simulated" version="1.1.0">
    <cvList count="2">
      <cv id="MS" fullName="Proteomics Standards Initiative Mass Spectrometry Ontology" URI=""/>
      <cv id="UO" fullName="Unit Ontology" URI=""/>
    </cvList>
    <fileDescription>
      <fileContent>
        <cvParam cvRef="MS" accession="MS:1000579" name="MS1 spectrum" value=""/>
      </fileContent>
    </fileDescription>
    <softwareList count="1">
      <software id="benchmark" version="1">
        <cvParam cvRef="MS" accession="MS:1000799" name="custom unreleased software tool" value=""/>
      </software>
    </softwareList>
    <instrumentConfigurationList count="1">
      <instrumentConfiguration id="IC1">
        <userParam name="instrument name" value="simulated"/>
      </instrumentConfiguration>
    </instrumentConfigurationList>
    <dataProcessingList count="1">
      <dataProcessing id="conversion">
        <processingMethod order="0" softwareRef="benchmark">
          <cvParam cvRef="MS" accession="MS:1000544" name="Conversion to mzML" value=""/>
        </processingMethod>
      </dataProcessing>
    </dataProcessingList>
    <run id="simulated" defaultInstrumentConfigurationRef="IC1" startTimeStamp="2026-01-01T00:00:00Z">
      <spectrumList count="{n_scans}" defaultDataProcessingRef="conversion">
"""
_MZ_UNIT: Final = 'unitCvRef="MS" unitAccession="MS:1000040" unitName="m/z"'
_MZ_TERMS: Final = f"""\
              <cvParam cvRef="MS" accession="MS:1000523" name="64-bit float" value=""/>
              <cvParam cvRef="MS" accession="MS:1000574" name="zlib compression" value=""/>
              <cvParam cvRef="MS" accession="MS:1000514" name="m/z array" value="" {_MZ_UNIT}/>
"""
_COUNTS_UNIT: Final = (
    'unitCvRef="MS" unitAccession="MS:1000131" unitName="number of detector counts"'
)
_COUNTS_TERMS: Final = f"""\
              <cvParam cvRef="MS" accession="MS:1000521" name="32-bit float" value=""/>
              <cvParam cvRef="MS" accession="MS:1000574" name="zlib compression" value=""/>
              <cvParam cvRef="MS" accession="MS:1000515" name="intensity array" value="" {_COUNTS_UNIT}/>
"""
_ARRAY: Final = """\
            <binaryDataArray encodedLength="{length}">
{terms}\
              <binary>{text}</binary>
            </binaryDataArray>
"""
_MZ_PARAM: Final = (
    '<cvParam cvRef="MS" accession="MS:{a}" name="{n}" value="{v}" ' + _MZ_UNIT + "/>"
)
_SPECTRUM: Final = f"""\
        <spectrum index="{{number}}" id="{{name}}" defaultArrayLength="{{n_points}}">
          <cvParam cvRef="MS" accession="MS:1000511" name="ms level" value="{{level}}"/>
          <cvParam cvRef="MS" accession="MS:1000{{kind}} spectrum" value=""/>
          <cvParam cvRef="MS" accession="MS:1000129" name="negative scan" value=""/>
          <cvParam cvRef="MS" accession="MS:1000{{mode}} spectrum" value=""/>
          {_MZ_PARAM.format(a=1000504, n="base peak m/z", v="{base_mz}")}
          <cvParam cvRef="MS" accession="MS:1000505" name="base peak intensity" value="{{base_counts}}" {_COUNTS_UNIT}/>
          <cvParam cvRef="MS" accession="MS:1000285" name="total ion current" value="{{total}}"/>
          {_MZ_PARAM.format(a=1000528, n="lowest observed m/z", v="{lowest_mz}")}
          {_MZ_PARAM.format(a=1000527, n="highest observed m/z", v="{highest_mz}")}
          <cvParam cvRef="MS" accession="MS:1000796" name="spectrum title" value="simulated.{{number}} File:&quot;&quot;, NativeID:&quot;{{name}}&quot;"/>
          <scanList count="1">
            <cvParam cvRef="MS" accession="MS:1000795" name="no combination" value=""/>
            <scan>
              <cvParam cvRef="MS" accession="MS:1000016" name="scan start time" value="{{time_min}}" unitCvRef="UO" unitAccession="UO:0000031" unitName="minute"/>
              <cvParam cvRef="MS" accession="MS:1000512" name="filter string" value="FTMS - p ESI Full ms [{LOWEST_MZ}-{HIGHEST_MZ}]"/>
              <cvParam cvRef="MS" accession="MS:1000616" name="preset scan configuration" value="1"/>
              <cvParam cvRef="MS" accession="MS:1000927" name="ion injection time" value="50.0" unitCvRef="UO" unitAccession="UO:0000028" unitName="millisecond"/>
              <userParam name="[Thermo Trailer Extra]Monoisotopic M/Z:" value="0" type="xsd:float"/>
              <scanWindowList count="1">
                <scanWindow>
                  {_MZ_PARAM.format(a=1000501, n="scan window lower limit", v=LOWEST_MZ)}
                  {_MZ_PARAM.format(a=1000500, n="scan window upper limit", v=HIGHEST_MZ)}
                </scanWindow>
              </scanWindowList>
            </scan>
          </scanList>
{{precursor}}\
          <binaryDataArrayList count="2">
{{arrays}}\
          </binaryDataArrayList>
        </spectrum>
"""
_PRECURSOR: Final = f"""\
          <precursorList count="1">
            <precursor spectrumRef="controllerType=0 controllerNumber=1 scan={{number}}">
              <isolationWindow>
                {_MZ_PARAM.format(a=1000827, n="isolation window target m/z", v="{mz}")}
                {_MZ_PARAM.format(a=1000828, n="isolation window lower offset", v=0.5)}
                {_MZ_PARAM.format(a=1000829, n="isolation window upper offset", v=0.5)}
              </isolationWindow>
              <selectedIonList count="1">
                <selectedIon>
                  {_MZ_PARAM.format(a=1000744, n="selected ion m/z", v="{mz}")}
                  <cvParam cvRef="MS" accession="MS:1000041" name="charge state" value="1"/>
                </selectedIon>
              </selectedIonList>
              <activation>
                <cvParam cvRef="MS" accession="MS:1000422" name="beam-type collision-induced dissociation" value=""/>
                <cvParam cvRef="MS" accession="MS:1000045" name="collision energy" value="30.0" unitCvRef="UO" unitAccession="UO:0000266" unitName="electronvolt"/>
              </activation>
            </precursor>
          </precursorList>
"""
