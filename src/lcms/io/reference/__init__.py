"""Reference data: the packaged compounds, isobars and rules, and a user's spectral library."""
