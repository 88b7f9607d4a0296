"""Sheets and designs in, their problems out, all at once.

designs           the designs that a study may declare
sheet_problems    cells and rows of the sheets
design_problems   visits, sequences and baselines
assay_problems    controls, times, enzyme, substrate levels
"""
