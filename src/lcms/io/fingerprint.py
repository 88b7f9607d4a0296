"""By what a file is recognised without reading all of it: its size and parts of its content."""

import hashlib
from pathlib import Path
from stat import S_ISREG
from typing import Final

from lcms.errors import MzmlError

_N_PARTS: Final = 4  # the beginning, two in the middle, the end
# Of a part. The end of an indexed mzML holds the checksum of all of it, and that of a gzip file
# its CRC-32, so that these files cannot differ elsewhere only.
_PART_BYTES: Final = 1 << 14
_DIGEST_BYTES: Final = 12


def read_fingerprint(path: Path) -> str:
    """Return the size of a file and a hash of parts of its content, as `SIZE-HASH`.

    Raises
    ------
    MzmlError
        If the file cannot be read.
    """
    try:
        status = path.stat()
        if not S_ISREG(status.st_mode):
            raise MzmlError(f"{path}: cannot be read: is not a file")
        size = status.st_size
        content = hashlib.blake2b(digest_size=_DIGEST_BYTES)
        with path.open("rb", buffering=0) as file:
            for part in range(_N_PARTS):
                file.seek(max(0, size - _PART_BYTES) * part // (_N_PARTS - 1))
                content.update(file.read(_PART_BYTES))
    except OSError as error:
        raise MzmlError(f"{path}: cannot be read: {error.strerror}") from error
    return f"{size}-{content.hexdigest()}"
