"""Rules that work on one chunk of runs."""


rule extract_chromatograms:
    """Cut the chromatograms of every target out of the runs of chunk {wildcards.chunk}."""
    input:
        mzml=lambda wildcards: [sample.mzml for sample in CHUNKS[wildcards.chunk]],
        targets=SETTINGS.targets,
    output:
        runs=f"{RESULTS}/parts/runs/{{chunk}}.parquet",
        chromatograms=f"{RESULTS}/parts/chromatograms/{{chunk}}.parquet",
    log:
        f"{RESULTS}/logs/extract/{{chunk}}.log",
    params:
        settings=section("extraction"),
        runs=lambda wildcards: [
            f"{sample.sample_id}={sample.mzml}" for sample in CHUNKS[wildcards.chunk]
        ],
        version=__version__,
    shell:
        "lcms extract --settings {params.settings:q} {wildcards.chunk} {params.runs:q} 2> {log:q}"


rule integrate_peaks:
    """Find and integrate the peaks of chunk {wildcards.chunk}."""
    input:
        runs=f"{RESULTS}/parts/runs/{{chunk}}.parquet",
        chromatograms=f"{RESULTS}/parts/chromatograms/{{chunk}}.parquet",
        targets=SETTINGS.targets,
    output:
        f"{RESULTS}/parts/peaks/{{chunk}}.parquet",
    log:
        f"{RESULTS}/logs/integrate/{{chunk}}.log",
    params:
        settings=section("extraction", "integration"),
        version=__version__,
    shell:
        "lcms integrate --settings {params.settings:q} {wildcards.chunk} 2> {log:q}"
