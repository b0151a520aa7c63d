"""One pass over a bill: batches of text, amounts and known texts converted, groups, and sums of the text."""
