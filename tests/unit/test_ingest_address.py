"""Which addresses are refused, before any connection."""

from __future__ import annotations

import ipaddress
import socket

import pytest

from components.core import TroupeError
from components.ingest.address import Target, checked_target, is_public

PORTS = (80, 443)

REFUSED = [
    "file:///etc/passwd", "ftp://example.com/a.mp4", "gopher://example.com/", "data:text/html,x", "rtmp://example.com/x",
    "concat:http://example.com/a", "javascript:alert(1)", "//example.com/a.mp4", "s3://bucket/key",
    "http://127.0.0.1/a.mp4", "http://127.0.0.1:80/a.mp4", "http://localhost/a.mp4", "http://localhost./a.mp4",
    "http://LOCALHOST/a.mp4", "http://sub.localhost/a.mp4", "http://0.0.0.0/", "http://10.1.2.3/", "http://172.16.0.1/",
    "http://192.168.1.1/", "http://169.254.169.254/latest/meta-data/", "http://100.64.1.1/", "http://224.0.0.1/",
    "http://255.255.255.255/", "http://198.18.0.1/", "http://192.0.2.1/", "http://[::1]/", "http://[::]/",
    "http://[fe80::1]/", "http://[fc00::1]/", "http://[ff02::1]/", "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/", "http://[::127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/",
    "http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/", "http://[fe80::1%25eth0]/", "http://2130706433/",
    "http://0x7f000001/", "http://0x7f.0.0.1/", "http://017700000001/", "http://0177.0.0.1/", "http://127.1/",
    "http://127.0.1/", "http://127.0.0.1./", "http://3232235777/", "http://user@127.0.0.1/", "http://a:b@example.com/",
    "http://example.com@127.0.0.1/", "http://127.0.0.1\\@example.com/", "http://exam ple.com/", "http://example.com\t/",
    "http://example.com\r\nHost: a/", "http://\u2460\u2461\u2466.0.0.1/", "http://127\u30020\u30020\u30021/",
    "http://example.com:22/", "http://example.com:8080/", "http://example.com:99999/", "http://example.com:x/",
    "http:///a.mp4", "http://", "http://%31%32%37.0.0.1/", "http://host/", "http://metadata.google.internal/",
    "http://printer.local/", "http://[::1/", "http://[zz]/", "http://" + "a" * 70 + ".com/",
]  # fmt: skip


ADDRESSES = {"example.com": ["93.184.215.14"], "inside.example.com": ["10.0.0.5"],
             "both.example.com": ["93.184.215.14", "127.0.0.1"], "six.example.com": ["::ffff:10.0.0.1"],
             "two.example.com": ["2606:4700::1111", "93.184.215.14"], "none.example.com": [],
             "xn--tnzer-gra.example.com": ["93.184.215.14"]}  # fmt: skip


class Names:
    """Knows the names above; notes which it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host not in ADDRESSES:
            raise socket.gaierror(-2, "Name or service not known")
        return ADDRESSES[host]


def checked(url: str, names: Names | None = None) -> Target:
    return checked_target(url, ports=PORTS, resolve=names or Names())


@pytest.mark.parametrize("url", REFUSED)
def test_refused(url: str) -> None:
    names = Names()
    with pytest.raises(TroupeError) as refusal:
        checked(url, names)
    assert refusal.value.code == "url_refused" and names.asked == []
    assert "file" in refusal.value.message


@pytest.mark.parametrize("host", ["inside", "both", "six"])
def test_names_that_lead_inside_are_refused(host: str) -> None:
    with pytest.raises(TroupeError) as refusal:
        checked(f"https://{host}.example.com/a.mp4")
    assert refusal.value.code == "url_refused"


@pytest.mark.parametrize("host", ["nowhere.example.org", "none.example.com"])
def test_an_unknown_name_is_unreachable(host: str) -> None:
    with pytest.raises(TroupeError) as refusal:
        checked(f"https://{host}/a.mp4")
    assert refusal.value.code == "url_unreachable" and refusal.value.values["reason"] == "no_such_host"


@pytest.mark.parametrize(
    ("url", "host", "port", "path", "scheme"),
    [
        ("http://example.com", "example.com", 80, "/", "http"),
        ("HTTPS://Example.COM/a%20b.mp4?x=1&y=2#part", "example.com", 443, "/a%20b.mp4?x=1&y=2", "https"),
        ("https://example.com./v", "example.com", 443, "/v", "https"),
        ("http://example.com:443/v", "example.com", 443, "/v", "http"),
        ("https://tänzer.example.com/踊", "xn--tnzer-gra.example.com", 443, "/%E8%B8%8A", "https"),
        ("http://93.184.215.14/v", "93.184.215.14", 80, "/v", "http"),
    ],
)
def test_public_addresses_pass(url: str, host: str, port: int, path: str, scheme: str) -> None:
    place = checked(url)
    assert (place.host, place.port, place.path, place.scheme) == (host, port, path, scheme)
    assert place.ips == ("93.184.215.14",)


def test_all_addresses_of_a_name_are_kept_in_their_order() -> None:
    assert checked("https://two.example.com/").ips == ("2606:4700::1111", "93.184.215.14")


def test_special_purpose_addresses_are_not_public() -> None:
    for ip in ("8.8.8.8", "93.184.215.14", "2606:4700:4700::1111"):
        assert is_public(ipaddress.ip_address(ip))
    for ip in ("192.88.99.1", "192.0.0.8", "240.0.0.1", "2001:db8::1", "100::1", "3fff::1", "5f00::1", "fec0::1"):
        assert not is_public(ipaddress.ip_address(ip))
