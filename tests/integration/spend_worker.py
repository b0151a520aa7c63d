"""Another process at the same home: asks questions of a model in threads, and prints how each ended."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

from agent.planners.model import ModelPlanner, ModelSettings
from finops.errors import Capped
from finops.spend import Account
from gateway.home import Home
from gateway.spend_guard import open_guard
from tests.unit.agent.model_turns import turn

home, base_url, worker, questions = Home.open(), sys.argv[1], sys.argv[2], int(sys.argv[3])
guard = open_guard(home)


def ask(number: int) -> str:
    with ModelPlanner(ModelSettings("gpt-4o", base_url, max_tokens=100), guard=lambda: guard) as planner:
        try:
            planner.plan(turn(account=Account(f"p{worker}", f"q{worker}-{number}")))
        except Capped:
            return "capped"
        return "served"


with ThreadPoolExecutor(3) as pool:
    sys.stdout.write(json.dumps(list(pool.map(ask, range(questions)))) + "\n")
