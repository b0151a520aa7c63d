"""Bills in FOCUS and in the providers' own formats: checked, converted to the lake's schema, proved exact."""
