"""The certificate that signs finished videos: the operator's, or one that is made once and kept."""

from __future__ import annotations

import datetime
import os
from dataclasses import dataclass
from pathlib import Path

from components.core.errors import TroupeError

YEARS = 10


@dataclass(frozen=True)
class Signing:
    """What signs.

    Attributes:
        chain: PEM, the signing certificate first, then those that vouch for it.
        key: PEM, PKCS #8, an ECDSA P-256 key.
    """

    chain: str
    key: str


def signing_of(certificate: str, key: str, data: Path) -> Signing:
    """The configured certificate and key, or those kept in `data`/signing, made where there are none.

    Args:
        certificate, key: paths of PEM files, both or neither.
        data: the server's own folder.

    Raises:
        TroupeError: invalid_setting.
    """
    if bool(certificate) != bool(key):
        raise TroupeError(
            "invalid_setting", "TROUPE_SIGNING_CERTIFICATE and TROUPE_SIGNING_KEY belong together: set both or neither."
        )
    if certificate:
        try:
            signing = Signing(Path(certificate).read_text(), Path(key).read_text())
        except OSError as error:
            raise TroupeError(
                "invalid_setting", f"The signing certificate or key cannot be read ({error.strerror})."
            ) from error
        _check(signing)
        return signing
    folder = data / "signing"
    chain_file, key_file = folder / "chain.pem", folder / "key.pem"
    if not key_file.exists():
        _make(folder)
    return Signing(chain_file.read_text(), key_file.read_text())


def _check(signing: Signing) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        leaf = x509.load_pem_x509_certificates(signing.chain.encode())[0]
        private = load_pem_private_key(signing.key.encode(), None)
    except (ValueError, TypeError) as error:
        raise TroupeError("invalid_setting", f"The signing certificate or key is not PEM: {error}.") from error
    if not isinstance(private, ec.EllipticCurvePrivateKey) or not isinstance(private.curve, ec.SECP256R1):
        raise TroupeError("invalid_setting", "TROUPE_SIGNING_KEY must be an ECDSA P-256 key.")
    if private.public_key() != leaf.public_key():
        raise TroupeError("invalid_setting", "TROUPE_SIGNING_KEY does not belong to TROUPE_SIGNING_CERTIFICATE.")


def _make(folder: Path) -> None:
    """Make an authority of our own and a signing certificate; whoever is first to name the folder wins.

    C2PA wants a leaf that differs from its issuer, with digitalSignature and a purpose such as e-mail protection
    (C2PA 2.1, section 14.5). The authority's key is thrown away: it vouches for this one certificate only.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def name(common: str) -> x509.Name:
        fields = ((NameOID.ORGANIZATION_NAME, "Troupe"), (NameOID.COMMON_NAME, common))
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in fields])

    begin = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=1)
    end = begin + datetime.timedelta(days=365 * YEARS)

    def certificate(subject: x509.Name, public: ec.EllipticCurvePublicKey, authority: bool) -> x509.CertificateBuilder:
        usage = x509.KeyUsage(
            digital_signature=not authority, content_commitment=False, key_encipherment=False,
            data_encipherment=False, key_agreement=False, key_cert_sign=authority, crl_sign=authority,
            encipher_only=False, decipher_only=False,
        )  # fmt: skip
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(name("Authority of one server"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(end)
            .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        )

    root_key, leaf_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root = certificate(name("Authority of one server"), root_key.public_key(), True).sign(root_key, hashes.SHA256())
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    leaf = (
        certificate(name("Troupe, self-made certificate"), leaf_key.public_key(), False)
        .add_extension(purpose, critical=False)
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = leaf_key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    part = folder.with_name(f".signing.{os.getpid()}.part")
    part.mkdir(parents=True, mode=0o700, exist_ok=True)
    (part / "chain.pem").write_bytes(leaf.public_bytes(pem) + root.public_bytes(pem))
    (part / "key.pem").touch(mode=0o600)
    (part / "key.pem").write_bytes(private)
    try:
        part.rename(folder)
    except OSError:  # another process was faster
        for file in part.iterdir():
            file.unlink()
        part.rmdir()
