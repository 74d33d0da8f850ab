"""The fixtures of this folder."""

from __future__ import annotations

from loopback_fixtures import authority, serve

__all__ = ["authority", "serve"]
