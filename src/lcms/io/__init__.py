"""Files in and out; nothing is computed here beyond the conversion of units."""
