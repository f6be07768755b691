"""The mark in a finished video: it says that the video was generated, and a single flipped byte shows."""

from __future__ import annotations

import datetime
import shutil
import stat
from pathlib import Path

import av
import numpy as np
import pytest

from components.core import TroupeError
from serving.orchestrator.provenance.certificate import Signing, signing_of
from serving.orchestrator.provenance.mark import sign, verify


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A second of noise."""
    path = tmp_path_factory.mktemp("video") / "plain.mp4"
    draw = np.random.default_rng(1)
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=12)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for _ in range(12):
            frame = av.VideoFrame.from_ndarray(draw.integers(0, 255, (64, 96, 3), np.uint8), "rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def signing(tmp_path_factory: pytest.TempPathFactory) -> Signing:
    return signing_of("", "", tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def signed(video: Path, signing: Signing) -> Path:
    target = video.with_name("signed.mp4")
    sign(video, target, signing, title="Ada dances", version="1.2", lineage={"run": "r1", "inputs": {"photo": "ab"}})
    return target


def frames(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_a_signed_video_plays_and_says_that_it_was_generated(video: Path, signed: Path) -> None:
    assert frames(signed) == frames(video) == 12
    verdict = verify(signed)
    assert verdict.marked and verdict.valid and verdict.generated and not verdict.problems
    assert verdict.signer == "Troupe"
    assert verdict.lineage["run"] == "r1" and verdict.lineage["inputs"] == {"photo": "ab"}


def test_an_unsigned_video_has_no_mark(video: Path) -> None:
    verdict = verify(video)
    assert not verdict.marked and not verdict.valid and not verdict.generated


def test_one_flipped_byte_reads_invalid(signed: Path, tmp_path: Path) -> None:
    whole = signed.read_bytes()
    pictures = whole.index(b"mdat") + 200
    for place in (pictures, len(whole) - 40):
        changed = tmp_path / f"{place}.mp4"
        changed.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        verdict = verify(changed)
        assert verdict.marked and not verdict.valid and "assertion.bmffHash.mismatch" in verdict.problems


def test_the_certificate_is_made_once_and_its_key_is_nobody_elses(tmp_path: Path) -> None:
    first = signing_of("", "", tmp_path)
    assert signing_of("", "", tmp_path) == first
    assert stat.S_IMODE((tmp_path / "signing" / "key.pem").stat().st_mode) == 0o600
    assert signing_of("", "", tmp_path / "other") != first
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".")] == []


def test_a_configured_certificate_signs(video: Path, tmp_path: Path) -> None:
    own = signing_of("", "", tmp_path)
    for name in ("chain", "key"):
        shutil.copyfile(tmp_path / "signing" / f"{name}.pem", tmp_path / f"{name}.pem")
    configured = signing_of(str(tmp_path / "chain.pem"), str(tmp_path / "key.pem"), tmp_path / "nowhere")
    assert configured == own and not (tmp_path / "nowhere").exists()
    sign(video, tmp_path / "out.mp4", configured, title="", version="1", lineage={})
    assert verify(tmp_path / "out.mp4").valid


def test_a_certificate_that_cannot_sign_is_refused_with_the_reason(video: Path, tmp_path: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "alone")])
    now = datetime.datetime.now(datetime.UTC)
    bare = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now).not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = serialization.Encoding.PEM
    (tmp_path / "c.pem").write_bytes(bare.public_bytes(pem))
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "k.pem").write_bytes(private)
    configured = signing_of(str(tmp_path / "c.pem"), str(tmp_path / "k.pem"), tmp_path)
    with pytest.raises(TroupeError, match="certificate") as refusal:
        sign(video, tmp_path / "out.mp4", configured, title="", version="1", lineage={})
    assert refusal.value.code == "invalid_setting" and not (tmp_path / "out.mp4").exists()


@pytest.mark.parametrize(
    ("certificate", "key", "said"),
    [("c.pem", "", "belong together"), ("absent.pem", "absent.pem", "cannot be read"), ("text", "text", "not PEM")],
)
def test_settings_that_cannot_be_meant(certificate: str, key: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello")
    paths = [str(tmp_path / name) if name else "" for name in (certificate, key)]
    with pytest.raises(TroupeError, match=said) as refusal:
        signing_of(paths[0], paths[1], tmp_path)
    assert refusal.value.code == "invalid_setting"


def test_a_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    signing_of("", "", tmp_path / "a")
    signing_of("", "", tmp_path / "b")
    with pytest.raises(TroupeError, match="does not belong"):
        signing_of(str(tmp_path / "a/signing/chain.pem"), str(tmp_path / "b/signing/key.pem"), tmp_path)
