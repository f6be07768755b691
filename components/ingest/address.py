"""Which addresses may be spoken to: public http(s) hosts, checked before any connection."""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from components.core import TroupeError

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
Resolve = Callable[[str, int], Sequence[str]]
"""Name and port -> all its addresses as text, the preferred first; raises OSError where there is no such name."""

_NUMERIC = re.compile(r"^(0x[0-9a-f]*|[0-9]+)(\.(0x[0-9a-f]*|[0-9]+))*\.?$", re.IGNORECASE)
_LABEL = re.compile(r"^(?!-)[a-z0-9_-]{1,63}(?<!-)$")
_LOCAL_NAMES = ("localhost", ".localhost", ".local", ".internal", ".home.arpa", ".lan", ".intranet")
_NOT_PUBLIC = tuple(
    ipaddress.ip_network(n)
    for n in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
        "::/96", "::ffff:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "2001::/23", "2001:db8::/32",
        "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8",
    )
)  # fmt: skip
"""IANA's special-purpose registries (IPv4 and IPv6): none of them is a site on the public network. Forms of IPv6 that
carry an IPv4 address inside (mapped, compatible, NAT64, Teredo, 6to4) are refused as a whole."""


@dataclass(frozen=True)
class Target:
    """An address that passed the check.

    Attributes:
        scheme: "http" or "https".
        host: name or literal, lower case, as for the Host header and the certificate.
        port: number.
        path: path and query.
        ips: the very addresses that may be connected to, the preferred first.
    """

    scheme: str
    host: str
    port: int
    path: str
    ips: tuple[str, ...]

    @property
    def url(self) -> str:
        """The address in full, in its normal form."""
        return f"{self.scheme}://{authority(self.scheme, self.host, self.port)}{self.path}"


def system_addresses(host: str, port: int) -> list[str]:
    """The addresses of a name as this machine resolves names.

    Raises:
        OSError: there is no such name, or nobody to ask.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise socket.gaierror(socket.EAI_NONAME, str(error)) from error
    return [str(entry[4][0]).split("%")[0] for entry in found]


def checked_target(
    url: str, *, ports: tuple[int, ...], networks: Networks = (), resolve: Resolve = system_addresses
) -> Target:
    """Check an address and resolve its name once.

    Args:
        url: as given by the user or a redirect.
        ports: that may be spoken to.
        networks: of one's own that may be spoken to beside the public one; then local names are looked up, too.
        resolve: asked once; what it answers is checked, and is all that may be connected to.

    Raises:
        TroupeError: url_refused, before anything is sent but the name's resolution; url_unreachable: no such name.
    """
    scheme, host, port, path = check_form(url, ports=ports, networks=networks)
    return Target(scheme, host, port, path, _resolve(url, host, port, networks, resolve))


def check_form(url: str, *, ports: tuple[int, ...], networks: Networks = ()) -> tuple[str, str, int, str]:
    """Refuse an address for what is written in it; nothing is looked up.

    Args:
        url, ports, networks: as for `checked_target`.

    Returns:
        Scheme, host, port, path with query.

    Raises:
        TroupeError: url_refused.
    """
    if any(c.isspace() or ord(c) < 33 or c in "\\<>^`{|}" for c in url) or len(url) > 8192:
        raise refused(url, "it holds characters that no address has")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise refused(url, f"it is malformed ({error})") from error
    if parts.scheme.lower() not in ("http", "https"):
        raise refused(url, f"{parts.scheme or 'no scheme'}: is not fetched, only http and https are")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise refused(url, "it carries a user name or password")
    scheme = parts.scheme.lower()
    port = port if port is not None else (443 if scheme == "https" else 80)
    if port not in ports:
        raise refused(url, f"port {port} is not spoken to")
    host = _host(url, parts.hostname or "", networks)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    path = "".join(c if ord(c) < 128 else "".join(f"%{b:02X}" for b in c.encode()) for c in path)
    return scheme, host, port, path


def authority(scheme: str, host: str, port: int) -> str:
    """Host and, where it is not the scheme's own, port, as in an address and a Host field."""
    name = f"[{host}]" if ":" in host else host
    return name if port == {"http": 80, "https": 443}[scheme] else f"{name}:{port}"


def is_public(ip: IPAddress) -> bool:
    """An address of the public network."""
    return ip.is_global and not any(ip in n for n in _NOT_PUBLIC if n.version == ip.version)


def may_reach(ip: IPAddress, networks: Networks) -> bool:
    """A public address, or one in these networks."""
    return is_public(ip) or any(ip in n for n in networks if n.version == ip.version)


def refused(url: str, why: str) -> TroupeError:
    """The refusal of an address."""
    return TroupeError(
        "url_refused",
        f"{url[:200]} is not fetched: {why}. Download the video yourself and give the file.",
        url=url[:2000],
    )


def _host(url: str, host: str, networks: Networks) -> str:
    """The host in its normal form; odd ways to write an IP address are refused, not interpreted."""
    if not host or "%" in host:
        raise refused(url, "its host is malformed")
    if ":" in host:
        try:
            return str(ipaddress.IPv6Address(host))
        except ValueError as error:
            raise refused(url, "its host is malformed") from error
    try:
        name = host.encode("idna").decode("ascii").lower().removesuffix(".")
    except UnicodeError as error:
        raise refused(url, "its host is malformed") from error
    if _NUMERIC.match(name):
        try:
            ipaddress.IPv4Address(name)
        except ValueError as error:
            raise refused(url, "its host is a number, not a name") from error
        if host.endswith("."):
            raise refused(url, "its host is malformed")
        return name
    if len(name) > 253 or not all(_LABEL.match(label) for label in name.split(".")):
        raise refused(url, "its host is malformed")
    if not networks and any(name == n.lstrip(".") or name.endswith(n) for n in _LOCAL_NAMES if n[0] == "."):
        raise refused(url, f"{name} is a name of the local network")
    if not networks and "." not in name:
        raise refused(url, f"{name} is a name of the local network")
    return name


def _resolve(url: str, host: str, port: int, networks: Networks, resolve: Resolve) -> tuple[str, ...]:
    """The addresses of a name, provided that all of them may be reached."""
    try:
        ips = [str(ipaddress.ip_address(host))]
    except ValueError:
        try:
            ips = list(resolve(host, port))
        except OSError as error:
            raise _no_such_host(url, host, str(error)) from error
    if not ips:
        raise _no_such_host(url, host, "it has no address")
    for ip in ips:
        if not may_reach(ipaddress.ip_address(ip), networks):
            raise refused(url, f"{host} is the address {ip}, which is not on the public network")
    return tuple(dict.fromkeys(ips))


def _no_such_host(url: str, host: str, why: str) -> TroupeError:
    return TroupeError(
        "url_unreachable",
        f"There is no host {host} to be found ({why}); check the address and the network.",
        url=url[:2000], reason="no_such_host",
    )  # fmt: skip
