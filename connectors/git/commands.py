"""Git's own command line: an argument list, an environment without the user's settings, no prompt, no hook, a timeout."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from finops.errors import Unavailable

# What a connection needs of the user's environment; all else, such as GIT_* and editors, stays outside.
_KEPT: Final = (
    "PATH", "HOME", "TMPDIR", "SSH_AUTH_SOCK", "SSL_CERT_FILE", "SSL_CERT_DIR", "https_proxy", "HTTPS_PROXY", "no_proxy", "NO_PROXY",
)  # fmt: skip
_GRACE_SECONDS: Final = 3.0
_SET: Final = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_ASKPASS": "",
    "SSH_ASKPASS": "",
    "GIT_SSH_COMMAND": "ssh -o BatchMode=yes",
    "GIT_ALLOW_PROTOCOL": "https:ssh:file",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
}
_OPTIONS: Final = (
    "-c", f"core.hooksPath={os.devnull}", "-c", "core.fsmonitor=false", "-c", "credential.helper=", "-c", "gc.auto=0",
    "-c", "maintenance.auto=false", "-c", "fetch.recurseSubmodules=false", "-c", "push.recurseSubmodules=no",
    "-c", "push.gpgSign=false", "-c", "push.followTags=false", "-c", "protocol.version=2",
)  # fmt: skip


class GitFailed(Unavailable):
    """A git command ended with an error; `said` is what it wrote."""

    def __init__(self, message: str, *, said: str, fix: str) -> None:
        super().__init__(message, fix=fix)
        self.said = said


@dataclass(frozen=True, slots=True)
class Git:
    """Runs git in one bare repository. `timeout` is in seconds, for each command."""

    folder: Path
    environment: Mapping[str, str] = field(repr=False)
    timeout: float

    def run(self, *arguments: str, text: bytes = b"", extra: Mapping[str, str] | None = None) -> bytes:
        """Return what a command wrote. Raises `GitFailed` where it failed, `Unavailable` where it took too long."""
        kept = {name: self.environment[name] for name in _KEPT if name in self.environment}
        executable = shutil.which("git", path=kept.get("PATH"))
        if executable is None:
            raise Unavailable("git is not installed", fix="install git 2.31 or newer")
        command = [executable, *_OPTIONS, f"--git-dir={self.folder}", *arguments]
        # A group of its own: git's helpers for https and ssh end with it.
        with subprocess.Popen(  # noqa: S603
            command, env=kept | _SET | dict(extra or {}), cwd=self.folder.parent, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        ) as process:  # fmt: skip
            try:
                written, said = process.communicate(text, timeout=self.timeout)
            except subprocess.TimeoutExpired as error:
                raise Unavailable(
                    f"`git {arguments[0]}` did not end within {self.timeout:g} s", fix="try again"
                ) from error
            finally:
                _end(process)
        if process.returncode:
            raise _failure(arguments[0], said.decode(errors="replace"), self.folder)
        return written

    def line(self, *arguments: str, text: bytes = b"", extra: Mapping[str, str] | None = None) -> str:
        """Return the one line a command wrote."""
        return self.run(*arguments, text=text, extra=extra).decode(errors="replace").strip()


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End a command that is still running: gently first, so that git takes its lock files with it."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        try:
            process.wait(_GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            continue


def _failure(command: str, said: str, folder: Path) -> GitFailed:
    """Return what a command's error means. The last lines of what it wrote say most; a server's words are marked `remote:`."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and not line.startswith(("hint:", "warning:"))]
    remote = [line.removeprefix("remote:").strip() for line in lines if line.startswith("remote:")]
    rejected = [line for line in lines if "[rejected]" in line or "[remote rejected]" in line]
    told = " / ".join(part for part in (*remote[:3], *rejected[:1]) if part) or (
        lines[0] if lines else "it said nothing"
    )
    fix = "see what the server asks for" if rejected else "check url, branch and access in repositories.toml"
    if ".lock': File exists" in said:
        fix = f"delete the clone `{folder}`, which a crash left locked"
    return GitFailed(f"`git {command}` failed: {told[:400]}", said=said, fix=fix)
