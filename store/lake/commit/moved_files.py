"""PyIceberg's files, found where the lake lies now: Iceberg's metadata holds whole paths, and a home may be moved or copied."""

from pyiceberg.io import InputFile, OutputFile
from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO

WAREHOUSE = "toll.warehouse"
IMPLEMENTATION = "store.lake.commit.moved_files.MovedFileIO"


class MovedFileIO(PyArrowFileIO):
    """Reads and writes each path below the present warehouse, by what follows `/warehouse/` in it."""

    def new_input(self, location: str) -> PyArrowFile:
        """Return the file as it lies now."""
        return super().new_input(self._present(location))

    def new_output(self, location: str) -> PyArrowFile:
        """Return the place to write to as it lies now."""
        return super().new_output(self._present(location))

    def delete(self, location: str | InputFile | OutputFile) -> None:
        """Delete the file as it lies now."""
        path = location if isinstance(location, str) else location.location
        super().delete(self._present(path))

    def _present(self, location: str) -> str:
        return self.properties[WAREHOUSE] + location[location.rindex("/warehouse/") + len("/warehouse") :]
