"""Products of the company, and how a store lists them."""

from __future__ import annotations

from django.db import models

from ahead.db.tenancy import TenantModel


class Product(TenantModel):
    """What the company buys, stocks and sells: one SKU."""

    code = models.CharField("Código AHEAD", max_length=30)
    reference = models.CharField("Referência (SKU)", max_length=120, blank=True)
    gtin = models.CharField("GTIN", max_length=14, blank=True)
    name = models.CharField("Descrição", max_length=200)
    ncm = models.CharField("NCM", max_length=8, blank=True)
    unit = models.CharField("Unidade", max_length=6, default="UN")
    brand = models.CharField("Marca", max_length=120, blank=True)
    weight_g = models.PositiveIntegerField("Peso (g)", default=0)
    cost = models.DecimalField("Custo", max_digits=12, decimal_places=2, default=0)
    price = models.DecimalField("Preço", max_digits=12, decimal_places=2, default=0)
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
        ]
        indexes = [
            models.Index(fields=["company", "gtin"], name="product_by_gtin"),
            models.Index(fields=["company", "name"], name="product_by_name"),
            # the constraint's own index is partial: SQLite does not use it to look a list of references up
            models.Index(fields=["company", "reference"], name="product_by_reference"),
        ]

    def __str__(self) -> str:
        return f"{self.code} · {self.name}"


class Listing(TenantModel):
    """A Produto Ecommerce: a product as one store offers it."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="listings")
    tray_id = models.BigIntegerField()
    title = models.CharField(max_length=200)
    reference = models.CharField(max_length=120, blank=True)
    has_variants = models.BooleanField(default=False)
    is_kit = models.BooleanField(default=False)  # Tray controls the kit; its stock is never pushed
    gone_at = models.DateTimeField(null=True)  # deleted at Tray
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "tray_id"], name="one_listing_per_tray_product")]

    def __str__(self) -> str:
        return self.title


class ListingVariant(TenantModel):
    """
    One sellable SKU of a listing; a listing without variants has exactly one, with `tray_variant_id` 0.

    This is the link between Tray's ids and a product of ours. Without a product it is not linked: its orders
    are held and its stock is not pushed.
    """

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+")
    listing = models.ForeignKey(Listing, on_delete=models.CASCADE, related_name="variants")
    tray_product_id = models.BigIntegerField()
    tray_variant_id = models.BigIntegerField(default=0)
    reference = models.CharField(max_length=120, blank=True)
    gtin = models.CharField(max_length=14, blank=True)
    axes = models.CharField(max_length=200, blank=True)  # "Cor: Preta · Tamanho: P"
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT, related_name="listing_variants")
    linked_by = models.CharField(max_length=150, blank=True)  # "referência", "GTIN", or a person
    linked_at = models.DateTimeField(null=True)

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
