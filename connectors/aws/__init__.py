"""AWS: the executor of instance actions. Costs boto3; imported only where something acts or observes."""

from connectors.aws.executor import AwsExecutor

__all__ = ["AwsExecutor"]
