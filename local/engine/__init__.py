"""The Pulumi engine: found, fetched or built, and kept in a cache outside the checkout."""

from local.engine.ensure import ensure_engine
from local.engine.model import Engine, EngineError

__all__ = ["Engine", "EngineError", "ensure_engine"]
