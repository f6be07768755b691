"""The only room that opens pictures, video and sound."""

from components.media.decode import decode
from components.media.grid import clip_of, digest, snapped
from components.media.join import join, merge
from components.media.part import copy_frames
from components.media.picture import (
    PictureHeader,
    is_picture,
    picture_header,
    read_damaged_picture,
    read_picture,
    write_picture,
)
from components.media.probe import MediaInfo, PictureInfo, SoundInfo, probe
from components.media.scan import Scan, scan
from components.media.sound import can_hear, read_sound, sound_blocks, write_sound
from components.media.storage import Storage, open_storage
from components.media.unfold import unfold
from components.media.writer import VideoWriter

__all__ = [
    "MediaInfo", "PictureHeader", "PictureInfo", "Scan", "SoundInfo", "Storage", "VideoWriter", "can_hear", "clip_of",
    "copy_frames", "decode", "digest", "is_picture", "join", "merge", "open_storage", "picture_header", "probe",
    "read_damaged_picture", "read_picture", "read_sound", "scan", "snapped", "sound_blocks", "unfold", "write_picture",
    "write_sound",
]  # fmt: skip
