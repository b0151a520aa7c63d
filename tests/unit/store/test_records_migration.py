"""Records of the first release are brought to the newest schema, and the log still vouches for every row of them."""

from pathlib import Path
from typing import cast

import pytest
from alembic import command
from sqlmodel import Session

from finops.errors import CheckFailed
from gateway.judging import Policy
from gateway.proposals import Proposals
from store.records import Records, audit, people, proposals
from store.records.guard import append, columns, row_digest
from store.records.tables import LATER, ProposalRow
from store.records.upgrade import config
from tests.unit.gateway.fakes import ANA, BEN, FakeClock, Stage, engine, stage_at


@pytest.fixture(scope="module")
def policy(tmp_path_factory: pytest.TempPathFactory) -> Policy:
    return engine(tmp_path_factory.mktemp("home"))


def at_first_release(path: Path) -> Records:
    """Make records whose schema is that of the first release."""
    records = Records.open(f"sqlite:///{path / 'records.db'}", clock=FakeClock())
    with records.engine.connect() as connection:
        connection.exec_driver_sql("DROP TABLE exemption")
        connection.exec_driver_sql("DROP TABLE model_call")
        connection.exec_driver_sql("DROP TABLE standing_fact")
        connection.exec_driver_sql("DROP INDEX ix_execution_at")
        for index in ("action_hash", "resource", "reserved"):
            connection.exec_driver_sql(f"DROP INDEX ix_proposal_{index}")
        for column in LATER["proposal"]:
            connection.exec_driver_sql(f"ALTER TABLE proposal DROP COLUMN {column}")
        settings = config()
        settings.attributes["connection"] = connection
        command.stamp(settings, "0001")
        connection.commit()
    return records


def old_row(row: ProposalRow) -> ProposalRow:
    """Return a row as the first release kept it: without what came later."""
    for column, start in LATER["proposal"].items():
        setattr(row, column, start)
    return row


def test_rows_of_the_first_release_verify_after_the_migration_and_can_be_acted_on(
    tmp_path: Path, policy: Policy
) -> None:
    (tmp_path / "new").mkdir()
    new = stage_at(tmp_path / "new", policy)
    row = old_row(_row(new, new.proposed()))
    records = at_first_release(tmp_path)
    digest_then = row_digest(row)
    with records.write() as session:
        for one in (ANA, BEN):
            people.add(session, name=one.name, role=one.role, origin="added", secret="", actor="t", at=records.clock())
        first = {name: value for name, value in columns(row).items() if name not in LATER["proposal"]}
        session.connection().exec_driver_sql(
            f"INSERT INTO proposal ({', '.join(first)}) VALUES ({', '.join('?' * len(first))})", tuple(first.values())
        )
        _logged(session, row, digest_then, records)
    records.migrate()
    with records.read() as session:
        assert audit.verify(session).ok
        kept = proposals.get(session, row.id)
        assert row_digest(kept) == digest_then
        assert (kept.amount, kept.resource) == (0, "")
    stage = Stage(Proposals(records, new.proposals.questions, policy, new.proposals.executor),
                  records, new.questions, new.cloud, cast(FakeClock, records.clock))  # fmt: skip
    stage.proposals.reject(BEN, row.id, "no")
    with records.read() as session:
        assert audit.verify(session).ok


def test_a_later_column_of_an_old_row_that_is_written_past_the_gateway_is_found(tmp_path: Path, policy: Policy) -> None:
    stage = stage_at(tmp_path, policy)
    proposal_id = stage.proposed()
    with stage.records.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE proposal SET amount = 0, action_hash = '', reserved = ''")
    with pytest.raises(CheckFailed):
        stage.proposals.approve(BEN, proposal_id)


def _row(stage: Stage, proposal_id: str) -> ProposalRow:
    with stage.records.read() as session:
        row = proposals.get(session, proposal_id)
        session.expunge(row)
        return row


def _logged(session: Session, row: ProposalRow, digest: str, records: Records) -> None:
    append(session, at=records.clock(), actor="ana", kind="proposal.pending", subject=f"proposal/{row.id}",
           payload={"record": digest, "hash": row.hash, "to": "pending"})  # fmt: skip
