"""How a commit describes its data files to Iceberg: as PyIceberg does one by one, and no file that does not fit its table."""

from pathlib import Path

import duckdb
import pytest
from pyiceberg.io.pyarrow import parquet_file_to_data_file
from pyiceberg.table import Table as IcebergTable

from store.lake.commit.iceberg import DataFiles, files_of, open_catalogue, open_table
from store.lake.layout import Layout
from tests.unit.connectors.bills import row
from tests.unit.store.parts import load

FEBRUARY = {
    "BillingPeriodStart": "2026-02-01T00:00:00Z",
    "BillingPeriodEnd": "2026-03-01T00:00:00Z",
    "ChargePeriodStart": "2026-02-03T00:00:00Z",
    "ChargePeriodEnd": "2026-02-04T00:00:00Z",
}


@pytest.fixture
def table(tmp_path: Path) -> IcebergTable:
    load(tmp_path, [row(BilledCost="1"), row(BilledCost="-2.5", ServiceName="K\u00f6ln", **FEBRUARY)])
    layout = Layout(tmp_path / "lake")
    return open_table(open_catalogue(layout, layout.catalogue), layout, "cost")


def test_every_file_is_described_as_pyiceberg_describes_it_by_itself(table: IcebergTable) -> None:
    files = DataFiles(table.io, table.metadata)
    alone = [parquet_file_to_data_file(table.io, table.metadata, path) for path in files_of(table)]
    together = [files.described(path) for path in files_of(table)]
    assert len(together) == 2
    assert [str(file) for file in together] == [str(file) for file in alone]


def test_a_file_with_a_column_that_the_table_lacks_is_refused_after_one_that_fits(table: IcebergTable) -> None:
    files = DataFiles(table.io, table.metadata)
    fitting = files_of(table)[0]
    files.described(fitting)
    odd = Path(fitting).with_name("odd.parquet")
    duckdb.read_parquet(fitting).project("*, 1 AS apples").write_parquet(str(odd))
    with pytest.raises(ValueError, match="apples"):
        files.described(str(odd))
