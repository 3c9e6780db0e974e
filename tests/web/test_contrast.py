"""Every text on every ground it is used on, in both themes (WCAG 2.2 AA), from the tokens of the style sheet."""

import math
import re
from pathlib import Path

import pytest

TOKENS = Path(__file__).parents[2] / "src/ahead/web/static/ahead/css/tokens.css"
NUMBER = r"([\d.]+)"
COLOUR = re.compile(rf"oklch\({NUMBER} {NUMBER} {NUMBER}\)")
TOKEN = re.compile(r"--([\w-]+):\s*(light-dark\(.+?\)\)|oklch\([^)]*\));")

Oklch = tuple[float, float, float]
Rgb = tuple[float, float, float]


def tokens(theme: str) -> dict[str, Oklch]:
    """Every opaque colour token of one theme, "light" or "dark"."""
    found: dict[str, Oklch] = {}
    for name, value in TOKEN.findall(TOKENS.read_text(encoding="utf-8")):
        colours = [(float(lightness), float(chroma), float(hue)) for lightness, chroma, hue in COLOUR.findall(value)]
        if colours:
            found[name] = colours[-1] if theme == "dark" else colours[0]
    return found


def linear_rgb(colour: Oklch) -> Rgb:
    """Linear-light sRGB of an OKLCH colour; a part outside 0..1 is out of gamut (CSS Color 4, section 10)."""
    lightness, chroma, hue = colour
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def luminance(colour: Oklch) -> float:
    """WCAG relative luminance; what the screen cannot show is clipped, as browsers do."""
    red, green, blue = (min(1.0, max(0.0, part)) for part in linear_rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Oklch, other: Oklch) -> float:
    """WCAG contrast ratio, 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


GROUNDS = (
    "page",
    "surface",
    "sunken",
    "raised",
    "row-clean",
    "row-errors",
    "row-running",
    "row-hover",
    "row-selected",
)
MEANINGS = ("ok", "attention", "error", "waiting")

TEXT_PAIRS = [
    *(("ink", ground) for ground in GROUNDS),
    *(("ink-soft", ground) for ground in GROUNDS),
    *(("ink-faint", ground) for ground in ("page", "surface", "sunken", "raised")),
    *(("accent-ink", ground) for ground in (*GROUNDS, "accent-soft")),
    *((f"{meaning}-ink", ground) for meaning in MEANINGS for ground in (f"{meaning}-soft", *GROUNDS)),
    *(("ink", f"{meaning}-soft") for meaning in MEANINGS),
    *(("ink-soft", f"{meaning}-soft") for meaning in MEANINGS),
    ("ink", "neutral-soft"),
    ("ink-soft", "neutral-soft"),
    ("ink", "accent-soft"),
    ("ink-soft", "accent-soft"),
    ("on-accent", "accent"),
    ("on-accent", "accent-hover"),
    ("on-danger", "danger"),
    ("on-danger", "danger-hover"),
    ("on-bar", "bar"),
    ("on-bar", "bar-field"),
    ("on-bar-soft", "bar"),
    ("on-bar-soft", "bar-field"),
    ("mark", "bar"),
    ("page", "ink"),
]

# Parts that are not text but must be seen: edges of fields, focus rings, marks, drawn data.
MARK_PAIRS = [
    *(("edge", ground) for ground in ("page", "surface", "raised")),
    *(("focus", ground) for ground in GROUNDS),
    *((meaning, ground) for meaning in MEANINGS for ground in ("surface", f"{meaning}-soft")),
    ("accent", "surface"),
    ("accent", "sunken"),
    ("accent", "accent-soft"),
    ("focus-on-bar", "bar"),
    ("focus-on-bar", "bar-field"),
    ("error", "row-errors"),
    ("ok", "row-clean"),
]


@pytest.mark.parametrize("theme", ["light", "dark"])
class TestContrast:
    @pytest.mark.parametrize("pair", TEXT_PAIRS, ids=" on ".join)
    def test_text_can_be_read(self, theme: str, pair: tuple[str, str]) -> None:
        colours = tokens(theme)
        assert contrast(colours[pair[0]], colours[pair[1]]) >= 4.5

    @pytest.mark.parametrize("pair", MARK_PAIRS, ids=" on ".join)
    def test_marks_can_be_seen(self, theme: str, pair: tuple[str, str]) -> None:
        colours = tokens(theme)
        assert contrast(colours[pair[0]], colours[pair[1]]) >= 3

    def test_every_colour_exists_in_srgb(self, theme: str) -> None:
        outside = {
            name
            for name, colour in tokens(theme).items()
            if not all(-0.002 <= part <= 1.002 for part in linear_rgb(colour))
        }
        assert outside == set()

    def test_a_run_with_errors_is_lighter_and_neutral_beside_a_clean_one(self, theme: str) -> None:
        colours = tokens(theme)
        errors, clean = colours["row-errors"], colours["row-clean"]
        assert errors[0] - clean[0] >= 0.05
        assert errors[1] < 0.01 < 0.03 <= clean[1]
