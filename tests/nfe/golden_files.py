"""
The notas of `nota_making` as they were written when somebody last looked at them, a tag a line.

`PYTHONPATH=src python tests/nfe/golden_files.py` writes them anew: look at the difference before you keep it.
"""

from __future__ import annotations

from pathlib import Path

from nota_making import FIXTURES

from ahead.nfe.writing import write

GOLDEN = Path(__file__).parent / "golden"


def read_golden(name: str) -> bytes:
    """Return a document as it should be written."""
    return (GOLDEN / f"{name}.xml").read_bytes().replace(b"\n", b"")


if __name__ == "__main__":
    for name, nota in FIXTURES.items():
        (GOLDEN / f"{name}.xml").write_bytes(write(nota).replace(b"><", b">\n<") + b"\n")
