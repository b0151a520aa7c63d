"""What every process that is to be killed shares: read once in the server that they are forked from.

Reading the descriptions of AWS's services takes most of a second, and nothing is called here.
"""

from connectors.aws import AwsExecutor
from evals.crash_tales import REGION

for _service in ("ec2", "budgets"):
    AwsExecutor.of(endpoint="http://127.0.0.1:1", live=False).clients.client(_service, REGION)
