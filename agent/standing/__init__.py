"""Standing facts in a conversation: recognised in the person's own words, checked against the data, used and said."""
