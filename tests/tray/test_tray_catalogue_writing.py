"""The catalogue as the client writes it: what it sends, and what it makes of odd answers and of none."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tray_stage import Stage, reply, saved

from ahead.tray import (
    InvalidRequest,
    KitRowFields,
    MethodNotAllowed,
    NotFound,
    OutcomeUnknown,
    Tray,
    TrayUnreachable,
)

ROWS = [KitRowFields(parent_id=70, product_id=41, quantity=1), KitRowFields(parent_id=70, product_id=43, quantity=2)]
CREATIONS: dict[str, tuple[str, Callable[[Tray], int | None]]] = {
    "product": ("POST /products", lambda tray: tray.create_product({"name": "Panela", "price": 30})),
    "variant": ("POST /products/variants", lambda tray: tray.create_variant(41, {"type_1": "Cor", "value_1": "Azul"})),
    "category": ("POST /categories", lambda tray: tray.create_category({"name": "Cozinha"})),
    "brand": ("POST /products/brands", lambda tray: tray.create_brand("Forja")),
    "property": ("POST /properties", lambda tray: tray.create_property("Material", ["Ferro"])),
    "product properties": ("POST /products/41/properties", lambda tray: tray.set_product_properties(41, [(2, "Azul")])),
    "kit": ("POST /products/kits", lambda tray: tray.create_kit_rows(ROWS)),
}
NEEDS_ID = ("product", "variant", "category", "brand")
DELETIONS: dict[str, tuple[str, Callable[[Tray], None]]] = {
    "product": ("DELETE /products/41", lambda tray: tray.delete_product(41)),
    "variant": ("DELETE /products/variants/41", lambda tray: tray.delete_variant(41)),
    "category": ("DELETE /categories/41", lambda tray: tray.delete_category(41)),
}
UPDATES: dict[str, tuple[str, Callable[[Tray, dict[str, Any]], None]]] = {
    "Product": ("PUT /products/41", lambda tray, fields: tray.update_product(41, fields)),
    "Variant": ("PUT /products/variants/41", lambda tray, fields: tray.update_variant(41, fields)),
    "Category": ("PUT /categories/41", lambda tray, fields: tray.update_category(41, fields)),
}


def created(**changes: object) -> httpx2.Response:
    return reply({"message": "Created", "id": "123", "code": 201} | changes, 201)


class TestCreating:
    @pytest.mark.parametrize(
        ("kind", "body"),
        [
            ("product", {"Product": {"name": "Panela", "price": "30"}}),
            ("variant", {"Variant": {"product_id": "41", "type_1": "Cor", "value_1": "Azul"}}),
            ("category", {"Category": {"name": "Cozinha"}}),
            ("brand", {"Brand": {"brand": "Forja"}}),
            ("property", {"Property": {"name": "Material", "PropertyValues": [{"name": "Ferro"}]}}),
            ("product properties", [{"property_id": "2", "value": "Azul"}]),
        ],
    )
    def test_each_sends_its_body(self, stage: Stage, kind: str, body: object) -> None:
        route, create = CREATIONS[kind]
        create(stage.on(route, created()).tray)
        assert (stage.script.routes(), stage.script.sent()) == ([route], body)
        assert stage.script.seen[0].headers["content-type"] == "application/json"

    def test_the_rows_of_a_kit_are_a_bare_list(self, stage: Stage) -> None:
        stage.on("POST /products/kits", reply({"message": "Created", "code": 201}))
        row = KitRowFields(
            parent_id=70,
            product_id=43,
            quantity=2,
            price_rule="2",
            discount_type="%",
            discount_value=Decimal("10.50"),
        )
        stage.tray.create_kit_rows([ROWS[0], row])
        plain, discounted = stage.script.sent()
        assert plain == {
            "product_parent_id": "70",
            "product_id": "41",
            "quantity": "1",
            "price_rule": "1",
            "discount_type": "$",
            "discount_value": "0",
        }
        assert (discounted["quantity"], discounted["price_rule"]) == ("2", "2")
        assert (discounted["discount_type"], discounted["discount_value"]) == ("%", "10.50")

    @pytest.mark.parametrize("kind", NEEDS_ID)
    @pytest.mark.parametrize(
        "changes", [{}, {"id": 123}, {"code": "201"}, {"message": "created"}, {"code": None, "message": "SUCCESS"}]
    )
    def test_the_id_in_every_spelling(self, stage: Stage, kind: str, changes: dict[str, object]) -> None:
        route, create = CREATIONS[kind]
        assert create(stage.on(route, created(**changes)).tray) == 123

    @pytest.mark.parametrize("kind", NEEDS_ID)
    def test_without_the_id_nobody_knows_what_was_created(self, stage: Stage, kind: str) -> None:
        route, create = CREATIONS[kind]
        stage.on(route, reply({"message": "Created", "code": 201}))
        with pytest.raises(OutcomeUnknown):
            create(stage.tray)
        assert stage.tray.requests_sent == 1

    @pytest.mark.parametrize("kind", [kind for kind in CREATIONS if kind not in NEEDS_ID])
    def test_quirk_29_some_need_no_id(self, stage: Stage, kind: str) -> None:
        route, create = CREATIONS[kind]
        assert create(stage.on(route, reply({"message": "Created", "code": 201})).tray) is None

    @pytest.mark.parametrize(
        "answer",
        [
            httpx2.ReadTimeout("slow"),
            reply({"message": "Internal Error"}, 500),
            reply(b"<html>gateway</html>", 504),
            reply(b"<html>ok</html>"),
            reply(b""),
            reply(b"", 204),
            reply([]),
            reply({"code": 400, "causes": ["nome inválido"]}),
        ],
        ids=["silence", "500", "504", "html", "empty", "204", "list", "400 inside 200"],
    )
    @pytest.mark.parametrize("kind", CREATIONS)
    def test_quirk_27_what_is_in_doubt_is_never_repeated(self, stage: Stage, kind: str, answer: Any) -> None:
        route, create = CREATIONS[kind]
        stage.on(route, answer)
        with pytest.raises(OutcomeUnknown) as caught:
            create(stage.tray)
        assert stage.tray.requests_sent == 1
        assert (caught.value.method, caught.value.path) == tuple(route.split())

    @pytest.mark.parametrize("kind", CREATIONS)
    def test_what_never_arrived_is_repeated(self, stage: Stage, kind: str) -> None:
        route, create = CREATIONS[kind]
        create(stage.on(route, httpx2.ConnectError("down"), created()).tray)
        assert stage.script.sent(0) == stage.script.sent(1)
        stage.on(route, httpx2.ConnectError("down"))
        with pytest.raises(TrayUnreachable):
            create(stage.tray)

    @pytest.mark.parametrize("status", [400, 422])
    @pytest.mark.parametrize("kind", CREATIONS)
    def test_what_tray_refuses_says_why(self, stage: Stage, kind: str, status: int) -> None:
        route, create = CREATIONS[kind]
        causes = ["Invalid data provided", {"field": "name", "message": "campo obrigatório"}]
        stage.on(route, reply({"code": status, "causes": causes}, status))
        with pytest.raises(InvalidRequest) as caught:
            create(stage.tray)
        assert caught.value.causes == ("Invalid data provided", "name: campo obrigatório")
        assert stage.tray.requests_sent == 1

    def test_what_cannot_be_meant_is_not_sent(self, stage: Stage) -> None:
        for count in (0, 1):
            with pytest.raises(ValueError, match="two rows"):
                stage.tray.create_kit_rows(ROWS[:count])
        with pytest.raises(ValueError, match="no property"):
            stage.tray.set_product_properties(41, [])
        assert stage.script.seen == []

    def test_a_variant_belongs_to_the_product_it_is_made_for(self, stage: Stage) -> None:
        stage.on("POST /products/variants", created())
        stage.tray.create_variant(41, {"product_id": 9, "type_1": "Cor", "value_1": "Azul"})
        assert stage.script.sent()["Variant"]["product_id"] == "41"


class TestUpdating:
    @pytest.mark.parametrize("name", UPDATES)
    def test_any_fields_and_again_after_silence(self, stage: Stage, name: str) -> None:
        route, update = UPDATES[name]
        stage.on(route, httpx2.ReadTimeout("slow"), created(code="201"))  # quirk 30: Created for a category's PUT
        update(stage.tray, {"name": "Panela", "price": Decimal(0), "available": True, "release_date": None})
        expected = {name: {"name": "Panela", "price": "0", "available": "1", "release_date": ""}}
        assert (stage.script.sent(0), stage.script.sent(1)) == (expected, expected)

    @pytest.mark.parametrize("name", UPDATES)
    def test_what_is_not_there(self, stage: Stage, name: str) -> None:
        route, update = UPDATES[name]
        stage.on(route, reply({"code": 404}, 404))
        with pytest.raises(NotFound):
            update(stage.tray, {"name": "x"})
        with pytest.raises(ValueError, match="nothing"):
            update(stage.tray, {})

    def test_a_slot_of_a_picture_is_emptied_by_one_blank(self, stage: Stage) -> None:
        stage.on("PUT /products/41", saved())
        stage.tray.update_product(41, {"picture_source_3": " "})
        assert stage.script.sent() == {"Product": {"picture_source_3": " "}}

    def test_lists_and_objects_inside_an_entity(self, stage: Stage) -> None:
        stage.on("PUT /products/41", saved()).on("PUT /categories/41", saved())
        stage.tray.update_product(
            41,
            {"related_categories": [7, 8], "metatag": [{"type": "keywords", "content": "ferro, panela", "local": 1}]},
        )
        assert stage.script.sent()["Product"] == {
            "related_categories": ["7", "8"],
            "metatag": [{"type": "keywords", "content": "ferro, panela", "local": "1"}],
        }
        stage.tray.update_category(41, {"property": (), "metatag": {"keywords": "ferro", "description": None}})
        assert stage.script.sent()["Category"] == {"property": [], "metatag": {"keywords": "ferro", "description": ""}}


class TestDeleting:
    @pytest.mark.parametrize("kind", DELETIONS)
    def test_is_repeated_after_silence(self, stage: Stage, kind: str) -> None:
        route, delete = DELETIONS[kind]
        stage.on(route, httpx2.ReadTimeout("slow"), reply({"message": "Deleted", "id": "41", "code": 200}))
        delete(stage.tray)
        assert stage.script.routes() == [route, route]
        assert (stage.script.seen[0].content, "access_token" in stage.script.query()) == (b"", True)

    @pytest.mark.parametrize("kind", DELETIONS)
    @pytest.mark.parametrize(("status", "error"), [(404, NotFound), (405, MethodNotAllowed)])
    def test_what_is_gone_or_cannot_go(self, stage: Stage, kind: str, status: int, error: type[Exception]) -> None:
        route, delete = DELETIONS[kind]
        stage.on(route, reply({"code": status}, status))
        with pytest.raises(error):
            delete(stage.tray)
