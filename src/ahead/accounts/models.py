"""Companies, users, memberships, invitations."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from ahead.db.tenancy import TenantModel


class Company(models.Model):
    """One CNPJ that issues notes: the tenant."""

    name = models.CharField("Nome fantasia", max_length=120)
    legal_name = models.CharField("Razão social", max_length=160, blank=True)
    cnpj = models.CharField("CNPJ", max_length=14, unique=True)
    slug = models.SlugField("Endereço curto", max_length=40, unique=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    """Users are found by their e-mail, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person; what they may do is said by their memberships."""

    email = models.EmailField("E-mail", unique=True)
    name = models.CharField("Nome", max_length=120)
    is_active = models.BooleanField(default=True)
    link_asked_at = models.DateTimeField(null=True)  # the last link by which to choose a new password
    created_at = models.DateTimeField()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return self.name


class Role(models.TextChoices):
    """What a member may do. Each role may do what the ones after it may."""

    STAFF = "staff", "Equipe AHEAD"
    OWNER = "owner", "Responsável"
    OPERATOR = "operator", "Operador"
    READER = "reader", "Somente leitura"


class Membership(TenantModel):
    """A user's place in a company."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "user"], name="one_membership_per_company")]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"


class Invitation(TenantModel):
    """
    A place in a company that was offered to a user, who has none there before they accept.

    :ivar made_account: Whether the user's account was made for it.
    """

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role.choices)
    made_account = models.BooleanField()
    by = models.CharField(max_length=254)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["company", "user"], name="one_invitation_per_company")]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"
