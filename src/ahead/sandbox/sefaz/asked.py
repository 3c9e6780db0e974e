"""One request to the pretend SEFAZ, once it is read: who asks, whom, and what."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from ahead.sandbox.sefaz.soap import Message

if TYPE_CHECKING:
    from ahead.sandbox.sefaz.box import SefazSandbox

UF_CODES = {
    "RO": "11", "AC": "12", "AM": "13", "RR": "14", "PA": "15", "AP": "16", "TO": "17", "MA": "21", "PI": "22",
    "CE": "23", "RN": "24", "PB": "25", "PE": "26", "AL": "27", "SE": "28", "BA": "29", "MG": "31", "ES": "32",
    "RJ": "33", "SP": "35", "PR": "41", "SC": "42", "RS": "43", "MS": "50", "MT": "51", "GO": "52", "DF": "53",
}  # fmt: skip
SHARED = ("SVAN", "SVRS", "SVC-AN", "SVC-RS")
BASE = 8  # characters of a CNPJ that name the company, without the branch


@dataclass(frozen=True, slots=True)
class Asked:
    """A request; `caller` is the CNPJ of the certificate it came with, empty where there was none."""

    box: "SefazSandbox"
    authorizer: str
    caller: str
    message: Message

    @property
    def is_contingency(self) -> bool:
        """Whether a SVC was asked."""
        return self.authorizer.startswith("SVC")

    @property
    def now(self) -> datetime:
        """The instant of SEFAZ's clock."""
        return self.box.now()

    def is_of(self, cnpj: str) -> bool:
        """Whether the certificate is of the company `cnpj` belongs to; where there was none, it is not asked."""
        return not self.caller or self.caller[:BASE] == cnpj[:BASE]

    def is_for(self, uf_code: str) -> bool:
        """Whether who was asked authorises for the UF of a code."""
        return self.authorizer in SHARED or UF_CODES.get(self.authorizer, uf_code) == uf_code

    def why_closed(self) -> str:
        """Return the code of why nothing is done here now, empty if it works."""
        switches = self.box.switches
        if switches.banned or (self.caller and self.box.consumption.is_banned(self.caller, self.now)):
            return "656"
        if self.is_contingency:
            return "" if switches.svc_active else "114"
        if switches.down_without_forecast:
            return "109"
        return "108" if switches.down else ""
