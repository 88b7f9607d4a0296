"""`python -m lcms`."""

from lcms.cli import main

if __name__ == "__main__":
    main()
