"""Peaks, their other ions and MS2 scans in, how sure the identity is out.

ion_ratios        measured against expected ratios of qualifiers and isotopes
ion_agreement     which ions of a compound agree over the runs of a batch
elution_order     peaks that elute in an impossible order
lactoyl           what the lactoyl amino acids have in common: products, order of elution
spectra           MS2 scans against expected products and library spectra
ms2_support       MS2 scans of a peak against those of the standard
identification    the identification level, and why
discovery         precursors in DDA and DIA runs that may be further lactoyl conjugates
"""
