"""How the figures look: build, skin, hair and clothes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

Colour = tuple[float, float, float]


def _srgb(code: str) -> Colour:
    """Linear light of a #rrggbb colour."""
    values = [int(code[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in values)
    return (r, g, b)


@dataclass(frozen=True)
class Look:
    """What one figure looks like; colours are #rrggbb.

    Attributes:
        skin, hair, iris, lips: colours of the body.
        style: hair: "short", "quiff", "bob", "long", "bun", "afro", "ponytail", "cap".
        top: "tee" or "hoodie".
        top_colours: base, second colour, trim.
        pattern: of the top: "plain", "stripes", "block", "print", "panel".
        bottom: "slim", "joggers", "wide" or "shorts".
        bottom_colours: base, trim.
        shoes: upper, sole, accent.
        girth: thickness of the body, 1 is medium.
        shoulders, hips: width of the flesh about the joints, 1 is medium.
        jaw, nose, cheeks, lip, eye, chin, brow: shape of the face, 1 is medium (chin: cm longer).
        blush: strength of red on cheeks and nose.
        seed: of everything that is scattered (locks of hair, weave).
    """

    skin: str
    hair: str
    iris: str
    lips: str
    style: str
    top: str
    top_colours: tuple[str, str, str]
    pattern: str
    bottom: str
    bottom_colours: tuple[str, str]
    shoes: tuple[str, str, str]
    girth: float = 1.0
    shoulders: float = 1.0
    hips: float = 1.0
    jaw: float = 1.0
    nose: float = 1.0
    cheeks: float = 1.0
    lip: float = 1.0
    eye: float = 1.0
    chin: float = 0.0
    brow: float = 1.0
    blush: float = 1.0
    seed: int = 0


LOOKS: Mapping[str, Look] = {
    "ada": Look(
        skin="#e3a983", hair="#5b3524", iris="#4f7a4a", lips="#c2665f", style="bob", top="tee",
        top_colours=("#f2ede2", "#c8423b", "#f2ede2"), pattern="stripes", bottom="slim",
        bottom_colours=("#34507c", "#2a4065"), shoes=("#c8423b", "#f7f5f0", "#f7f5f0"),
        girth=0.94, shoulders=0.94, hips=1.05, jaw=0.93, lip=1.1, eye=1.08, brow=0.8, seed=1,
    ),
    "kofi": Look(
        skin="#8a5637", hair="#1d1512", iris="#3b2415", lips="#8f4f45", style="short", top="hoodie",
        top_colours=("#e0a526", "#f4efe4", "#c88d14"), pattern="print", bottom="joggers",
        bottom_colours=("#3a3d46", "#2c2e35"), shoes=("#2c2f36", "#f7f5f0", "#f0efec"),
        girth=1.04, shoulders=1.06, jaw=1.05, nose=1.12, lip=1.2, blush=0.5, brow=1.1, seed=2,
    ),
    "mei": Look(
        skin="#f0c3a0", hair="#1f1a1c", iris="#41281a", lips="#cf6e70", style="bun", top="hoodie",
        top_colours=("#63b0a4", "#f3f1ea", "#4f978c"), pattern="panel", bottom="wide",
        bottom_colours=("#e9e3d6", "#d8d0bf"), shoes=("#d96c5f", "#fbfaf7", "#fbfaf7"),
        girth=0.9, shoulders=0.92, hips=1.0, jaw=0.92, nose=0.9, eye=1.02, brow=0.8, seed=3,
    ),
    "ravi": Look(
        skin="#b97d55", hair="#241a17", iris="#4a2f1c", lips="#a5615a", style="quiff", top="tee",
        top_colours=("#2f6f8f", "#f0c64a", "#24586f"), pattern="block", bottom="slim",
        bottom_colours=("#2b2b30", "#232327"), shoes=("#c6423c", "#fbfaf7", "#fbfaf7"),
        jaw=1.02, nose=1.08, brow=1.35, blush=0.7, seed=4,
    ),
    "lena": Look(
        skin="#f1c4a6", hair="#d9a455", iris="#4c7fa8", lips="#d07c78", style="ponytail", top="tee",
        top_colours=("#7c4d9e", "#f0d8f2", "#65398a"), pattern="panel", bottom="joggers",
        bottom_colours=("#474c58", "#3a3e49"), shoes=("#7c4d9e", "#fdfdfc", "#fdfdfc"),
        girth=0.92, shoulders=0.93, hips=1.03, jaw=0.94, eye=1.06, brow=0.75, blush=1.2, seed=5,
    ),
    "zola": Look(
        skin="#6b4028", hair="#191210", iris="#2f1b10", lips="#8d4745", style="afro", top="tee",
        top_colours=("#e8674c", "#f9e6c8", "#c9503a"), pattern="print", bottom="wide",
        bottom_colours=("#27454f", "#1e373f"), shoes=("#e6b24a", "#fbf8f0", "#fbf8f0"),
        girth=0.96, hips=1.04, jaw=0.97, nose=1.1, lip=1.22, eye=1.06, brow=0.9, blush=0.4, seed=6,
    ),
    "sam": Look(
        skin="#e8b590", hair="#7a3d1d", iris="#5d7d8c", lips="#bd6c62", style="cap", top="tee",
        top_colours=("#4e5a66", "#d8dde2", "#3d4751"), pattern="stripes", bottom="shorts",
        bottom_colours=("#8d7a55", "#7a6947"), shoes=("#2f3b52", "#f6f5f2", "#d8dde2"),
        girth=1.03, shoulders=1.03, jaw=1.03, brow=1.1, blush=1.3, seed=7,
    ),
    "noor": Look(
        skin="#d39a72", hair="#3a2019", iris="#5a3d22", lips="#b9605c", style="long", top="hoodie",
        top_colours=("#b5516b", "#f6dfe4", "#9b4159"), pattern="plain", bottom="slim",
        bottom_colours=("#2c3444", "#232a37"), shoes=("#e9e4dc", "#ffffff", "#b5516b"),
        girth=0.93, shoulders=0.94, hips=1.04, jaw=0.94, lip=1.12, eye=1.08, brow=1.0, seed=8,
    ),
}  # fmt: skip
"""Eight people who can be told apart from afar."""


def palette(look: Look) -> list[Colour]:
    """Linear colours of a look: skin, hair, iris, lips, top 3, bottom 2, shoes 3."""
    codes = (look.skin, look.hair, look.iris, look.lips, *look.top_colours, *look.bottom_colours, *look.shoes)
    return [_srgb(c) for c in codes]
