"""What is said: the tables of facts, and the dataset that they make.

`load_tables` reads and checks `tables/*.tsv`; `facts` turns them into a `Dataset`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .dataset import (
        TABLES,
        TABLES_FOLDER,
        Dataset,
        Tables,
        facts,
        graph_name,
        load_tables,
        locate,
        turtle_file,
    )
    from .given import GivenRow, GivenTable, given_links, merged, read_given
    from .tables import Problem, Row, TableError

__all__ = [
    "TABLES",
    "TABLES_FOLDER",
    "Dataset",
    "GivenRow",
    "GivenTable",
    "Problem",
    "Row",
    "TableError",
    "Tables",
    "facts",
    "given_links",
    "graph_name",
    "load_tables",
    "locate",
    "merged",
    "read_given",
    "turtle_file",
]


def __getattr__(name: str) -> Any:
    # Whoever only asks or serves needs no row types, and they are slow to import.
    if name not in __all__:
        raise AttributeError(name)
    from . import dataset, given, tables

    home = next(one for one in (tables, given, dataset) if hasattr(one, name))
    return getattr(home, name)
