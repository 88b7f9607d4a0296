"""Scans and transitions in, one chromatogram per ion out.

gather            centroids near the ions, scan by scan
gathered_scans    these scans in order of time, and which of them can hold an ion
channels          kinds of scans in one run, and which of them an ion is read from
srm_scans         SRM transitions that a file stores as spectra
ion_scans         which scans of a run hold an ion, and its chromatogram in them
search_times      from when to when an ion is searched, and its chromatogram kept
gathered_offset   the mass offset of a run, from these scans
transitions       which SRM chromatograms of a run are those of an ion
scans_in_turn     whether scans of unknown kinds take turns in a chromatogram
auxiliary_ions    which further ions are read beside the targets: decoys and isotopes
source_parents    which larger compounds are read because they may fall apart into a target
profile           whether a scan is profile or centroid data
window            the part of a chromatogram around given times
level_top         whether a detector clips the top of a chromatogram
missing_points    which points are missing rather than 0, or a spike
picture_points    fewer points and digits of a chromatogram, for a picture
"""
