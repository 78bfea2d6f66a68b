"""The metadata of a canned query, read from YAML; the libraries for it are slow to import."""

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

# The safe loader in C, where PyYAML has it: the catalogue is read at every start.
_LOADER: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class MetadataError(Exception):
    """The lines are no metadata; the message says what is wrong with them."""


class ParameterEntry(BaseModel):
    """What is said of a parameter."""

    model_config = ConfigDict(extra="forbid")
    type: str
    summary: str


class Metadata(BaseModel):
    """What is said of a query."""

    model_config = ConfigDict(extra="forbid")
    summary: str
    description: str
    tags: list[str]
    parameters: dict[str, ParameterEntry] = {}


def read_metadata(text: str) -> Metadata:
    """Return the metadata that a text holds as YAML.

    Raises `MetadataError`.
    """
    try:
        return Metadata.model_validate(yaml.load(text, Loader=_LOADER))
    except (yaml.YAMLError, ValidationError) as error:
        raise MetadataError(" ".join(str(error).split())) from None
