"""The quantities a study reports: concentrations and study factors in, records out.

Arrays and frozen records only. In the order of their use: `checks` of what was written; `amounts`
and `mass_action` turn concentrations into amounts and ratios, `molar_mass` masses into moles;
`time_courses` packs rows into one line per subject; `time_series` and `pharmacokinetics`
summarise such lines; `progress_curves`, `well_rates`, `enzyme_kinetics` and `equilibrium`
serve assays, `isotopologues` tracers; `statistics` compares treatments.
"""
