"""The only room that opens pictures, video and sound."""

from components.media.decode import decode
from components.media.grid import clip_of
from components.media.join import join
from components.media.picture import read_picture, write_picture
from components.media.probe import MediaInfo, PictureInfo, SoundInfo, probe
from components.media.sound import read_sound, sound_blocks, write_sound
from components.media.writer import VideoWriter

__all__ = [
    "MediaInfo", "PictureInfo", "SoundInfo", "VideoWriter", "clip_of", "decode", "join", "probe", "read_picture",
    "read_sound", "sound_blocks", "write_picture", "write_sound",
]  # fmt: skip
