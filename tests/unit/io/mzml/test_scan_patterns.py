"""Scans that are written as an earlier one: which match its text, and what is read of them."""

import re

import numpy as np
import pytest

from lcms.io.mzml.arrays import Encodings
from lcms.io.mzml.heads import Heads
from lcms.io.mzml.scan_patterns import MatchedScan, ScanPatterns
from mzml_varieties import PLAIN, Spectrum, variety_text

MZ, COUNTS = np.array([100.5, 200.25, 300.125]), np.array([1.0, 2.0, 3.0])
FIRST = Spectrum(0.6, MZ[:2], COUNTS[:2], native_id="function=1 scan=1")
NEXT = Spectrum(1.25, MZ, COUNTS, native_id="function=3 scan=2")


def matched(first: str, second: str) -> MatchedScan | None:
    """Return the second spectrum if it matches the first, which was parsed."""
    text, start = f"<spectrum {first}".encode(), len("<spectrum ")
    heads = Heads("utf-8", {}, 0.0)
    patterns = ScanPatterns(heads)
    head_end = text.index(b"<binaryDataArrayList")
    _, scan = heads.scan(text[start:head_end])
    arrays, end = Encodings().arrays(text, head_end)
    patterns.learn(text, start, end, scan, arrays)
    return patterns.match(f"<spectrum {second}".encode(), start)


def spectra(*spectra: Spectrum) -> list[str]:
    """Return the text of each spectrum behind the beginning of its tag."""
    text = variety_text(spectra, PLAIN)
    return re.findall(r"<spectrum (.*?</spectrum>)", text, re.DOTALL)


def test_a_scan_with_other_numbers_matches_and_has_its_own_numbers() -> None:
    scan = matched(*spectra(FIRST, NEXT))

    assert scan is not None
    assert scan.n_points == 3
    assert (scan.scan.native_id, scan.scan.retention_time_s) == ("function=3 scan=2", 1.25)
    assert (scan.scan.function, scan.scan.polarity, scan.scan.mz_range) == (3, -1, (60.0, 900.0))
    arrays = scan.arrays()
    assert arrays is not None
    mz, intensity = (array.whole(3) for array in arrays[0].values())
    np.testing.assert_array_equal(mz, MZ)
    np.testing.assert_array_equal(intensity, COUNTS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("MS:1000129", "MS:1000130"),  # polarity
        ("MS:1000129", "MS:1000139"),  # a polarity that was changed into something else
        ("UO:0000010", "UO:0000031"),  # unit of time
        ('value="60.0"', 'value="61.0"'),  # scan window
        ('value="1"/>', 'value="2"/>'),  # MS level
        ('value="1.25"', 'value="1_0"'),  # no number
        ("</scan>", "</scan><scan/>"),
        ("<scanList", "<!-- --><scanList"),
        ('defaultArrayLength="3"', 'defaultArrayLength="0"'),  # looked at more closely
    ],
)
def test_a_scan_with_another_text_is_parsed(old: str, new: str) -> None:
    first, second = spectra(FIRST, NEXT)
    assert old in second

    assert matched(first, second.replace(old, new, 1)) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("MS:1000521", "MS:1000523"),  # 64 bits
        ("MS:1000515", "MS:1000786"),  # another array than intensities
        ('encodedLength="24"', 'encodedLength="20"'),
        ("</binaryDataArrayList>", "<binaryDataArray/></binaryDataArrayList>"),
    ],
)
def test_arrays_with_another_text_are_parsed(old: str, new: str) -> None:
    first, second = spectra(FIRST, NEXT)
    assert old in second

    scan = matched(first, second.replace(old, new, 1))

    assert scan is not None
    assert scan.arrays() is None


def test_an_ms2_scan_makes_no_pattern() -> None:
    product = Spectrum(0.6, MZ[:2], COUNTS[:2], ms_level=2, precursor_mz=202.1)

    assert matched(*spectra(product, product)) is None
