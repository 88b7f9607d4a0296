"""The ions of the target sheet, and which of them belong together."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from lcms.groups import by_chromatogram, by_compound
from lcms.io.sheets.inputs import Guard
from lcms.kinds import IonRole
from lcms.model import ChromatogramId, Ion
from lcms.numerics.time.co_elution import co_eluting_ions
from lcms.numerics.time.labelled_copies import labelled_copies


@dataclass(frozen=True)
class TargetIons:
    """The ions in the order of the sheet, with what the isobar guard found of them."""

    ions: Sequence[Ion]
    guard: Guard

    @cached_property
    def by_chromatogram(self) -> dict[ChromatogramId, list[Ion]]:
        """The ions that are integrated together."""
        return by_chromatogram(self.ions)

    @cached_property
    def by_compound(self) -> dict[str, list[Ion]]:
        """The ions of each compound, by target_id."""
        return by_compound(self.ions)

    @cached_property
    def quantifiers(self) -> dict[str, Ion]:
        """The quantifier of each compound, by target_id."""
        return {ion.target_id: ion for ion in self.ions if ion.role is IonRole.QUANTIFIER}

    @cached_property
    def sharing_mz(self) -> frozenset[str]:
        """The ions (ion_id) that share their m/z with another one at the same time."""
        return frozenset(ion.ion_id for pair in self.guard.shared for ion in pair)

    @cached_property
    def _co_eluting(self) -> dict[str, int]:
        """The index of the group of ions that an ion (ion_id) elutes with."""
        groups = co_eluting_ions(self.by_chromatogram)
        return {ion.ion_id: index for index, ions in enumerate(groups) for ion in ions}

    def labelled_copy(self, ion: Ion) -> Ion | None:
        """Return the internal standard of an ion if it is the same compound, labelled."""
        standard = self.quantifiers.get(ion.internal_standard or "")
        if standard is None:
            return None
        is_together = self._co_eluting[standard.ion_id] == self._co_eluting[ion.ion_id]
        return standard if is_together or labelled_copies(standard, [ion]) else None

    def isomers(self, ion: Ion) -> list[Ion]:
        """Return the other ions of the chromatogram of an ion."""
        return [
            member for member in self.by_chromatogram[ion.chromatogram_id] if member is not ion
        ]
