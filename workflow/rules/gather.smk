"""Rules for all runs: tables and the page, the study, the gate."""


rule write_results:
    """Make the tables and the page from the parts of all chunks."""
    input:
        expand(
            f"{RESULTS}/parts/{{table}}/{{chunk}}.parquet",
            table=[
                "runs",
                "chromatograms",
                "peaks",
                "fits",
                "decisions",
                "decoys",
                "review_audit",
                "ms2_evidence",
            ],
            chunk=CHUNKS,
        ),
        sheets=[SETTINGS.samples, SETTINGS.targets, *LEVELS, *REVIEW],
    output:
        expand(f"{RESULTS}/{{table}}.parquet", table=TABLES),
        report=report(
            f"{RESULTS}/report.html",
            caption="../report/page.rst",
            category="Look first",
        ),
        methods=report(
            f"{RESULTS}/methods.txt", caption="../report/methods.rst", category="Write"
        ),
        deposit=report(
            expand(f"{RESULTS}/results.{{kind}}", kind=["mzTab", "mzQC"]),
            caption="../report/deposit.rst",
            category="Deposit",
        ),
        resolved=f"{RESULTS}/settings.yaml",
        manifest=f"{RESULTS}/manifest.json",
        summary=report(
            f"{RESULTS}/logs/summary.txt",
            caption="../report/summary.rst",
            category="Look first",
        ),
    log:
        f"{RESULTS}/logs/gather.log",
    benchmark:
        f"{RESULTS}/benchmarks/gather.tsv"
    conda:
        "../envs/lcms.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * (1000 + len(SAMPLES) // 5),
        runtime=lambda wildcards, attempt: attempt * (20 + len(SAMPLES) // 100),
    params:
        settings=ALL_SETTINGS,
        sheets=content(SETTINGS.samples, SETTINGS.targets, *LEVELS),
        foreign=foreign_tables(Path(RESULTS)),  # of another run or version: all are made again
        version=__version__,
    shell:
        "lcms gather --settings {params.settings:q} > {output.summary:q} 2> {log:q}"


rule write_study:
    """Make the tables of the study; which of them, depends on its design."""
    input:
        f"{RESULTS}/concentrations.parquet",
        f"{RESULTS}/peaks.parquet",
        f"{RESULTS}/manifest.json",
        sheets=[SETTINGS.samples, SETTINGS.targets, *LEVELS, *REVIEW],
    output:
        STUDY,
        summary=f"{RESULTS}/logs/study.txt",
    log:
        f"{RESULTS}/logs/study.log",
    benchmark:
        f"{RESULTS}/benchmarks/study.tsv"
    conda:
        "../envs/lcms.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * (1000 + len(SAMPLES) // 5),
        runtime=lambda wildcards, attempt: attempt * (20 + len(SAMPLES) // 100),
    params:
        settings=ALL_SETTINGS,
        sheets=content(SETTINGS.samples, SETTINGS.targets, *LEVELS),
        version=__version__,
    shell:
        "lcms study --settings {params.settings:q} > {output.summary:q} 2> {log:q}"


rule draw_figures:
    """Draw the figures for a paper; only where `figures` is the target."""
    input:
        STUDY,
        manifest=f"{RESULTS}/manifest.json",
    output:
        calibration=report(
            directory(f"{RESULTS}/figures/calibration"),
            patterns=["{name}.svg"],
            caption="../report/calibration.rst",
            category="Figures",
            subcategory="Calibration",
            labels={"analyte and batch": "{name}"},
        ),
        controls=report(
            directory(f"{RESULTS}/figures/controls"),
            patterns=["{name}.svg"],
            caption="../report/controls.rst",
            category="Figures",
            subcategory="Controls",
            labels={"analyte and batch": "{name}"},
        ),
        chromatograms=report(
            directory(f"{RESULTS}/figures/chromatograms"),
            patterns=["{name}.svg"],
            caption="../report/chromatograms.rst",
            category="Figures",
            subcategory="Chromatograms",
            labels={"analyte and batch": "{name}"},
        ),
        study=report(
            directory(f"{RESULTS}/figures/study"),
            patterns=["{name}.svg"],
            caption="../report/study.rst",
            category="Figures",
            subcategory="Study",
            labels={"figure": "{name}"},
        ),
    log:
        f"{RESULTS}/logs/figures.log",
    benchmark:
        f"{RESULTS}/benchmarks/figures.tsv"
    conda:
        "../envs/lcms.yaml"
    resources:
        mem_mb=lambda wildcards, attempt: attempt * (1000 + len(SAMPLES) // 5),
        runtime=lambda wildcards, attempt: attempt * (20 + len(SAMPLES) // 100),
    params:
        results=lambda wildcards, input: str(Path(input.manifest).parent),
        version=__version__,
    shell:
        "mkdir -p {output:q} && lcms figures {params.results:q} > {log:q} 2>&1"


localrules:
    gate_failures,


rule gate_failures:
    """End with an error if too many runs could not be read; the tables are kept."""
    input:
        f"{RESULTS}/samples.parquet",
    output:
        f"{RESULTS}/logs/gate.txt",
    log:
        f"{RESULTS}/logs/gate.log",
    benchmark:
        f"{RESULTS}/benchmarks/gate.tsv"
    conda:
        "../envs/lcms.yaml"
    params:
        settings=ALL_SETTINGS,
        version=__version__,
    shell:
        "lcms gate --settings {params.settings:q} > {output:q} 2> {log:q}"
