"""`python -m lcms`."""

import sys

from lcms.cli import main

if __name__ == "__main__":
    sys.exit(main())
