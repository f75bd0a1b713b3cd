"""Certificates for sites on https: good ones of an authority of our own, and bad ones. Made anew in every process."""

import datetime
import ipaddress
import ssl
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HANDSHAKE_FAILURE = b"\x15\x03\x03\x00\x02\x02\x28"      # a fatal alert, instead of the server's part
_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Signed:
    """A key and its certificate."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @property
    def pem(self) -> bytes:
        """Key and certificate, as ssl loads them."""
        return self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                      serialization.NoEncryption()) + self.public

    @property
    def public(self) -> bytes:
        """The certificate alone."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


@cache
def authority() -> Signed:
    """The authority that signs; whoever is to trust it is given its certificate (SSL_CERT_FILE)."""
    return _signed("replicas' own authority", None, is_authority=True)


@cache
def context(kind: str) -> ssl.SSLContext:
    """A server's side of TLS: `tls` (good), `tls_expired`, `tls_wrong_name`, `tls_self_signed`."""
    made = {
        "tls": lambda: _signed("127.0.0.1", authority()),
        "tls_expired": lambda: _signed("127.0.0.1", authority(), days=-3),
        "tls_wrong_name": lambda: _signed("www.example.org", authority()),
        "tls_self_signed": lambda: _signed("127.0.0.1", None),
    }[kind]()
    found = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        Path(file.name).write_bytes(made.pem)
        found.load_cert_chain(file.name)
    return found


def _signed(name: str, by: Signed | None, *, days: int = 30, is_authority: bool = False) -> Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder().subject_name(subject).public_key(key.public_key())
        .issuer_name(by.certificate.subject if by else subject).serial_number(x509.random_serial_number())
        .not_valid_before(now - 10 * _DAY).not_valid_after(now + days * _DAY)
        .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False))
    if not is_authority:
        builder = builder.add_extension(x509.SubjectAlternativeName([_named(name)]), critical=False)
    return Signed(key, builder.sign(by.key if by else key, hashes.SHA256()))


def _named(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
