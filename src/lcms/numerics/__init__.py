"""Pure numerics: arrays in, arrays out; no files, tables, settings or logging."""
