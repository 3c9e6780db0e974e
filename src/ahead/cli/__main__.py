"""Lets `python -m ahead.cli` do what `ahead` does."""

import sys

from ahead.cli.entry import main

if __name__ == "__main__":
    sys.exit(main())
