"""`lcms gate`: an error if too many runs could not be read."""

from pathlib import Path

from lcms.errors import FailureLimitError
from lcms.io.tables.parquet import read_table
from lcms.kinds import RunStatus


def check_failures(samples: Path, max_failed_fraction: float) -> int:
    """Return the number of failed runs; those that the sheet excludes are not counted.

    Raises
    ------
    FailureLimitError
        If no run could be read, or a larger share failed than allowed; the message lists them.
    """
    table = read_table(samples, ["sample_id", "status", "error"])
    rows = [row for row in table.to_pylist() if row["status"] != RunStatus.EXCLUDED]
    failed = [row for row in rows if row["status"] == RunStatus.FAILED]
    if len(failed) > max_failed_fraction * len(rows) or len(failed) == len(rows):
        lines = [f"  {row['sample_id']}: {row['error']}" for row in failed]
        raise FailureLimitError(
            f"{len(failed)} of {len(rows)} runs could not be read; "
            f"max_failed_fraction allows {max_failed_fraction:g}\n" + "\n".join(lines)
        )
    return len(failed)
