"""The frame of the pages of the sandboxes: one small style sheet, light and dark."""

from html import escape

from werkzeug.wrappers import Response

STYLE = """
:root { color-scheme: light dark; --line: light-dark(#d5d9e0, #363c47); --soft: light-dark(#f4f6f9, #1d2128);
  --ink: light-dark(#1b2330, #e7eaf0); --page: light-dark(#fff, #14171c); --accent: light-dark(#0b5cad, #7db8f5);
  --bad: light-dark(#a3200d, #ff9d8a); --quiet: light-dark(#566072, #9aa4b5); }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 1.5rem; font: 1rem/1.5 system-ui, sans-serif;
  color: var(--ink); background: var(--page); }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 0; } h3 { font-size: 1rem; margin: 1rem 0 .3rem; }
a { color: var(--accent); } .quiet { color: var(--quiet); } .problem { color: var(--bad); }
.note { border-left: 4px solid var(--accent); padding: .5rem .8rem; background: var(--soft); }
section { border: 1px solid var(--line); border-radius: .5rem; padding: 1rem; margin: 1rem 0; }
form { display: inline-flex; gap: .4rem; align-items: center; margin: .2rem .6rem .2rem 0; flex-wrap: wrap; }
button { font: inherit; padding: .3rem .8rem; border: 1px solid var(--accent); border-radius: .35rem;
  background: var(--accent); color: var(--page); cursor: pointer; }
input, select { font: inherit; padding: .25rem .4rem; border: 1px solid var(--line); border-radius: .35rem;
  background: var(--soft); color: var(--ink); max-width: 18rem; }
input[type=number] { width: 6rem; } :focus-visible { outline: 3px solid var(--accent); outline-offset: 1px; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; font-size: .92rem; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
td.n, th.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
code { overflow-wrap: anywhere; } code.whole { white-space: nowrap; }
details { margin: .6rem 0; } summary { cursor: pointer; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { color: var(--quiet); } dd { margin: 0; }
"""


def page(title: str, body: str, status: int = 200) -> Response:
    """Return an HTML page; the body is already escaped."""
    text = (
        '<!DOCTYPE html><html lang="pt-BR"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<link rel="icon" href="data:,">'  # a browser asks for a picture otherwise, and finds none
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )
    return Response(text, status=status, content_type="text/html; charset=utf-8")
