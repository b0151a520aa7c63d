"""The git executor against a real bare remote on this machine."""

from dataclasses import replace
from pathlib import Path

import pytest

from connectors.git import GitExecutor
from connectors.git.remote import Remote
from finops.actions import ChangeCode
from finops.errors import Refused, StateConflict, Unavailable, UnknownName
from finops.ports import Executor
from tests.integration.git_remotes import (
    FILES,
    TFVARS,
    Died,
    Shop,
    change,
    git,
    run_of,
    smaller,
)
from tests.unit.gateway.fakes import ANA, engine, facts, stage_at

FILE = "terraform/prod.tfvars"
CHART = "charts/shop/values.yaml"
BRANCH = "tollkeeper/p-1"


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop.opened(tmp_path)


@pytest.fixture
def executor(shop: Shop, tmp_path: Path) -> GitExecutor:
    return shop.executor(tmp_path)


def test_it_is_an_executor(executor: GitExecutor) -> None:
    port: Executor = executor
    assert port.observe(smaller()).exists


def test_observing_tells_the_value_and_the_file_and_not_the_commit(shop: Shop, executor: GitExecutor) -> None:
    seen = executor.observe(smaller())
    assert seen.attributes == {
        "repository": "shop", "branch": "main", "value": "m5.2xlarge",
        "blob": git(shop.bare, "rev-parse", f"main:{FILE}").strip(),
    }  # fmt: skip
    shop.write({"README.md": b"Another word.\n"})
    assert executor.observe(smaller()) == seen


@pytest.mark.parametrize(
    ("path", "asked", "lines"),
    [
        (FILE, ("instance_type", "m5.xlarge"), ('"m5.2xlarge" # since', '"m5.xlarge" # since')),
        (FILE, ("pools[name=batch].size", "1"), ("size = 2 }, // nights", "size = 1 }, // nights")),
        ("terraform/variables.tf", ("db_class", "db.r5.xlarge"), ("db.r5.2xlarge", "db.r5.xlarge")),
        ("charts/shop/values.yaml", ("web.replicaCount", "3"), ("replicaCount: 6 ", "replicaCount: 3 ")),
        ("charts/shop/values.yaml", ("web.resources.requests.cpu", "500m"), ("{cpu: 2,", "{cpu: 500m,")),
        ("k8s/web.yaml", ("Deployment/web:spec.template.spec.containers[name=web].resources.requests.cpu", "1"),
         ("cpu: 1500m", "cpu: 1")),
    ],
)  # fmt: skip
def test_a_branch_with_one_commit_that_changes_one_value_is_pushed(
    shop: Shop, executor: GitExecutor, path: str, asked: tuple[str, str], lines: tuple[str, str]
) -> None:
    action = change(path, *asked)
    report = executor.apply(action, executor.observe(action), run_of())
    assert (report.verified, report.error) == (True, "")
    assert shop.branches() == ["main", BRANCH]
    assert shop.read(BRANCH, path).decode() == FILES[path].replace(*lines)
    assert git(shop.bare, "diff", "--name-only", "main", BRANCH).split() == [path]
    assert git(shop.bare, "rev-list", "--count", f"main..{BRANCH}").strip() == "1"
    assert shop.read("main", path).decode() == FILES[path]


def test_the_commit_says_what_why_whose_and_by_which_run(shop: Shop, executor: GitExecutor) -> None:
    executor.apply(smaller(), executor.observe(smaller()), run_of())
    said = git(shop.bare, "log", "-1", "--format=%an <%ae>%n%B", BRANCH)
    assert said.startswith("Tollkeeper <finops@example.com>\nSet instance_type to m5.xlarge\n\nProposal p-1: commit")
    assert "meant to resize `i-0abc` to `m5.xlarge`" in said
    trailers = git(shop.bare, "log", "-1", "--format=%(trailers:only)", BRANCH)
    assert trailers.split("\n")[:2] == ["Tollkeeper-Proposal: p-1", "Tollkeeper-Run: p-1-key"]


def test_the_plan_is_the_commands_and_the_diff(executor: GitExecutor) -> None:
    *commands, diff = executor.plan(smaller(), executor.observe(smaller()))
    assert [command.split()[1] for command in commands] == ["fetch", "commit-tree", "push"]
    assert (
        '-instance_type = "m5.2xlarge" # since Black Friday\n+instance_type = "m5.xlarge" # since Black Friday\n'
        in diff
    )
    assert not any("force" in command for command in commands)


def test_nothing_is_planned_or_pushed_where_the_file_says_so_already(shop: Shop, executor: GitExecutor) -> None:
    action = change(FILE, "region", "eu-central-1")
    before = executor.observe(action)
    assert executor.plan(action, before) == ()
    assert executor.apply(action, before, run_of()).verified
    assert shop.branches() == ["main"]


def test_a_remote_elsewhere_is_not_asked_in_a_dry_run_and_the_refusal_says_what_would_run(
    shop: Shop, tmp_path: Path
) -> None:
    away = shop.executor(tmp_path, url="https://git.example.com/shop.git")
    with pytest.raises(Unavailable, match="not asked in a dry run; set TOLL_LIVE=1"):
        away.observe(smaller())
    near = shop.executor(tmp_path)
    before = near.observe(smaller())
    # What was fetched while it was live is what the dry run shows the change in.
    fetched, clones = Remote(near.repositories.repository[0], near.folder, {}), away.repositories.repository[0]
    fetched.clone.rename(Remote(clones, away.folder, {}).clone)
    with pytest.raises(Refused) as caught:
        away.ready(smaller(), before)
    assert "git push --quiet -- https://git.example.com/shop.git COMMIT:refs/heads/tollkeeper/PROPOSAL" in str(
        caught.value
    )
    assert '+instance_type = "m5.xlarge" # since Black Friday' in str(caught.value)
    with pytest.raises(Refused):
        away.apply(smaller(), before, run_of())
    assert shop.branches() == ["main"]


def test_a_run_that_died_before_the_push_pushes_once_when_it_is_run_again(shop: Shop, executor: GitExecutor) -> None:
    before = executor.observe(smaller())
    with pytest.raises(Died):
        executor.apply(smaller(), before, run_of(dies=True))
    assert (shop.branches(), shop.commits()) == (["main"], 1)
    assert executor.place(smaller(), before, executor.observe(smaller())) == "before"
    assert executor.apply(smaller(), before, run_of()).verified
    assert shop.commits() == 2


def test_a_run_that_died_after_the_push_pushes_nothing_again(shop: Shop, executor: GitExecutor) -> None:
    before = executor.observe(smaller())
    executor.apply(smaller(), before, run_of())
    assert executor.place(smaller(), before, executor.observe(smaller())) == "after"
    again = executor.apply(smaller(), before, run_of(dies=True))
    assert (again.verified, again.calls, shop.commits()) == (True, (), 2)


def test_a_new_process_without_the_clone_finds_what_was_pushed(
    shop: Shop, tmp_path: Path, executor: GitExecutor
) -> None:
    before = executor.observe(smaller())
    executor.apply(smaller(), before, run_of())
    other = shop.executor(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").mkdir()
    assert other.apply(smaller(), before, run_of(dies=True)).verified
    assert shop.commits() == 2


def test_a_remote_that_is_gone_after_the_push_leaves_a_report_that_says_so(shop: Shop, executor: GitExecutor) -> None:
    before = executor.observe(smaller())
    shop.hook("post-receive", f'mv "{shop.bare}/HEAD" "{shop.bare}/HEAD.away"')
    report = executor.apply(smaller(), before, run_of())
    assert (report.verified, len(report.calls)) == (False, 1)
    assert report.error.startswith("after 1 calls: `git fetch` failed")
    (shop.bare / "HEAD.away").rename(shop.bare / "HEAD")
    assert executor.apply(smaller(), before, run_of(dies=True)).verified
    assert shop.commits() == 2


def test_a_base_that_moved_elsewhere_is_what_the_branch_starts_from(shop: Shop, executor: GitExecutor) -> None:
    before = executor.observe(smaller())
    shop.write({"README.md": b"Moved on.\n"})
    assert executor.apply(smaller(), before, run_of()).verified
    assert shop.read(BRANCH, "README.md") == b"Moved on.\n"


def test_a_file_that_moved_since_is_not_changed(shop: Shop, executor: GitExecutor) -> None:
    before = executor.observe(smaller())
    shop.write({FILE: TFVARS.replace("node_count    = 6", "node_count    = 7").encode()})
    report = executor.apply(smaller(), before, run_of())
    assert (report.verified, report.calls) == (False, ())
    assert report.error == f"`{FILE}` was changed since it was approved"
    assert shop.branches() == ["main"]


def test_a_hook_on_the_server_that_rejects_the_push_is_heard(shop: Shop, executor: GitExecutor) -> None:
    before = executor.observe(smaller())
    shop.hook("pre-receive", "echo 'branches begin with a ticket' >&2; exit 1")
    report = executor.apply(smaller(), before, run_of())
    assert (report.verified, report.calls, shop.branches()) == (False, (), ["main"])
    assert "branches begin with a ticket" in report.error
    assert executor.place(smaller(), before, executor.observe(smaller())) == "before"


def test_a_push_that_hangs_is_ended_and_leaves_no_lock(shop: Shop, executor: GitExecutor) -> None:
    before = executor.observe(smaller())
    shop.hook("pre-receive", "exec sleep 60")
    hasty = replace(executor, timeout=2.0)
    report = hasty.apply(smaller(), before, run_of())
    assert (report.verified, report.calls) == (False, ())
    assert "`git push` did not end within 2 s" in report.error
    (shop.bare / "hooks" / "pre-receive").unlink()
    assert executor.apply(smaller(), before, run_of()).verified
    assert not list(executor.folder.glob("*.git/**/*.lock"))


def test_a_push_whose_answer_was_lost_is_found_to_have_arrived(shop: Shop, executor: GitExecutor) -> None:
    before = executor.observe(smaller())
    shop.hook("post-receive", "exec sleep 60")
    report = replace(executor, timeout=2.0).apply(smaller(), before, run_of())
    assert (report.verified, shop.commits()) == (True, 2)


def test_a_branch_of_that_name_that_somebody_else_pushed_is_left_alone(shop: Shop, executor: GitExecutor) -> None:
    before = executor.observe(smaller())
    git(shop.team, "push", "-q", "origin", f"main:{BRANCH}")
    shop.write({FILE: TFVARS.replace("m5.2xlarge", "t3.nano").encode()}, branch=BRANCH)
    commits = shop.commits()
    assert executor.place(smaller(), before, executor.observe(smaller())) == "elsewhere"
    report = executor.apply(smaller(), before, run_of())
    assert (report.verified, report.calls, shop.commits()) == (False, (), commits)
    assert "is there and holds something else" in report.error


def test_settings_and_hooks_of_the_user_have_no_part(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    hooks = home / "hooks"
    hooks.mkdir(parents=True)
    (hooks / "pre-push").write_text(f"#!/bin/sh\ntouch {home}/ran\n")
    (hooks / "pre-push").chmod(0o755)
    (home / ".gitconfig").write_text(
        f'[core]\nhooksPath = {hooks}\n[url "/nowhere/"]\ninsteadOf = {shop.bare.parent}/\n'
    )
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    executor = shop.executor(tmp_path)
    settled = GitExecutor(
        executor.repositories, executor.folder, executor.live, {**executor.environment, "HOME": str(home)}
    )
    assert settled.apply(smaller(), settled.observe(smaller()), run_of()).verified
    assert not (home / "ran").exists()


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("README.md", "`README.md` may not be changed in `shop`; its settings allow"),
        ("terraform/deep/prod.tfvars", "may not be changed"),
        ("k8s/../README.md", "is no plain path"),
        ("/etc/passwd", "is no plain path"),
        ("k8s//web.yaml", "is no plain path"),
        (".git/config", "is no plain path"),
        ("k8s\\web.yaml", "is no plain path"),
    ],
)
def test_a_path_that_the_settings_do_not_allow_is_refused(executor: GitExecutor, path: str, fault: str) -> None:
    with pytest.raises(Refused) as caught:
        executor.observe(change(path, "a", "b"))
    assert fault in str(caught.value)


def test_a_link_is_not_followed(shop: Shop, executor: GitExecutor) -> None:
    (shop.team / "k8s" / "link.yaml").symlink_to("../charts/shop/values.yaml")
    (shop.team / "charts" / "old").symlink_to("shop")
    shop.write({"README.md": b"links\n"})
    for path in ("k8s/link.yaml", "charts/old/values.yaml"):
        seen = executor.observe(change(path, "web.replicaCount", "1"))
        assert not seen.exists
        assert "a link or a folder" in str(seen.attributes["absent"])


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (change("charts/shop/values.yaml", "web.resorces.limits.cpu", "1"), "did you mean `web.resources`?"),
        (change("k8s/wbe.yaml", "a", "1"), "unknown file `k8s/wbe.yaml`; did you mean `k8s/web.yaml`?"),
        (change("k8s/web.yaml", "Deployment/wep:spec.replicas", "1"), "did you mean `Deployment/web`?"),
    ],
)
def test_a_key_or_file_that_is_not_there_is_absent_with_the_nearest_that_is(
    executor: GitExecutor, action: ChangeCode, why: str
) -> None:
    seen = executor.observe(action)
    assert not seen.exists
    assert why in str(seen.attributes["absent"])


def test_another_branch_or_repository_than_the_settings_name_is_refused(executor: GitExecutor) -> None:
    action = smaller()
    with pytest.raises(Refused, match="`develop` is not the branch"):
        executor.observe(action.model_copy(update={"target": action.target.model_copy(update={"region": "develop"})}))
    with pytest.raises(UnknownName, match="did you mean `shop`"):
        executor.observe(action.model_copy(update={"target": action.target.model_copy(update={"account": "shopp"})}))


def test_undo_deletes_a_branch_that_is_not_merged(shop: Shop, executor: GitExecutor) -> None:
    before = executor.observe(smaller())
    executor.apply(smaller(), before, run_of())
    report = executor.undo(smaller(), before, run_of(undo=True))
    assert report.verified
    assert shop.branches() == ["main"]
    again = executor.undo(smaller(), before, run_of(undo=True, dies=True))
    assert (again.verified, again.calls) == (True, ())


def test_undo_leaves_a_branch_that_others_have_committed_to(shop: Shop, executor: GitExecutor) -> None:
    before = executor.observe(smaller())
    executor.apply(smaller(), before, run_of())
    shop.write({"README.md": b"And a word on it.\n"}, branch=BRANCH)
    assert executor.place(smaller(), before, executor.observe(smaller())) == "after"
    with pytest.raises(StateConflict, match="others have committed"):
        executor.undo(smaller(), before, run_of(undo=True))
    assert BRANCH in shop.branches()


@pytest.mark.parametrize("squash", [True, False])
def test_undo_of_what_is_merged_pushes_a_branch_that_sets_it_back(
    shop: Shop, executor: GitExecutor, *, squash: bool
) -> None:
    before = executor.observe(smaller())
    executor.apply(smaller(), before, run_of())
    shop.merge(BRANCH, squash=squash)
    shop.write({"README.md": b"After the merge.\n"})
    assert executor.place(smaller(), before, executor.observe(smaller())) == "after"
    with pytest.raises(Died):
        executor.undo(smaller(), before, run_of(undo=True, dies=True))
    report = executor.undo(smaller(), before, run_of(undo=True))
    assert report.verified
    assert shop.read("tollkeeper/undo-p-1", FILE).decode() == TFVARS
    assert shop.read("tollkeeper/undo-p-1", "README.md") == b"After the merge.\n"
    commits = shop.commits()
    assert executor.undo(smaller(), before, run_of(undo=True, dies=True)).verified
    assert shop.commits() == commits
    assert b"m5.xlarge" in shop.read("main", FILE)


def test_a_value_that_the_team_set_to_something_else_is_elsewhere_and_not_undone(
    shop: Shop, executor: GitExecutor
) -> None:
    before = executor.observe(smaller())
    executor.apply(smaller(), before, run_of())
    shop.write({FILE: TFVARS.replace("m5.2xlarge", "m6i.large").encode()})
    assert executor.place(smaller(), before, executor.observe(smaller())) == "elsewhere"
    with pytest.raises(StateConflict, match="changed since"):
        executor.undo(smaller(), before, run_of(undo=True))


@pytest.mark.parametrize(
    ("action", "why"),
    [
        (change(CHART, "web.replicaCount", "three"), "is the number `6`, and `three` is none"),
        (change(CHART, "web.resources.requests.cpu", "fast"), "is the quantity `2`, and `fast` is none"),
        (change(FILE, "instance_type", "${var.type}"), "the value holds the template sign `${`"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_when_it_is_proposed(
    shop: Shop, executor: GitExecutor, tmp_path: Path, action: ChangeCode, why: str
) -> None:
    stage = stage_at(tmp_path, engine(tmp_path), executor=executor)
    stage.questions.facts = facts(state_before={}, owner=None, environment=None, tags={})
    found = stage.proposals.record(ANA, stage.draft(action), "rules")
    assert found.state == "denied"
    assert found.decision.policies == ("target_moved",)
    assert why in found.decision.reasons[0]
    assert shop.branches() == ["main"]


def test_a_branch_is_withdrawn_whatever_else_has_become_of_the_value(shop: Shop, executor: GitExecutor) -> None:
    shop.write({CHART: b'web:\n  tag: "1"\n'})
    action = change(CHART, "web.tag", "latest")
    before = executor.observe(action)
    executor.apply(action, before, run_of())
    shop.write({CHART: b"web:\n  tag: 1\n"})
    assert executor.place(action, before, executor.observe(action)) == "after"
    assert executor.undo(action, before, run_of(undo=True)).verified
    assert shop.branches() == ["main"]


def test_another_proposal_on_the_same_key_is_seen_and_not_taken_for_ours(executor: GitExecutor) -> None:
    first = change(FILE, "instance_type", "m5.large")
    executor.apply(first, executor.observe(first), run_of("p-0"))
    before = executor.observe(smaller())
    assert before.attributes["proposed"] == {"tollkeeper/p-0": "m5.large"}
    assert executor.place(smaller(), before, executor.observe(smaller())) == "before"
    executor.apply(smaller(), before, run_of())
    assert executor.place(smaller(), before, executor.observe(smaller())) == "after"


def test_the_undo_plan_says_both_ways(executor: GitExecutor) -> None:
    plan = executor.undo_plan(smaller(), executor.observe(smaller()))
    assert plan.words.startswith("delete the branch while it is not merged; once it is, push a branch that sets")
    assert "takes effect when the owners merge it" in plan.words


def test_a_file_with_crlf_a_mark_and_names_in_utf8_keeps_every_byte(shop: Shop, executor: GitExecutor) -> None:
    path = "k8s/größe.yaml"
    content = "\ufeff# Grüße\r\ngröße:\r\n\tx: 1\r\n".replace("\t", "  ").encode()
    shop.write({path: content, ".gitattributes": b"* text=auto eol=lf\n*.yaml -text\n"})
    action = change(path, "größe.x", "2")
    assert executor.apply(action, executor.observe(action), run_of()).verified
    assert git(shop.bare, "cat-file", "blob", f"{BRANCH}:{path}").encode() == content.replace(b"x: 1", b"x: 2")


def test_a_file_of_a_megabyte_is_changed_in_place(shop: Shop, executor: GitExecutor) -> None:
    content = "".join(f"service{i}:\n  replicas: {i}  # {'x' * 60}\n" for i in range(12000)).encode()
    assert len(content) > 1024 * 1024
    shop.write({"k8s/all.yaml": content})
    action = change("k8s/all.yaml", "service9999.replicas", "1")
    assert executor.apply(action, executor.observe(action), run_of()).verified
    assert shop.read(BRANCH, "k8s/all.yaml") == content.replace(b"replicas: 9999 ", b"replicas: 1 ")


def test_a_remote_that_does_not_answer_is_unavailable(shop: Shop, executor: GitExecutor) -> None:
    shop.bare.rename(shop.bare.with_name("away"))
    with pytest.raises(Unavailable, match="`git fetch` failed"):
        executor.observe(smaller())
