"""Every address of the screens: Portuguese nouns for people, English route names for code."""

from __future__ import annotations

from django.contrib.auth.views import LogoutView
from django.urls import URLPattern, URLResolver, include, path

from ahead.web import (
    accounts,
    adoption,
    bulk,
    categories,
    connection,
    customers,
    forgotten,
    gallery,
    home,
    listing_images,
    listing_variants,
    listings,
    members,
    new_order,
    orders,
    pending,
    pictures,
    products,
    search,
    spreadsheets,
    store_centers,
    store_settings,
    stores,
    sync,
    sync_logs,
    trail,
    warehouses,
)

_sync = [
    path("", sync.orders_tab, name="orders"),
    path("<int:store_id>/execucoes/", sync.ask, name="ask"),
    path("logs/", sync_logs.logs, name="logs"),
    path("logs/planilha/", sync_logs.log_sheet, name="log_sheet"),
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
    path("planilha/", pending.sheet, name="sheet"),
    path("<int:matter_id>/", pending.matter, name="matter"),
    path("<int:matter_id>/vinculo/", pending.link, name="link"),
    path("<int:matter_id>/produto/", pending.new_product, name="new_product"),
    path("<int:matter_id>/aceite/", pending.acceptance, name="acceptance"),
    path("<int:matter_id>/aceite-kit/", pending.kit_acceptance, name="kit_acceptance"),
    path("<int:matter_id>/liberacao/", pending.clearance, name="clearance"),
    path("<int:matter_id>/nova-tentativa/", pending.another_try, name="another_try"),
    path("<int:matter_id>/dispensa/", pending.dismissal, name="dismissal"),
    path("<int:matter_id>/reabertura/", pending.reopening, name="reopening"),
]
_stores = [
    path("", stores.store_list, name="list"),
    path("planilha/", stores.sheet, name="sheet"),
    path("nova/", stores.new, name="new"),
    path("<int:store_id>/", stores.store, name="store"),
    path("<int:store_id>/edicao/", stores.edit, name="edit"),
    path("<int:store_id>/status/", store_settings.statuses, name="statuses"),
    path("<int:store_id>/agenda/", store_settings.schedule, name="schedule"),
    path("<int:store_id>/centros/", store_centers.mapping, name="centers"),
    path("<int:store_id>/pausa/", stores.pause, name="pause"),
    path("<int:store_id>/retomada/", stores.resume, name="resume"),
    path("<int:store_id>/teste/", connection.test, name="test"),
    path("<int:store_id>/conexao/", connection.connection, name="connection"),
    path("<int:store_id>/conexao/retorno/", connection.connection_return, name="connection_return"),
]
_categories = [
    path("", categories.category_list, name="list"),
    path("planilha/", categories.sheet, name="sheet"),
    path("loja/<int:store_id>/", categories.category_list, name="of_store"),
    path("loja/<int:store_id>/planilha/", categories.sheet, name="sheet_of_store"),
    path("nova/", categories.new, name="new"),
    path("<int:category_id>/", categories.category, name="category"),
    path("<int:category_id>/edicao/", categories.edit, name="edit"),
    path("<int:category_id>/passo/", categories.step, name="step"),
    path("<int:category_id>/lugar/", categories.place, name="place"),
    path("<int:category_id>/exclusao/", categories.removal, name="removal"),
    path("<int:category_id>/recriacao/", categories.recreation, name="recreation"),
]
_products = [
    path("", products.product_list, name="list"),
    path("planilha/", products.sheet, name="sheet"),
    path("opcoes/", products.options, name="options"),
    path("edicao-em-lote/", bulk.products, name="bulk"),
    path("kit/", products.kit_figures, name="kit_figures"),
    path("novo/", products.new, name="new"),
    path("<int:product_id>/", products.product, name="product"),
    path("<int:product_id>/edicao/", products.edit, name="edit"),
    path("<int:product_id>/ativacao/", products.activate, name="activate"),
    path("<int:product_id>/desativacao/", products.deactivate, name="deactivate"),
    path("anuncios/<int:variant_id>/vinculo/", products.unlink, name="unlink"),
]
_listings = [
    path("", listings.listing_list, name="list"),
    path("planilha/", listings.sheet, name="sheet"),
    path("edicao-em-lote/", bulk.listings, name="bulk"),
    path("novo/", listings.new, name="new"),
    path("trazer-do-tray/", adoption.adoptions, name="adoptions"),
    path("<int:listing_id>/", listings.listing, name="listing"),
    path("<int:listing_id>/edicao/", listings.edit, name="edit"),
    path("<int:listing_id>/exclusao/", listings.deletion, name="deletion"),
    path("<int:listing_id>/permanencia/", listings.keeping, name="keeping"),
    path("<int:listing_id>/entrega-a-loja/", listings.leaving, name="leaving"),
    path("<int:listing_id>/variacoes/", listing_variants.variants, name="variants"),
    path("<int:listing_id>/variacoes/combinacoes/", listing_variants.combine, name="combine"),
    path("<int:listing_id>/variacoes/nova/", listing_variants.add, name="add_variant"),
    path("<int:listing_id>/variacoes/<int:variant_id>/remocao/", listing_variants.remove, name="remove_variant"),
    path("<int:listing_id>/imagens/", listing_images.images, name="images"),
    path("<int:listing_id>/imagens/ordem/", listing_images.order, name="order_images"),
    path("<int:listing_id>/imagens/<int:image_id>/remocao/", listing_images.remove, name="remove_image"),
]
_spreadsheets = [
    path("", spreadsheets.sheet_list, name="list"),
    path("planilha/", spreadsheets.sheet, name="export"),
    path("nova/", spreadsheets.new, name="new"),
    path("modelo/<slug:kind>/", spreadsheets.model, name="model"),
    path("<int:sheet_id>/", spreadsheets.one_sheet, name="sheet"),
    path("<int:sheet_id>/linhas-com-erro/", spreadsheets.wrong, name="wrong"),
    path("<int:sheet_id>/aplicacao/", spreadsheets.application, name="application"),
    path("<int:sheet_id>/descarte/", spreadsheets.discarding, name="discarding"),
]
_warehouses = [
    path("", warehouses.warehouse_list, name="list"),
    path("planilha/", warehouses.sheet, name="sheet"),
    path("novo/", warehouses.new, name="new"),
    path("movimento/", warehouses.movement, name="movement"),
    path("<int:warehouse_id>/", warehouses.warehouse, name="warehouse"),
    path("<int:warehouse_id>/edicao/", warehouses.edit, name="edit"),
    path("<int:warehouse_id>/planilha/", warehouses.balance_sheet, name="balance_sheet"),
]
_customers = [
    path("", customers.customer_list, name="list"),
    path("planilha/", customers.sheet, name="sheet"),
    path("<int:customer_id>/", customers.customer, name="customer"),
]
_members = [
    path("", members.member_list, name="list"),
    path("planilha/", members.sheet, name="sheet"),
    path("<int:user_id>/papel/", members.role, name="role"),
    path("<int:user_id>/saida/", members.removal, name="removal"),
    path("<int:user_id>/senha/", members.password, name="password"),
]

of_company: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("busca/", search.search, name="search"),
    path("sincronizacao/", include((_sync, "sync"))),
    path("pedidos/", include((_orders, "orders"))),
    path("pendencias/", include((_pending, "pending"))),
    path("lojas/", include((_stores, "stores"))),
    path("categorias/", include((_categories, "categories"))),
    path("produtos/", include((_products, "products"))),
    path("produtos-ecommerce/", include((_listings, "listings"))),
    path("estoques/", include((_warehouses, "warehouses"))),
    path("planilhas/", include((_spreadsheets, "spreadsheets"))),
    path("clientes/", include((_customers, "customers"))),
    path("membros/", include((_members, "members"))),
    path("historico/<slug:kind>/<int:subject_id>/", trail.trail, name="trail"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", accounts.start, name="start"),
    path("entrar/", accounts.LogIn.as_view(), name="login"),
    path("sair/", LogoutView.as_view(), name="logout"),
    path("senha/", accounts.account, name="account"),
    path("senha/esquecida/", forgotten.forgotten, name="forgotten"),
    path("senha/nova/", forgotten.new_password, name="new_password"),
    path("senha/nova/<str:who>/<str:token>/", forgotten.password_link, name="password_link"),
    path("empresa/", accounts.company_switch, name="company_switch"),
    path("componentes/", gallery.gallery, name="gallery"),
    path("imagens/<slug:company>/<slug:digest>.<slug:extension>", pictures.picture, name="picture"),
    path("saude", accounts.health, name="health"),
    path("<slug:company>/", include(of_company)),
]
