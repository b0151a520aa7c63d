"""Another process at the same records: takes lines of JSON (url, cloud, moment, steps), does the steps in threads, answers with a line."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

from tests.integration.shared_cloud import door_at, take
from tests.unit.gateway.fakes import FakeClock

with ThreadPoolExecutor(3) as pool:
    for line in sys.stdin:
        url, cloud, moment, steps = json.loads(line)
        door = door_at(url, Path(cloud), FakeClock(datetime.fromisoformat(moment)))
        done = list(pool.map(lambda step, door=door: take(door, tuple(step)), steps))
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()
