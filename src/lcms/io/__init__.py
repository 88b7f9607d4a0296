"""Files in and out: mzML, sheets, reference tables, Parquet tables, and the reference pages."""
