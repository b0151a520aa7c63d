"""Notes: recorded once, all or none, withdrawn, every earlier state readable, and a log that shows when it was touched."""

from datetime import date
from multiprocessing import get_context
from pathlib import Path

import pytest

from finops.errors import BadFile, BadInput, CheckFailed, Forbidden, UnknownName
from finops.people import Principal
from gateway import notes_log
from gateway.books import open_shelf, shelf_of
from gateway.home import Home
from gateway.notes import Notes, Wording, parse_notes
from gateway.people import add_person, ensure_local_person
from store.records import Records, audit

OCTOBER = date(2026, 10, 12)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home.open({"TOLL_HOME": str(tmp_path)})


@pytest.fixture
def ana(home: Home) -> Principal:
    return ensure_local_person(home)[0]


def wording(text: str = "checkout v2", **more: object) -> Wording:
    return Wording(**{"day": OCTOBER, "text": text, "kind": "deploy", **more})  # pyright: ignore[reportArgumentType]


def test_a_note_is_kept_under_its_persons_name_and_on_record(home: Home, ana: Principal) -> None:
    (made,) = Notes(home).add(ana, [wording(scope={"ServiceName": "EC2"})])
    assert Notes(home).list() == (made,)
    assert (made.day, made.kind, made.text, made.scope, made.person) == (
        OCTOBER, "deploy", "checkout v2", {"ServiceName": "EC2"}, ana.name,
    )  # fmt: skip
    with Records.open(home.database_url).read() as session:
        assert [event.actor for event in audit.events(session) if event.kind == "note.recorded"] == [ana.name]


def test_the_same_words_of_the_same_day_are_one_note(home: Home, ana: Principal) -> None:
    assert len(Notes(home).add(ana, [wording(), wording(), wording("other")])) == 2
    assert Notes(home).add(ana, [wording()]) == ()
    assert [one.text for one in Notes(home).list()] == ["checkout v2", "other"]


def test_one_that_cannot_be_keeps_all_out(home: Home, ana: Principal) -> None:
    with pytest.raises(BadInput, match="ends on 2026-10-01, before it begins"):
        Notes(home).add(ana, [wording(), wording("b", until=date(2026, 10, 1))])
    with pytest.raises(BadInput, match="words on one line"):
        Notes(home).add(ana, [wording("a\x00b")])
    assert Notes(home).list() == ()
    assert notes_log.head_of(home.books) == ""


def test_earlier_states_can_be_read_after_a_withdrawal(home: Home, ana: Principal) -> None:
    notes = Notes(home)
    (first,) = notes.add(ana, [wording()])
    then = open_shelf(home).mark(frozenset({"notes"}))
    notes.withdraw(ana, first.id)
    assert open_shelf(home).notes() == ()
    assert shelf_of(home, then).notes() == (first,)
    assert then.startswith("+n")
    with pytest.raises(UnknownName):
        notes.withdraw(ana, first.id)


def test_only_its_person_or_an_admin_takes_a_note_back(home: Home, ana: Principal) -> None:
    for name in ("bob", "cy"):
        add_person(home, ana, name, "analyst")
    (made,) = Notes(home).add(Principal(name="bob", role="analyst"), [wording()])
    with pytest.raises(Forbidden):
        Notes(home).withdraw(Principal(name="cy", role="analyst"), made.id)
    assert Notes(home).withdraw(ana, made.id) == made


def test_a_line_that_was_changed_is_found(home: Home, ana: Principal) -> None:
    Notes(home).add(ana, [wording(), wording("other")])
    path = home.books / notes_log.FILE
    path.write_text(path.read_text().replace("checkout v2", "checkout v3"))
    with pytest.raises(CheckFailed, match="line 1"):
        open_shelf(home).notes()


def test_half_a_line_of_a_writer_that_died_is_no_note(home: Home, ana: Principal) -> None:
    (first,) = Notes(home).add(ana, [wording()])
    with (home.books / notes_log.FILE).open("a") as stream:
        stream.write('{"head":"')
    assert open_shelf(home).notes() == (first,)
    (second,) = Notes(home).add(ana, [wording("other")])
    assert open_shelf(home).notes() == (first, second)


def test_a_file_that_was_half_written_is_not_there_at_all(home: Home, ana: Principal) -> None:
    (first,) = Notes(home).add(ana, [wording()])
    Notes(home).add(ana, [wording(f"note {number}") for number in range(10)])
    path = home.books / notes_log.FILE
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:5]))
    assert (Notes(home).list(), open_shelf(home).notes()) == ((first,), (first,))
    Notes(home).add(ana, [wording("after")])
    assert [one.text for one in Notes(home).list()] == ["checkout v2", "after"]


def test_a_note_whose_process_died_before_the_log_was_written_is_recorded_again(
    home: Home, ana: Principal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def dies(*_: object) -> str:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(notes_log, "add", dies)
        with pytest.raises(KeyboardInterrupt):
            Notes(home).add(ana, [wording()])
    assert Notes(home).list() == ()
    assert len(Notes(home).add(ana, [wording()])) == 1


def test_the_longest_note_there_can_be_locks_nobody_out(home: Home, ana: Principal) -> None:
    face = "\U0001f600"
    scope = {f"tag:{face * 190}{number}": face * 200 for number in range(5)}
    Notes(home).add(ana, [wording(face * 300, scope=scope), wording("short")])
    assert len(Notes(home).list()) == len(open_shelf(home).notes()) == 2
    with pytest.raises(BadInput, match="at most 200"):
        Notes(home).add(ana, [wording(scope={"tag:team": "x" * 9_000})])


def _record(folder: str, number: int) -> None:
    home = Home.open({"TOLL_HOME": folder})
    Notes(home).add(ensure_local_person(home)[0], [wording(f"note {number}-{n}") for n in range(5)])


def test_processes_at_once_lose_no_note(home: Home, ana: Principal, tmp_path: Path) -> None:
    at_once = [get_context("spawn").Process(target=_record, args=(str(tmp_path), number)) for number in range(3)]
    for one in at_once:
        one.start()
    for one in at_once:
        one.join(60)
    assert ana.local
    assert len(Notes(home).list()) == 15


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Day,Kind\n2026-10-01,deploy\n", "no column Day or no column Text"),
        ("Day,Text\n2026-13-01,x\n", "line 2: `2026-13-01` is no day"),
        ("Day,Text,Kind\n2026-10-01,x,party\n", "line 2: `party` is no kind of note"),
        ("Day,Text\n2026-10-01\n", "line 2 has other columns than the header"),
        ("Day,Text\n2026-10-01,\n", "line 2: the text"),
        ('Day,Text\n2026-10-01,"x\n', "is no CSV"),
        ("Day,Text\n", "holds no note"),
    ],
)
def test_a_file_that_is_wrong_says_where(text: str, said: str) -> None:
    with pytest.raises(BadFile, match=said):
        parse_notes("n.csv", text)


def test_a_file_gives_days_kinds_and_what_they_concern() -> None:
    text = "Day,Until,Kind,Text,ServiceName,tag:team\n2026-10-01,2026-10-03,Deploy,a,,search\n2026-10-02,,,b,EC2,\n"
    first, second = parse_notes("n.csv", text)
    assert (first.until, first.kind, first.scope) == (date(2026, 10, 3), "deploy", {"tag:team": "search"})
    assert (second.until, second.kind, second.scope) == (None, "note", {"ServiceName": "EC2"})
