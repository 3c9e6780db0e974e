"""
A typed client of the Tray Commerce REST API.

    tokens, budget = MemoryTokens(code=…), LocalBudget()
    tray = Tray(api_address=…, consumer_key=…, consumer_secret=…, tokens=tokens, budget=budget)
    for row in tray.orders(modified_from=yesterday, modified_to=today):
        order = tray.complete_order(row.id)

Bring a `TokenKeeper` and a `Budget` of your own where several processes share a store.
"""

from ahead.tray.authorisation import MemoryTokens, TokenKeeper, api_address_of, authorise_url
from ahead.tray.budget import Budget, LocalBudget
from ahead.tray.catalogue_values import (
    Brand,
    Category,
    DistributionCenter,
    KitRow,
    KitRowFields,
    Metatags,
    Product,
    Property,
    PropertyValue,
    StoreInfo,
    Variant,
)
from ahead.tray.client import Tray
from ahead.tray.errors import (
    DailyQuotaSpent,
    InvalidRequest,
    MethodNotAllowed,
    NeedsReauthorisation,
    NotFound,
    OutcomeUnknown,
    QuotaHeldBack,
    RateLimited,
    Refused,
    StoreBlocked,
    StoreCancelled,
    StoreInactive,
    TrayBroken,
    TrayError,
    TrayUnreachable,
    Unauthorised,
    Unreadable,
)
from ahead.tray.invoice_calls import Invoice, ProductCfop
from ahead.tray.order_reading import fingerprint, order_row_of, read_complete_order
from ahead.tray.reading import BRASILIA
from ahead.tray.redact import quieten_http_logs, scrub
from ahead.tray.values import (
    Address,
    Axis,
    CompleteOrder,
    Coupon,
    Customer,
    Marketplace,
    MercadoLivreSale,
    OrderDetail,
    OrderInvoice,
    OrderItem,
    OrderMoney,
    OrderPayment,
    OrderRow,
    OrdersPage,
    OrderStatus,
    Page,
    Paging,
    Payment,
    PickupPoint,
    Tokens,
)
from ahead.tray.writing import Field, Fields, Scalar

__all__ = [
    "BRASILIA",
    "Address",
    "Axis",
    "Brand",
    "Budget",
    "Category",
    "CompleteOrder",
    "Coupon",
    "Customer",
    "DailyQuotaSpent",
    "DistributionCenter",
    "Field",
    "Fields",
    "InvalidRequest",
    "Invoice",
    "KitRow",
    "KitRowFields",
    "LocalBudget",
    "Marketplace",
    "MemoryTokens",
    "MercadoLivreSale",
    "Metatags",
    "MethodNotAllowed",
    "NeedsReauthorisation",
    "NotFound",
    "OrderDetail",
    "OrderInvoice",
    "OrderItem",
    "OrderMoney",
    "OrderPayment",
    "OrderRow",
    "OrderStatus",
    "OrdersPage",
    "OutcomeUnknown",
    "Page",
    "Paging",
    "Payment",
    "PickupPoint",
    "Product",
    "ProductCfop",
    "Property",
    "PropertyValue",
    "QuotaHeldBack",
    "RateLimited",
    "Refused",
    "Scalar",
    "StoreBlocked",
    "StoreCancelled",
    "StoreInactive",
    "StoreInfo",
    "TokenKeeper",
    "Tokens",
    "Tray",
    "TrayBroken",
    "TrayError",
    "TrayUnreachable",
    "Unauthorised",
    "Unreadable",
    "Variant",
    "api_address_of",
    "authorise_url",
    "fingerprint",
    "order_row_of",
    "quieten_http_logs",
    "read_complete_order",
    "scrub",
]
