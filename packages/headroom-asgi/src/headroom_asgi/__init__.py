"""Headroom for ASGI apps that serve or forward LLM requests."""

from headroom_asgi.middleware import PATHS, CompressionMiddleware

__all__ = ["PATHS", "CompressionMiddleware"]
