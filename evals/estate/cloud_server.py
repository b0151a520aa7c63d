"""The demo cloud's server: moto's AWS, the estate's instances with the ids of its bills, and a recorder of what is done.

Needs the `demo` extra. Binds to 127.0.0.1 only.
"""

import json
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Literal, NoReturn, cast

import boto3
from botocore.config import Config
from moto.ec2.models import ec2_backends, elastic_block_store, instances
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from evals.estate.cloud import HOST, IDENTITY
from evals.estate.cloud_gaps import fill_gaps
from evals.estate.cloud_holdings import disk_of, make_holdings, with_holdings
from evals.estate.cloud_rules import Disk, Refusal, refusal
from evals.estate.request_log import DONE, append, asked, served
from evals.estate.world import Change, Done, Machine, State, World, load, locked, save
from finops.errors import Unavailable
from tools.instance_catalogue import Architecture, instance_type

Environ = dict[str, Any]
Wsgi = Callable[[Environ, Any], Iterable[bytes]]
_IMAGES: dict[Architecture, Literal["x86_64", "arm64"]] = {"amd64": "x86_64", "arm64": "arm64"}


class QuietHandler(MotoRequestHandler):
    """Serves without a line in the log for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


class Recorder:
    """Wraps the API: refuses what real EC2 refuses, and writes what was asked and the new state of what it has before it answers.

    INVARIANT: what a client was told is done, is in the world and in the log of requests.
    """

    def __init__(self, app: Wsgi, folder: Path, world: World) -> None:
        self._app = app
        self._folder = folder
        self._backend = ec2_backends[world.account][world.region]
        self._lock = threading.Lock()
        self._modified: dict[str, datetime] = {}
        self.recording = False

    def __call__(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        """Serve one request."""
        if environ.get("PATH_INFO") == IDENTITY:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps({"folder": str(self._folder), "pid": os.getpid()}).encode()]
        if environ.get("REQUEST_METHOD") != "POST" or not self.recording:
            return self._app(environ, start_response)
        with self._lock:
            return self._act(environ, start_response)

    def _act(self, environ: Environ, start_response: Any) -> Iterable[bytes]:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        request = asked(body, environ.get("HTTP_X_AMZ_TARGET", ""))
        if not request.changes:
            return self._app(environ, start_response)
        status: list[str] = []

        def begun(said: str, *rest: Any) -> Any:
            status.append(said)
            return start_response(said, *rest)

        now = self._now()
        refused = refusal(request.form, self, now)
        answer = _error(refused, begun) if refused else list(self._app(environ, begun))
        line = served(request, status[-1], b"".join(answer))
        append(self._folder, line)
        if line.outcome == DONE:
            if request.action == "ModifyVolume":
                self._modified |= dict.fromkeys(line.resources, now)
            self._record()
        return answer

    def _now(self) -> datetime:
        """Return the time in the cloud: days that the estate was advanced by have passed."""
        world = load(self._folder)
        return datetime.now(UTC) + (world.end - world.anchor)

    def instance(self, resource_id: str) -> Change | None:
        """Return what the instance is now, None where there is none."""
        world = load(self._folder)
        for machine in world.instances:
            if machine.resource_id == resource_id:
                return self._present(machine, world)
        return None

    def volume(self, resource_id: str) -> Disk | None:
        """Return what the volume is now, None where there is none."""
        found = self._backend.volumes.get(resource_id)
        if found is None:
            return None
        return Disk(int(found.size), found.attachment is not None, self._modified.get(resource_id))

    def associated(self, allocation_id: str) -> bool:
        """Tell whether the address is in use."""
        return any(one.allocation_id == allocation_id and one.association_id for one in self._backend.addresses)

    def _present(self, machine: Machine, world: World) -> Change | None:
        found = next((i for i in self._backend.all_instances() if i.id == machine.resource_id), None)
        if found is None:
            return None
        tags = {tag["key"]: tag["value"] for tag in found.get_tags()}
        return Change(day=world.end, instance_type=found.instance_type, state=cast(State, found.state), tags=tags)

    def _record(self) -> None:
        with locked(self._folder):
            world = load(self._folder)
            seen = [(machine, self._present(machine, world)) for machine in world.instances]
            after = tuple(machine.becomes(now) if now else machine for machine, now in seen)
            now = with_holdings(world.model_copy(update={"instances": after}), self._backend)
            if now != world:
                save(self._folder, now)


def _error(refused: Refusal, start_response: Any) -> list[bytes]:
    """Answer as EC2 does: the query protocol's XML of one error."""
    start_response("400 Bad Request", [("Content-Type", "text/xml;charset=UTF-8")])
    body = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error>'
        f"<Code>{refused.code}</Code><Message>{refused.message}</Message>"
        "</Error></Errors><RequestID>00000000-0000-0000-0000-000000000000</RequestID></Response>"
    )
    return [body.encode()]


def serve(folder: Path, *, port: int, with_parent: bool) -> None:
    """Make the instances, print the address, and serve until ended."""
    with _serving(folder, port) as (recorder, endpoint):
        _populate(load(folder), endpoint)
        _open(recorder, folder, endpoint)
        sys.stdout.write(endpoint + "\n")
        sys.stdout.flush()
        if with_parent:
            sys.stdin.buffer.read()
        else:
            threading.Event().wait()


def serve_copies(folder: Path) -> None:
    """Make the instances once; then, for each folder named on standard input, serve a copy of them until this process ends.

    A folder holds the world as it was made. The line said for it is the copy's address and process, that for none of them `ready`.
    """
    with _serving(folder, 0) as (_, endpoint):
        _populate(load(folder), endpoint)
    # Nobody waits for a copy that ends, and all of them end with this process: a pipe that it alone can write to closes then.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    lives, alive = os.pipe()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    for line in sys.stdin:
        # INVARIANT: this process has one thread only and no connection: its server is gone before it forks.
        if threading.active_count() > 1:
            raise Unavailable(
                "a thread of the demo cloud outlived its server", fix="look at `evals.estate.cloud_server`"
            )
        if not os.fork():
            os.close(alive)
            _serve_copy(Path(line.rstrip("\n")), lives)


def _serve_copy(folder: Path, lives: int) -> NoReturn:
    failed = True
    try:
        with _serving(folder, 0) as (recorder, endpoint):
            _open(recorder, folder, endpoint)
            os.write(sys.stdout.fileno(), f"{endpoint} {os.getpid()}\n".encode())
            os.read(lives, 1)
        failed = False
    except Exception:  # noqa: BLE001 - the end of a process: what went wrong is in its log
        traceback.print_exc()
    finally:
        # Never back into the loop that this was forked from.
        os._exit(int(failed))


@contextmanager
def _serving(folder: Path, port: int) -> Generator[tuple[Recorder, str]]:
    """Serve what this process holds, over the world in `folder`, from a thread of its own; nothing is recorded yet."""
    fill_gaps()
    recorder = Recorder(DomainDispatcherApplication(create_backend_app), folder, load(folder))
    server = make_server(HOST, port, recorder, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield recorder, f"http://{HOST}:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        _wait_for_handlers()


def _wait_for_handlers() -> None:
    """Wait until the threads that served requests are gone, which the server itself does not."""
    for thread in threading.enumerate():
        if thread is not threading.current_thread():
            thread.join(5)


def _open(recorder: Recorder, folder: Path, endpoint: str) -> None:
    """Record from now on, and let the world say where the cloud answers."""
    with locked(folder):
        recorder.recording = True
        save(folder, load(folder).model_copy(update={"endpoint": endpoint}))


def _populate(world: World, endpoint: str) -> None:
    """Make the instances over the API, each with the id, volume, type, tags and state the world says."""
    living = [machine for machine in world.instances if machine.present.state != "terminated"]
    client = boto3.client(  # pyright: ignore[reportUnknownMemberType] - the stubs cover only the services installed
        "ec2", endpoint_url=endpoint, region_name=world.region, aws_access_key_id="demo", aws_secret_access_key="demo",  # noqa: S106
        config=Config(retries={"max_attempts": 1}, proxies={}),
    )  # fmt: skip
    backend = ec2_backends[world.account][world.region]
    images: dict[Architecture, str] = {
        kind: client.register_image(Name=f"larkspur-{name}", Architecture=name, RootDeviceName="/dev/xvda")["ImageId"]
        for kind, name in _IMAGES.items()
    }
    for kind, image in images.items():
        # What moto's RegisterImage leaves out, and instances take their architecture from.
        backend.amis[image].architecture = _IMAGES[kind]
    with _given_ids(living):
        for machine in living:
            disk = disk_of(world, machine.volume_id)
            _launch(client, machine, images[instance_type(machine.present.instance_type).architecture], disk)
    make_holdings(world, client)
    stopped = [machine.resource_id for machine in living if machine.present.state == "stopped"]
    if stopped:
        client.stop_instances(InstanceIds=stopped)
    client.close()
    made = {instance.id for instance in backend.all_instances()}
    if made != {machine.resource_id for machine in living}:
        raise Unavailable("the demo cloud could not make the estate's instances", fix="use the moto of the lock file")


def _launch(client: Any, machine: Machine, image: str, root: Done) -> None:
    now = machine.present
    tags = [{"Key": key, "Value": value} for key, value in sorted(now.tags.items())]
    disk = {
        "DeviceName": "/dev/xvda",
        "Ebs": {"VolumeSize": root.size_gib, "VolumeType": root.volume_type, "DeleteOnTermination": True},
    }
    client.run_instances(
        ImageId=image, MinCount=1, MaxCount=1, InstanceType=now.instance_type, BlockDeviceMappings=[disk],
        TagSpecifications=[{"ResourceType": what, "Tags": tags} for what in ("instance", "volume")],
    )  # fmt: skip


@contextmanager
def _given_ids(machines: list[Machine]) -> Generator[None]:
    """While it lasts, moto names instances and volumes as the world does instead of at random."""
    made: Any = instances
    attached: Any = elastic_block_store
    before = made.random_instance_id, attached.random_volume_id
    made.random_instance_id = iter([machine.resource_id for machine in machines]).__next__
    attached.random_volume_id = iter([machine.volume_id for machine in machines]).__next__
    try:
        yield
    finally:
        made.random_instance_id, attached.random_volume_id = before
