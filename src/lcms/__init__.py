"""Targeted LC-MS quantification of N-lactoyl amino acids, from mzML to Parquet."""

__version__ = "0.1.0"
