"""A certification authority of our own: the server's certificate, and A1 certificates for any CNPJ."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)
from cryptography.x509.oid import ExtendedKeyUsageOID

CNPJ_OF_HOLDER = x509.ObjectIdentifier("2.16.76.1.3.3")
FROM, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2049, 12, 31, tzinfo=UTC)
HOSTS = ("127.0.0.1", "localhost", "::1")
_KEY_FILE, _ROOT_FILE = "autoridade.key", "autoridade.pem"


@dataclass(frozen=True, slots=True)
class Issued:
    """A certificate and its key."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    def pem(self) -> bytes:
        """Return the certificate as PEM."""
        return self.certificate.public_bytes(Encoding.PEM)

    def key_pem(self) -> bytes:
        """Return the key as PEM, not encrypted."""
        return self.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class Authority:
    """Issues certificates that are accepted by those who trust `pem`, and by nobody else."""

    def __init__(self, root: Issued) -> None:
        self.root = root

    @classmethod
    def new(cls, name: str = "AC de Mentira do AHEAD") -> "Authority":
        """Make an authority with a fresh key."""
        key = new_key()
        subject = _name(name)
        unsigned = _described(subject, subject, key.public_key(), key.public_key(), FROM, UNTIL)
        unsigned = unsigned.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        unsigned = unsigned.add_extension(_usage(signs_certificates=True), critical=True)
        return cls(Issued(key, unsigned.sign(key, hashes.SHA256())))

    @classmethod
    def kept_in(cls, folder: Path) -> "Authority":
        """Return the authority of a folder, made there if there is none: who trusts it goes on trusting it."""
        key_file, root_file = folder / _KEY_FILE, folder / _ROOT_FILE
        if key_file.exists() and root_file.exists():
            key = load_pem_private_key(key_file.read_bytes(), None)
            if not isinstance(key, rsa.RSAPrivateKey):
                raise TypeError(f"{key_file} holds no RSA key")
            return cls(Issued(key, x509.load_pem_x509_certificate(root_file.read_bytes())))
        made = cls.new()
        folder.mkdir(parents=True, exist_ok=True)
        key_file.touch(mode=0o600)
        key_file.write_bytes(made.root.key_pem())
        root_file.write_bytes(made.pem())
        return made

    def pem(self) -> bytes:
        """Return the root's certificate as PEM: what a client must trust."""
        return self.root.pem()

    def server(self, hosts: tuple[str, ...] = HOSTS) -> Issued:
        """Issue a certificate for a server at these addresses."""
        names = x509.SubjectAlternativeName([_general_name(host) for host in hosts])
        key = new_key()
        unsigned = self._for_holder("SEFAZ de Mentira", key, FROM, UNTIL).add_extension(names, critical=False)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        return self._signed(key, unsigned.add_extension(usage, critical=False))

    def company(
        self,
        cnpj: str,
        name: str = "EMPRESA DE EXEMPLO LTDA",
        *,
        valid_from: datetime = FROM,
        valid_until: datetime = UNTIL,
        with_alternative_name: bool = True,
        key: rsa.RSAPrivateKey | None = None,
    ) -> Issued:
        """Issue an e-CNPJ; `key` saves making a new one."""
        key = key or new_key()
        unsigned = self._for_holder(f"{name}:{cnpj}", key, valid_from, valid_until)
        if with_alternative_name:
            other = x509.OtherName(CNPJ_OF_HOLDER, bytes((0x04, len(cnpj))) + cnpj.encode())
            unsigned = unsigned.add_extension(x509.SubjectAlternativeName([other]), critical=False)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        return self._signed(key, unsigned.add_extension(usage, critical=False))

    def pfx(self, issued: Issued, password: str) -> bytes:
        """Return an issued certificate with its key and this root, as certification authorities hand it out."""
        encryption = BestAvailableEncryption(password.encode())
        name = b"certificado"
        return pkcs12.serialize_key_and_certificates(
            name, issued.key, issued.certificate, [self.root.certificate], encryption
        )

    def _for_holder(
        self, name: str, key: rsa.RSAPrivateKey, valid_from: datetime, valid_until: datetime
    ) -> x509.CertificateBuilder:
        issuer = self.root.certificate.subject
        unsigned = _described(
            _name(name), issuer, key.public_key(), self.root.key.public_key(), valid_from, valid_until
        )
        unsigned = unsigned.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        return unsigned.add_extension(_usage(signs_certificates=False), critical=True)

    def _signed(self, key: rsa.RSAPrivateKey, unsigned: x509.CertificateBuilder) -> Issued:
        return Issued(key, unsigned.sign(self.root.key, hashes.SHA256()))


def new_key() -> rsa.RSAPrivateKey:
    """Return a fresh RSA key of 2048 bits, as A1 certificates have."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _described(
    subject: x509.Name,
    issuer: x509.Name,
    key: rsa.RSAPublicKey,
    issuer_key: rsa.RSAPublicKey,
    valid_from: datetime,
    valid_until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(valid_from)
        .not_valid_after(valid_until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key), critical=False)
    )


def _name(common_name: str) -> x509.Name:
    parts = {
        x509.NameOID.COUNTRY_NAME: "BR",
        x509.NameOID.ORGANIZATION_NAME: "AHEAD de mentira",  # never ICP-Brasil, whose place this takes in tests only
        x509.NameOID.COMMON_NAME: common_name[:64],
    }
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts.items()])


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=not signs_certificates,
        key_encipherment=not signs_certificates,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )
