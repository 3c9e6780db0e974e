"""The JSON that docs/comandos.md promises of each command, and in what a document differs from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

MANUAL = (Path(__file__).parents[2] / "docs" / "comandos.md").read_text(encoding="utf-8")

_BULLET = re.compile(r"^( *)- (.*)")
_LINK = re.compile(r"\[[^\]]*\]\(#([^)]*)\)")
_SAME = re.compile(r"o JSON de \[`([^`]*)`\]")


@dataclass
class Keys:
    """The keys of an object; `are_free` where they depend on what is told."""

    below: dict[str, Keys] = field(default_factory=dict)
    are_free: bool = False


def unlike(words: tuple[str, ...], document: Any) -> list[str]:
    """Return in what the document of a command differs from what is promised of it; nothing if it is an error's."""
    if list(document) == ["error"]:
        return []
    promised = _promised(words)
    found = [list(_differences(document, keys, "")) for keys in promised]
    return min(found, key=len, default=["no JSON is documented"])


def _promised(words: tuple[str, ...]) -> list[Keys]:
    spoken = " ".join(("ahead", *words)) + " "
    name = max((one for one in _DOCUMENTS if spoken.startswith(f"{one} ")), key=len, default="")
    return _DOCUMENTS.get(name, [])


def _differences(value: Any, keys: Keys, path: str) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _differences(one, keys, path)
    elif isinstance(value, dict) and not keys.are_free:
        yield from (f"{path}.{name} is not documented" for name in value.keys() - keys.below.keys())
        yield from (f"{path}.{name} is not there" for name in keys.below.keys() - value.keys())
        for name in value.keys() & keys.below.keys():
            yield from _differences(value[name], keys.below[name], f"{path}.{name}")


def _sections() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in MANUAL.splitlines():
        if line.startswith("#"):
            lines = found.setdefault(line.lstrip("# "), [])
        elif line.startswith("  ") and lines and not _BULLET.match(line):
            lines[-1] += f" {line.strip()}"
        else:
            lines.append(line)
    return found


def _address(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _lists(lines: list[str]) -> Iterator[list[str]]:
    """Each list of a section that follows a line that ends with «JSON:», or the first one."""
    begins = [number for number, line in enumerate(lines) if line.endswith("JSON:")] or [-1]
    for begin in begins:
        block: list[str] = []
        for line in lines[begin + 1 :]:
            if _BULLET.match(line):
                block.append(line)
            elif block:
                break
        yield block


def _keys(block: list[str]) -> Keys:
    root = Keys()
    above: list[list[Keys]] = [[root]]
    for line in block:
        matched = _BULLET.match(line)
        assert matched
        depth, text = len(matched[1]) // 2, matched[2]
        del above[depth + 1 :]
        one = Keys(are_free="as chaves dependem" in text)
        if link := _LINK.search(text):
            one.below = _OBJECTS[link[1]].below
        named = re.sub(r"\([^)]*\)", "", _LINK.sub("", text)).partition(":")[0]
        for parent in above[depth]:
            parent.below |= {name: one for name in re.findall(r"`(\w+)`", named) if name != "null"}
        above.append([one])
    return root


_SECTIONS = _sections()
_OBJECTS: dict[str, Keys] = {}  # by their address, in the order of the page


def _read() -> dict[str, list[Keys]]:
    """Return the documents of each command, by its words without its arguments."""
    for heading, lines in _SECTIONS.items():
        if heading.startswith(("Um ", "Uma ")):
            _OBJECTS[_address(heading)] = _keys(next(_lists(lines)))
    found = {}
    for heading, lines in _SECTIONS.items():
        if heading.startswith("`ahead "):
            name = re.sub(r" [A-Z].*", "", heading.strip("`"))
            found[name] = [_keys(block) for block in _lists(lines)] if any("JSON:" in line for line in lines) else []
    for heading, lines in _SECTIONS.items():
        if same := _SAME.search(" ".join(lines)):
            found[heading.strip("`")] += found[same[1]]
    return found


_DOCUMENTS = _read()


def documents(name: str) -> list[Keys]:
    """Return what is promised of the JSON of a command."""
    return _DOCUMENTS[name]
