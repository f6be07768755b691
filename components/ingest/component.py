"""The Kubeflow face of ingest: reads artifact folders, calls the stage, writes an artifact folder."""

from kfp import dsl
from kfp.dsl import Artifact, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def ingest_clip(source: str, start: float, duration: float, clip: Output[Artifact]) -> None:
    """A file or URL becomes a checked Clip.

    Args:
        source: path or URL.
        start: as in the stage's settings.
        duration: as in the stage's settings.
        clip: folder of the result.
    """
    from components.core.stage import run_component

    run_component("components.ingest.clip", {"source": source}, {"start": start, "duration": duration}, clip)


@dsl.component(base_image="troupe", install_kfp_package=False)
def ingest_photo(source: str, still: Output[Artifact]) -> None:
    """A file or URL becomes a checked Still.

    Args:
        source: path or URL.
        still: folder of the result.
    """
    from components.core.stage import run_component

    run_component("components.ingest.photo", {"source": source}, {}, still)
