"""Candidates of all runs in, tracks and the compound of each out.

tracks             candidates of many runs at one common time
chromatogram_tracks   the tracks of one chromatogram, and where it can hold none
track_costs        how well each track fits each compound
isomer_order       in which orders isomers may elute, and which peak is which
joint_assignment   ions that elute together take one track each, together
assigned_track     the result for one ion
assignment         the whole
"""
