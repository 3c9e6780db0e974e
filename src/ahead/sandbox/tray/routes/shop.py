"""The store itself: its description and its users."""

from ahead.sandbox.tray.answers import Answer, Call
from ahead.sandbox.tray.routes.routing import Route

NOTHING = {"http": "", "https": ""}


def read_shop(call: Call) -> Answer:
    """Describe the store."""
    store = call.store
    logo = f"images.tcdn.test/img/img_prod/{store.store_id}/logotipo.png"
    return Answer(
        {
            "id": str(store.store_id),
            "name": store.name,
            "company_name": f"{store.name} Comércio LTDA",
            "cnpj": store.cnpj,
            "address": "Rua das Amostras, 123",
            "postal_code": "01001-000",
            "city": "São Paulo",
            "state": "SP",
            "country": "Brasil",
            "phone_number_1": "(11)3333-0000",
            "phone_number_2": "(11)99999-0000",
            "phone_number_3": "",
            "email_1": f"contato@{store.host}",
            "email_2": "",
            "office_hour": "",
            "uri": f"http://{store.host}",
            "secure_uri": f"https://{store.host}",
            "logo": {"http": f"http://{logo}", "https": f"https://{logo}"},
            "logo_mobile": NOTHING,
            "user": "",
            "internal_status": "ativa",
            "favicon": NOTHING,
            "messages": {"footer": "Mensagem do rodapé da loja."},
        }
    )


def list_users(call: Call) -> Answer:
    """List the people who administer the store."""
    user = {"id": "1", "name": "admin", "email": f"admin@{call.store.host}", "active": "1"}
    paging = {"total": 1, "page": 1, "offset": 0, "limit": 30, "maxLimit": 50}
    return Answer(
        {
            "paging": paging,
            "sort": [{"id": "asc"}],
            "availableFilters": [],
            "appliedFilters": [],
            "Users": [{"User": user}],
        }
    )


ROUTES = (Route("GET", "/info", read_shop), Route("GET", "/users", list_users))
