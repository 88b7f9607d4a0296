"""The command line: parse, call one step, turn errors into exit codes. No science here.

`user`, `chunk` and `gather` hold the commands by who runs them, and on what. Steps are imported
when they are called: a process that combines tables starts no pyOpenMS.
"""

import gc
import os
import sys
from typing import Any, Final

import click

from lcms import __version__
from lcms.cli import chunk, gather, user
from lcms.errors import LcmsError

_OF_USER: Final = (user.init, user.check, user.simulate, user.show, user.discover)
_OF_CHUNK: Final = (chunk.extract, chunk.pick, chunk.learn, chunk.integrate, chunk.evidence)
_OF_ALL: Final = (
    gather.combine,
    gather.quantify,
    gather.judge,
    gather.overview,
    gather.summarise,
    gather.gather,
    gather.gate,
)
_NEW_OBJECTS: Final = 100_000  # between two searches for cycles
_CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 99}


@click.group(commands=(*_OF_USER, *_OF_CHUNK, *_OF_ALL), context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="lcms")
def cli() -> None:
    """Targeted LC-MS quantification of N-lactoyl amino acids, from mzML to Parquet.

    \b
    Start with your own runs:
      lcms init path/to/mzml my_study   writes samples.tsv, targets.tsv and config.yaml
      lcms check -s my_study/config.yaml
      snakemake --cores 4 --configfile my_study/config.yaml
    Or with a simulated batch whose truth is known:
      lcms simulate sim && snakemake --cores 4 --configfile sim/config.yaml

    `extract`, `pick`, `learn`, `integrate`, `gather` and `gate` are what Snakemake runs; each
    can be run by hand, and so can `evidence`, which `integrate` does as well where it is given
    the runs, and the steps of `gather`.
    Exit codes: 0 done, 2 the input is wrong, 3 the data cannot support the request, 1 a bug.
    """  # noqa: D301  (click wants the character \b to keep the lines of a block)


class _NoPandas:
    """Hides pandas, for which pyarrow looks to make its first array, 0.3 s; no step needs it."""

    def find_spec(self, name: str, *_: object) -> None:
        """Refuse pandas; leave the others to others."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def run() -> int:
    """Run the command line in this process and return the exit code; a bug is raised."""
    try:
        cli.main(prog_name="lcms", standalone_mode=False)
    except LcmsError as error:
        click.echo(f"error: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Abort:
        return 130
    return 0


def main() -> None:
    """Run the command line as a process of its own: light to start, and quick to end.

    Cycles that can be freed are looked for less often than Python would, and at the end the
    interpreter and its libraries are not taken down; together 0.15 s of every process.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # a process is one thread of a job
        os.environ.setdefault(name, "1")
    hidden: Any = _NoPandas()
    sys.meta_path.insert(0, hidden)
    gc.set_threshold(_NEW_OBJECTS)
    code = run()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
