"""AWS: the executor of actions on instances, volumes, addresses and budgets. Costs boto3, so it is imported only where something acts."""

from connectors.aws.executor import AwsExecutor

__all__ = ["AwsExecutor"]
