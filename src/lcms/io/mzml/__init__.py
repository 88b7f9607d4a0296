"""mzML files: read scan by scan, written by the simulation.

reader            the way in: an ordinary file is read fast, any other by pyOpenMS
fast_reader       reads an ordinary file; its tags by `heads`, its arrays by `arrays`
openms_reader     the same through pyOpenMS
visitor           what both hand scans to: counts them and checks them
text              facts of the file outside its scans
mzml_writer       writes simulated runs
"""
