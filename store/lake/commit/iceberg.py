"""The Iceberg side of the lake: catalogue, table schemas and partitions. Heavy: only loads and repairs import it."""

import json
from pathlib import Path
from typing import Any, cast

import pyarrow.parquet
from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.exceptions import NoSuchTableError
from pyiceberg.io import PY_IO_IMPL, FileIO
from pyiceberg.io.pyarrow import (
    compute_statistics_plan,
    data_file_statistics_from_parquet_metadata,  # pyright: ignore[reportUnknownVariableType]
    parquet_file_to_data_file,
    parquet_path_to_id_mapping,
)
from pyiceberg.manifest import DataFile, DataFileContent, FileFormat
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.table import StaticTable
from pyiceberg.table import Table as IcebergTable
from pyiceberg.table.metadata import TableMetadata
from pyiceberg.transforms import IdentityTransform, MonthTransform
from pyiceberg.types import DecimalType, DoubleType, IcebergType, IntegerType, NestedField, StringType, TimestampType
from sqlalchemy import URL

from finops.errors import CheckFailed
from finops.relational import Table
from finops.tables import MONTH_COLUMN, TABLE_COLUMNS, Part, SqlType
from store.lake.commit.moved_files import IMPLEMENTATION, WAREHOUSE
from store.lake.layout import NAMESPACE, Layout
from store.lake.states.versions import PARTS

_parquet = cast(Any, pyarrow.parquet)
_TYPES: dict[SqlType, IcebergType] = {
    "VARCHAR": StringType(), "DECIMAL(38,18)": DecimalType(38, 18), "TIMESTAMP": TimestampType(), "DOUBLE": DoubleType(),
    "INTEGER": IntegerType(),
}  # fmt: skip


def open_catalogue(layout: Layout, database: Path) -> SqlCatalog:
    """Open the catalogue kept in `database`; its namespace is made where it is missing."""
    # Made, not written: a folder may hold what a URL takes as its query or its fragment.
    url = URL.create("sqlite", database=str(database))
    catalogue = SqlCatalog("toll", uri=url.render_as_string(), warehouse=str(layout.warehouse), **_files(layout))
    catalogue.create_namespace_if_not_exists(NAMESPACE)
    return catalogue


def _files(layout: Layout) -> dict[str, str]:
    return {PY_IO_IMPL: IMPLEMENTATION, WAREHOUSE: str(layout.warehouse)}


def open_table(catalogue: SqlCatalog, layout: Layout, table: Table) -> IcebergTable:
    """Return a table of the catalogue; it is made, partitioned by month and source, where it is missing."""
    try:
        return catalogue.load_table((NAMESPACE, table))
    except NoSuchTableError:
        schema = schema_of(table)
        month = schema.find_field(MONTH_COLUMN[table]).field_id
        spec = PartitionSpec(
            PartitionField(month, 1000, MonthTransform(), "month"),
            PartitionField(schema.find_field("x_Source").field_id, 1001, IdentityTransform(), "source"),
        )
        location = str(layout.warehouse / table)
        return catalogue.create_table(  # pyright: ignore[reportUnknownMemberType]
            (NAMESPACE, table), schema=schema, partition_spec=spec, location=location
        )


def schema_of(table: Table) -> Schema:
    """Return the canonical schema."""
    columns = enumerate(TABLE_COLUMNS[table].items(), start=1)
    return Schema(*(NestedField(index, name, _TYPES[kind], required=False) for index, (name, kind) in columns))


def missing_columns(iceberg: IcebergTable, table: Table) -> dict[str, IcebergType]:
    """Return the columns of today's schema that a table made by an earlier version does not have yet, in order."""
    present = set(iceberg.schema().column_names)
    return {name: _TYPES[kind] for name, kind in TABLE_COLUMNS[table].items() if name not in present}


def static_table(layout: Layout, metadata_location: str) -> IcebergTable:
    """Open a table as one metadata file describes it."""
    return StaticTable.from_metadata(metadata_location, _files(layout))


def parts_of(table: IcebergTable) -> list[Part]:
    """Return the parts of a table's state, as recorded in the commit that made it."""
    stored = table.properties.get(PARTS)
    return [Part.model_validate(one) for one in cast(list[object], json.loads(stored))] if stored else []


def files_of(table: IcebergTable) -> list[str]:
    """Return the data files of a table's present state, as they were written; raises `CheckFailed` where a delete file exists."""
    # INVARIANT: parts are replaced by whole files, so reading the data files alone is sound.
    tasks = list(table.scan().plan_files()) if table.current_snapshot() else []
    if any(task.delete_files for task in tasks):
        raise CheckFailed("the lake holds a delete file", fix="load the bills again into a new TOLL_HOME")
    return sorted(task.file.file_path for task in tasks)


class DataFiles:
    """Describes the data files of one commit, as PyIceberg does a file by itself: a schema and what it needs are looked at once."""

    def __init__(self, io: FileIO, metadata: TableMetadata) -> None:
        self._io, self._metadata = io, metadata
        self._plan = compute_statistics_plan(metadata.schema(), metadata.properties)
        self._ids = parquet_path_to_id_mapping(metadata.schema())
        self._fitting: list[Any] = []

    def described(self, path: str) -> DataFile:
        """Return the data file at `path`. Raises ValueError for columns that the table does not have or has as another type."""
        source = self._io.new_input(path)
        with source.open() as stream:
            footer = _parquet.read_metadata(stream)
        columns = footer.schema.to_arrow_schema()
        if any(columns.equals(one, check_metadata=True) for one in self._fitting):
            statistics = data_file_statistics_from_parquet_metadata(footer, self._plan, self._ids)
            return DataFile.from_args(
                content=DataFileContent.DATA, file_path=path, file_format=FileFormat.PARQUET,
                partition=statistics.partition(self._metadata.spec(), self._metadata.schema()),
                file_size_in_bytes=len(source), sort_order_id=None, spec_id=self._metadata.default_spec_id,
                equality_ids=None, key_metadata=None, **statistics.to_serialized_dict(),
            )  # fmt: skip
        found = parquet_file_to_data_file(self._io, self._metadata, path)
        self._fitting.append(columns)
        return found
