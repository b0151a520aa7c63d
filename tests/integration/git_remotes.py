"""A team's repository as a real bare remote: Terraform variables, Helm values and Kubernetes manifests."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from connectors.git import GitExecutor, executor_of
from finops.actions import ChangeCode, CodeTarget, ResizeInstance, Target
from finops.ports import Run
from finops.repositories import Repositories, Repository

TFVARS = """\
# Sizes of the shop, by environment. Ask #platform before you touch `db`.
region        = "eu-central-1"
instance_type = "m5.2xlarge" # since Black Friday
node_count    = 6

pools = [
  { name = "web",   type = "m5.xlarge", size = 4 },
  { name = "batch", type = "c5.large",  size = 2 }, // nights only
]
"""
VARIABLES = """\
variable "db_class" {
  description = "Class of the database"
  type        = string
  default     = "db.r5.2xlarge"
}
"""
VALUES = """\
# Helm values of the shop
web:
  replicaCount: 6          # peak of last year
  image: 'shop/web:1.4.2'
  resources:
    requests: {cpu: 2, memory: "4Gi"}
    limits:
      cpu: 4
"""
MANIFEST = """\
apiVersion: v1
kind: Service
metadata: {name: web}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 3
  template:
    spec:
      containers:
      - name: proxy
        resources: {requests: {cpu: 100m}}
      - name: web   # the shop
        resources:
          requests:
            cpu: 1500m
"""
FILES = {
    "terraform/prod.tfvars": TFVARS,
    "terraform/variables.tf": VARIABLES,
    "charts/shop/values.yaml": VALUES,
    "k8s/web.yaml": MANIFEST,
    "README.md": "The shop.\n",
}
PATHS = ("terraform/*.tfvars", "terraform/variables.tf", "charts/**/values*.yaml", "k8s/*.yaml")
ENVIRONMENT = {"PATH": os.environ["PATH"]}
AUTHOR = {f"GIT_{who}_{what}": "ana@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def git(folder: Path, *arguments: str) -> str:
    quiet = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(
        ["git", *arguments], cwd=folder, env=ENVIRONMENT | AUTHOR | quiet, check=True, capture_output=True
    )
    return done.stdout.decode()


@dataclass(frozen=True)
class Shop:
    """The remote, and a checkout by which the team works on it."""

    bare: Path
    team: Path

    @classmethod
    def opened(cls, folder: Path) -> "Shop":
        bare, team = folder / "shop.git", folder / "team"
        git(folder, "init", "-q", "--bare", "-b", "main", str(bare))
        git(folder, "clone", "-q", str(bare), str(team))
        git(team, "checkout", "-q", "-b", "main")
        shop = cls(bare, team)
        shop.write({path: text.encode() for path, text in FILES.items()})
        return shop

    def write(self, files: dict[str, bytes], *, branch: str = "main") -> None:
        """Commit files as one of the team would, and push them."""
        if branch != "main":
            git(self.team, "fetch", "-q", "origin", branch)
            git(self.team, "checkout", "-q", "-B", branch, "FETCH_HEAD")
        for path, content in files.items():
            (self.team / path).parent.mkdir(parents=True, exist_ok=True)
            (self.team / path).write_bytes(content)
        git(self.team, "add", "-A")
        git(self.team, "commit", "-q", "-m", "work of the team")
        git(self.team, "push", "-q", "origin", branch)
        git(self.team, "checkout", "-q", "main")

    def merge(self, branch: str, *, squash: bool) -> None:
        """Merge a branch of ours as a review would, and delete it where it was squashed."""
        git(self.team, "pull", "-q", "--rebase", "origin", "main")
        git(self.team, "fetch", "-q", "origin", branch)
        git(self.team, "merge", "-q", *(["--squash"] if squash else ["--no-ff", "--no-edit"]), "FETCH_HEAD")
        if squash:
            git(self.team, "commit", "-q", "-m", "cheaper")
            git(self.team, "push", "-q", "origin", f":{branch}")
        git(self.team, "push", "-q", "origin", "main")

    def hook(self, name: str, script: str) -> None:
        file = self.bare / "hooks" / name
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def branches(self) -> list[str]:
        return git(self.bare, "for-each-ref", "--format=%(refname:short)", "refs/heads").split()

    def read(self, branch: str, path: str) -> bytes:
        return git(self.bare, "show", f"{branch}:{path}").encode()

    def commits(self) -> int:
        """Count every commit on any branch."""
        return int(git(self.bare, "rev-list", "--all", "--count"))

    def executor(self, folder: Path, *, url: str = "", live: bool = False) -> GitExecutor:
        shop = Repository(
            name="shop", url=url or str(self.bare), branch="main", owner="web", environment="prod", paths=PATHS,
            author_name="Tollkeeper", author_email="finops@example.com",
        )  # fmt: skip
        return executor_of(
            Repositories(repository=(shop,)), folder=folder / "clones", live=live, environment=ENVIRONMENT
        )


def change(path: str, key: str, value: str) -> ChangeCode:
    target = CodeTarget(account="shop", region="main", resource_id=path)
    return ChangeCode(target=target, key=key, value=value, stands_for=None)


def smaller() -> ChangeCode:
    instance = Target(account="123456789012", region="eu-central-1", resource_id="i-0abc")
    made = change("terraform/prod.tfvars", "instance_type", "m5.xlarge")
    return made.model_copy(update={"stands_for": ResizeInstance(target=instance, instance_type="m5.xlarge")})


class Died(Exception):
    """The process ended here."""


def run_of(proposal: str = "p-1", *, undo: bool = False, dies: bool = False) -> Run:
    """Give a run; one that `dies` ends right before its first call."""

    def note(call: str) -> None:
        if dies:
            raise Died(call)

    return Run(proposal, f"undo-{proposal}-key" if undo else f"{proposal}-key", f"{proposal}-key", note)
