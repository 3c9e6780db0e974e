"""Which SEFAZ answers for whom: our table beside the one nfelib ships."""

import pytest
from nfelib.nfe.client.v4_0.servers import Endpoint, servers

from ahead.nfe.authorizers import Endpoints, Service, authorizer_of, svc_of
from ahead.nfe.errors import NotOffered, NotSent
from ahead.nfe.ufs import CODES
from ahead.nfe.values import Emission, Environment

THEIRS = {
    Service.STATUS: Endpoint.NFESTATUSSERVICO,
    Service.AUTHORISATION: Endpoint.NFEAUTORIZACAO,
    Service.QUERY: Endpoint.NFECONSULTAPROTOCOLO,
    Service.EVENT: Endpoint.RECEPCAOEVENTO,
    Service.INUTILISATION: Endpoint.NFEINUTILIZACAO,
    Service.REGISTRATION: Endpoint.NFECONSULTACADASTRO,
}
AUTHORIZERS = {authorizer_of(uf, via) for uf in CODES for via in Emission}


def test_every_uf_has_its_authorizer_and_its_helper() -> None:
    assert len(CODES) == 27
    assert len(AUTHORIZERS) == 14
    assert {uf for uf in CODES if authorizer_of(uf) == uf} == {
        "AM",
        "BA",
        "GO",
        "MG",
        "MS",
        "MT",
        "PE",
        "PR",
        "RS",
        "SP",
    }
    assert [uf for uf in CODES if authorizer_of(uf) == "SVAN"] == ["MA"]
    assert authorizer_of("PA") == "SVRS"
    assert {uf for uf in CODES if svc_of(uf) is Emission.SVC_RS} == {"AM", "BA", "GO", "MA", "MS", "MT", "PE", "PR"}
    assert authorizer_of("SP", svc_of("SP")) == "SVC-AN"
    assert authorizer_of("PR", svc_of("PR")) == "SVC-RS"
    with pytest.raises(ValueError, match="XX"):
        authorizer_of("XX")


@pytest.mark.parametrize("authorizer", sorted(AUTHORIZERS))
def test_addresses_are_those_of_the_other_table(authorizer: str) -> None:
    for service in Service:
        for environment, place in (
            (Environment.PRODUCTION, servers[authorizer]["prod_endpoints"]),
            (Environment.HOMOLOGATION, servers[authorizer]["dev_endpoints"]),
        ):
            theirs = place.get(THEIRS[service], "").removesuffix("?wsdl")
            if authorizer.startswith("SVC") and service in {Service.INUTILISATION, Service.REGISTRATION}:
                theirs = ""  # the helpers neither void numbers nor know contributors
            if theirs:
                assert Endpoints().address(authorizer, service, environment) == theirs
            else:
                with pytest.raises(NotOffered):
                    Endpoints().address(authorizer, service, environment)


def test_production_is_never_reached_by_a_rehearsal() -> None:
    for authorizer in AUTHORIZERS:
        for service in (Service.STATUS, Service.AUTHORISATION, Service.QUERY, Service.EVENT):
            real = Endpoints().address(authorizer, service, Environment.PRODUCTION)
            assert real != Endpoints().address(authorizer, service, Environment.HOMOLOGATION)
            assert real.startswith("https://")


def test_everything_can_go_to_one_address() -> None:
    endpoints = Endpoints.all_at("https://127.0.0.1:9443/")
    address = endpoints.address("SVC-AN", Service.AUTHORISATION, Environment.PRODUCTION)
    assert address == "https://127.0.0.1:9443/SVC-AN/NFeAutorizacao4"
    assert issubclass(NotOffered, NotSent)
