"""Validate ``rules/`` in full and write the hash by which later loads trust it.

Run after every change of a rule or table: ``python tools/seal_knowledge.py``. A folder without a
fitting seal is validated at every load: slower, never less strict. The seal of the folder this
file stands beside is written, and the old one stays where the folder is unsound.
"""

from __future__ import annotations

import sys
from pathlib import Path

from recommender.checks import check
from recommender.errors import KnowledgeError
from recommender.knowledge import SEAL, folder_digest, load_folder

FOLDER = Path(__file__).resolve().parents[1] / "rules"


def main() -> int:
    """Seal the knowledge; 1 and nothing written where it is unsound."""
    digest = folder_digest(FOLDER)
    try:
        problems = check(load_folder(FOLDER, digest, trusted=False))
    except KnowledgeError as error:
        problems = list(error.problems)
    if problems:
        print(*problems, sep="\n", file=sys.stderr)
        return 1
    (FOLDER / SEAL).write_text(digest + "\n", encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
