"""mzML to Parquet: the order of the jobs. The package `lcms` does the work."""

from snakemake.utils import min_version

min_version("9.0")


configfile: "config/config.yaml"


include: "workflow/rules/common.smk"
include: "workflow/rules/chunk.smk"
include: "workflow/rules/gather.smk"


rule all:
    """Every table, the page to look at, and the check that enough runs could be read."""
    default_target: True
    input:
        expand(f"{RESULTS}/{{table}}.parquet", table=TABLES),
        f"{RESULTS}/overview.html",
        f"{RESULTS}/logs/gate.txt",


onstart:
    # While jobs wait, Snakemake looks for jobs to start once a second for every job that has ended:
    # most of its time in a long run. This serves its limit of 100 new jobs a second, which is
    # never reached here; a limit that the user gives is kept.
    limiter = getattr(workflow.scheduler, "job_rate_limiter", None)
    limit = getattr(limiter, "max_jobs", None), getattr(limiter, "timespan", None)
    if limit == (100, 1):
        workflow.scheduler.job_rate_limiter = None


onsuccess:
    summary = Path(RESULTS, "logs", "summary.txt")
    print(summary.read_text() if summary.exists() else "nothing was done")
