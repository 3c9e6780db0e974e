"""Addresses of the home, Sincronização, Pedidos and Pendências of a company."""

from django.urls import URLPattern, URLResolver, include, path

from ahead.web import home, new_order, orders, pending, sync

_sync = [
    path("", sync.orders_tab, name="orders"),
    path("<int:store_id>/execucoes/", sync.ask, name="ask"),
    path("logs/", sync.logs, name="logs"),
    path("logs/<int:run_id>/", sync.run, name="run"),
    path("logs/<int:run_id>/planilha/", sync.run_sheet, name="run_sheet"),
]
_orders = [
    path("", orders.order_list, name="list"),
    path("planilha/", orders.sheet, name="sheet"),
    path("novo/", new_order.new, name="new"),
    path("novo/linha/", new_order.row, name="new_row"),
    path("novo/clientes/", new_order.customer_options, name="customer_options"),
    path("novo/produtos/", new_order.product_options, name="product_options"),
    path("<int:order_id>/", orders.order, name="order"),
    path("<int:order_id>/cancelamento/", orders.cancellation, name="cancellation"),
]
_pending = [
    path("", pending.matter_list, name="list"),
    path("<int:matter_id>/", pending.matter, name="matter"),
    path("<int:matter_id>/vinculo/", pending.link, name="link"),
    path("<int:matter_id>/produto/", pending.new_product, name="new_product"),
    path("<int:matter_id>/aceite/", pending.acceptance, name="acceptance"),
    path("<int:matter_id>/liberacao/", pending.clearance, name="clearance"),
    path("<int:matter_id>/nova-tentativa/", pending.another_try, name="another_try"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("sincronizacao/", include((_sync, "sync"))),
    path("pedidos/", include((_orders, "orders"))),
    path("pendencias/", include((_pending, "pending"))),
]
