"""One process that loads one bill through the gateway: `python -m tests.integration.loading_worker HOME BILL`."""

import sys
from pathlib import Path

from gateway.acting import audit_of_loads
from gateway.home import Home
from gateway.ingest import ingest
from gateway.people import ensure_local_person

home = Home.open({"TOLL_HOME": sys.argv[1]})
person, _ = ensure_local_person(home)
# Everything is imported: what is timed and killed from here on is the load.
sys.stdout.write("ready\n")
sys.stdout.flush()
ingest(home, person, [Path(sys.argv[2])], audit=audit_of_loads(home, person))
sys.stdout.write("done\n")
