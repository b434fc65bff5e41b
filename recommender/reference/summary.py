"""What is kept of reference samples: figures a miRNA, and what is stated of the samples."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from recommender.features import Level
from recommender.model.profile import ReferenceKind

DECIMALS: Final = 9  # enough for six in a result, few enough to be the same on every machine


class Figures(NamedTuple):
    """What is kept of one row.

    Attributes
    ----------
    mean, sd, median, mad : float
        Of log2(RPM + 1) over the samples, after scaling; SD with n - 1, MAD times 1.4826.
    detection_rate : float
        Share of samples with reads, in [0, 1].
    ln_geometric_mean : float or None
        ln of the geometric mean RPM before scaling; None where a sample has no reads, and of matures.
    summed_from : tuple of str
        Of a mature: the names that were added up.
    """

    mean: float
    sd: float
    median: float
    mad: float
    detection_rate: float
    ln_geometric_mean: float | None = None
    summed_from: tuple[str, ...] = ()


class About(NamedTuple):
    """What a person states of reference samples; it decides what a comparison with them may be used for.

    Attributes
    ----------
    kind : str
        As a profile's ``reference.kind``.
    cancers : tuple of str
        Ids of the tumors the reference is made for; empty: not stated.
    builtin : str
        Name of a reference that ships, and so was measured in a laboratory that is not the user's.
    """

    tissue: str = ""
    platform: str = ""
    origin: str = ""
    kind: ReferenceKind = "not_stated"
    cancers: tuple[str, ...] = ()
    builtin: str = ""


NOTHING_STATED: Final = About()


@dataclass(frozen=True)
class Summary:
    """Reference samples, summarized: everything a summary file holds.

    Attributes
    ----------
    features : mapping of str to Figures
        Every name that was measured.
    mirnas : mapping of str to Figures
        Every mature the knowledge covers, hairpins added up.
    samples : int
        Those the quality control kept.
    scale : str
        What the matrix held.
    scaling : {"median_of_ratios", "none"}
    outlier_mads, outlier_min_samples : float
        Settings the quality control worked with.
    removed : tuple of (str, str)
        Samples the quality control removed, with the reason.
    batches : str
        How many samples of each batch were kept.
    warnings : tuple of str
        What a user of the reference must know of its samples.
    where : str
        The file, for messages.
    """

    features: Mapping[str, Figures]
    mirnas: Mapping[str, Figures]
    samples: int
    level: Level
    scale: str
    scaling: str
    outlier_mads: float
    outlier_min_samples: float
    removed: tuple[tuple[str, str], ...] = ()
    batches: str = ""
    warnings: tuple[str, ...] = ()
    about: About = NOTHING_STATED
    where: str = ""
