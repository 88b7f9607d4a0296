"""Masses: from a formula and an adduct to m/z, and from measured m/z to the offset of a run.

formulas        formula and adduct to m/z, isotope patterns
compositions    possible compositions of a nominal mass
combinations    formulas of compounds that are made of building blocks
isobars         which other compounds have the m/z of a target
mz_scatter      how much the m/z of an ion scatters between scans, and which window that asks for
mass_offset     the m/z offset of a run, from its strong ions
"""
