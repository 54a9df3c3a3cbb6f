"""Areas from any boundary file that geopandas reads, however offices package, encode and name them.

    found = read_boundaries(Path("wards.zip"), Choices(level="ward"))

What a file leaves open is asked for: the FileError says with which option. What was found out, and what looks wrong, is
in `notes` and `doubts`.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from cityhub.catalogue.boundaries import layers
from cityhub.catalogue.boundaries.packages import datasets
from cityhub.catalogue.boundaries.reading import Boundaries, Choices, Reading

__all__ = ["Boundaries", "Choices", "read_boundaries"]


def read_boundaries(
    file: Path, choices: Choices | None = None, points: Sequence[tuple[float, float]] = ()
) -> Boundaries:
    """Areas in `file`, in WGS84: a dataset, a folder of them, or an archive. Rows of one area become one.

    Invalid shapes are repaired; what is no polygon is left out, and told. `points` (lon, lat), where sensors are, help
    to advise. Raises FileError.
    """
    choices = choices or Choices()
    with datasets(file) as found, tempfile.TemporaryDirectory(prefix="boundaries-") as workspace:
        read = layers.layers(found, Path(workspace), file.name)
        chosen = layers.choose(read, choices.layers, file.name)
        told = tuple(layers.told_name(layer, read) for layer in chosen)
        return Reading(file.name, choices, points).boundaries(chosen, told)
