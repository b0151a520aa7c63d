"""Sub-account names: one that is missing is the newest that the same bill gives the same sub-account."""

from collections.abc import Sequence

from connectors.billing.normal.subject import Change, Key, Seen, Subject


def changes(seen: Sequence[Seen]) -> dict[Key, Change]:
    """Return the names for combinations of provider, sub-account id and no name. Of two as new the last in the alphabet."""
    newest: dict[Key, tuple[str, str]] = {}
    for one in seen:
        provider, identity, name = one.key
        if identity and name:
            account = provider, identity
            newest[account] = max(newest.get(account, ("", "")), (one.latest, name))
    return {
        one.key: Change({"SubAccountName": newest[one.key[:2]][1]})
        for one in seen
        if one.key[2] is None and one.key[:2] in newest
    }


ACCOUNTS = Subject("sub-accounts", ("ProviderName", "SubAccountId", "SubAccountName"), ("SubAccountName",), changes)
