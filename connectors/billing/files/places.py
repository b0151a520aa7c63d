"""From what a person names, files to read: paths, folders and patterns here, and `s3://`, `gs://`, `az://` elsewhere."""

import glob
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from connectors.billing.files.manifests import Leaves
from connectors.billing.files.source import find_files, unsaid
from finops.errors import BadFile

SCHEMES = ("s3", "gs", "az", "abfs", "abfss")
_REMOTE = re.compile(r"(?P<scheme>[a-z0-9]+)://(?P<rest>.*)", re.DOTALL)


def is_remote(place: str) -> bool:
    """Whether a place is in an object store. Raises `BadFile` for a scheme that is not known."""
    found = _REMOTE.match(place)
    if found and found["scheme"] not in SCHEMES:
        raise BadFile(
            f"`{place}` is of no known kind", fix="give a path, or an address that begins with s3://, gs:// or az://"
        )
    return found is not None


def fetch(
    places: Sequence[str], scratch: Path, environment: Mapping[str, str] | None = None, leaves: Leaves = unsaid
) -> tuple[Path, ...]:
    """Return the files of all places, each once; those of object stores are downloaded below `scratch`.

    `environment` is where endpoints, regions and credentials come from, the process's own by default; `leaves` is told of files
    that are left out. Raises `BadFile`
    where a place holds nothing or may not be read, `Unavailable` where its store does not answer.
    """
    found: dict[Path, None] = {}
    for index, place in enumerate(places):
        if is_remote(place):
            own = os.environ if environment is None else environment
            files = _downloaded(place, scratch / f"fetched-{index}", own, leaves)
        else:
            files = find_files(_local(place), leaves)
        found.update(dict.fromkeys(files))
    return tuple(found)


def _local(place: str) -> list[Path]:
    path = Path(place)
    if path.exists() or not glob.has_magic(place):
        return [path]
    matches = sorted(glob.glob(place, recursive=True))
    if not matches:
        raise BadFile(
            f"`{place}` matches no file", fix="check the pattern, and quote it so that the shell leaves it alone"
        )
    return [Path(match) for match in matches]


def _downloaded(place: str, target: Path, environment: Mapping[str, str], leaves: Leaves) -> tuple[Path, ...]:
    # pyarrow takes long to load and is for object stores only.
    from connectors.billing.files.stores import download  # noqa: PLC0415

    return download(place, target, environment, leaves)
