"""What goes wrong with a document of ours; the texts are for people."""

from __future__ import annotations


class CannotWrite(ValueError):
    """What is to be written has no place in the document as it is; the message says what, and what to do."""
