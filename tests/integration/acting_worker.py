"""One process that executes one proposal against a simulator and prints what came of it: `python -m ... HOME ENDPOINT ID PERSON`."""

import sys
from pathlib import Path

from connectors.aws import AwsExecutor
from finops.errors import TollError
from finops.people import Principal
from gateway.home import Home
from gateway.policies import load_engine
from gateway.proposals import Proposals
from store.records import Records
from tests.unit.gateway.fakes import FakeClock, FakeQuestions

home, endpoint, proposal_id, person = sys.argv[1:]
executor = AwsExecutor.of(endpoint=endpoint, live=False, timeout=30, attempts=1)
records = Records.open(f"sqlite:///{home}/records.db", clock=FakeClock())
proposals = Proposals(records, FakeQuestions, load_engine(Home(Path(home), {})), lambda _: executor)
# Both processes are ready before either begins.
sys.stdout.write("ready\n")
sys.stdout.flush()
sys.stdin.readline()
try:
    outcome = (
        "verified" if proposals.execute(Principal(name=person, role="approver"), proposal_id).verified else "failed"
    )
except TollError as error:
    outcome = type(error).__name__
sys.stdout.write(outcome + "\n")
