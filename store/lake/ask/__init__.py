"""From a typed question to SQL: compiled shapes, their dialects, the files that may hold an answer, and table expressions."""
