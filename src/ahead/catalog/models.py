"""Products of the company, and how each store offers them: categories, listings, variants, and what Tray confirmed."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q

from ahead.catalog.offered import TrayIds
from ahead.catalog.rules import ORIGENS
from ahead.db.tenancy import TenantModel


class Product(TenantModel):
    """
    What the company buys, stocks and sells: one SKU. A kit ("Produto possui kit") is one as well, but has no stock:
    what can be assembled of it follows from its components.
    """

    code = models.CharField("Código AHEAD", max_length=30)
    reference = models.CharField("Referência (SKU)", max_length=120, blank=True)
    gtin = models.CharField("GTIN", max_length=14, blank=True)
    name = models.CharField("Descrição", max_length=200)
    ncm = models.CharField("NCM", max_length=8, blank=True)
    origem = models.CharField("Origem da mercadoria", max_length=1, default="0")  # table A of the CST: rules.ORIGENS
    cest = models.CharField("CEST", max_length=7, blank=True)
    unit = models.CharField("Unidade", max_length=6, default="UN")
    brand = models.CharField("Marca", max_length=120, blank=True)
    model = models.CharField("Modelo", max_length=150, blank=True)
    warranty = models.CharField("Garantia", max_length=250, blank=True)
    weight_g = models.PositiveIntegerField("Peso (g)", default=0)
    length_cm = models.PositiveIntegerField("Comprimento (cm)", default=0)
    width_cm = models.PositiveIntegerField("Largura (cm)", default=0)
    height_cm = models.PositiveIntegerField("Altura (cm)", default=0)
    cost = models.DecimalField("Custo", max_digits=12, decimal_places=2, default=0)
    price = models.DecimalField("Preço", max_digits=12, decimal_places=2, default=0)
    is_kit = models.BooleanField("Produto possui kit", default=False)
    is_active = models.BooleanField("Ativo", default=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["company", "code"], name="one_product_per_code"),
            models.UniqueConstraint(
                fields=["company", "reference"],
                condition=~models.Q(reference=""),
                name="one_product_per_reference",
            ),
            models.CheckConstraint(condition=Q(origem__in=list(ORIGENS)), name="product_has_known_origem"),
        ]
        indexes = [
            models.Index(fields=["company", "gtin"], name="product_by_gtin"),
            models.Index(fields=["company", "name"], name="product_by_name"),
            # the constraint's own index is partial: SQLite does not use it to look a list of references up
            models.Index(fields=["company", "reference"], name="product_by_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"


class KitComponent(TenantModel):
    """One component of a kit: how many of it, and at which price inside the kit."""

    class PriceRule(models.TextChoices):
        STORE = "1", "Preço da loja"  # Tray's own codes (page "Kits")
        DISCOUNTED = "2", "Com desconto"

    class Discount(models.TextChoices):
        AMOUNT = "$", "R$"
        PERCENT = "%", "%"

    kit = models.ForeignKey(Product, on_delete=models.CASCADE, related_name="components")
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="kits_with_it")
    position = models.PositiveIntegerField(default=0)
    quantity = models.PositiveIntegerField("Quantidade", default=1)
    price_rule = models.CharField(max_length=1, choices=PriceRule.choices, default=PriceRule.STORE)
    discount_type = models.CharField(max_length=1, choices=Discount.choices, default=Discount.AMOUNT)
    discount_value = models.DecimalField("Desconto", max_digits=12, decimal_places=2, default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kit", "product"], name="one_row_per_component"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="component_has_quantity"),
        ]
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.quantity} x {self.product_id}"


class Publication(TenantModel):
    """
    What Tray was told of a row, by part: `confirmed` is what it said it saved, `sent` what went out since.

    A part that was sent and never confirmed may be saved or not: its fields count as changed until a write succeeds,
    and keep what was not answered as `sent` while what goes out is what was confirmed before.
    """

    confirmed: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    confirmed_at = models.DateTimeField(null=True)
    sent: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    sent_at = models.DateTimeField(null=True)
    creating_at = models.DateTimeField(null=True)  # a creation went out and was not answered: look before repeating
    problem = models.CharField(max_length=300, blank=True)  # why the last write failed; empty once one worked

    class Meta:
        abstract = True


class Category(Publication):
    """A Categoria of one store. Its code is its place in the list; parents may be nested."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="categories")
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="children")
    code = models.PositiveIntegerField("Código")
    name = models.CharField("Nome", max_length=255)
    description = models.TextField("Descrição", blank=True)
    small_description = models.CharField("Descrição curta", max_length=500, blank=True)
    title = models.CharField("Título da página", max_length=255, blank=True)
    slug = models.CharField("Endereço na loja", max_length=255, blank=True)
    keywords = models.CharField("Palavras-chave", max_length=256, blank=True)
    meta_description = models.CharField("Descrição para buscadores", max_length=256, blank=True)
    tray_id = models.BigIntegerField(null=True)
    is_dirty = models.BooleanField(default=True)  # may differ from what Tray has: the next sync looks
    changes = models.PositiveIntegerField(default=0)  # counts the markings: one that comes during a sync is not lost
    removed_at = models.DateTimeField(null=True)  # to be deleted at Tray by the next sync, then here
    gone_at = models.DateTimeField(null=True)  # deleted at Tray
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            # one that only waits to be deleted at Tray holds no place in the list
            models.UniqueConstraint(
                fields=["store", "code"], condition=Q(removed_at=None), name="one_category_per_code"
            ),
            models.UniqueConstraint(fields=["store", "tray_id"], name="one_category_per_tray_id"),
        ]
        indexes = [models.Index(fields=["store"], condition=Q(is_dirty=True), name="categories_to_look_at")]
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Listing(TenantModel):
    """
    A Produto Ecommerce: a product as one store offers it.

    One that was only seen at Tray (`is_managed` is false) is linked for orders and stock; its texts and prices are the
    store's own, and nothing but stock is written. A managed one is AHEAD's: what changes here goes to Tray.
    What belongs to the SKU (GTIN, NCM, brand, weight, sizes) is said by the product, never twice.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="listings")
    tray_id = models.BigIntegerField(null=True)  # None: not at Tray
    title = models.CharField("Título", max_length=200)
    reference = models.CharField("Referência", max_length=120, blank=True)
    has_variants = models.BooleanField("Tem variações", default=False)
    is_kit = models.BooleanField(default=False)  # Tray controls the kit; its stock is never pushed
    gone_at = models.DateTimeField(null=True)  # deleted at Tray
    seen_at = models.DateTimeField(null=True)  # None: never seen at Tray

    is_managed = models.BooleanField(default=False)
    is_draft = models.BooleanField("Rascunho", default=False)  # unfinished: no sync sends it
    is_dirty = models.BooleanField(default=False)  # may differ from what Tray has: the next sync looks
    changes = models.PositiveIntegerField(default=0)  # counts the markings: one that comes during a sync is not lost
    new_tray_id = models.BigIntegerField(null=True)  # a kit that is being composed anew at Tray, not complete yet
    removed_at = models.DateTimeField(null=True)  # to be deleted at Tray by the next sync
    adoption_asked_at = models.DateTimeField(null=True)  # the next sync makes it AHEAD's own, as it is at Tray
    adoption_asked_by = models.CharField(max_length=150, blank=True)
    created_at = models.DateTimeField(null=True)
    updated_at = models.DateTimeField(null=True)

    category = models.ForeignKey(Category, null=True, on_delete=models.PROTECT, related_name="listings")
    description_small = models.CharField("Descrição curta", max_length=500, blank=True)
    description = models.TextField("Descrição", blank=True)  # HTML, sanitised, at most 4,800 characters
    price = models.DecimalField("Preço nesta loja", max_digits=12, decimal_places=2, null=True)  # None: the product's
    is_price_on_request = models.BooleanField("Preço sob consulta", default=False)  # sent to Tray as price 0
    promotional_price = models.DecimalField("Preço promocional", max_digits=12, decimal_places=2, null=True)
    promotion_starts_on = models.DateField("Promoção de", null=True)  # Brasília's days, both included
    promotion_ends_on = models.DateField("Promoção até", null=True)
    is_visible = models.BooleanField("Visível na loja", default=True)
    availability = models.CharField("Disponibilidade", max_length=120, blank=True)
    availability_days = models.PositiveIntegerField("Dias para envio", default=0)
    is_virtual = models.BooleanField("Produto virtual", default=False)
    releases_on = models.DateField("Lançamento", null=True)
    page_title = models.CharField("Título da página", max_length=200, blank=True)
    keywords = models.CharField("Palavras-chave", max_length=256, blank=True)
    meta_description = models.CharField("Descrição para buscadores", max_length=256, blank=True)
    axis_1 = models.CharField("Primeira variação", max_length=60, blank=True)  # "Cor"
    axis_2 = models.CharField("Segunda variação", max_length=60, blank=True)  # "Tamanho"

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["store", "tray_id"], name="one_listing_per_tray_product"),
            models.CheckConstraint(condition=Q(is_managed=True) | Q(tray_id__isnull=False), name="unmanaged_at_tray"),
        ]
        indexes = [
            models.Index(fields=["store"], condition=Q(is_dirty=True), name="listings_to_look_at"),
            models.Index(fields=["store", "title"], name="listings_by_title"),
        ]

    def __str__(self) -> str:
        return self.title


class ListingPublication(Publication):
    """What Tray was told of a listing: the parts data, price, images, specifications, kit."""

    listing = models.OneToOneField(Listing, on_delete=models.CASCADE, related_name="publication")

    def __str__(self) -> str:
        return f"publication of listing {self.listing_id}"


class FormerTrayId(TenantModel):
    """An id that a listing had at Tray before: a kit that is composed anew gets another one, and old orders name it."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="former_tray_ids")
    tray_id = models.BigIntegerField()
    components: models.JSONField[list[list[int]], list[list[int]]] = models.JSONField(default=list)  # [product, units]
    until = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True)  # None: still to be deleted at Tray

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "tray_id"], name="one_listing_per_former_id")]
        ordering = ["-until"]

    def __str__(self) -> str:
        return f"{self.tray_id} until {self.until:%d/%m/%Y}"


class ListingCategory(TenantModel):
    """An additional category of a listing."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="additional_categories")
    category = models.ForeignKey(Category, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "category"], name="additional_category_once")]

    def __str__(self) -> str:
        return f"{self.listing_id} also in {self.category_id}"


class ListingSpecification(TenantModel):
    """A characteristic (característica) of a listing: "Material: Algodão"."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="specifications")
    position = models.PositiveIntegerField(default=0)
    name = models.CharField("Característica", max_length=100)
    value = models.CharField("Valor", max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "name"], name="one_value_per_specification")]
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return f"{self.name}: {self.value}"


class StoreProperty(TenantModel):
    """A property (característica) as a store lists it, with Tray's id, which product specifications are written by."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+")
    tray_id = models.BigIntegerField()
    name = models.CharField(max_length=100)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "tray_id"], name="one_property_per_tray_id")]

    def __str__(self) -> str:
        return self.name


class ListingVariant(TenantModel):
    """
    One sellable SKU of a listing; a listing without variants has exactly one, with `tray_variant_id` 0.

    This is the link between Tray's ids and a product of ours. Without a product it is not linked: its orders
    are held and its stock is not pushed. Without Tray's ids (None) it is not there yet: the next sync makes it.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="variants")
    tray_product_id = models.BigIntegerField(null=True)
    tray_variant_id = models.BigIntegerField(null=True, default=0)
    reference = models.CharField(max_length=120, blank=True)  # in the store; the product has one of its own
    gtin = models.CharField(max_length=14, blank=True)
    axes = models.CharField(max_length=200, blank=True)  # "Cor: Preta · Tamanho: P"
    position = models.PositiveIntegerField(default=0)
    value_1 = models.CharField(max_length=60, blank=True)  # of the listing's first axis: "Preta"
    value_2 = models.CharField(max_length=60, blank=True)
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)  # None: the listing's, or the product's
    promotional_price = models.DecimalField(max_digits=12, decimal_places=2, null=True)  # None: the listing's
    safety_stock = models.PositiveIntegerField("Estoque de segurança", null=True)  # None: the store's
    removed_at = models.DateTimeField(null=True)  # to be deleted at Tray by the next sync, then here
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT, related_name="listing_variants")
    linked_by = models.CharField(max_length=150, blank=True)  # "referência", "GTIN", or a person
    linked_at = models.DateTimeField(null=True)
    unlinked_at = models.DateTimeField(null=True)  # a person undid the link: only a person links it again

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["store", "tray_product_id", "tray_variant_id"], name="one_variant_per_tray_ids"
            )
        ]
        indexes = [
            models.Index(fields=["store", "reference"], name="variant_by_reference"),
            models.Index(fields=["store", "product"], name="variant_by_product"),
        ]

    def __str__(self) -> str:
        return f"{self.tray_product_id}/{self.tray_variant_id}"

    @property
    def tray_ids(self) -> TrayIds | None:
        """The product's and the variant's id at Tray; None while it is not there."""
        if self.tray_product_id is None or self.tray_variant_id is None:
            return None
        return self.tray_product_id, self.tray_variant_id


class VariantPublication(Publication):
    """What Tray was told of a variant: the parts data, price, images. Its stock is in `stock.PublishedStock`."""

    variant = models.OneToOneField(ListingVariant, on_delete=models.CASCADE, related_name="publication")

    def __str__(self) -> str:
        return f"publication of variant {self.variant_id}"


class Picture(TenantModel):
    """An image file that was uploaded: kept once per company, served to Tray at an address that never changes."""

    digest = models.CharField(max_length=64)  # SHA-256 of the bytes
    file = models.FileField(upload_to="imagens", max_length=200)
    format = models.CharField(max_length=4)  # jpg, png
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    size = models.PositiveIntegerField()  # bytes
    added_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "digest"], name="one_picture_per_content")]

    def __str__(self) -> str:
        return f"{self.digest[:12]}.{self.format}"


class ListingImage(TenantModel):
    """One image of a listing, or of one of its variants: uploaded, or at a public address."""

    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="images")
    variant = models.ForeignKey(ListingVariant, null=True, on_delete=models.CASCADE, related_name="images")
    position = models.PositiveIntegerField()
    picture = models.ForeignKey(Picture, null=True, on_delete=models.PROTECT, related_name="+")
    url = models.CharField(max_length=500, blank=True)  # where there is no picture

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(picture__isnull=False) ^ ~Q(url=""), name="image_is_one_thing"),
        ]
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.url or str(self.picture_id)
