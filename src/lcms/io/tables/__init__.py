"""Parquet tables in and out; every table is declared in `lcms.schemas`.

parquet              reads and writes any table
parts                rows of the parts between steps as records
candidate_table      the candidates of a batch
learned_table        the model of a batch
scan_offset_table    the offsets of MS2 scans in a file
pairs                rows by run and ion, kept as columns
result_tables        what several steps need of the results
"""
