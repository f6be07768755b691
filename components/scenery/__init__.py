"""Cast, Dance, Ensemble -> Scene: backgrounds, and where the performers stand."""

from components.scenery.presets import Preset, presets

__all__ = ["Preset", "presets"]
