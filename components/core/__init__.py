"""The nouns of Troupe, its skeletons, errors, progress, and artifacts. Standard library and numpy only."""

from components.core.array_file import ArrayFile
from components.core.arrays import Bool, Float32, Int32, UInt8, check_array, release
from components.core.artifact import load, save, schema_of
from components.core.choreography import Choreography, Ensemble, FaceMotion, FaceMotions
from components.core.clip import Clip, Sound, Still, Uri
from components.core.dance import EXPRESSIONS, BeatGrid, Dance, Dancer, FaceTrack, PoseTrack
from components.core.errors import ERRORS, WARNINGS, Notice, TroupeError
from components.core.figures import AIMS, Figure, Figures
from components.core.layer import (
    IDENTITY,
    Affine,
    ClipLayer,
    Layer,
    LayerStack,
    MeshLayer,
    MeshPart,
    ProceduralLayer,
    Scene,
    Shot,
    StillLayer,
    Timeline,
)
from components.core.motion import Motion
from components.core.performer import PARTS, Cast, Part, Performer
from components.core.progress import Progress, Report, StageContext, silent
from components.core.skeleton import (
    COCO_17,
    COCO_WHOLEBODY_133,
    DEEPDANCE_13,
    MEDIAPIPE_33,
    OPENPOSE_18,
    RIG,
    RIG_BONES,
    SKELETONS,
    Skeleton,
)

__all__ = [
    "AIMS", "COCO_17", "COCO_WHOLEBODY_133", "DEEPDANCE_13", "ERRORS", "EXPRESSIONS", "IDENTITY", "MEDIAPIPE_33",
    "OPENPOSE_18", "PARTS", "RIG", "RIG_BONES", "SKELETONS", "WARNINGS", "Affine", "ArrayFile", "BeatGrid", "Bool",
    "Cast", "Choreography", "Clip", "ClipLayer", "Dance", "Dancer", "Ensemble", "FaceMotion", "FaceMotions",
    "FaceTrack", "Figure", "Figures", "Float32", "Int32", "Layer", "LayerStack", "MeshLayer", "MeshPart", "Motion",
    "Notice", "Part", "Performer", "PoseTrack", "ProceduralLayer", "Progress", "Report", "Scene", "Shot",
    "Skeleton", "Sound", "StageContext", "Still", "StillLayer", "Timeline", "TroupeError", "UInt8", "Uri",
    "check_array", "load", "release", "save", "schema_of", "silent",
]  # fmt: skip
