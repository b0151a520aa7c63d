"""Object stores through Arrow: list what a bill is made of, download it, and hold each file against its size there."""

import re
from collections.abc import Mapping
from contextlib import AbstractContextManager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Protocol, cast

import pyarrow.fs as arrow_fs  # pyright: ignore[reportMissingTypeStubs]

from connectors.billing.files.manifests import Leaves, wanted
from finops.errors import BadFile, TollError, Unavailable


class _Stream(Protocol):
    def read(self, size: int | None = None) -> bytes: ...


class _Info(Protocol):
    """What Arrow says of one file; pyarrow has no types of its own."""

    path: str
    base_name: str
    size: int
    is_file: bool


class _System(Protocol):
    def get_file_info(self, place: object) -> Any: ...
    def open_input_stream(self, path: str, compression: str | None) -> AbstractContextManager[_Stream]: ...


# pyarrow makes its classes at run time, so that no tool can tell their types.
_fs = cast(Any, arrow_fs)
_CHUNK = 8 << 20
_TIMEOUT = 30
_WILD = re.compile(r"[*?\[]")
# What the stores' own messages say, lower case, and what that means to a person.
_DENIED = (
    "access_denied",
    "access denied",
    "forbidden",
    "permission",
    "http status 403",
    "[code: 403]",
    "signature",
    "invalid_access_key",
)
_NO_CREDENTIALS = ("credential", "could not create a oauth2 access token", "unable to retrieve token", "no valid")
_ABSENT = (
    "no_such_bucket",
    "nosuchbucket",
    "http status 404",
    "[code: 404]",
    "not found",
    "does not exist",
    "no_such_key",
)
_CREDENTIALS = {
    "s3": "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile",
    "gs": "GOOGLE_APPLICATION_CREDENTIALS",
    "az": "AZURE_STORAGE_ACCOUNT and AZURE_STORAGE_KEY or AZURE_STORAGE_SAS_TOKEN",
}


def download(place: str, target: Path, environment: Mapping[str, str], leaves: Leaves) -> tuple[Path, ...]:
    """Download the files that a place stands for into `target` and return them, sorted by their place there.

    `leaves` is told of files that are left out.

    Raises `BadFile` where there is none, access is denied or a file comes short, `Unavailable` where the store is out of reach.
    """
    try:
        return _download(place, target, environment, leaves)
    except TollError:
        raise
    except (OSError, ValueError) as error:
        raise _told(place, error) from error


def _download(place: str, target: Path, environment: Mapping[str, str], leaves: Leaves) -> tuple[Path, ...]:
    scheme, _, rest = place.partition("://")
    system, path = _opened(scheme, rest, environment)
    path = path.strip("/")
    if not path:
        raise BadFile(f"`{place}` names no bucket", fix=f"write it as {scheme}://bucket/prefix")
    base, infos = _listed(system, path)
    if not infos:
        raise BadFile(f"`{place}` holds no file", fix="check the bucket and the prefix")
    by_name = {info.path.removeprefix(base).lstrip("/") or info.base_name: info for info in infos}
    names = wanted(sorted(by_name), lambda name: _content(system, by_name[name]), place, leaves)
    if not names:
        raise BadFile(
            f"`{place}` holds no .csv, .csv.gz, .parquet or .jsonl file", fix="give the prefix that holds the bill"
        )
    return tuple(_copied(system, by_name[name], target / name, place) for name in names)


def _opened(scheme: str, rest: str, environment: Mapping[str, str]) -> tuple[_System, str]:
    if scheme == "s3":
        return _s3(environment), rest
    if scheme == "gs":
        return cast(_System, _fs.GcsFileSystem()), rest
    # abfs://container@account.dfs.core.windows.net/path names the account; az://container/path leaves it to the environment.
    container, _, host = rest.partition("/")[0].partition("@")
    account = host.split(".")[0] or environment.get("AZURE_STORAGE_ACCOUNT", "")
    if not account:
        raise BadFile(f"`{scheme}://{rest}` names no storage account", fix="set AZURE_STORAGE_ACCOUNT")
    key, token = environment.get("AZURE_STORAGE_KEY"), environment.get("AZURE_STORAGE_SAS_TOKEN")
    system = cast(_System, _fs.AzureFileSystem(account, account_key=key, sas_token=None if key else token))
    return system, f"{container}/{rest.partition('/')[2]}"


def _s3(environment: Mapping[str, str]) -> _System:
    endpoint = environment.get("AWS_ENDPOINT_URL_S3") or environment.get("AWS_ENDPOINT_URL") or ""
    scheme, _, host = endpoint.rpartition("://")
    system = _fs.S3FileSystem(
        # Without a key here Arrow looks where AWS's own tools look: profile, role, instance.
        access_key=environment.get("AWS_ACCESS_KEY_ID"),
        secret_key=environment.get("AWS_SECRET_ACCESS_KEY"),
        session_token=environment.get("AWS_SESSION_TOKEN"),
        region=environment.get("AWS_REGION") or environment.get("AWS_DEFAULT_REGION") or "us-east-1",
        endpoint_override=host.rstrip("/") or None,
        scheme=scheme or "https",
        connect_timeout=_TIMEOUT,
        request_timeout=_TIMEOUT,
    )
    return cast(_System, system)


def _listed(system: _System, path: str) -> tuple[str, list[_Info]]:
    """Return the folder that names are counted from, and the files below it that `path`, perhaps a pattern, stands for."""
    wild = _WILD.search(path)
    base = path[: wild.start()].rpartition("/")[0] if wild else path
    if not base:
        raise BadFile(f"`{path}` has a pattern in the bucket's name", fix="name the bucket in full")
    only = None if wild else cast(_Info, system.get_file_info(path))
    if only is not None and only.is_file:
        return path.rpartition("/")[0], [only]
    found = cast(list[_Info], system.get_file_info(_fs.FileSelector(base, recursive=True)))
    return base, [one for one in found if one.is_file and (wild is None or fnmatchcase(one.path, path))]


def _content(system: _System, info: _Info) -> bytes:
    with system.open_input_stream(info.path, compression=None) as stream:
        return bytes(stream.read())


def _copied(system: _System, info: _Info, target: Path, place: str) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    # compression=None: by its name alone Arrow would unpack a .gz on the way.
    with system.open_input_stream(info.path, compression=None) as stream, target.open("wb") as out:
        while chunk := stream.read(_CHUNK):
            out.write(chunk)
    size = target.stat().st_size
    if size != info.size:
        raise BadFile(
            f"`{info.base_name}` from `{place}` came with {size} of {info.size} bytes",
            fix="load it again when its export is done",
        )
    return target.resolve()


def _told(place: str, error: Exception) -> TollError:
    said = str(error).lower()
    kind = place.partition("://")[0]
    credentials = _CREDENTIALS.get(kind, _CREDENTIALS["az"])
    if any(word in said for word in _DENIED):
        return BadFile(
            f"access to `{place}` is denied",
            fix=f"allow listing and reading there; credentials come from {credentials}",
        )
    if any(word in said for word in _NO_CREDENTIALS):
        return BadFile(f"no credentials for `{place}`", fix=f"set {credentials}")
    if isinstance(error, FileNotFoundError) or any(word in said for word in _ABSENT):
        return BadFile(f"`{place}` does not exist", fix="check the bucket and the prefix")
    return Unavailable(
        f"`{place}` could not be read ({str(error)[:200]})", fix="try again, or check the endpoint and the network"
    )
