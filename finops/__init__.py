"""The field's vocabulary: money, periods, FOCUS columns, cost queries, evidence, actions, errors and ports."""
