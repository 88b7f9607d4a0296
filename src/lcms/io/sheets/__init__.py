"""The sheets that people write: read, checked, every problem reported at once.

inputs           all sheets of a configuration
run_sheets       samples and levels
target_sheet     targets
time_units       refuses minutes given as seconds
study_design     refuses a study that cannot be what the settings say
sheet_columns    every column: its name, its meaning
sheet_lines      the cells of a sheet, from text; `workbook` from .xlsx
sheet_rows       rows, and the report of their problems
between_rows     slips between rows
run_paths        finds the file of a run
sheet_cells      text to numbers and words
listed_order     names listed times that are probably exchanged
guesses          names the sample types that are still guesses
sheet_writer     writes sheets
name_patterns    names that a command is given, as patterns
file_names       guesses what an injection is for from its name
"""
