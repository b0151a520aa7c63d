"""A moto server with what it lacks filled in: `python -m tests.integration.moto_worker -H HOST -p PORT`."""

import sys

from moto.server import main

from evals.estate.cloud_gaps import fill_gaps

if __name__ == "__main__":
    fill_gaps()
    main(sys.argv[1:])
