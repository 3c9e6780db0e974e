"""Products, variants, brands, categories, customers."""

import pytest
from tray_caller import Caller, Clock

from ahead.sandbox.tray import Store
from ahead.sandbox.tray.records import Product, Variant


def test_a_product_is_created_with_its_brand(api: Caller) -> None:
    body = {"Product": {"name": "Caneca", "price": 39.9, "stock": 12, "brand": "Aurora", "ipi_value": "0.05"}}
    assert api.post("/products", body) == {"message": "Created", "id": "101", "code": 201}
    entity = api.get("/products/101")["Product"]
    assert (entity["price"], entity["stock"], entity["brand_id"]) == ("39.90", "12", "9")
    assert (entity["ipi"], entity["slug"]) == ("0.05", "caneca")
    assert api.get("/brands")["Brands"] == [{"Brand": {"id": "9", "slug": "aurora", "brand": "Aurora"}}]
    assert api.call("POST", "/products", {"Product": {"name": "Sem preço"}}).status_code == 400


def test_a_product_is_changed_and_deleted(api: Caller, store: Store, mug: Product, clock: Clock) -> None:
    clock.forward(minutes=5)
    body = {"Product": {"stock": "118", "price": "42.90", "promotional_price": "39.90"}}
    assert api.put(f"/products/{mug.id}", body)["message"] == "Saved"
    entity = api.get(f"/products/{mug.id}")["Product"]
    assert (entity["stock"], entity["price"], entity["current_price"]) == ("118", "42.90", "39.90")
    assert (entity["name"], entity["modified"]) == ("Caneca Esmaltada 350ml", "2026-11-23 10:05:00")
    assert api.call("DELETE", f"/products/{mug.id}").get_json()["message"] == "Deleted"
    assert api.call("PUT", f"/products/{mug.id}", body).status_code == 404


def test_price_zero_is_on_request(api: Caller) -> None:
    api.post("/products", {"Product": {"name": "Kit", "price": 0}})
    assert api.get("/products/101")["Product"]["upon_request"] == "1"


def test_a_variant_is_written_flat_and_read_with_sku(api: Caller, store: Store, mug: Product) -> None:
    body = {"product_id": str(mug.id), "type_1": "Cor", "value_1": "Azul", "stock": "4", "price": "41.00"}
    assert api.post("/products/variants/", {"Variant": body})["id"] == "2001"
    entity = api.get("/products/variants/2001")["Variant"]
    assert entity["Sku"] == [{"type": "Cor", "value": "Azul"}]
    assert store.product_stock(mug.id) == 4
    api.put("/products/variants/2001", {"Variant": {"stock": "15"}})
    assert store.variant_stock(2001) == 15
    api.put(f"/products/{mug.id}", {"Product": {"stock": "99"}})
    assert store.product_stock(mug.id) == 15, "the stock of a product with variants lies in the variants"
    assert api.call("DELETE", "/products/variants/2001").status_code == 200
    assert api.get(f"/products/{mug.id}")["Product"]["has_variation"] == "0"


@pytest.mark.parametrize(
    "body",
    [
        {"type_1": "Cor", "value_1": "Azul"},
        {"product_id": "101", "value_1": "Azul"},
        {"product_id": "101", "type_1": "Cor", "value_1": "Azul", "type_2": "Tamanho"},
        {"product_id": "101", "type_1": "Cor", "value_1": "Azul", "value_2": "P"},
        {"product_id": "101", "type_1": "Cor", "value_1": "Azul", "type_2": "cor", "value_2": "P"},
        {"product_id": "101", "type_1": "A", "value_1": "1", "type_2": "B", "value_2": "2", "type_3": "C"},
        {"product_id": "101", "type_1": "Cor", "value_1": "Azul", "price": "12,50"},
        {"product_id": "101", "type_1": "Cor", "value_1": "Azul", "picture_source_1": "https://cdn.test/a.gif"},
    ],
)
def test_a_variant_that_cannot_be(api: Caller, mug: Product, body: dict[str, str]) -> None:
    assert api.call("POST", "/products/variants", {"Variant": body}).status_code == 400


def test_the_same_combination_twice_is_answered_with_an_id_that_does_not_exist(
    api: Caller, store: Store, shirt: Variant
) -> None:
    twin = {"product_id": "101", "type_1": "Tamanho", "value_1": "p", "type_2": "Cor", "value_2": "preta", "stock": 99}
    answer = api.post("/products/variants", {"Variant": twin})
    assert api.call("GET", f"/products/variants/{answer['id']}").status_code == 404
    rows = [row["Variant"] for row in api.get("/products/variants", product_id="101")["Variants"]]
    assert [(row["id"], row["stock"]) for row in rows] == [("2001", "15"), ("2002", "20")]


def test_a_variant_posted_with_sku_is_created_and_not_to_be_found(api: Caller, store: Store, mug: Product) -> None:
    body = {"product_id": str(mug.id), "stock": 4, "Sku": [{"type": "Cor", "value": "Azul"}]}
    answer = api.post("/products/variants", {"Variant": body})
    assert answer["message"] == "Created"
    assert api.call("GET", f"/products/variants/{answer['id']}").status_code == 404
    assert api.get(f"/products/{mug.id}")["Product"]["has_variation"] == "0"


def test_siblings_share_their_axes(api: Caller, store: Store, shirt: Variant) -> None:
    other = {"product_id": "101", "type_1": "Cor", "value_1": "Azul"}
    refused = api.call("POST", "/products/variants", {"Variant": other})
    assert (refused.status_code, list(refused.get_json()["errors"])) == (400, ["type_1"])
    for body in ({"type_2": "Manga"}, {"value_2": "M"}):
        assert api.call("PUT", f"/products/variants/{shirt.id}", {"Variant": body}).status_code == 400
    api.put(f"/products/variants/{shirt.id}", {"Variant": {"value_2": "GG"}})
    assert api.get(f"/products/variants/{shirt.id}")["Variant"]["Sku"][1]["value"] == "GG"


def test_a_kit_has_no_variants(api: Caller, store: Store, mug: Product) -> None:
    kit = store.add_kit(name="Par", reference="KIT-PAR", components=[(mug, 2)])
    body = {"product_id": str(kit.id), "type_1": "Cor", "value_1": "Azul"}
    assert api.call("POST", "/products/variants", {"Variant": body}).status_code == 400


def test_variants_of_a_product(api: Caller, shirt: Variant) -> None:
    assert api.get("/products/variants", product_id=shirt.product_id)["paging"]["total"] == 2
    assert api.get("/products/variants", reference="CAM-BAS-P")["Variants"][0]["Variant"]["id"] == "2002"


def test_brands_have_a_brand_and_no_name(api: Caller) -> None:
    refused = api.call("POST", "/products/brands", {"Brand": {"name": "Aurora"}})
    assert refused.status_code == 400
    assert refused.get_json()["causes"] == ["brand: campo obrigatório"]
    made = api.post("/products/brands", {"Brand": {"brand": "Aurora"}})["id"]
    assert api.put(f"/brands/{made}", {"Brand": {"brand": "Aurora Casa"}})["message"] == "Saved"
    assert api.get(f"/brands/{made}")["Brand"]["brand"] == "Aurora Casa"
    assert api.call("DELETE", f"/products/brands/{made}").status_code == 200


def test_changing_a_category_answers_created(api: Caller) -> None:
    made = api.post("/categories/", {"Category": {"name": "Cozinha"}})["id"]
    answer = api.call("PUT", f"/categories/{made}", {"Category": {"name": "Mesa"}})
    assert (answer.status_code, answer.get_json()) == (201, {"message": "Created", "id": made, "code": 201})
    assert api.get("/categories", name="mesa")["paging"]["total"] == 1
    assert api.call("POST", "/categories", {"Category": {"name": "X", "parent_id": "99"}}).status_code == 400


def test_customers_and_their_addresses(api: Caller, store: Store) -> None:
    body = {"name": "Maria", "email": "maria@exemplo.test", "cpf": "52998224725", "city": "Marília"}
    made = api.post("/customers", {"Customer": body})["id"]
    address = {"customer_id": made, "address": "Rua das Flores", "country": "BRA", "type": "1"}
    place = api.post("/customers/addresses", {"CustomerAddress": address})["id"]
    entity = api.get(f"/customers/{made}")["Customer"]
    assert entity["CustomerAddress"] == [{"id": place}]
    assert entity["birth_date"] == "0000-00-00"
    assert api.get(f"/customers/addresses/{place}")["CustomerAddress"]["country"] == "Brasil"
    api.put(f"/customers/{made}", {"Customer": {"phone": "1434546185", "city": "Bauru"}})
    entity = api.get(f"/customers/{made}")["Customer"]
    assert (entity["phone"], entity["city"]) == ("1434546185", "Marília")
    assert api.call("DELETE", f"/customers/addresses/{place}").status_code == 200
    store.switches.birth_date_required = True
    assert api.call("POST", "/customers", {"Customer": body}).status_code == 400
