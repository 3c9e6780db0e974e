"""What a product may say: lengths, numbers, dates, promotions, categories, pictures, properties."""

from typing import Any

import pytest
from tray_caller import Caller, Clock

from ahead.sandbox.tray import Store
from ahead.sandbox.tray.records import Product, Variant

CDN = "https://cdn.loja-exemplo.test"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "n" * 201),
        ("description", "d" * 4801),
        ("description_small", "d" * 501),
        ("ean", "1" * 121),
        ("ncm", "123456789"),
        ("brand", "b" * 121),
        ("model", "m" * 151),
        ("reference", "r" * 121),
        ("stock", "1234567890"),
        ("stock", "1,5"),
        ("weight", "-1"),
        ("length", "doze"),
        ("cost_price", "15,00"),
        ("promotional_price", "-1"),
        ("ipi_value", "0,05"),
        ("price", "R$ 39.90"),
        ("start_promotion", "24/11/2026"),
        ("category_id", "999"),
        ("related_categories", ["25", "999"]),
        ("picture_source_2", f"{CDN}/um retrato.jpg"),
    ],
)
def test_a_wrong_field_is_refused_with_its_cause(api: Caller, mug: Product, field: str, value: Any) -> None:
    before = dict(mug.fields)
    answers = [
        api.call("PUT", f"/products/{mug.id}", {"Product": {"stock": "7", field: value}}),
        api.call("POST", "/products", {"Product": {"name": "Caneca", "price": "39.90", field: value}}),
    ]
    assert [answer.status_code for answer in answers] == [400, 400]
    for answer in answers:
        assert [cause.partition(":")[0] for cause in answer.get_json()["causes"]] == [field]
    assert mug.fields == before
    assert api.get("/products")["paging"]["total"] == 1


def test_every_wrong_field_is_a_cause(api: Caller) -> None:
    body = {"name": "n" * 201, "price": "39,90", "stock": "muitos"}
    assert len(api.call("POST", "/products", {"Product": body}).get_json()["causes"]) == 3


def test_what_just_fits_is_taken(api: Caller, mug: Product) -> None:
    body = {
        "name": "n" * 200,
        "description": "d" * 4800,
        "stock": -3,
        "weight": 999999999,
        "category_id": "25",
        "related_categories": [25],
        "metatag": [{"type": "keywords", "content": "caneca", "local": 1}],
        "ipi_value": "0.05",
        "promotional_price": "",
        "start_promotion": "",
    }
    api.put(f"/products/{mug.id}", {"Product": body})
    entity = api.get(f"/products/{mug.id}")["Product"]
    assert (entity["stock"], entity["weight"], entity["ipi"]) == ("-3", "999999999", "0.05")
    assert (entity["related_categories"], entity["metatag"]) == (["25"], [{"type": "keywords", "content": "caneca"}])
    assert (entity["promotional_price"], entity["start_promotion"]) == ("0.00", "0000-00-00")
    assert "ipi_value" not in entity


@pytest.mark.parametrize(
    ("first", "last", "price"),
    [
        ("", "", "29.90"),
        ("0000-00-00", "0000-00-00", "29.90"),
        ("2026-11-23", "2026-11-23", "29.90"),
        ("2026-11-24", "2026-11-30", "39.90"),
        ("2026-11-01", "2026-11-22", "39.90"),
        ("2026-11-01", "", "29.90"),
    ],
)
def test_the_current_price_follows_the_promotion_of_today(
    api: Caller, store: Store, mug: Product, clock: Clock, first: str, last: str, price: str
) -> None:
    body = {"promotional_price": "29.90", "start_promotion": first, "end_promotion": last}
    api.put(f"/products/{mug.id}", {"Product": body})
    entity = api.get(f"/products/{mug.id}")["Product"]
    assert (entity["price"], entity["current_price"]) == ("39.90", price)
    order = store.place_order(items=[(mug, 1)])
    assert (order.lines[0]["price"], order.lines[0]["original_price"]) == (price, "39.90")


def test_a_kit_keeps_being_one_without_a_price(api: Caller, store: Store, mug: Product) -> None:
    kit = api.post("/products", {"Product": {"name": "Kit", "price": "75.00", "is_kit": 1}})["id"]
    api.put(f"/products/{kit}", {"Product": {"price": "80.00", "is_kit": 0, "name": "Kit Café"}})
    entity = api.get(f"/products/{kit}")["Product"]
    assert (entity["is_kit"], entity["price"], entity["name"]) == ("1", "0.00", "Kit Café")
    api.put(f"/products/{mug.id}", {"Product": {"is_kit": 1}})
    assert api.get(f"/products/{mug.id}")["Product"]["is_kit"] == "0"


class TestPictures:
    def test_a_product_comes_with_its_pictures(self, api: Caller, store: Store) -> None:
        body = {
            "name": "Caneca",
            "price": "39.90",
            "picture_source_1": f"{CDN}/1.jpg",
            "picture_source_2": f"{CDN}/2.PNG",
        }
        made = int(api.post("/products", {"Product": body})["id"])
        assert store.product_images(made) == [f"{CDN}/1.jpg", f"{CDN}/2.PNG"]
        shown = api.get(f"/products/{made}")["Product"]["ProductImage"]
        assert len({image["https"] for image in shown}) == 2
        assert all(image["https"].startswith("https://images.tcdn.test/img/img_prod/999001/") for image in shown)
        assert set(shown[0]["thumbs"]) == {"30", "90", "180"}

    def test_only_the_sent_slots_change(self, api: Caller, store: Store, mug: Product) -> None:
        mug.pictures = [f"{CDN}/{n}.jpg" for n in (1, 2, 3)]
        api.put(f"/products/{mug.id}", {"Product": {"picture_source_2": f"{CDN}/novo.jpg", "picture_source_3": ""}})
        assert store.product_images(mug.id) == [f"{CDN}/1.jpg", f"{CDN}/novo.jpg", f"{CDN}/3.jpg"]
        api.put(f"/products/{mug.id}", {"Product": {"stock": 4}})
        assert len(store.product_images(mug.id)) == 3

    def test_a_blank_takes_a_slot_away_and_the_rest_move_up(self, api: Caller, store: Store, mug: Product) -> None:
        mug.pictures = [f"{CDN}/{n}.jpg" for n in (1, 2, 3, 4)]
        body = {"picture_source_2": " ", "picture_source_3": " ", "picture_source_4": f"{CDN}/novo.jpg"}
        api.put(f"/products/{mug.id}", {"Product": body})
        assert store.product_images(mug.id) == [f"{CDN}/1.jpg", f"{CDN}/novo.jpg"]

    def test_an_unchanged_slot_sent_again_doubles_until_six_are_full(
        self, api: Caller, store: Store, mug: Product
    ) -> None:
        body = {"Product": {"picture_source_1": f"{CDN}/1.jpg", "picture_source_2": f"{CDN}/2.jpg"}}
        for expected in (2, 4, 6, 6):
            api.put(f"/products/{mug.id}", body)
            assert len(store.product_images(mug.id)) == expected

    def test_a_slot_far_away_is_the_next_one(self, api: Caller, store: Store, mug: Product) -> None:
        api.put(f"/products/{mug.id}", {"Product": {"picture_source_6": f"{CDN}/6.jpg"}})
        assert store.product_images(mug.id) == [f"{CDN}/6.jpg"]

    @pytest.mark.parametrize(
        "address", ["ftp://cdn.test/a.jpg", f"{CDN}/a.gif", f"{CDN}/a b.jpg", "a.jpg", f"{CDN}/a.jpg?v=1"]
    )
    def test_an_address_tray_cannot_fetch(self, api: Caller, store: Store, shirt: Variant, address: str) -> None:
        for path in (f"/products/{shirt.product_id}", f"/products/variants/{shirt.id}"):
            kind = "Variant" if "variants" in path else "Product"
            assert api.call("PUT", path, {kind: {"picture_source_1": address}}).status_code == 400
        assert store.product_images(shirt.product_id) == store.variant_images(shirt.id) == []

    def test_variants_have_pictures_too(self, api: Caller, store: Store, mug: Product) -> None:
        body = {"product_id": str(mug.id), "type_1": "Cor", "value_1": "Azul", "picture_source_1": f"{CDN}/azul.jpg"}
        made = int(api.post("/products/variants", {"Variant": body})["id"])
        api.put(f"/products/variants/{made}", {"Variant": {"picture_source_2": f"{CDN}/azul-2.jpg"}})
        assert store.variant_images(made) == [f"{CDN}/azul.jpg", f"{CDN}/azul-2.jpg"]
        assert len(api.get(f"/products/variants/{made}")["Variant"]["VariantImage"]) == 2
        assert store.product_images(mug.id) == []

    @pytest.mark.parametrize("field", ["picture_source_1", "image_url", "http"])
    def test_the_route_of_its_own(self, api: Caller, store: Store, shirt: Variant, field: str) -> None:
        path = f"/products/{shirt.product_id}/images"
        assert api.post(path, {"ProductImage": {field: f"{CDN}/1.jpg"}})["message"] == "Created"
        assert store.product_images(shirt.product_id) == [f"{CDN}/1.jpg"]
        api.post(path, {"ProductImage": {field: f"{CDN}/p.jpg", "variant_id": str(shirt.id)}})
        assert store.variant_images(shirt.id) == [f"{CDN}/p.jpg"]

    @pytest.mark.parametrize(
        "body", [{}, {"image_url": "x"}, {"http": f"{CDN}/1.gif"}, {"image_url": f"{CDN}/1.jpg", "variant_id": "9"}]
    )
    def test_the_route_of_its_own_refuses(self, api: Caller, mug: Product, body: dict[str, str]) -> None:
        assert api.call("POST", f"/products/{mug.id}/images", {"ProductImage": body}).status_code == 400
        assert api.call("POST", "/products/999/images", {"ProductImage": {"http": f"{CDN}/1.jpg"}}).status_code == 404


class TestProperties:
    @pytest.fixture
    def colour(self, store: Store) -> str:
        store.add_property("Cor", ["Preta", "Branca"])
        return str(store.add_property("Material", ["Algodão"]).id)

    def test_they_are_listed_with_the_filter_nobody_asked_for(self, api: Caller, store: Store, colour: str) -> None:
        answer = api.get("/products/properties")
        assert answer["appliedFilters"] == {"Property.active_display": "1"}
        assert [row["Property"]["id"] for row in answer["Properties"]] == ["2", "3"]
        assert answer["Properties"][0]["Property"] == {
            "id": "2",
            "active_display": "1",
            "name": "Cor",
            "position": "1",
            "display": "1",
            "has_product": "0",
            "PropertyValues": [
                {"id": "72", "name": "Preta", "property_id": "2", "image": {"http": "", "https": ""}},
                {"id": "73", "name": "Branca", "property_id": "2", "image": {"http": "", "https": ""}},
            ],
        }
        store.properties[2].fields["active_display"] = "0"
        store.revision += 1
        assert api.get("/products/properties")["paging"]["total"] == 1
        assert api.get("/products/properties", active_display="0")["paging"]["total"] == 1

    def test_one_is_made_given_to_a_product_and_removed(self, api: Caller, mug: Product, colour: str) -> None:
        body = {"name": "Voltagem", "PropertyValues": [{"name": "110v"}, {"name": "220v"}]}
        made = api.post("/properties", {"Property": body})["id"]
        rows = [{"property_id": colour, "value": "Esmalte"}, {"property_id": made, "value": "110v"}]
        for _ in range(2):
            answer = api.post(f"/products/{mug.id}/properties", rows)
            assert answer == {"message": "Created", "code": 201}
        assert api.get(f"/products/{mug.id}")["Product"]["Properties"] == {
            "Material": ["Esmalte"],
            "Voltagem": ["110v"],
        }
        listed = api.get("/products/properties", id=colour)["Properties"][0]["Property"]
        assert (listed["has_product"], [value["name"] for value in listed["PropertyValues"]]) == (
            "1",
            ["Algodão", "Esmalte"],
        )
        assert api.call("DELETE", f"/properties/{colour}").get_json()["message"] == "Deleted"
        assert api.call("DELETE", f"/properties/{colour}").status_code == 404
        assert api.get(f"/products/{mug.id}")["Product"]["Properties"] == {"Voltagem": ["110v"]}

    @pytest.mark.parametrize(
        "rows",
        [
            [],
            {"Property": {"property_id": "2", "value": "Preta"}},
            [{"property_id": "2", "value": "Preta"}, {"property_id": "99", "value": "x"}],
            [{"property_id": "2", "value": "v" * 101}],
            [{"property_id": "2"}],
            ["Preta"],
        ],
    )
    def test_what_is_refused(self, api: Caller, mug: Product, colour: str, rows: Any) -> None:
        assert api.call("POST", f"/products/{mug.id}/properties", rows).status_code == 400
        assert mug.properties == []

    def test_a_property_needs_a_name(self, api: Caller, mug: Product) -> None:
        assert api.call("POST", "/properties", {"Property": {"PropertyValues": []}}).status_code == 400
        assert api.call("POST", "/properties", {"Property": {"name": "Cor", "PropertyValues": [{}]}}).status_code == 400
        assert api.call("POST", "/products/999/properties", [{"property_id": "2", "value": "x"}]).status_code == 404


class TestCategories:
    @pytest.fixture
    def branch(self, api: Caller) -> dict[str, str]:
        kitchen = api.post("/categories", {"Category": {"name": "Cozinha"}})["id"]
        mugs = api.post("/categories", {"Category": {"name": "Canecas", "parent_id": kitchen}})["id"]
        return {"kitchen": kitchen, "mugs": mugs}

    def test_the_whole_body_is_taken(self, api: Caller) -> None:
        body = {
            "name": "Canecas", "parent_id": "0", "order": "2", "title": "Canecas", "slug": "as-canecas",
            "has_acceptance_term": "0", "metatag": {"keywords": "canecas", "description": "canecas"},
            "property": ["Material"],
        }  # fmt: skip
        made = api.post("/categories", {"Category": body})["id"]
        entity = api.get(f"/categories/{made}")["Category"]
        assert (entity["parent_id"], entity["order"], entity["slug"]) == ("", "2", "as-canecas")
        assert set(entity) == {
            "slug", "id", "parent_id", "name", "description", "order", "title", "small_description", "link",
            "has_acceptance_term", "acceptance_term", "Images",
        }  # fmt: skip

    @pytest.mark.parametrize(
        "body",
        [
            {"name": "n" * 256},
            {"name": "x", "slug": "s" * 256},
            {"name": "x", "title": "t" * 256},
            {"name": "x", "order": "primeira"},
            {"name": "x", "metatag": {"keywords": "k" * 257}},
        ],
    )
    def test_what_is_too_long_is_refused(self, api: Caller, body: dict[str, Any]) -> None:
        assert api.call("POST", "/categories", {"Category": body}).status_code == 400

    def test_none_is_below_itself(self, api: Caller, branch: dict[str, str]) -> None:
        for parent in branch.values():
            answer = api.call("PUT", f"/categories/{branch['kitchen']}", {"Category": {"parent_id": parent}})
            assert answer.status_code == 400

    def test_a_deleted_one_leaves_its_children_at_the_root_and_its_products_without(
        self, api: Caller, branch: dict[str, str]
    ) -> None:
        kitchen, mugs = branch["kitchen"], branch["mugs"]
        fields = {"name": "Caneca", "price": "39.90"}
        api.post("/products", {"Product": {**fields, "category_id": kitchen}})
        api.post("/products", {"Product": {**fields, "category_id": mugs, "related_categories": [kitchen]}})
        assert api.call("DELETE", f"/categories/{kitchen}").get_json()["message"] == "Deleted"
        assert api.call("GET", f"/categories/{kitchen}").status_code == 404
        roots = [root["Category"]["id"] for root in api.get("/categories/tree")["Category"]]
        assert roots == [mugs]
        first, second = (api.get(f"/products/{number}")["Product"] for number in (101, 102))
        assert (first["category_id"], first["category_name"], first["all_categories"]) == ("", "", [])
        assert second["all_categories"] == [mugs]

    def test_the_tree_tells_where_products_are(self, api: Caller, branch: dict[str, str]) -> None:
        other = api.post("/categories", {"Category": {"name": "Vazia"}})["id"]
        api.post("/products", {"Product": {"name": "Caneca", "price": "39.90", "category_id": branch["mugs"]}})
        tree = {
            root["Category"]["id"]: root["Category"]["has_product"] for root in api.get("/categories/tree")["Category"]
        }
        assert tree == {branch["kitchen"]: "1", other: "0"}

    def test_a_path_makes_them(self, store: Store, api: Caller) -> None:
        for name in ("Caneca", "Pires"):
            store.add_product(name=name, reference=name, price="9.90", category="Cozinha › Canecas")
        rows = [row["Category"] for row in api.get("/categories")["Categories"]]
        assert [(row["id"], row["parent_id"], row["name"]) for row in rows] == [
            ("25", "", "Cozinha"),
            ("26", "25", "Canecas"),
        ]
        assert api.get("/products/101")["Product"]["category_name"] == "Canecas"
