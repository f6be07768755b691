"""The Kubeflow face of compose: reads artifact folders, calls the stage, writes an artifact folder."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def compose(
    scene: Input[Artifact],
    stack: Input[Artifact],
    ensemble: Input[Artifact],
    dance: Input[Artifact],
    quality: str,
    label: bool,
    video: Output[Artifact],
) -> None:
    """Layers and sound become the finished Clip.

    Args:
        scene: folder of a Scene.
        stack: folder of a LayerStack.
        ensemble: folder of a Ensemble.
        dance: folder of a Dance.
        quality, label: as in the stage's settings.
        video: folder of the result.
    """
    from pathlib import Path

    from components.core.stage import run_component
    from components.media.delivery import deliver

    run_component(
        "components.compose.stage",
        {"scene": scene.path, "stack": stack.path, "ensemble": ensemble.path, "dance": dance.path},
        {"quality": quality, "label": label},
        video,
    )
    deliver(Path(video.path))
