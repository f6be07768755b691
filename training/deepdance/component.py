"""The Kubeflow faces of DeepDance's two stages."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def deepdance_dataset(
    dance: Input[Artifact], size: int, dancer: int, background: bool, dataset: Output[Artifact]
) -> None:
    """A Dance becomes a Prepared: pairs of pose and picture.

    Args:
        dance: folder of a Dance.
        size: as in the stage's settings.
        dancer: as in the stage's settings.
        background: as in the stage's settings.
        dataset: folder of the result.
    """
    from components.core.stage import run_component

    run_component(
        "training.deepdance.dataset",
        {"dance": dance.path},
        {"size": size, "dancer": dancer, "background": background},
        dataset,
    )


@dsl.component(base_image="troupe", install_kfp_package=False)
def deepdance_train(
    dataset: Input[Artifact],
    method: str,
    minutes: float,
    steps: int,
    seed: int,
    history: int,
    temporal: bool,
    generator: str,
    face: bool,
    perceptual: str,
    precision: str,
    devices: int,
    registry: str,
    trained: Output[Artifact],
) -> None:
    """A Prepared becomes a Trained.

    Args:
        dataset: folder of a Prepared.
        method: as in the stage's settings, as all that follow.
        minutes: see there.
        steps: see there.
        seed: see there.
        history: see there.
        temporal: see there.
        generator: see there.
        face: see there.
        perceptual: see there.
        precision: see there.
        devices: see there.
        registry: see there.
        trained: folder of the result.
    """
    from components.core.stage import run_component

    settings = {
        "method": method,
        "minutes": minutes,
        "steps": steps,
        "seed": seed,
        "history": history,
        "temporal": temporal,
        "generator": generator,
        "face": face,
        "perceptual": perceptual,
        "precision": precision,
        "devices": devices,
        "registry": registry,
    }
    run_component("training.deepdance.train", {"dataset": dataset.path}, settings, trained)
