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
    write_result,
)
from .formats import FORMATS, GRAPH_FORMATS, RESULT_FORMATS, Format
from .guard import RefusedQuery, holds_word, refuse, refuse_extensions
from .parameters import ParameterError, choices

__all__ = [
    "FORMATS",
    "GRAPH_FORMATS",
    "RESULT_FORMATS",
    "Answer",
    "CatalogueError",
    "EvaluationError",
    "Format",
    "NotAcceptable",
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
    "holds_word",
    "refuse",
    "refuse_extensions",
    "write_result",
]
