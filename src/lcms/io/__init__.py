"""Files in and out: mzML, sheets, lists of vendors, reference tables, Parquet tables, pages."""
