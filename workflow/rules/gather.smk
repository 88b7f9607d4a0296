"""Rules over everything: tables, the page, the gate."""


rule combine_parts:
    """Make one table of the parts of all chunks."""
    input:
        expand(
            f"{RESULTS}/parts/{{table}}/{{chunk}}.parquet",
            table=["runs", "chromatograms", "peaks", "decisions", "decoys"],
            chunk=CHUNKS,
        ),
        samples=SETTINGS.samples,
    output:
        samples=f"{RESULTS}/samples.parquet",
        chromatograms=f"{RESULTS}/chromatograms.parquet",
        peaks=f"{RESULTS}/peaks.parquet",
        decisions=f"{RESULTS}/decisions.parquet",
        decoys=f"{RESULTS}/decoys.parquet",
    log:
        f"{RESULTS}/logs/combine.log",
    params:
        settings=ALL_SETTINGS,
        version=__version__,
    shell:
        "lcms combine --settings {params.settings:q} 2> {log:q}"


rule quantify_targets:
    """Turn areas into responses and concentrations."""
    input:
        rules.combine_parts.output.peaks,
        rules.combine_parts.output.samples,
        SETTINGS.samples,
        SETTINGS.targets,
        LEVELS,
    output:
        concentrations=f"{RESULTS}/concentrations.parquet",
        calibration=f"{RESULTS}/calibration.parquet",
        calibrators=f"{RESULTS}/calibrators.parquet",
        ions=f"{RESULTS}/ions.parquet",
    log:
        f"{RESULTS}/logs/quantify.log",
    params:
        settings=ALL_SETTINGS,
        version=__version__,
    shell:
        "lcms quantify --settings {params.settings:q} 2> {log:q}"


rule judge_batches:
    """Judge each analyte in each batch by the rules of the chosen profile."""
    input:
        rules.combine_parts.output.peaks,
        rules.combine_parts.output.decoys,
        rules.combine_parts.output.samples,
        rules.quantify_targets.output,
        LEVELS,
    output:
        quality=f"{RESULTS}/quality.parquet",
        verdict=f"{RESULTS}/verdict.parquet",
        detection=f"{RESULTS}/detection.parquet",
    log:
        f"{RESULTS}/logs/judge.log",
    params:
        settings=ALL_SETTINGS,
        version=__version__,
    shell:
        "lcms judge --settings {params.settings:q} 2> {log:q}"


rule summarise_results:
    """Write the wide matrix and the summary that is printed at the end."""
    input:
        rules.combine_parts.output.samples,
        rules.quantify_targets.output.concentrations,
        rules.judge_batches.output.verdict,
        rules.judge_batches.output.detection,
    output:
        matrix=f"{RESULTS}/abundance_matrix.parquet",
        summary=f"{RESULTS}/logs/summary.txt",
    log:
        f"{RESULTS}/logs/summarise.log",
    params:
        settings=ALL_SETTINGS,
        version=__version__,
    shell:
        "lcms summarise --settings {params.settings:q} > {output.summary:q} 2> {log:q}"


rule draw_overview:
    """Draw every chromatogram with its integration borders."""
    input:
        rules.combine_parts.output,
        rules.quantify_targets.output.concentrations,
    output:
        f"{RESULTS}/overview.html",
    log:
        f"{RESULTS}/logs/overview.log",
    params:
        settings=ALL_SETTINGS,
        version=__version__,
    shell:
        "lcms overview --settings {params.settings:q} 2> {log:q}"


rule gate_failures:
    """End with an error when too many runs could not be read; the tables stay."""
    input:
        rules.combine_parts.output.samples,
        rules.summarise_results.output,
    output:
        f"{RESULTS}/logs/gate.txt",
    log:
        f"{RESULTS}/logs/gate.log",
    params:
        settings=ALL_SETTINGS,
        version=__version__,
    shell:
        "lcms gate --settings {params.settings:q} > {output:q} 2> {log:q}"
