"""Lists that other programs write: of transitions, of the runs of a sequence.

list_table       any table, its columns by the names of `data/list_columns.tsv`
listed_ion       a row of a target list, whatever its format
table_list       target lists that are tables: Skyline, MassHunter, Xcalibur, MINT, MRMhub ...
traml_list       TraML
srm_list         the transitions of SRM runs
target_rows      listed ions to rows of the target sheet
roles            which ion is the quantifier, which standard belongs to which analyte
run_list         the sequence of a vendor
"""
