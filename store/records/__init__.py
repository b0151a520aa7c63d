"""The records: people, proposals, approvals, executions, conversations, and the log that vouches for them.

Not imported on the reading path: it costs the ORM.
"""

from store.records.database import Records

__all__ = ["Records"]
