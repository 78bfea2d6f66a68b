"""What can be asked: the canned queries, their typed parameters, and how a query is answered."""

from .catalogue import CatalogueError, Parameter, Query, catalogue
from .evaluate import (
    Answer,
    EvaluationError,
    NotAcceptable,
    QueryError,
    QuerySyntaxError,
    ResultTooLarge,
    evaluate,
)
from .formats import FORMATS, GRAPH_FORMATS, RESULT_FORMATS, Format
from .guard import RefusedQuery, refuse
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
    "catalogue",
    "choices",
    "evaluate",
    "read_page",
    "refuse",
]
