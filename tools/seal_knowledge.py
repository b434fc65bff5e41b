"""Validate ``rules/`` in full and write the hash by which later loads trust it.

Run after every change of a rule or table: ``python tools/seal_knowledge.py``. A folder without a
fitting seal is validated at every load: slower, never less strict.
"""

from __future__ import annotations

import sys

from recommender.checks import check
from recommender.errors import KnowledgeError
from recommender.knowledge import SEAL, data_folder, folder_digest, load_knowledge


def main() -> int:
    """Seal the bundled knowledge; 1 and nothing written where it is unsound."""
    folder = data_folder("rules")
    (folder / SEAL).unlink(missing_ok=True)
    try:
        problems = check(load_knowledge(rules=folder))
    except KnowledgeError as error:
        problems = list(error.problems)
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        return 1
    (folder / SEAL).write_text(folder_digest(folder) + "\n", encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
