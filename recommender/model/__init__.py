"""Frozen pydantic models: what goes in, what comes out, and the knowledge between."""
