"""`lcms figures`: what a paper shows of the results, as SVG and PNG files.

drawing   the size, letters and colours of every figure, and how it is written
"""
