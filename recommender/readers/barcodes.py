"""TCGA barcodes: what kind of sample, of which patient, from which plate."""

from __future__ import annotations

import re
from typing import NamedTuple

# project, tissue source site, participant, sample type and vial, then portion and analyte, plate, center
_BARCODE = re.compile(
    r"^(TCGA-[A-Z0-9]{2}-[A-Z0-9]{4})-((\d{2})[A-Z]?)(?:-\d{2}[A-Z]?(?:-([A-Z0-9]{4})(?:-\d{2})?)?)?$", re.ASCII
)
SOLID_NORMAL = "11"


class Barcode(NamedTuple):
    """A TCGA barcode.

    Attributes
    ----------
    patient : str
        The first three parts.
    specimen : str
        Type and vial, as ``01A``: what several aliquots of one specimen share.
    sample_type : str
        Two digits: 01 to 09 tumors, 10 to 14 normals (11: solid tissue), 20 a control.
    plate : str
        Empty where the barcode is too short to name it.
    """

    patient: str
    specimen: str
    sample_type: str
    plate: str

    @property
    def is_tumor(self) -> bool:
        """True for every type of tumor."""
        return "01" <= self.sample_type <= "09"

    @property
    def is_normal(self) -> bool:
        """True for every type of normal."""
        return "10" <= self.sample_type <= "14"


def read_barcode(name: str) -> Barcode | None:
    """Return what a TCGA barcode says, or None where the name is none; R may have turned its dashes into dots.

    >>> read_barcode("TCGA-44-2655-11A-01T-1757-13")
    Barcode(patient='TCGA-44-2655', specimen='11A', sample_type='11', plate='1757')
    >>> read_barcode("N1") is None
    True
    """
    found = _BARCODE.match(name.strip().replace(".", "-"))
    return Barcode(found[1], found[2], found[3], found[4] or "") if found else None
