"""Pictures drawn where there is no photograph: for the demo."""

from __future__ import annotations

import io

from PIL import Image, ImageDraw

_SIDE = 900  # pixels


def product_picture(name: str, colour: str) -> bytes:
    """Draw a picture of a product: a shape of its colour on paper, with its name."""
    image = Image.new("RGB", (_SIDE, _SIDE), "#f6f1e7")
    draw = ImageDraw.Draw(image)
    draw.ellipse((170, 760, 730, 840), fill="#e6ddcc")
    draw.rounded_rectangle((220, 240, 680, 800), radius=70, fill=colour)
    draw.ellipse((220, 200, 680, 290), fill="#fffaf0", outline=colour, width=14)
    draw.arc((620, 360, 850, 650), start=270, end=90, fill=colour, width=46)
    draw.text((_SIDE / 2, 520), name, anchor="mm", fill="#fffaf0", font_size=38)
    content = io.BytesIO()
    image.save(content, "JPEG", quality=85)
    return content.getvalue()
