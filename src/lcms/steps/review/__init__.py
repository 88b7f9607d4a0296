"""`lcms review`: the report, served on this machine, and its decisions saved in place.

review_server   what is answered, and to whom
"""

from lcms.steps.review.review_server import ReviewServer, review_sheet_of

__all__ = ["ReviewServer", "review_sheet_of"]
