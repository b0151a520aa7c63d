"""Settings of repositories: what is read, and every fault with its place."""

from pathlib import Path

import pytest

from connectors.git.remote import on_this_machine
from finops.errors import BadFile, Unavailable, UnknownName
from gateway.repositories import load_repositories, parse_repositories

ONE = """
[[repository]]
name = "shop"
url = "git@git.example.com:team/shop.git"
branch = "main"
owner = "web"
environment = "prod"
paths = ["terraform/*.tfvars", "charts/**/values*.yaml"]
author_email = "finops@example.com"
"""


def test_a_repository_is_read_and_found_by_name() -> None:
    shop = parse_repositories("r.toml", ONE).named("shop")
    assert (shop.branch, shop.author_name) == ("main", "Tollkeeper")
    with pytest.raises(UnknownName, match="did you mean `shop`"):
        parse_repositories("r.toml", ONE).named("shopp")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("terraform/prod.tfvars", True),
        ("terraform/a/prod.tfvars", False),
        ("charts/values.yaml", True),
        ("charts/a/b/values-prod.yaml", True),
        ("charts/a/Chart.yaml", False),
        ("x/terraform/prod.tfvars", False),
    ],
)
def test_a_star_stays_in_its_folder_and_two_cross_folders(path: str, *, allowed: bool) -> None:
    assert parse_repositories("r.toml", ONE).named("shop").allows(path) is allowed


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('name = "shop"', "", "repository[1]: `name` is missing"),
        ('owner = "web"', 'owners = "web"', "`owner` is missing"),
        ('owner = "web"', 'owner = "web"\nteam = "x"', "`team` is no setting"),
        (
            "git@git.example.com:team/shop.git",
            "https://ana:secret@git.example.com/x",
            "url holds a credential; keep it in ~/.netrc",
        ),
        ("git@git.example.com:team/shop.git", "http://git.example.com/x", "is no address of a repository"),
        ("git@git.example.com:team/shop.git", "ext::sh -c id", "is no address of a repository"),
        ("git@git.example.com:team/shop.git", "--upload-pack=id", "is no address of a repository"),
        ("git@git.example.com:team/shop.git", "ssh://-oProxyCommand=id/x", "is no address of a repository"),
        ("git@git.example.com:team/shop.git", "../shop", "is no address of a repository"),
        ('branch = "main"', 'branch = "--all"', "is no branch to start from"),
        ('branch = "main"', 'branch = "tollkeeper/x"', "is no branch to start from"),
        ('branch = "main"', 'branch = "a..b"', "is no branch to start from"),
        ("finops@example.com", "nobody", "author_email"),
        ("[[repository]]", "[[repository", "is no TOML"),
    ],
)
def test_a_fault_is_named_with_its_place_and_without_secrets(old: str, new: str, fault: str) -> None:
    with pytest.raises(BadFile) as caught:
        parse_repositories("r.toml", ONE.replace(old, new))
    assert fault in str(caught.value)
    assert "secret" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_two_repositories_of_one_name_are_refused() -> None:
    with pytest.raises(BadFile, match="two repositories are named `shop`"):
        parse_repositories("r.toml", ONE * 2)


def test_a_file_that_is_missing_says_where_to_write_it(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no repository is configured; name it in"):
        load_repositories(tmp_path / "repositories.toml")


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("/srv/git/shop.git", True),
        ("file:///srv/git/shop.git", True),
        ("https://127.0.0.1:3000/x.git", True),
        ("ssh://git@localhost/x.git", True),
        ("ssh://git@[::1]:22/x.git", True),
        ("git@localhost:x.git", True),
        ("https://git.example.com/x.git", False),
        ("https://localhost.example.com/x.git", False),
        ("git@git.example.com:x.git", False),
        ("ssh://127.0.0.1.example.com/x.git", False),
    ],
)
def test_only_folders_and_loopback_are_this_machine(url: str, *, here: bool) -> None:
    assert on_this_machine(url) is here
