"""A job run durably: chunk by chunk, by processes or a cluster, and nothing lost."""
