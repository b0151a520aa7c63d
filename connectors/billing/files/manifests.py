"""Which of the files in a folder or a bucket are the bill: those its newest manifests name, and those beside the exports.

An export folder keeps earlier runs beside the newest; reading all of them would count every charge several times. Manifests
known, read 2026-11-23:
- AWS Data Exports, `metadata/BILLING_PERIOD=2026-01/.../<export>-Manifest.json` with `dataFiles`
  (https://docs.aws.amazon.com/cur/latest/userguide/dataexports-export-delivery.html)
- AWS Cost and Usage Report, `<report>/20260101-20260201/<report>-Manifest.json` with `assemblyId` and `reportKeys`
  (https://docs.aws.amazon.com/cur/latest/userguide/understanding-report-versions.html)
- Azure Cost Management, `<export>/20260101-20260131/.../manifest.json` with `blobs` and `runInfo`
  (https://learn.microsoft.com/azure/cost-management-billing/costs/tutorial-improved-exports)
"""

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import cast

from finops.errors import BadFile

SUFFIXES = (
    ".csv", ".csv.gz", ".parquet", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".json", ".json.gz",
)  # fmt: skip

Leaves = Callable[[str, str], None]
"""Told of each file that was found and left out, and why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """One run of an export: what it replaces an earlier run of, how new it is, and the files it is made of."""

    path: str
    replaces: tuple[str, ...]
    age: tuple[str, ...]
    files: tuple[str, ...]


def is_manifest(name: str) -> bool:
    """Whether a file is by its name a manifest."""
    return PurePosixPath(name).name.lower().endswith("manifest.json")


def wanted(names: Sequence[str], read: Callable[[str], bytes], place: str, leaves: Leaves) -> tuple[str, ...]:
    """Return those of the files `names`, paths below `place`, that are to be loaded; `leaves` is told of what is left out.

    Where there are manifests: the files they name, and the bills that lie in no export's own folders. Raises `BadFile` where a
    manifest cannot be read, or names a file that is not there.
    """
    manifests = [_parsed(name, read(name)) for name in names if is_manifest(name)]
    chosen: dict[str, None] = {}
    present = frozenset(names)
    for manifest in _newest(manifests):
        for named in manifest.files:
            chosen[_found(named, manifest, present, place)] = None
    own = _folders(manifests, present)
    for name in names:
        if name in chosen or is_manifest(name):
            continue
        if not _is_data(name):
            _leave(name, leaves)
        elif _within(name, own):
            leaves(name, "no manifest names it")
        else:
            chosen[name] = None
    return tuple(chosen)


def _is_data(name: str) -> bool:
    return not _is_hidden(name) and name.lower().endswith(SUFFIXES)


def _is_hidden(name: str) -> bool:
    return any(part.startswith((".", "_")) for part in PurePosixPath(name).parts)


def _leave(name: str, leaves: Leaves) -> None:
    """Tell of a file that is no bill by its name; programs' own hidden files and markers go without saying."""
    if any(part.startswith(".") for part in PurePosixPath(name).parts):
        return
    if not _is_hidden(name):
        leaves(name, "of another ending")
    elif name.lower().endswith(SUFFIXES):
        leaves(name, "its name begins with _")


def _folders(manifests: Sequence[Manifest], names: Collection[str]) -> frozenset[PurePosixPath]:
    """Return the folders that are exports' own: of their manifests and of the files these name, of older runs too."""
    folders: set[PurePosixPath] = set()
    for manifest in manifests:
        folders.add(PurePosixPath(manifest.path).parent)
        for named in manifest.files:
            hit = _hit(named, manifest, names)
            folders |= {PurePosixPath(hit).parent} if hit else set()
    return frozenset(folders)


def _within(name: str, folders: Collection[PurePosixPath]) -> bool:
    """Tell whether a file lies in one of the folders or below; of the place itself, right in it."""
    above = PurePosixPath(name).parents
    return above[0] in folders or any(folder in folders for folder in above[:-1])


def _newest(manifests: Sequence[Manifest]) -> list[Manifest]:
    groups: dict[tuple[str, ...], list[Manifest]] = {}
    for one in sorted(manifests, key=lambda m: (m.age, m.path)):
        groups.setdefault(one.replaces, []).append(one)
    for group in groups.values():
        rival = next((one for one in group if one.age == group[-1].age and one.files != group[-1].files), None)
        if rival is not None:
            raise BadFile(
                f"manifests `{rival.path}` and `{group[-1].path}` are of one period, and neither says which is newer",
                fix="give the folder of the run to load",
            )
    return [group[-1] for group in groups.values()]


def _parsed(name: str, content: bytes) -> Manifest:
    try:
        raw = json.loads(content)
    except ValueError as error:
        raise BadFile(f"manifest `{name}` is cut off or no JSON", fix="copy it again") from error
    body = cast(dict[str, object], raw) if isinstance(raw, dict) else {}
    for reader in (_data_export, _legacy_report, _azure_export):
        found = reader(name, body)
        if found is not None and found.files:
            return found
    raise BadFile(
        f"manifest `{name}` names no data files", fix="give the folder of the data files, without it, to load them all"
    )


def _data_export(name: str, body: dict[str, object]) -> Manifest | None:
    files = body.get("dataFiles")
    if not isinstance(files, list):
        return None
    path = PurePosixPath(name)
    period = next((part for part in path.parts if part.startswith("BILLING_PERIOD=")), "")
    # With one delivery a run, its folder begins with the time of the run.
    run = "" if path.parent.name == period else path.parent.name
    return Manifest(name, (path.name, period), (run,), tuple(str(one) for one in cast(list[object], files)))


def _legacy_report(name: str, body: dict[str, object]) -> Manifest | None:
    keys = body.get("reportKeys")
    if not isinstance(keys, list):
        return None
    period = body.get("billingPeriod")
    start = str(cast(dict[str, object], period).get("start", "")) if isinstance(period, dict) else ""
    path = PurePosixPath(name)
    # The copy in the period's own folder is of the newest assembly; each assembly's folder has one more.
    current = path.parent.name != str(body.get("assemblyId"))
    report = (path.name, start or path.parent.name)
    return Manifest(
        name, report, ("current" if current else "assembly",), tuple(str(k) for k in cast(list[object], keys))
    )


def _azure_export(name: str, body: dict[str, object]) -> Manifest | None:
    blobs = body.get("blobs")
    if not isinstance(blobs, list):
        return None
    run = cast(dict[str, object], body.get("runInfo") or {})
    config = cast(dict[str, object], body.get("exportConfig") or {})
    names = tuple(str(blob.get("blobName", "")) for blob in cast(list[dict[str, object]], blobs))
    replaces = (str(config.get("exportName", "")), str(config.get("type", "")), str(run.get("startDate", name))[:10])
    return Manifest(name, replaces, (str(run.get("submittedTime", "")),), names)


def _found(named: str, manifest: Manifest, names: Collection[str], place: str) -> str:
    hit = _hit(named, manifest, names)
    if hit is None:
        raise BadFile(
            f"manifest `{manifest.path}` in `{place}` names `{named}`, which is not there",
            fix="copy the whole export with its folders, or wait until it is delivered",
        )
    return hit


def _hit(named: str, manifest: Manifest, names: Collection[str]) -> str | None:
    """Return the file that a manifest means: exporters write its place in their bucket, of which a copy may keep the end only.

    The copy begins in a folder above both the manifest and the file, and what the manifest's own path has of the written one,
    such as the period, the file's has too: exports name the files of every period alike.
    """
    parts = PurePosixPath(named.split("://", 1)[-1]).parts
    folder = PurePosixPath(manifest.path).parent.parts
    for start in range(len(parts)):
        for depth in range(len(folder), -1, -1):
            hit = "/".join((*folder[:depth], *parts[start:]))
            lost = set(parts[:start]) & set(folder) - set(folder[:depth]) - set(parts[start:])
            if hit in names and not lost:
                return hit
    return None
