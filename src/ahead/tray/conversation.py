"""An authorised conversation with a store: calls with the token, entities and pages out of the answers."""

import logging
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from ahead.tray.answers import Answer, is_done, refusal, store_error, told_causes
from ahead.tray.authorisation import Authorisation, Renewal
from ahead.tray.door import Call, Door
from ahead.tray.errors import NotFound, OutcomeUnknown, Unreadable
from ahead.tray.reading import Document, entities, entity, identity, integer
from ahead.tray.requirement import required_entity
from ahead.tray.values import Page, Paging, Tokens
from ahead.tray.writing import Field, Fields, Scalar, body_of, query_of

PAGE_SIZE = 50
Value = TypeVar("Value")
Reader = Callable[[Document, str], Value]
_log = logging.getLogger("ahead.tray")


class Conversation:
    """Calls to one store with its token in the query, as Tray wants it on every method."""

    def __init__(self, *, door: Door, authorisation: Authorisation) -> None:
        self._door, self._authorisation = door, authorisation

    def read(self, path: str, name: str, reader: Reader[Value]) -> Value:
        """
        Return the one entity at a path.

        :raises NotFound: if there is none.
        :raises Unreadable: if the answer lacks what the reader needs.
        """
        document = self._get(path)
        return self._reading(path, lambda: reader(required_entity(document, name), name))

    def read_whole(self, path: str, reader: Callable[[Document], Value]) -> Value:
        """
        Return what the whole document at a path says.

        :raises NotFound: if it is empty.
        :raises Unreadable: if it lacks what the reader needs.
        """
        document = self._get(path)
        return self._reading(path, lambda: reader(document))

    def page(
        self,
        path: str,
        names: tuple[str, str],
        reader: Reader[Value],
        *,
        page: int,
        filters: Mapping[str, Scalar],
    ) -> tuple[Page[Value], Document]:
        """
        Return one page of a list and its document; `names` are those of the list and of one entity.

        :raises Unreadable: if the page has no total or a row has no id.
        """
        document = self._get(path, query_of({"page": page, "limit": PAGE_SIZE} | dict(filters)))
        is_filtered = bool(document.get("appliedFilters"))
        if not is_filtered and any(value is not None for name, value in filters.items() if name != "sort"):
            _log.warning("tray.filters_ignored path=%s filters=%s", path, ",".join(sorted(filters)))
        found: Page[Value] = self._reading(
            path,
            lambda: Page(
                rows=_read_rows(document, names, reader),
                paging=_read_paging(document, page),
                filters_applied=is_filtered,
            ),
        )
        return found, document

    def put(self, path: str, body: Fields | None, *, repeatable: bool = True) -> None:
        """
        Write: the entity by its name, every scalar as text.

        :raises InvalidRequest: if Tray refuses the values.
        :raises NotFound: if there is nothing to write to.
        """
        self._call("PUT", path, body=None if body is None else body_of(body), repeatable=repeatable)

    def update(self, path: str, name: str, fields: Fields) -> None:
        """
        Change some fields of the entity at a path, the others stay.

        One that moves pictures is not repeated after silence: a picture that is sent again is shown twice, and an
        emptied slot is the next picture's by then (Tray, "Imagens").

        :raises ValueError: if there is no field.
        :raises InvalidRequest: if Tray refuses the values.
        :raises NotFound: if there is nothing to write to.
        :raises OutcomeUnknown: if it moves pictures, and Tray did not answer.
        """
        if not fields:
            raise ValueError("nothing to update")
        moves_pictures = any(field.startswith("picture_source_") for field in fields)
        self.put(path, {name: fields}, repeatable=not moves_pictures)

    def post(self, path: str, body: Field) -> int | None:
        """
        Create, never twice: return the id of what was created, None where Tray tells none.

        :raises InvalidRequest: if Tray refuses the values.
        :raises NotFound: if the store has no such route.
        :raises OutcomeUnknown: if Tray did not answer, or did not say that it was done; look before repeating.
        """
        answer = self._call("POST", path, body=body_of(body), repeatable=False)
        document = answer.document or {}
        if not is_done(document):
            causes = told_causes(answer, self._door.scrub)
            raise OutcomeUnknown("unusable answer", method="POST", path=path, status=answer.status, causes=causes)
        return identity(document.get("id"))

    def create(self, path: str, name: str, fields: Fields) -> int:
        """
        Create an entity, never twice, and return its id.

        :raises InvalidRequest: if Tray refuses the values.
        :raises OutcomeUnknown: if Tray did not answer, or told no id; look before repeating.
        """
        created = self.post(path, {name: fields})
        if created is None:
            raise OutcomeUnknown("created, but no id was told", method="POST", path=path)
        return created

    def delete(self, path: str) -> None:
        """
        Delete what is at a path.

        :raises NotFound: if it is gone already, perhaps by an earlier try of this very call.
        """
        self._call("DELETE", path)

    def _get(self, path: str, query: str = "") -> dict[str, Any]:
        return self._call("GET", path, query).document or {}

    def _call(
        self, method: str, path: str, query: str = "", *, body: bytes | None = None, repeatable: bool = True
    ) -> Answer:
        """
        Call with the token; after a 401 with other tokens, by every way there is, each once.

        :raises Refused: if Tray refuses.
        :raises Unauthorised: if no token is accepted, or the store is shut.
        """
        renewal = Renewal()
        tokens = self._authorisation.tokens(renewal)
        while True:
            answer = self._door.send(
                Call(method, path, query=_with_token(tokens, query), body=body, repeatable=repeatable)
            )
            if answer.is_success:
                return answer
            if answer.status != 401 or store_error(answer):
                raise refusal(answer, method=method, path=path, scrub=self._door.scrub)
            renewal.refused.add(tokens.access)
            tokens = self._authorisation.renewed(renewal)

    def _reading(self, path: str, read: Callable[[], Value]) -> Value:
        """Read, and say in the error where the document came from."""
        try:
            return read()
        except Unreadable as error:
            problems, summary = error.problems, ""
        except NotFound as error:
            problems, summary = (), error.summary
        if problems:
            raise Unreadable(problems, method="GET", path=path, status=200)
        raise NotFound(summary, method="GET", path=path, status=200)


def _with_token(tokens: Tokens, query: str) -> str:
    """Return the query with the token in it; no frame that raises holds it, for loggers that print locals."""
    return f"access_token={quote(tokens.access, safe='')}{'&' if query else ''}{query}"


def every_row(fetch: Callable[[int], Page[Value]]) -> Iterator[Value]:
    """Yield the rows of all pages: as many as `paging.total` asks for, whatever size Tray cuts them to."""
    page = 1
    while True:
        found = fetch(page)
        yield from found.rows
        if found.is_last:
            return
        page += 1


def _read_rows(document: Document, names: tuple[str, str], reader: Reader[Value]) -> tuple[Value, ...]:
    many, one = names
    if many not in document:
        raise Unreadable(many)
    rows = entities(document[many], one)
    return tuple(reader(row, f"{many}[{position}].{one}") for position, row in enumerate(rows))


def _read_paging(document: Document, page: int) -> Paging:
    paging = entity(document.get("paging"), "paging")
    total = integer(paging.get("total"))
    if total is None:
        # Without it nobody can tell whether rows are left, and orders would be lost in silence.
        raise Unreadable("paging.total")
    return Paging(
        total=total,
        page=integer(paging.get("page")) or page,
        limit=integer(paging.get("limit")) or PAGE_SIZE,
        max_limit=integer(paging.get("maxLimit")) or PAGE_SIZE,
    )
