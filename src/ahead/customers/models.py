"""Customers."""

from __future__ import annotations

from django.db import models

from ahead.db.tenancy import TenantModel
from ahead.lib.corrected import Kept


class Customer(TenantModel):
    """A buyer: a person (CPF) or a company (CNPJ)."""

    class IndicadorIe(models.TextChoices):
        DEDUCED = "", "Pelo cadastro: contribuinte se é empresa com IE"
        CONTRIBUTOR = "1", "Contribuinte do ICMS"
        EXEMPT = "2", "Contribuinte isento de inscrição"
        NONE = "9", "Não contribuinte"

    class Kind(models.TextChoices):
        PERSON = "person", "Pessoa física"
        COMPANY = "company", "Pessoa jurídica"

    kind = models.CharField(max_length=8, choices=Kind.choices)
    name = models.CharField("Nome", max_length=300)
    legal_name = models.CharField("Razão social", max_length=300, blank=True)
    document = models.CharField("CPF/CNPJ", max_length=14, blank=True)  # clean; blank when missing or wrong
    inscricao_estadual = models.CharField("Inscrição estadual", max_length=20, blank=True)
    indicador_ie = models.CharField("Contribuinte do ICMS", max_length=1, choices=IndicadorIe.choices, blank=True)
    email = models.CharField("E-mail", max_length=200, blank=True)
    phone = models.CharField("Telefone", max_length=30, blank=True)
    mobile = models.CharField("Celular", max_length=30, blank=True)
    street = models.CharField("Endereço", max_length=200, blank=True)
    number = models.CharField("Número", max_length=60, blank=True)
    complement = models.CharField("Complemento", max_length=120, blank=True)
    district = models.CharField("Bairro", max_length=120, blank=True)
    city = models.CharField("Cidade", max_length=200, blank=True)
    uf = models.CharField("UF", max_length=2, blank=True)
    postal_code = models.CharField("CEP", max_length=8, blank=True)
    # what a person corrected: by column, what the store says of it (`lib.corrected`)
    corrections: models.JSONField[Kept, Kept] = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["company", "document"],
                condition=~models.Q(document=""),
                name="one_customer_per_document",
            )
        ]
        indexes = [
            models.Index(fields=["company", "name"], name="customer_by_name"),
            # the constraint's own index is partial: SQLite does not use it to look a list of documents up
            models.Index(
                fields=["company", "document"],
                opclasses=["int8_ops", "varchar_pattern_ops"],  # the beginning of a document, too
                name="customer_by_document",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CustomerWord(TenantModel):
    """A word of a customer's name, or the e-mail, folded: what `customers.names` looks people up by."""

    LONGEST = 64

    # its own index would say no more than the one of words
    company = models.ForeignKey("accounts.Company", on_delete=models.PROTECT, related_name="+", db_index=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    word = models.CharField(max_length=LONGEST)

    class Meta:
        indexes = [
            models.Index(
                fields=["company", "word", "customer"],
                opclasses=["int8_ops", "varchar_pattern_ops", "int8_ops"],
                name="customer_by_word",
            )
        ]

    def __str__(self) -> str:
        return self.word


class CustomerLink(TenantModel):
    """Which customer of ours a Tray customer of a store is."""

    store = models.ForeignKey("stores.Store", on_delete=models.CASCADE, related_name="+")
    tray_id = models.BigIntegerField()
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="links")
    # the document the store goes on sending for who has another one, as a person said; empty: the customer's own
    said_document = models.CharField(max_length=14, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["store", "tray_id"], name="one_link_per_tray_customer")]

    def __str__(self) -> str:
        return f"{self.tray_id} = {self.customer_id}"
