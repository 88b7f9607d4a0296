"""The command line: parse, call one step, turn errors into exit codes. No science here.

`user_commands` and `time_commands` are for people, `chunk_commands` for one chunk of runs,
`result_commands` for all runs. A step is imported when its command is called: combining tables
does not load pyOpenMS.
"""

import gc
import os
import sys
from collections.abc import Mapping
from itertools import chain
from typing import Any, Final

import click

from lcms import __version__
from lcms.cli import chunk_commands as chunk
from lcms.cli import result_commands as results
from lcms.cli import time_commands
from lcms.cli import user_commands as user
from lcms.errors import LcmsError

_SECTIONS: Final[Mapping[str, tuple[click.Command, ...]]] = {
    "A study, in the order of the work": (
        user.init,
        user.check,
        time_commands.times,
        user.run,
        user.show,
        user.review,
        user.export,
        user.figures,
        user.verify,
    ),
    "Beside a study": (user.simulate, user.discover),
    "Steps from runs to areas, in the order of the work": (
        chunk.extract,
        chunk.pick,
        chunk.learn,
        chunk.integrate,
        chunk.evidence,
    ),
    "Steps from areas to results, in the order of the work": (
        results.gather,
        results.combine,
        results.quantify,
        results.judge,
        results.triage,
        results.report,
        results.summarise,
        results.deposit,
        results.manifest,
        results.gate,
        results.study,
    ),
}
# New objects between two searches for reference cycles; Python's 700 costs 0.1 s of every process.
_NEW_OBJECTS: Final = 100_000
_WITH_PANDAS: Final = (["show"], ["export"])
_WHOLE_SENTENCE: Final = 200  # characters: the help wraps the first sentence, and does not cut it
_CONTEXT: Final = {"help_option_names": ["-h", "--help"], "max_content_width": 99}


class _Sectioned(click.Group):
    """Lists its commands by section, in the order of the work instead of the alphabet."""

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write one list of commands for each section."""
        width = max(map(len, self.list_commands(ctx)))
        for title, commands in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl(
                    [
                        (f"{c.name:{width}}", c.get_short_help_str(_WHOLE_SENTENCE))
                        for c in commands
                    ]
                )


@click.group(cls=_Sectioned, commands=[*chain(*_SECTIONS.values())], context_settings=_CONTEXT)
@click.version_option(__version__, prog_name="lcms")
def cli() -> None:
    """Targeted LC-MS quantification of N-lactoyl amino acids, from mzML to Parquet.

    \b
    Start with your own runs:
      lcms init path/to/mzml my_study   writes the sheets and config.yaml
      lcms check my_study               names all problems at once
      lcms times my_study --write       finds the retention times that the sheet lacks
      lcms run my_study
    Or with a simulated batch whose truth is known:
      lcms simulate sim && lcms run sim

    `lcms run` starts Snakemake, which runs `extract`, `pick`, `learn`, `integrate`, `gather`,
    `gate` and, where the configuration has a design, `study`. Each can also be run by hand. So
    can `evidence`, a part of `integrate`, and the steps that `gather` runs.
    Exit codes: 0 done, 2 the input is wrong, 3 the data cannot support the request, 1 a bug.
    """  # noqa: D301  (click wants the character \b to keep the lines of a block)


class _NoPandas:
    """Hides pandas from pyarrow, which imports it for its first array but works without it."""

    def find_spec(self, name: str, *_: object) -> None:
        """Refuse pandas; every other module is left to the next finder."""
        if name == "pandas":
            raise ModuleNotFoundError(name)


def run() -> int:
    """Run the command line in this process and return the exit code; a bug is raised."""
    try:
        code: int | None = cli.main(prog_name="lcms", standalone_mode=False)
    except LcmsError as error:
        click.echo(f"error: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except click.exceptions.Abort:
        return 130
    return code or 0


def main() -> None:
    """Run the command line as a process of its own that starts and ends quickly.

    Reference cycles are searched for less often than Python does, and the interpreter is not
    shut down in order at the end; together this saves 0.15 s of every process. Pandas is hidden
    from all commands but `show` and `export`, which use it; this saves 0.3 s.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # a process uses one core of a job
        os.environ.setdefault(name, "1")
    if sys.argv[1:2] not in _WITH_PANDAS:
        hidden: Any = _NoPandas()
        sys.meta_path.insert(0, hidden)
    gc.set_threshold(_NEW_OBJECTS)
    code = run()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
