"""The limits of what is read: beyond them an input is refused, in time and by name.

They are far above what instruments, converters and people write, and low enough that a hostile
file ends within ten seconds and 300 MB. All are chosen by judgement on these two grounds.
"""

from typing import Final

# mzML
LONGEST_HEAD_BYTES: Final = 1 << 24  # before the first spectrum; usual are some 10 kB
LONGEST_ITEM_BYTES: Final = 1 << 26  # of one spectrum or chromatogram; the longest seen has 4 MB
MOST_POINTS: Final = 4_000_000  # of one spectrum or chromatogram; profile scans have 1,000,000
LONGEST_RUN_S: Final = 1e6  # eleven days
HIGHEST_MZ: Final = 1e6  # Th; MALDI of proteins reaches 400,000
MOST_COUNTED: Final = 10**9  # spectra, chromatograms, points
# The points of an array take 8 bytes each at most; so much more is a bomb, not an array.
MOST_BYTES_PER_POINT: Final = 8

# Sheets and configurations
LARGEST_CONFIG_BYTES: Final = 1_000_000  # all settings with their comments have 10 kB
DEEPEST_CONFIG: Final = 20  # lists and sections in one another; the settings have two
LARGEST_SHEET_BYTES: Final = 100_000_000  # 100,000 runs with 1 kB each
# Ions that no m/z window separates: every two of them are compared. Lipids have about 100.
MOST_IONS_OF_ONE_MZ: Final = 500
