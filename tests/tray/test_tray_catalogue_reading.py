"""The catalogue as the client reads it, in every shape that was seen."""

from datetime import date
from decimal import Decimal

import httpx2
import pytest
from tray_bodies import Body, list_body, product_body
from tray_stage import Stage, reply, saved

from ahead.tray import Brand, Metatags, NotFound, Property, PropertyValue, Unreadable


def category_body(category_id: int, **changes: object) -> Body:
    return {"id": str(category_id), "parent_id": "", "name": f"C{category_id}", "description": "", **changes}


class TestReadingProducts:
    def test_a_row_of_a_list_leaves_texts_unsaid(self, stage: Stage) -> None:
        stage.on("GET /products", reply(list_body("Products", "Product", [product_body()])))
        (row,) = stage.tray.products()
        unsaid = (row.title, row.description, row.description_small, row.warranty, row.additional_message)
        assert unsaid == (None,) * 5
        assert (row.availability_days, row.ipi, row.current_price, row.release_on) == (None,) * 4
        assert (row.properties, row.metatags) == ((), Metatags(keywords="", description=""))

    def test_one_product_says_all(self, stage: Stage) -> None:
        full = product_body(
            title="",
            description="<p>De ferro.</p>",
            description_small="De ferro",
            warranty="1 ano",
            availability="Imediata",
            availability_days="2",
            additional_message="",
            related_categories=["7", 8, "0", ""],
            Properties={"Cor": ["Preta", "Azul"], "Material": "Ferro", "Vazia": []},
            metatag=[{"type": "Keywords", "content": "ferro"}, {"type": "description", "content": "Panela"}],
            ipi="5.000000",
            upon_request="0",
            virtual_product="",
            release_date="2026-06-01",
            minimum_stock="3",
            current_price="27.90",
        )
        stage.on("GET /products/41", reply({"Product": full}))
        read = stage.tray.product(41)
        assert (read.title, read.description, read.description_small) == ("", "<p>De ferro.</p>", "De ferro")
        assert (read.warranty, read.availability, read.availability_days) == ("1 ano", "Imediata", 2)
        assert (read.additional_message, read.related_category_ids) == ("", (7, 8))
        assert read.properties == (("Cor", "Preta"), ("Cor", "Azul"), ("Material", "Ferro"))
        assert read.metatags == Metatags(keywords="ferro", description="Panela")
        assert (read.ipi, read.is_upon_request, read.is_virtual) == (Decimal(5), False, False)
        assert (read.release_on, read.minimum_stock, read.current_price) == (
            date(2026, 6, 1),
            Decimal(3),
            Decimal("27.90"),
        )

    @pytest.mark.parametrize("empty", [[], {}, "", "0", None])
    def test_quirk_6_nothing_in_every_shape(self, stage: Stage, empty: object) -> None:
        odd = {"Properties": empty, "metatag": empty, "related_categories": empty, "all_categories": empty}
        stage.on("GET /products/41", reply({"Product": {"id": 41, "release_date": "0000-00-00"} | odd}))
        read = stage.tray.product(41)
        assert (read.properties, read.related_category_ids, read.release_on) == ((), (), None)
        assert read.metatags == Metatags(keywords="", description="")
        assert (read.is_upon_request, read.is_virtual, read.images) == (None, None, ())

    def test_missing_keys_say_nothing(self, stage: Stage) -> None:
        stage.on("GET /products/41", reply({"Product": {"id": "41"}}))
        read = stage.tray.product(41)
        assert (read.properties, read.metatags, read.related_category_ids, read.availability) == (None,) * 4


class TestKits:
    def test_rows_of_one_kit(self, stage: Stage) -> None:
        row: Body = {
            "id": "12",
            "product_parent_id": "70",
            "product_id": 43,
            "quantity": "2",
            "price": "17.91",
            "price_rule": "2",
            "discount_type": "%",
            "discount_value": "10.00",
            "ProductVariantKit": [{"ProductVariantKit": {"variant_id": "600"}}, {"variant_id": "0"}],
        }
        bare = {"id": "13", "product_parent_id": "70", "product_id": "41", "quantity": 1, "ProductVariantKit": []}
        stage.on("GET /products/kits", reply(list_body("ProductKits", "ProductKit", [row, bare])))
        discounted, plain = stage.tray.kits(product_parent_id=70)
        assert stage.script.query()["product_parent_id"] == "70"
        assert (discounted.id, discounted.parent_id, discounted.product_id) == (12, 70, 43)
        assert (discounted.quantity, discounted.price, discounted.discount_value) == (2, Decimal("17.91"), 10)
        assert (discounted.price_rule, discounted.discount_type, discounted.variant_ids) == ("2", "%", (600,))
        assert (plain.quantity, plain.price, plain.discount_value, plain.variant_ids) == (1, None, 0, ())

    @pytest.mark.parametrize("lost", ["id", "product_parent_id", "product_id", "quantity"])
    def test_a_row_nobody_could_count_with_is_an_error(self, stage: Stage, lost: str) -> None:
        row = {"id": "12", "product_parent_id": "70", "product_id": "43", "quantity": "2"} | {lost: ""}
        stage.on("GET /products/kits", reply(list_body("ProductKits", "ProductKit", [row])))
        with pytest.raises(Unreadable) as caught:
            stage.tray.kits_page()
        assert caught.value.problems == (f"ProductKits[0].ProductKit.{lost}",)


class TestClassification:
    @pytest.mark.parametrize(("parent", "meant"), [("", None), ("0", None), (0, None), ("25", 25), (25, 25)])
    def test_categories_of_a_list(self, stage: Stage, parent: object, meant: int | None) -> None:
        row = category_body(26, parent_id=parent, Images=[])
        stage.on("GET /categories", reply(list_body("Categories", "Category", [row])))
        (read,) = stage.tray.categories(name="C26")
        assert stage.script.query()["name"] == "C26"
        assert (read.id, read.name, read.parent_id, read.description) == (26, "C26", meant, "")
        assert (read.title, read.slug, read.order, read.has_product) == (None,) * 4

    def test_one_category(self, stage: Stage) -> None:
        said = category_body(26, order="2", title="Panelas", slug="panelas", has_product="1", small_description="p")
        stage.on("GET /categories/26", reply({"Category": said}))
        read = stage.tray.category(26)
        assert (read.order, read.title, read.slug, read.has_product) == (2, "Panelas", "panelas", True)
        assert read.small_description == "p"

    def test_a_tree_is_read_by_its_nesting(self, stage: Stage) -> None:
        leaf = {"Category": category_body(3, children=None, images=[])}
        branch = {"Category": category_body(2, parent_id="99", children=[leaf])}
        roots = [{"Category": category_body(1, children=[branch])}, {"Category": category_body(4, children=[])}]
        stage.on("GET /categories/tree", reply({"Category": roots}))
        assert [(found.id, found.parent_id) for found in stage.tray.category_tree()] == [
            (1, None),
            (2, 1),
            (3, 2),
            (4, None),
        ]
        assert stage.tray.requests_sent == 1

    @pytest.mark.parametrize("body", [[], {}, {"Category": []}])
    def test_a_store_without_categories(self, stage: Stage, body: object) -> None:
        assert stage.on("GET /categories/tree", reply(body)).tray.category_tree() == ()

    @pytest.mark.parametrize(
        ("body", "problem"),
        [({"Other": []}, "Category"), ({"Category": [{"Category": {"name": "x"}}]}, "Category.id")],
    )
    def test_no_tree(self, stage: Stage, body: object, problem: str) -> None:
        stage.on("GET /categories/tree", reply(body))
        with pytest.raises(Unreadable) as caught:
            stage.tray.category_tree()
        assert caught.value.problems == (problem,)

    def test_brands(self, stage: Stage) -> None:
        rows = [{"id": "9", "slug": "forja", "brand": "Forja"}]
        stage.on("GET /products/brands", reply(list_body("Brands", "Brand", rows)))
        assert list(stage.tray.brands(brand="Forja")) == [Brand(id=9, name="Forja")]

    def test_properties_are_asked_for_twice_and_told_once(self, stage: Stage) -> None:
        colour: Body = {"id": "2", "name": "Cor", "PropertyValues": [{"id": "72", "name": "Preta"}]}
        hidden: Body = {"id": "3", "name": "Material", "PropertyValues": []}
        shown = reply(list_body("Properties", "Property", [colour]))
        stage.on("GET /products/properties", shown, reply(list_body("Properties", "Property", [colour, hidden])))
        assert list(stage.tray.properties()) == [
            Property(id=2, name="Cor", values=(PropertyValue(id=72, name="Preta"),)),
            Property(id=3, name="Material", values=()),
        ]
        assert [stage.script.query(n)["active_display"] for n in range(2)] == ["1", "0"]
        list(stage.tray.properties(active_display=False))
        assert stage.tray.requests_sent == 3


class TestCenters:
    def test_centres_of_a_store(self, stage: Stage) -> None:
        row = {"id": "611", "name": "Capital", "city": "Santos", "state": "SP", "priority": "1", "active": "1"}
        body = list_body("DistributionCenters", "DistributionCenter", [row, {"id": 799, "active": "0"}])
        stage.on("GET /multicd/distribution-centers", reply(body))
        first, second = stage.tray.distribution_centers()
        assert (first.id, first.name, first.city, first.state) == (611, "Capital", "Santos", "SP")
        assert (first.is_active, first.priority) == (True, 1)
        assert (second.id, second.is_active, second.priority) == (799, False, None)

    def test_a_store_without_multi_cd(self, stage: Stage) -> None:
        stage.on("GET /multicd/distribution-centers", reply({"code": 404}, 404))
        with pytest.raises(NotFound):
            stage.tray.distribution_centers()

    @pytest.mark.parametrize("kind", ["Product", "Variant"])
    def test_stock_in_a_centre(self, stage: Stage, kind: str) -> None:
        of = {f"{kind.lower()}_id": 43}
        name = f"DistributionCenter{kind}"
        stage.on("PUT /multicd/distribution-centers/611/stock", httpx2.ReadTimeout("slow"), saved())
        stage.tray.set_center_stock(611, stock=0, **of)
        assert stage.script.sent() == {name: {f"{kind.lower()}_id": "43", "stock": "0"}}
        rows = [{name: {"distribution_center_id": "611", "stock": "250"}}, {"distribution_center_id": 799, "stock": 5}]
        stage.on(f"GET /multicd/stock/detailed/{kind.lower()}/43", reply({f"{name}s": rows}))
        assert stage.tray.center_stock(**of) == ((611, Decimal(250)), (799, Decimal(5)))

    @pytest.mark.parametrize(
        ("body", "problem"),
        [
            ({}, "DistributionCenterProducts"),
            ({"DistributionCenterProducts": [{"distribution_center_id": "611", "stock": ""}]}, "stock"),
            ({"DistributionCenterProducts": [{"stock": "5"}]}, "distribution_center_id"),
        ],
    )
    def test_stock_nobody_can_place_is_an_error(self, stage: Stage, body: object, problem: str) -> None:
        stage.on("GET /multicd/stock/detailed/product/43", reply(body))
        with pytest.raises(Unreadable, match=problem):
            stage.tray.center_stock(product_id=43)

    @pytest.mark.parametrize("of", [{}, {"product_id": 1, "variant_id": 2}])
    def test_either_a_product_or_a_variant(self, stage: Stage, of: dict[str, int]) -> None:
        with pytest.raises(ValueError, match="either"):
            stage.tray.center_stock(**of)
        with pytest.raises(ValueError, match="either"):
            stage.tray.set_center_stock(611, stock=1, **of)
        assert stage.script.seen == []
