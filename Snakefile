"""The workflow of `workflow/Snakefile`, for `snakemake` without further options in this folder."""


include: "workflow/Snakefile"


# Snakemake takes the default target from this file only, and this file has no rule.
workflow.default_target = "all"
