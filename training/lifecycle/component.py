"""The Kubeflow faces of a model's life: each reads artifact folders, calls its stage, writes an artifact folder."""

from kfp import dsl
from kfp.dsl import Artifact, Input, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def lifecycle_evaluate(
    trained: Input[Artifact], dataset: Input[Artifact], registry: str, name: str, evaluation: Output[Artifact]
) -> None:
    """A trained network is measured beside baselines and the champion.

    Args:
        trained: folder of a Trained.
        dataset: folder of a Prepared.
        registry: as in the stage's settings.
        name: as in the stage's settings.
        evaluation: folder of the result.
    """
    from components.core.stage import run_component

    run_component(
        "training.lifecycle.evaluate",
        {"trained": trained.path, "dataset": dataset.path},
        {"registry": registry, "name": name},
        evaluation,
    )


@dsl.component(base_image="troupe", install_kfp_package=False)
def lifecycle_export(
    trained: Input[Artifact], dataset: Input[Artifact], name: str, int8: bool, model: Output[Artifact]
) -> None:
    """A trained network becomes a model folder.

    Args:
        trained: folder of a Trained.
        dataset: folder of a Prepared.
        name: as in the stage's settings.
        int8: as in the stage's settings.
        model: folder of the result.
    """
    from components.core.stage import run_component

    run_component(
        "training.lifecycle.export",
        {"trained": trained.path, "dataset": dataset.path},
        {"name": name, "int8": int8},
        model,
    )


@dsl.component(base_image="troupe", install_kfp_package=False)
def lifecycle_plan(model: Input[Artifact], fp16: bool, plan: Output[Artifact]) -> None:
    """An exported model becomes a TensorRT plan, on the GPU and in the image that it is to run on.

    Args:
        model: folder of an ExportedModel.
        fp16: as in the stage's settings.
        plan: folder of the result.
    """
    from components.core.stage import run_component

    run_component("training.lifecycle.plan", {"model": model.path}, {"fp16": fp16}, plan)


@dsl.component(base_image="troupe", install_kfp_package=False)
def lifecycle_register(
    model: Input[Artifact],
    trained: Input[Artifact],
    evaluation: Input[Artifact],
    registry: str,
    registration: Output[Artifact],
) -> None:
    """A model folder becomes a version in the registry.

    Args:
        model: folder of an ExportedModel.
        trained: folder of a Trained.
        evaluation: folder of an Evaluation.
        registry: as in the stage's settings.
        registration: folder of the result.
    """
    from components.core.stage import run_component

    run_component(
        "training.lifecycle.register",
        {"model": model.path, "trained": trained.path, "evaluation": evaluation.path},
        {"registry": registry},
        registration,
    )


@dsl.component(base_image="troupe", install_kfp_package=False)
def lifecycle_trial(registration: Input[Artifact], family: str, endpoint: str, verification: Output[Artifact]) -> None:
    """A server answers for a candidate.

    Args:
        registration: folder of a Registration.
        family: as in the stage's settings.
        endpoint: as in the stage's settings.
        verification: folder of the result.
    """
    from components.core.stage import run_component

    run_component(
        "training.lifecycle.trial",
        {"registration": registration.path},
        {"family": family, "endpoint": endpoint},
        verification,
    )


@dsl.component(base_image="troupe", install_kfp_package=False)
def lifecycle_decide(
    registration: Input[Artifact],
    evaluation: Input[Artifact],
    verification: Input[Artifact],
    family: str,
    promotion: Output[Artifact],
) -> None:
    """A verified candidate is promoted when it is better.

    Args:
        registration: folder of a Registration.
        evaluation: folder of an Evaluation.
        verification: folder of a Verification.
        family: as in the stage's settings.
        promotion: folder of the result.
    """
    from components.core.stage import run_component

    run_component(
        "training.lifecycle.decide",
        {"registration": registration.path, "evaluation": evaluation.path, "verification": verification.path},
        {"family": family},
        promotion,
    )
