"""What a route is."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from ahead.sandbox.tray.answers import Answer, Call

Handler = Callable[[Call], Answer]
_CONVERTER = re.compile(r"<(?:int:)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path; `public` ones answer without a token."""

    method: str
    path: str
    handle: Handler
    public: bool = False
    is_list: bool = False

    @property
    def template(self) -> str:
        """The path with ids as ``:id``, as counters and faults name it."""
        return _CONVERTER.sub(":id", self.path)
