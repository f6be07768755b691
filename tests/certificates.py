"""Certificates that a test issues for its own servers on loopback."""

from __future__ import annotations

import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """A certificate authority that nobody but the test trusts.

    Attributes:
        bundle: its certificate as PEM, for SSL_CERT_FILE.
    """

    bundle: Path
    _key: ec.EllipticCurvePrivateKey
    _certificate: x509.Certificate

    def server(self, *hosts: str, expired: bool = False) -> ssl.SSLContext:
        """What a server needs to speak for these hosts (names or addresses) with a certificate of this authority."""
        key = ec.generate_private_key(ec.SECP256R1())
        end = _now() + (-_DAY if expired else _DAY)
        made = _certificate("server", key, end, hosts).issuer_name(self._certificate.subject)
        return _context(made.sign(self._key, hashes.SHA256()), key, self.bundle.parent / f"{hosts[0]}.pem")


def authority(folder: Path) -> Authority:
    """A new authority whose certificate is written to `folder`/authority.pem."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate("An authority of the tests", key, _now() + _DAY, ())
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    certificate = made.issuer_name(_name("An authority of the tests")).sign(key, hashes.SHA256())
    bundle = folder / "authority.pem"
    bundle.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(bundle, key, certificate)


def self_signed(folder: Path, *hosts: str) -> ssl.SSLContext:
    """A server whose certificate is signed by nobody but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    made = _certificate("itself", key, _now() + _DAY, hosts).issuer_name(_name("itself"))
    return _context(made.sign(key, hashes.SHA256()), key, folder / "self_signed.pem")


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, end: datetime.datetime, hosts: tuple[str, ...]
) -> x509.CertificateBuilder:
    made = (
        x509.CertificateBuilder()
        .subject_name(_name(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(end - 30 * _DAY)
        .not_valid_after(end)
    )
    if hosts:
        made = made.add_extension(x509.SubjectAlternativeName([_subject(h) for h in hosts]), critical=False)
    return made


def _subject(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _context(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey, file: Path) -> ssl.SSLContext:
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
