"""What comes with the package: compounds, isobars, rules; and a user's library of spectra."""
