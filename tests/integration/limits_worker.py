"""Another process at the same records: takes lines of JSON (url, cloud, moment, steps), does the steps in threads, answers with a line."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import cast

from tests.integration.shared_cloud import Step, door_at, take
from tests.unit.gateway.fakes import FakeClock

with ThreadPoolExecutor(3) as pool:
    for line in sys.stdin:
        url, cloud, moment, steps = json.loads(line)
        door = door_at(url, Path(cloud), FakeClock(datetime.fromisoformat(moment)))
        done = list(pool.map(partial(take, door), [cast(Step, tuple(step)) for step in steps]))
        sys.stdout.write(json.dumps(done) + "\n")
        sys.stdout.flush()
