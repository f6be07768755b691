"""The places that can be painted behind a dance."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Preset:
    """A place painted by our own code.

    Attributes:
        name: what a user asks for.
        title: for people.
        description: one sentence on what it shows.
        painter: the painter of `components.compose.painters` that draws it.
        light: sRGB 0..255 mean light on a person who stands there.
        foreground: it has something that floats before the dancers.
    """

    name: str
    title: str
    description: str
    painter: str
    light: tuple[int, int, int]
    foreground: bool = True


FLOOR = 0.90
"""Height of the feet in every preset, as a share of the frame's height."""

_PRESETS = (
    Preset(
        "cyberpunk_nightclub",
        "Cyberpunk nightclub",
        "Neon signs, lasers and light beams on the beat, an equaliser wall, a crowd and a floor that mirrors it all.",
        "nightclub",
        (222, 206, 255),
    ),
    Preset(
        "beach_sunset",
        "Beach at sunset",
        "A low sun over moving waves, its path glittering on the water, wet sand, palms in the wind and gulls.",
        "sunset",
        (255, 226, 200),
    ),
    Preset(
        "urban_rooftop",
        "Urban rooftop",
        "A roof at dusk before a skyline of lit windows, with a water tower and strings of lamps.",
        "rooftop",
        (238, 226, 248),
    ),
    Preset(
        "retro_disco",
        "Retro 80s disco",
        "A mirror ball that throws turning spots, a lit floor that changes on the beat, glittering curtains and neon.",
        "disco",
        (255, 224, 236),
    ),
    Preset(
        "fantasy_forest",
        "Fantasy forest",
        "Giant trees in moonlit mist, glowing mushrooms, fireflies and a circle of runes that breathes with the beat.",
        "forest",
        (206, 238, 240),
    ),
)


def presets() -> list[Preset]:
    """All presets, in the order in which they are shown to people."""
    return list(_PRESETS)


def find_preset(name: str) -> Preset | None:
    """The preset of this name, or of one word of it, upper or lower case, with spaces, hyphens or underscores; None
    where there is none."""
    wanted = name.strip().lower().replace("-", "_").replace(" ", "_")
    for preset in _PRESETS:
        if wanted == preset.name or wanted in preset.name.split("_"):
            return preset
    return None
