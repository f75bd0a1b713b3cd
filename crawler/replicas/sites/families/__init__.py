"""One module per family: the pages of a site as that software serves them."""

import pkgutil
from functools import cache
from importlib import import_module

from crawler.replicas.sites.model import Software


@cache
def software(name: str) -> Software:
    """A family's software by its name. Raises ValueError for one that is not here."""
    module = name.replace("-", "_")
    if module not in names():
        raise ValueError(f"no family {name!r}; there are {', '.join(names())}")
    found: Software = import_module(f"{__name__}.{module}").SOFTWARE
    return found


@cache
def names() -> tuple[str, ...]:
    """The families that are here, by name."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__)))
