"""Books in a home: loaded by who may, on record, and opened again by the snapshot that names them."""

import json
from pathlib import Path

import pytest

from finops.errors import BadFile, CheckFailed, Forbidden, UnknownName
from finops.people import Principal
from gateway.bookkeeping import book_history, load_book, read_allocation, read_rates
from gateway.books import open_shelf, shelf_of
from gateway.home import Home
from gateway.people import add_person, ensure_local_person, open_records
from store.records import audit

RULES = "version: 1\ndimensions:\n  team:\n    rules:\n      - from: tag:team\n"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open({"TOLL_HOME": str(tmp_path / "home")})


@pytest.fixture
def person(home: Home) -> Principal:
    return ensure_local_person(home)[0]


def rules(tmp_path: Path, text: str = RULES) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_home_without_books_marks_no_snapshot(home: Home) -> None:
    shelf = open_shelf(home)
    assert shelf.books().allocation is None
    assert shelf.mark(frozenset({"allocation", "rates"})) == ""


def test_a_loaded_book_is_in_force_and_marks_what_used_it(home: Home, person: Principal, tmp_path: Path) -> None:
    done = load_book(home, person, read_allocation(rules(tmp_path)))
    shelf = open_shelf(home)
    books = shelf.books()
    assert shelf.mark(books.used) == ""
    assert books.allocation is not None
    assert shelf.mark(books.used) == f"+a{done.book[:12]}"


def test_an_earlier_book_is_opened_by_its_mark(home: Home, person: Principal, tmp_path: Path) -> None:
    first = load_book(home, person, read_allocation(rules(tmp_path)))
    second = load_book(home, person, read_allocation(rules(tmp_path, RULES.replace("tag:team", "tag:owner"))))
    assert second.before == first.book
    before, now = shelf_of(home, f"+a{first.book[:12]}").books().allocation, open_shelf(home).books().allocation
    assert before is not None
    assert now is not None
    assert [one.dimension("team").rules[0].from_ for one in (before, now)] == ["tag:team", "tag:owner"]


def test_loading_the_same_again_changes_nothing_and_is_not_on_record(
    home: Home, person: Principal, tmp_path: Path
) -> None:
    book = read_allocation(rules(tmp_path))
    assert load_book(home, person, book).changed
    assert not load_book(home, person, book).changed
    assert len(book_history(home, person, "allocation")) == 1


def test_every_load_is_on_the_audit_log_which_stays_whole(home: Home, person: Principal, tmp_path: Path) -> None:
    first = load_book(home, person, read_allocation(rules(tmp_path)))
    csv = tmp_path / "rates.csv"
    csv.write_text("Date,From,To,Rate\n2024-09-02,USD,EUR,0.9\n", encoding="utf-8")
    second = load_book(home, person, read_rates(csv, inverse=True))
    assert [(e.file, e.book, e.person) for e in book_history(home, person, "rates")] == [
        ("rates.csv", second.book, person.name)
    ]
    with open_records(home).read() as session:
        events = {event.kind: json.loads(event.payload) for event in audit.events(session)}
        audit.verify(session, None).require()
    assert events["allocation.load"]["book"] == first.book
    assert {"allocation.load", "rates.load"} <= set(events)


def test_an_analyst_may_not_load_a_book(home: Home, person: Principal, tmp_path: Path) -> None:
    add_person(home, person, "ann", "analyst")
    book = read_allocation(rules(tmp_path))
    with pytest.raises(Forbidden):
        load_book(home, Principal(name="ann", role="analyst"), book)
    with pytest.raises(Forbidden):
        load_book(home, Principal(name="ann", role="admin"), book)
    assert open_shelf(home).books().allocation is None


def test_a_changed_book_is_refused(home: Home, person: Principal, tmp_path: Path) -> None:
    done = load_book(home, person, read_allocation(rules(tmp_path)))
    path = home.books / f"{done.book}.json"
    path.write_text(path.read_text(encoding="utf-8").replace("tag:team", "tag:mine"), encoding="utf-8")
    with pytest.raises(CheckFailed, match="was changed"):
        _ = open_shelf(home).books().allocation


def test_a_book_that_is_gone_is_not_taken_for_none(home: Home, person: Principal, tmp_path: Path) -> None:
    done = load_book(home, person, read_allocation(rules(tmp_path)))
    (home.books / f"{done.book}.json").unlink()
    with pytest.raises(UnknownName, match="allocation book"):
        _ = open_shelf(home).books().allocation


@pytest.mark.parametrize("marks", ["+x0123456789ab", "+a0123", "+a0123456789ab/../../key", "+a*"])
def test_a_mark_that_names_no_book_is_refused(home: Home, marks: str) -> None:
    with pytest.raises(UnknownName):
        shelf_of(home, marks)


def test_a_pointer_that_was_changed_is_refused(home: Home, person: Principal, tmp_path: Path) -> None:
    load_book(home, person, read_allocation(rules(tmp_path)))
    (home.books / "allocation").write_text("../key", encoding="utf-8")
    with pytest.raises(CheckFailed, match="names no book"):
        open_shelf(home)


def test_what_an_allocation_says_survives_being_kept(home: Home, person: Principal, tmp_path: Path) -> None:
    text = RULES + (
        "        map: {a: B}\n"
        "      - {shared: p, where: {not: {any: [{dimension: RegionId, is: x}, {charged_from: 2024-09-01}]}}}\n"
        "    pools: {p: {by: fixed, percent: {B: 33.3, C: 66.7}}}\n"
    )
    book = read_allocation(rules(tmp_path, text))
    load_book(home, person, book)
    assert open_shelf(home).allocation() == book


def test_a_file_that_is_not_there_or_no_text_says_so(tmp_path: Path) -> None:
    with pytest.raises(BadFile, match="cannot be read"):
        read_allocation(tmp_path / "none.yaml")
    (tmp_path / "bytes.yaml").write_bytes(b"version: 1 \xff")
    with pytest.raises(BadFile, match="not UTF-8 at byte 11"):
        read_allocation(tmp_path / "bytes.yaml")
