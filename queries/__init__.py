"""What can be asked: the canned queries, their typed parameters, and how a query is answered."""

from .catalogue import CatalogueError, Parameter, Query, catalogue
from .evaluate import (
    Answer,
    EvaluationError,
    NotAcceptable,
    QueryError,
    QuerySyntaxError,
    ResultTooLarge,
    TooManyRows,
    evaluate,
    write_result,
)
from .formats import FORMATS, GRAPH_FORMATS, RESULT_FORMATS, Format
from .guard import RefusedQuery, holds_word, refuse, refuse_extensions, refuse_outside
from .paging import MAX_LIMIT, Page, read_page
from .parameters import ParameterError, choices

__all__ = [
    "FORMATS",
    "GRAPH_FORMATS",
    "MAX_LIMIT",
    "RESULT_FORMATS",
    "Answer",
    "CatalogueError",
    "EvaluationError",
    "Format",
    "NotAcceptable",
    "Page",
    "Parameter",
    "ParameterError",
    "Query",
    "QueryError",
    "QuerySyntaxError",
    "RefusedQuery",
    "ResultTooLarge",
    "TooManyRows",
    "catalogue",
    "choices",
    "evaluate",
    "holds_word",
    "read_page",
    "refuse",
    "refuse_extensions",
    "refuse_outside",
    "write_result",
]
