"""The manual of the screens: its chapters in Portuguese (`text/`), read, rendered and searched."""

from pathlib import Path

TEXT = Path(__file__).parent / "text"
PICTURES = TEXT / "figuras"
