"""The Kubeflow face of ingest: reads artifact folders, calls the stage, writes an artifact folder."""

from kfp import dsl
from kfp.dsl import Artifact, Output


@dsl.component(base_image="troupe", install_kfp_package=False)
def ingest_clip(source: str, start: float, duration: float, clip: Output[Artifact]) -> None:
    """A file or URL becomes a checked Clip.

    Args:
        source: path, URL, or "stored:" and the key of a file in the server's storage.
        start: as in the stage's settings.
        duration: as in the stage's settings.
        clip: folder of the result.
    """
    from components.core.stage import run_component
    from components.media.delivery import brought

    with brought(source) as file:
        run_component("components.ingest.clip", {"source": file}, {"start": start, "duration": duration}, clip)


@dsl.component(base_image="troupe", install_kfp_package=False)
def ingest_photo(source: str, still: Output[Artifact]) -> None:
    """A file or URL becomes a checked Still.

    Args:
        source: path, URL, or "stored:" and the key of a file in the server's storage.
        still: folder of the result.
    """
    from components.core.stage import run_component
    from components.media.delivery import brought

    with brought(source) as file:
        run_component("components.ingest.photo", {"source": file}, {}, still)
