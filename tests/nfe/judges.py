"""Those who judge our documents and share no code with us: xmlsec1 always, a JDK where there is one."""

from __future__ import annotations

import importlib.resources
import shutil
import subprocess
from pathlib import Path

NFE_XSD = Path(str(importlib.resources.files("nfelib") / "nfe/schemas/v4_0/nfe_v4.00.xsd"))
JAVA = shutil.which("java")
_JUDGE = Path(__file__).parent / "judge" / "Judge.java"


def xmlsec1_says_ok(signed: bytes, folder: Path, tag: str = "infNFe") -> bool:
    """Whether xmlsec1 finds the signature right."""
    path = folder / "signed.xml"
    path.write_bytes(signed)
    identified = f"http://www.portalfiscal.inf.br/nfe:{tag}"
    # it warns of a certificate it does not know; that is not asked here
    command = ["xmlsec1", "--verify", "--insecure", "--id-attr:Id", identified, path]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def java_says(documents: dict[str, bytes], folder: Path) -> dict[str, str]:
    """Return the verdict of the JDK on each document: its schema and its signature."""
    assert JAVA
    for name, content in documents.items():
        (folder / name).write_bytes(content)
    command = [JAVA, _JUDGE, NFE_XSD, *(folder / name for name in documents)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return dict(line.split(": ", 1) for line in said.splitlines())
