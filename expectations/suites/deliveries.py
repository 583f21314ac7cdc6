"""Suites on what families received."""

from __future__ import annotations

from expectations.rules import deliveries, recipients

ACCURACY = "delivery_accuracy__amount_and_timing"
UNEXPECTED = "unexpected_deliveries__recipients"

RULES = {
    ACCURACY: (
        deliveries.ExpectNoMissingDelivery,
        deliveries.ExpectNoLateDelivery,
        deliveries.ExpectNoIncompleteDelivery,
        deliveries.ExpectNoShortAmount,
        deliveries.ExpectNoExcessAmount,
    ),
    UNEXPECTED: (
        recipients.ExpectEveryRecipientListed,
        recipients.ExpectNoDuplicateDelivery,
    ),
}
