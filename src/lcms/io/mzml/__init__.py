"""mzML files: read scan by scan, written by the simulation.

reader            the entry: an ordinary file is read by `fast_reader`, any other by pyOpenMS
fast_reader       reads an ordinary file; its tags by `heads`, its arrays by `arrays`
scan_patterns     reads scans that are written as an earlier one, but for their numbers
checksum          the SHA-1 of a file, compared while it is read
scan_offsets      notes where MS2 scans lie in a file
openms_reader     the same through pyOpenMS
visitor           the gate to which both hand scans: counts and checks them
time_span         the times of the first and the last scan
methods           what method a run was acquired with
presence          whether a run holds given ions at all
array_lengths     refuses arrays that inflate to more than their points
text              facts of the file outside its scans
mzml_writer       writes simulated runs
"""
