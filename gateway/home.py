"""Where Tollkeeper keeps its state: one folder, named by `TOLL_HOME`, `~/.tollkeeper` where that is not set."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from finops.errors import BadInput


@dataclass(frozen=True, slots=True)
class Home:
    """The folder layout under `TOLL_HOME`, and the settings read from the environment."""

    path: Path
    environment: Mapping[str, str]

    @classmethod
    def open(cls, environment: Mapping[str, str] = os.environ) -> "Home":
        """Return the home the environment names; the folder is made, readable by its owner only. Raises `BadInput`."""
        path = Path(environment.get("TOLL_HOME") or Path.home() / ".tollkeeper").expanduser().absolute()
        try:
            path.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise BadInput(
                f"the home `{path}` cannot be made", fix="set TOLL_HOME to a folder you may write to"
            ) from error
        return cls(path, environment)

    @property
    def lake(self) -> Path:
        """Warehouse and catalogue of the Iceberg lake."""
        return self.path / "lake"

    @property
    def evidence(self) -> Path:
        """Evidence, one JSON file each."""
        return self.path / "evidence"

    @property
    def books(self) -> Path:
        """Allocation rules and exchange rates, each kept under its digest."""
        return self.path / "books"

    @property
    def plans(self) -> Path:
        """Compiled query shapes; may be deleted at any time."""
        return self.path / "cache" / "plans"

    @property
    def lake_engine(self) -> str:
        """What runs the questions, from `TOLL_LAKE_ENGINE`: `duckdb` in this process, or a Spark master."""
        return self.environment.get("TOLL_LAKE_ENGINE") or "duckdb"

    @property
    def database_url(self) -> str:
        """SQLAlchemy URL of the records."""
        return self.environment.get("TOLL_DATABASE_URL") or f"sqlite:///{self.path / 'records.db'}"

    @property
    def key(self) -> Path:
        """Secret that signs sessions; made at first use, mode 0600."""
        return self.path / "key"

    @property
    def session(self) -> Path:
        """The command line's own session token, mode 0600."""
        return self.path / "session"

    @property
    def ended_sessions(self) -> Path:
        """Ids of the session tokens that were logged out of, one a line."""
        return self.path / "ended-sessions"

    @property
    def checkpoints(self) -> Path:
        """LangGraph's checkpoints: conversations and waiting approvals; nothing is granted from here."""
        return self.path / "checkpoints.db"

    @property
    def endpoint_file(self) -> Path:
        """Address of the simulated cloud that the demo started for this home."""
        return self.path / "aws-endpoint"

    @property
    def repositories(self) -> Path:
        """Settings of the repositories whose files a proposal may change."""
        return self.path / "repositories.toml"

    @property
    def models(self) -> Path:
        """Settings of the models, one a tier, and the caps on what they may cost."""
        return self.path / "models.toml"

    @property
    def estate(self) -> Path:
        """The demo estate's files, in a demo home."""
        return self.path / "estate"

    @property
    def demo_day(self) -> Path:
        """The day it is in a demo home; absent in any other."""
        return self.path / "demo-day"

    @property
    def aws_endpoint(self) -> str | None:
        """Where the AWS API is: `AWS_ENDPOINT_URL`, else the demo's own cloud, else None for AWS itself."""
        if endpoint := self.environment.get("AWS_ENDPOINT_URL"):
            return endpoint
        return self.endpoint_file.read_text(encoding="utf-8").strip() if self.endpoint_file.exists() else None

    @property
    def aws_role(self) -> str | None:
        """Role whose sessions, cut down to the calls of one run, carry it out, from `TOLL_AWS_ROLE_ARN`; the demo's cloud has none."""
        return None if self.demo_day.exists() else self.environment.get("TOLL_AWS_ROLE_ARN") or None

    @property
    def aws_snapshot_minutes(self) -> int:
        """How long a run waits for a snapshot of a volume, from `TOLL_AWS_SNAPSHOT_MINUTES`; an hour unless set. Raises `BadInput`."""
        text = self.environment.get("TOLL_AWS_SNAPSHOT_MINUTES") or "60"
        if not re.fullmatch(r"[1-9]\d{0,3}", text, re.ASCII):
            raise BadInput(
                f"`{text}` is not a number of minutes", fix="set TOLL_AWS_SNAPSHOT_MINUTES to one from 1 to 9999"
            )
        return int(text)

    @property
    def aws_without_role(self) -> bool:
        """Whether real AWS may be called with all that the caller's credentials may do: only with `TOLL_AWS_WITHOUT_ROLE=1`."""
        return self.environment.get("TOLL_AWS_WITHOUT_ROLE") == "1"

    @property
    def live(self) -> bool:
        """Whether real credentials may be used: only with `TOLL_LIVE=1`."""
        return self.environment.get("TOLL_LIVE") == "1"

    @property
    def policies(self) -> Path | None:
        """Folder of rules that replaces the built-in ones, from `TOLL_POLICIES`."""
        folder = self.environment.get("TOLL_POLICIES")
        return Path(folder) if folder else None
