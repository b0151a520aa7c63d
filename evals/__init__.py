"""The offline eval suite, the demo estate and the benchmarks."""
