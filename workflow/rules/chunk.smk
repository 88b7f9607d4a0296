"""Rules for one chunk of runs, and for one batch."""


rule extract_chromatograms:
    """Extract the chromatograms of every target from the runs of chunk {wildcards.chunk}."""
    input:
        targets=ancient(SETTINGS.targets),
    output:
        runs=f"{RESULTS}/parts/runs/{{chunk}}.parquet",
        chromatograms=f"{RESULTS}/parts/chromatograms/{{chunk}}.parquet",
        companions=f"{RESULTS}/parts/companions/{{chunk}}.parquet",
        triggered=f"{RESULTS}/parts/triggered/{{chunk}}.parquet",
        inputs=f"{RESULTS}/parts/inputs/{{chunk}}.json",
    log:
        f"{RESULTS}/logs/extract/{{chunk}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/extract/{{chunk}}.tsv"
    conda:
        "../envs/lcms.yaml"
    threads: lambda wildcards: min(len(CHUNKS[wildcards.chunk]), MOST_WORKERS)
    resources:
        mem_mb=reading_mb,
        runtime=reading_min,
    params:
        settings=section("extraction"),
        runs=lambda wildcards: [
            f"{sample.sample_id}={sample.mzml}" for sample in CHUNKS[wildcards.chunk]
        ],
        raw_files=raw_files,
        ions=plan_digest(PLANNED_IONS),
        version=__version__,
    shell:
        "lcms extract --settings {params.settings:q} --threads {threads} {wildcards.chunk} "
        "{params.runs:q} 2> {log:q}"


rule pick_peaks:
    """Pick candidate peaks with pyOpenMS in chunk {wildcards.chunk}."""
    input:
        runs=f"{RESULTS}/parts/runs/{{chunk}}.parquet",
        chromatograms=f"{RESULTS}/parts/chromatograms/{{chunk}}.parquet",
        companions=f"{RESULTS}/parts/companions/{{chunk}}.parquet",
        targets=SETTINGS.targets,
    output:
        f"{RESULTS}/parts/candidates/{{chunk}}.parquet",
    log:
        f"{RESULTS}/logs/pick/{{chunk}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/pick/{{chunk}}.tsv"
    conda:
        "../envs/lcms.yaml"
    params:
        settings=section("extraction", "integration"),
        sheets=content(SETTINGS.targets),
        version=__version__,
    shell:
        "lcms pick --settings {params.settings:q} {wildcards.chunk} 2> {log:q}"


rule learn_batch:
    """Learn times, peak shapes and noise from all runs of batch {wildcards.batch}."""
    input:
        parts=lambda wildcards: expand(
            f"{RESULTS}/parts/{{table}}/{{chunk}}.parquet",
            table=["runs", "chromatograms", "candidates"],
            chunk=chunks_of(wildcards.batch),
        ),
        sheets=[SETTINGS.targets, *LEVELS],
    output:
        expand(f"{RESULTS}/parts/{{table}}/{{{{batch}}}}.parquet", table=LEARNED),
    log:
        f"{RESULTS}/logs/learn/{{batch}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/learn/{{batch}}.tsv"
    conda:
        "../envs/lcms.yaml"
    resources:
        mem_mb=batch_mb,
        runtime=batch_min,
    params:
        settings=lambda wildcards: section(
            *("samples", "levels", "runs_per_chunk", "extraction", "integration"),
            *review_of(excluded_in(wildcards.batch)),
        ),
        runs=lambda wildcards: taught_by(wildcards.batch),
        sheets=content(SETTINGS.targets, *LEVELS),
        version=__version__,
    shell:
        "lcms learn --settings {params.settings:q} {wildcards.batch} 2> {log:q}"


rule integrate_peaks:
    """Integrate the peaks of chunk {wildcards.chunk}, and search the MS2 scans inside them."""
    input:
        parts=expand(
            f"{RESULTS}/parts/{{table}}/{{{{chunk}}}}.parquet",
            table=["runs", "chromatograms", "companions", "triggered", "candidates"],
        ),
        learned=lambda wildcards: expand(
            f"{RESULTS}/parts/{{table}}/{{batch}}.parquet",
            table=LEARNED,
            batch=wildcards.chunk.rpartition("_")[0],
        ),
        targets=SETTINGS.targets,
        library=LIBRARY,
    output:
        peaks=f"{RESULTS}/parts/peaks/{{chunk}}.parquet",
        fits=f"{RESULTS}/parts/fits/{{chunk}}.parquet",
        decisions=f"{RESULTS}/parts/decisions/{{chunk}}.parquet",
        decoys=f"{RESULTS}/parts/decoys/{{chunk}}.parquet",
        audit=f"{RESULTS}/parts/review_audit/{{chunk}}.parquet",
        evidence=f"{RESULTS}/parts/ms2_evidence/{{chunk}}.parquet",
    log:
        f"{RESULTS}/logs/integrate/{{chunk}}.log",
    benchmark:
        f"{RESULTS}/benchmarks/integrate/{{chunk}}.tsv"
    conda:
        "../envs/lcms.yaml"
    params:
        settings=lambda wildcards: section(
            *("extraction", "integration", "evidence"),
            *review_of(reviewed_in(CHUNKS[wildcards.chunk])),
        ),
        review=lambda wildcards: reviewed_in(CHUNKS[wildcards.chunk]),
        runs=lambda wildcards: [
            f"{sample.sample_id}={sample.mzml}" for sample in CHUNKS[wildcards.chunk]
        ],
        raw_files=raw_files,
        sheets=content(SETTINGS.targets, *LIBRARY),
        version=__version__,
    shell:
        "lcms integrate --settings {params.settings:q} {wildcards.chunk} {params.runs:q} "
        "2> {log:q}"
