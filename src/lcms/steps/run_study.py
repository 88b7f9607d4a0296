"""`lcms run`: Snakemake on the packaged workflow; and how its rules call the package."""

import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import lcms
from lcms.config import configuration_of

_PACKAGE: Final = Path(lcms.__file__).parent
SNAKEFILE: Final = _PACKAGE / "workflow" / "Snakefile"
_COMMAND: Final = "LCMS_COMMAND"


def snakemake_command(study: Path, options: Sequence[str]) -> list[str]:
    """Return the command that runs a study; `options` of Snakemake come last and so count.

    The working directory is the folder of the study: what Snakemake remembers stays with it.
    """
    configuration = configuration_of(study).absolute()
    folder = study.absolute() if study.is_dir() else configuration.parent
    return [
        *(sys.executable, "-m", "snakemake", "--snakefile", str(SNAKEFILE)),
        *("--directory", str(folder), "--configfile", str(configuration)),
        *("--logger", "lcms", "--cores", "all"),
        *options,
    ]


def lcms_command(*, in_conda: bool) -> str:
    """Return how a rule calls `lcms`, as text of a shell.

    As the package that the workflow imports, in the Python that runs Snakemake. In a conda
    environment of the rules (`--sdm conda`) the other packages are those of the environment; the
    package itself, searched last, is the one of Snakemake. The variable `LCMS_COMMAND` takes
    precedence, for example `apptainer exec lcms.sif lcms`.
    """
    if os.environ.get(_COMMAND):
        return os.environ[_COMMAND]
    if in_conda:
        path = str(_PACKAGE.parent)
        code = f"import sys; sys.path.append({path!r}); from lcms.cli import main; main()"
        return f"python -c {shlex.quote(code)}"
    return f"{shlex.quote(sys.executable)} -m lcms"
