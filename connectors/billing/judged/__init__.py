"""What is wrong or odd about a bill: its columns, faults, oddities, overlaps with others, and validation."""
