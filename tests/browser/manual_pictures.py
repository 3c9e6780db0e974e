"""The pictures of the manual, taken from a demo that is started for them: `make manual` (ARGS="NAME…" for some)."""

from __future__ import annotations

import argparse
import http.client
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

from manual_list import LIST, Happening, Picture, pictures
from PIL import Image, ImageChops
from playwright.sync_api import Browser, BrowserContext, FloatRect, Page, expect, sync_playwright

import ahead
from ahead.manual import PICTURES
from ahead.manual.chapters import PIXELS
from plugins.ports import free_port

SLUG, PASSWORD = "casa-aurora", "aurora-demo-2026"
PEOPLE = {"operator": "olivia@aurora.example", "owner": "marta@aurora.example", "staff": "suporte@ahead.example"}
LANGUAGE = {"LANG": "pt_BR.UTF-8", "LANGUAGE": "pt_BR"}  # of the browser's own fields, such as those of dates
START_SECONDS = 900  # on a machine that does much else; idle it takes a quarter of a minute
COLOURS = 160
MARGIN, MARGIN_ACROSS = 10, 22
SAME, NEAR = 0.0005, 40  # of the pixels so many may differ, and each by so much, before a picture is another
MARK = """([boxes]) => boxes.forEach((box, at) => {
  const edge = document.createElement("div"), number = document.createElement("div");
  Object.assign(edge.style, { position: "absolute", left: `${box.x - 4}px`, top: `${box.y - 4}px`, zIndex: 99,
    width: `${box.width + 8}px`, height: `${box.height + 8}px`, border: "3px solid #c9302c", borderRadius: "8px",
    boxSizing: "border-box", pointerEvents: "none" });
  Object.assign(number.style, { position: "absolute", left: `${box.x - 16}px`, top: `${box.y - 16}px`, zIndex: 100,
    width: "24px", height: "24px", borderRadius: "50%", background: "#c9302c", color: "white", textAlign: "center",
    font: "700 14px/24px system-ui", pointerEvents: "none" });
  edge.dataset.mark = number.dataset.mark = "";
  number.textContent = at + 1;
  document.body.append(edge, ...(boxes.length > 1 ? [number] : []));
})"""
# What is another each time, or another in this browser than in a person's, is shown as a person sees it.
AS_SEEN = """() => {
  scrollTo(0, 0);
  document.querySelector(".toasts")?.remove();
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    texts.currentNode.data = texts.currentNode.data.replace(/http:\\/\\/127\\.0\\.0\\.1:\\d+\\/lojas\\//g, "https://lojas.example/");
  }
  for (const secret of document.querySelectorAll("input[readonly]")) {
    secret.value = secret.value.replace(/^http.*[/]webhooks[/].*/, "https://ahead.example/webhooks/tray/…");
  }
  for (const day of document.querySelectorAll("input[type=date]")) {
    const value = day.value.split("-").reverse().join("/");
    day.type = "text";
    day.value = value || "dd/mm/aaaa";
  }
}"""
UNMARK = "() => document.querySelectorAll('[data-mark]').forEach(mark => mark.remove())"


class Stage:
    """The running program, and who sits before it."""

    def __init__(self, browser: Browser, address: str, slug: str, tray: str = "") -> None:
        self.browser, self.address, self.slug, self.tray = browser, address, slug, tray
        self._pages: dict[str, Page] = {}

    def url(self, path: str) -> str:
        """Return the address of a page of the company, or of one below all with a slash before it."""
        return f"{self.address}{path}" if path.startswith("/") else f"{self.address}/{self.slug}/{path}"

    def page(self, who: str) -> Page:
        """Return the browser of a person, who has logged in; of nobody in particular where none is named."""
        if who not in self._pages:
            self._pages[who] = self._context().new_page()
            if who:
                log_in(self._pages[who], self.address, PEOPLE[who], PASSWORD)
        return self._pages[who]

    def seat(self, who: str, email: str, password: str) -> None:
        """Seat somebody of another company than the demo's."""
        self._pages[who] = self._context().new_page()
        log_in(self._pages[who], self.address, email, password)

    def ask_tray(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Ask something of the pretend Tray."""
        connection = http.client.HTTPConnection(self.tray, timeout=30)
        headers = {"Content-Type": "application/json"}
        connection.request(method, f"/_admin/stores/{path}", body=json.dumps(body or {}), headers=headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status < 300, content
        return json.loads(content)

    def take(self, picture: Picture) -> Image.Image:
        """Take one picture."""
        page = self.page(picture.who)
        page.set_viewport_size({"width": picture.width, "height": 900})
        page.goto(self.url(picture.path))
        for step in picture.steps:
            _do(page, *step)
        page.wait_for_load_state("networkidle")
        page.evaluate(AS_SEEN)
        boxes = [_box(page, mark) for mark in picture.marks]
        page.evaluate(MARK, [boxes])
        shot = page.screenshot(clip=_clip(page, picture), full_page=True, animations="disabled", caret="hide")
        page.evaluate(UNMARK)
        return Image.open(BytesIO(shot)).convert("RGB")

    def _context(self) -> BrowserContext:
        context = self.browser.new_context(
            locale="pt-BR", timezone_id="America/Sao_Paulo", color_scheme="light", device_scale_factor=PIXELS,
            reduced_motion="reduce",
        )  # fmt: skip
        context.set_default_timeout(120_000)
        return context


def log_in(page: Page, address: str, email: str, password: str) -> None:
    """Log in."""
    page.goto(f"{address}/entrar/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Senha").fill(password)
    page.get_by_role("button", name="Entrar").click()
    page.wait_for_url(lambda url: "/entrar/" not in url)


def _do(page: Page, what: str, target: str, value: str = "") -> None:
    place = page.locator(target).first
    match what:
        case "click":
            place.click()
        case "check":
            place.check()
        case "fill":
            place.fill(value)
        case "choose":
            place.select_option(label=value)
        case "open":
            page.goto(f"{page.url}{target}")
        case "follow":
            with page.expect_navigation():
                place.click()
        case "wait":
            expect(place).to_be_visible()
        case _:
            raise ValueError(what)


def _box(page: Page, selector: str) -> FloatRect:
    place = page.locator(selector).first
    expect(place, selector).to_be_visible()
    return _boxes(page, selector)[0]


def _boxes(page: Page, selector: str) -> list[FloatRect]:
    """Return the boxes of all that a selector names and shows."""
    found: list[FloatRect] = page.locator(selector).evaluate_all(
        "all => all.map(one => one.getBoundingClientRect()).filter(box => box.width && box.height)"
        ".map(box => ({ x: box.x + scrollX, y: box.y + scrollY, width: box.width, height: box.height }))"
    )
    assert found, selector
    return found


def _clip(page: Page, picture: Picture) -> FloatRect:
    parts = [box for one in picture.of.split(" + ") for box in _boxes(page, one)]
    left = max(0, min(box["x"] for box in parts) - MARGIN_ACROSS)
    top = max(0, min(box["y"] for box in parts) - MARGIN)
    right = min(picture.width, max(box["x"] + box["width"] for box in parts) + MARGIN_ACROSS)
    bottom = max(box["y"] + box["height"] for box in parts) + MARGIN
    return {"x": left, "y": top, "width": right - left, "height": min(bottom - top, picture.tallest)}


def keep(image: Image.Image, name: str, folder: Path = PICTURES) -> bool:
    """Keep a picture where it shows something else than the one that is there; return whether it does."""
    path = folder / f"{name}.png"
    if path.exists() and _looks_like(image, path):
        return False
    few = image.quantize(COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    few.save(path, "PNG", optimize=True)
    return True


def _looks_like(image: Image.Image, path: Path) -> bool:
    with Image.open(path) as kept:
        before = kept.convert("RGB")
    if before.size != image.size:
        return False
    difference = ImageChops.difference(before, image).convert("L").point(lambda level: 255 if level > NEAR else 0)
    return difference.histogram()[255] / (image.width * image.height) < SAME


@contextmanager
def running_demo(folder: Path) -> Iterator[tuple[str, str]]:
    """Run a demo of its own; give the addresses of the program and of the pretend Tray."""
    ports = {name: free_port() for name in ("port", "tray-port", "sefaz-port", "sefaz-admin-port")}
    words = [word for name, port in ports.items() for word in (f"--{name}", str(port))]
    environment = {**os.environ, "AHEAD_DATA_DIR": str(folder), "PYTHONPATH": str(Path(ahead.__file__).parents[1])}
    environment.pop("AHEAD_DATABASE_URL", None)
    command = [sys.executable, "-m", "ahead.cli", "demo", *words, "--end-with-stdin"]
    with (folder / "demo.log").open("w") as log:
        process = subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=log, stderr=log)
    try:
        until = time.monotonic() + START_SECONDS
        while "está no ar" not in (folder / "demo.log").read_text():
            if process.poll() is not None or time.monotonic() > until:
                raise SystemExit((folder / "demo.log").read_text())
            time.sleep(0.3)
        yield f"http://127.0.0.1:{ports['port']}", f"127.0.0.1:{ports['tray-port']}"
    finally:
        process.terminate()
        process.wait()


def say(sentence: str) -> None:
    """Say how far it is."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def main() -> None:
    """Let the story happen and take the wanted pictures on its way."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="only these pictures")
    parser.add_argument("--folder", type=Path, default=PICTURES, help="where they are kept")
    args = parser.parse_args()
    wanted = set(args.names) or {one.name for one in pictures()}
    if unknown := wanted - {one.name for one in pictures()}:
        parser.error(f"no such picture: {', '.join(sorted(unknown))}")
    expect.set_options(timeout=120_000)
    place = Path(tempfile.mkdtemp())
    with running_demo(place) as (address, tray), sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"), env={**os.environ, **LANGUAGE},
            args=["--no-sandbox", "--disable-gpu", "--lang=pt-BR"],
        )  # fmt: skip
        _take_all(Stage(browser, address, SLUG, tray), wanted, args.folder)
        browser.close()
    shutil.rmtree(place)
    if not args.names:
        _take_away_others(args.folder)


def _take_all(stage: Stage, wanted: set[str], folder: Path) -> None:
    """Play the story as far as the last wanted picture."""
    last = max(at for at, one in enumerate(LIST) if isinstance(one, Picture) and one.name in wanted)
    for one in LIST[: last + 1]:
        if isinstance(one, Happening):
            one.does(stage)
        elif one.name in wanted:
            changed = keep(stage.take(one), one.name, folder)
            say(f"{one.name}: {'taken' if changed else 'as before'}")


def _take_away_others(folder: Path) -> None:
    names = {f"{one.name}.png" for one in pictures()}
    for path in folder.glob("*.png"):
        if path.name not in names:
            path.unlink()
            say(f"{path.name}: no longer listed, taken away")


if __name__ == "__main__":
    main()
