"""The main job as data: a photo and a reference become a dance video."""

from __future__ import annotations

from pipelines.wiring import Parameter, Resources, Step, When, Wiring

CLIP = When("reference_kind", "clip")
MOTION = When("reference_kind", "motion")
PUPPET = When("engine", "puppet")
DEEPDANCE = When("engine", "deepdance")
DANCE = ("cut", "perceive", "soundtrack")
NO_CUT = {"cut": False, "cut_start": 0.0, "cut_duration": 0.0}
"""Where a reference is looked at for one dance only: just its wanted part is taken in."""
NOBODY_LEARNED = {"engine": "puppet", "model": "", "models": "", "registry": "", "weights": "", "body": ""}
"""Where nobody is drawn who was learned."""

DANCE_WIRING = Wiring(
    name="troupe-dance",
    parameters={
        "photo": Parameter(str, help="picture of the performers: path or URL"),
        "reference": Parameter(str, help="video path or URL, BVH path, or name of a built-in choreography"),
        "reference_kind": Parameter(str, "clip", "clip, or motion for a BVH file or built-in choreography"),
        "width": Parameter(int, 0, "px; 0: from the photo's shape"),
        "height": Parameter(int, 0, "px; 0: from the photo's shape"),
        "fps": Parameter(float, 30.0, "frames a second of the video"),
        "performer": Parameter(str, "auto", "auto, all, or numbers with commas"),
        "dancer": Parameter(str, "auto", "auto, all, or numbers with commas"),
        "background": Parameter(str, "original", "original, a preset, a picture, #rrggbb or green"),
        "expression": Parameter(float, 1.0, "0 to 2"),
        "lip_sync": Parameter(str, "face", "off, face or voice"),
        "start": Parameter(float, 0.0, "seconds of the reference to skip"),
        "duration": Parameter(float, 0.0, "seconds of the reference to use; 0: all"),
        "cut": Parameter(bool, False, "cut a part out of the clip after it was looked at, so that this is done once"),
        "cut_start": Parameter(float, 0.0, "seconds of what was looked at to skip"),
        "cut_duration": Parameter(float, 0.0, "seconds of what was looked at to use; 0: all"),
        "engine": Parameter(str, "puppet", "puppet: the photo moves; deepdance: a learned person is drawn"),
        "model": Parameter(str, "", "the learned person: folder, models:/NAME@ALIAS or models:/NAME/VERSION"),
        "models": Parameter(str, "", "server that draws the learned person; empty: the step itself"),
        "registry": Parameter(str, "", "MLflow's tracking URI; empty: this machine's"),
        "weights": Parameter(str, "", "sha256 of the learned person's network, where it has to be that very one"),
        "body": Parameter(str, "", "bones of the learned person; empty: those of the performers"),
        "quality": Parameter(str, "standard", "draft, standard or fine"),
        "music": Parameter(str, "auto", "style of the music of a built-in choreography; auto: what suits its tempo"),
        "label": Parameter(bool, False, "mark the video visibly as generated"),
        "judged": Parameter(bool, False, "measure the finished video"),
    },
    steps=(
        Step("photo", "components.ingest.photo", values={"source": "photo"}, timeout=900, cache=False),
        Step(
            "clip",
            "components.ingest.clip",
            values={"source": "reference"},
            settings={"start": "start", "duration": "duration"},
            when=(CLIP,),
            cache=False,
        ),
        Step(
            "perceive",
            "components.perceive.stage",
            inputs={"clip": ("clip",)},
            when=(CLIP,),
            resources=Resources(cpu=2, memory=4),
        ),
        Step(
            "cut",
            "components.perceive.cut",
            inputs={"dance": ("perceive",)},
            settings={"start": "cut_start", "duration": "cut_duration"},
            when=(CLIP, When("cut", True)),
        ),
        Step(
            "repertoire",
            "components.repertoire.stage",
            values={"source": "reference"},
            settings={"start": "start", "duration": "duration"},
            when=(MOTION,),
        ),
        Step(
            "soundtrack",
            "components.soundtrack.stage",
            inputs={"dance": ("repertoire",)},
            settings={"style": "music"},
            when=(MOTION,),
        ),
        Step("portray", "components.portray.stage", inputs={"photo": ("photo",)}, resources=Resources(cpu=2, memory=4)),
        Step(
            "choreograph",
            "components.choreograph.stage",
            inputs={"dance": DANCE, "cast": ("portray",)},
            settings={"performer": "performer", "dancer": "dancer", "fps": "fps", "body": "body"},
        ),
        Step(
            "express",
            "components.express.stage",
            inputs={"dance": DANCE, "cast": ("portray",), "ensemble": ("choreograph",)},
            settings={"expression": "expression", "lip_sync": "lip_sync"},
            when=(PUPPET,),
        ),
        Step(
            "scenery",
            "components.scenery.stage",
            inputs={"cast": ("portray",), "dance": DANCE, "ensemble": ("choreograph",)},
            settings={"background": "background", "width": "width", "height": "height"},
        ),
        Step(
            "animate",
            "components.animate.puppet.stage",
            inputs={
                "cast": ("portray",),
                "ensemble": ("choreograph",),
                "faces": ("express",),
                "scene": ("scenery",),
            },
            when=(PUPPET,),
            resources=Resources(cpu=2, memory=4),
        ),
        Step(
            "draw",
            "components.animate.deepdance.stage",
            inputs={"ensemble": ("choreograph",), "scene": ("scenery",)},
            settings={"model": "model", "models": "models", "registry": "registry", "weights": "weights"},
            when=(DEEPDANCE,),
            resources=Resources(cpu=2, memory=4),
        ),
        Step(
            "compose",
            "components.compose.stage",
            inputs={
                "scene": ("scenery",),
                "stack": ("animate", "draw"),
                "ensemble": ("choreograph",),
                "dance": DANCE,
            },
            settings={"quality": "quality", "label": "label"},
            resources=Resources(cpu=2, memory=4),
        ),
        Step(
            "judge",
            "components.judge.stage",
            inputs={"video": ("compose",), "reference": ("clip",)},
            when=(CLIP, When("judged", True), When("cut", False)),
        ),
    ),
    result="compose",
)
